"""The report of a study's group level: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from empatune import __version__
from empatune.decoding.group import Effect, GroupResult
from empatune.exports.statistics import Estimate
from empatune.reports import brain, decoding_pictures, page
from empatune.reports.markup import Html, join, number, paragraph, table, tag
from empatune.signatures import Signature

SIGNIFICANT = 0.05
"""What the pictures call significant."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Material:
    result: GroupResult
    signatures: tuple[Signature, ...]
    note: str


def write_decoding_report(
    result: GroupResult,
    out: Path,
    *,
    title: str = "Decoded study",
    signatures: Sequence[Signature] = (),
    note: str = "",
) -> Path:
    """Write the report of a group level.

    Parameters
    ----------
    result : GroupResult
        The group level.
    out : Path
        The file; it is replaced.
    title : str
        The study's name.
    signatures : sequence of Signature
        The maps that were used, for their pictures and citations.
    note : str
        What was done before the group level, such as the estimates and confounds of the runs.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ExportError
        If it cannot be written.
    """

    def render() -> str:
        return render_decoding_report(result, title=title, signatures=signatures, note=note)

    return page.write(out, render)


def render_decoding_report(
    result: GroupResult,
    *,
    title: str = "Decoded study",
    signatures: Sequence[Signature] = (),
    note: str = "",
) -> str:
    """Return the report of a group level as HTML.

    Parameters
    ----------
    result : GroupResult
        The group level.
    title : str
        The study's name.
    signatures : sequence of Signature
        The maps that were used, for their pictures and citations.
    note : str
        What was done before the group level, such as the estimates and confounds of the runs.

    Returns
    -------
    str
        A whole page, without a single link to a file or a server.
    """
    material = _Material(result=result, signatures=tuple(signatures), note=note)
    sections = [
        ("effects", "Effects", _effects(result)),
        ("off-target", "Off-target effects", _off_targets(result)),
        ("coverage", "Coverage", _coverage(result)),
        ("left-out", "Failed runs and what was left out", _left_out(result)),
        ("methods", "Methods, citations, versions", _methods(material)),
    ]
    if signatures:
        sections.insert(2, ("maps", "Maps", _maps(material)))
    body = tag(
        "main",
        _header(material, title),
        tag("nav", *(tag("a", words, href=f"#{name}") for name, words, _ in sections)),
        *(tag("section", tag("h2", words), made, id=name) for name, words, made in sections),
        tag(
            "footer",
            paragraph(
                f"Written by empatune {__version__}. Every number is also in the tables beside it."
            ),
        ),
    )
    return page.whole(title=title, body=body)


def _header(material: _Material, title: str) -> Html:
    result = material.result
    n_low = len({entry.participant for entry in result.coverage if entry.low})
    counts = (
        f"{result.n_people} people, {result.n_runs} runs, {result.n_trials} trials; "
        f"{len(result.failures)} {'run' if len(result.failures) == 1 else 'runs'} failed"
    )
    done = (
        f"Every trial was scored on {_count(result, 'signature')} and {_count(result, 'system')}; "
        f"{len(result.contrasts)} {'contrast was' if len(result.contrasts) == 1 else 'contrasts were'} "
        "tested over people by multilevel models and permutation. "
    )
    tiles = [
        (str(result.n_people), "people", False),
        (str(result.n_runs), "runs decoded", False),
        (str(len(result.failures)), "runs failed", bool(result.failures)),
        (str(n_low), "people with low coverage", n_low > 0),
    ]
    return tag(
        "header",
        tag("div", "empatune decoding report", class_="kind"),
        tag("h1", title),
        tag("p", " · ".join([*(f"task {task}" for task in result.tasks), counts]), class_="labels"),
        tag(
            "div",
            done,
            material.note,
            class_=f"verdict {'warning' if result.failures else ''}".strip(),
        ),
        tag(
            "div",
            *(
                tag(
                    "div", tag("b", value), tag("span", words), class_="tile bad" if bad else "tile"
                )
                for value, words, bad in tiles
            ),
            class_="tiles",
        ),
    )


def _count(result: GroupResult, kind: str) -> str:
    n = sum(found == kind for found in result.names.values())
    words = "component system" if kind == "system" else kind
    return f"{n} {words}{'' if n == 1 else 's'}"


def _effects(result: GroupResult) -> Html:
    parts: list[object] = []
    for place, contrast in enumerate(result.contrasts):
        effects = result.of(contrast.name)
        scores = [score for score in result.people if score.contrast == contrast.name]
        parts += [
            tag("h3", contrast.name),
            tag("div", decoding_pictures.forest(effects, place), class_="card"),
            tag("div", decoding_pictures.people(scores, place), class_="card"),
            *_reach(effects[0]),
            tag("details", tag("summary", "In numbers"), _numbers(effects)),
        ]
    return join(*parts)


def _reach(effect: Effect) -> list[Html]:
    """Say it if so few people were compared that no permutation can call an effect significant."""
    twins = effect.design == "within" or effect.n_plus == effect.n_minus  # of the same size of t
    least = (2 if twins else 1) / effect.n_permutations
    if not effect.exact or least < SIGNIFICANT:
        return []
    return [
        paragraph(
            f"With {effect.n_people} people there are {effect.n_permutations} permutations: p is "
            f"{least:.3g} at least, however large an effect is. By permutation nothing can be "
            "significant at .05 here; more people are needed.",
            note=True,
        )
    ]


def _numbers(effects: Sequence[Effect]) -> Html:
    rows = [
        (
            e.name,
            Estimate(value=e.d.value, low=e.d.low, high=e.d.high, n=e.n_people),
            _p(e.fit.p),
            _p(e.p_fdr),
            _p(e.p_permutation),
            _p(e.p_max_t),
            _share(e),
            e.fit.model if e.fit.status == "as planned" else f"{e.fit.model} ({e.fit.status})",
        )
        for e in effects
    ]
    first = effects[0]
    ways = "all that exist" if first.exact else "drawn at random"
    return table(
        ("", first.d_name, "p", "p FDR", "p perm.", "p max-T", "forced choice [%]", "model"),
        rows,
        caption=f"{first.n_people} people, {first.n_permutations} permutations ({ways})",
    )


def _share(effect: Effect) -> str:
    a = effect.choice.accuracy
    return f"{100 * a.value:.0f} [{100 * a.low:.0f}, {100 * a.high:.0f}]"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else number(value, 3)


def _off_targets(result: GroupResult) -> Html:
    rows = [
        (
            row.contrast,
            row.target,
            row.other,
            row.d_target,
            row.d_other,
            Estimate(value=row.d_difference, low=row.low, high=row.high, n=result.n_people),
            row.r_people,
            row.r_trials,
        )
        for row in result.off_targets
    ]
    parts: list[object] = [
        tag(
            "div",
            "Specificity is never absolute. Read each signature's effect beside those of all others: "
            "an effect that many maps share is no evidence for the state that one of them is named after.",
            class_="statement",
        ),
        tag("div", decoding_pictures.matrix(result), class_="card"),
    ]
    if rows:
        first = result.contrasts[0].name
        headers = (
            "contrast",
            "signature",
            "beside",
            "d",
            "its d",
            "|d| − |its d|",
            "r people",
            "r trials",
        )
        parts += [
            tag("div", decoding_pictures.coupling(result, first), class_="card"),
            paragraph(
                f"Trials of {first}; a person's mean of each condition is taken out.", note=True
            ),
            tag(
                "details",
                tag("summary", "In numbers, with bootstrap intervals"),
                table(headers, rows),
            ),
        ]
    parts.append(
        paragraph(
            "The anterior insula, part of experience sharing, also answers to salience and to effort.",
            note=True,
        )
    )
    return join(*parts)


def _maps(material: _Material) -> Html:
    parts: list[object] = []
    for entry in material.signatures:
        summary = entry.entry.summary if entry.entry is not None else "a map of your own"
        picture = brain.in_template(entry.name, entry.weights, entry.grid)
        parts += [tag("h3", f"{entry.name}: {summary}"), tag("div", picture, class_="card")]
    parts.append(
        paragraph(
            "Warm: positive weights, cold: negative. The template shows where, no more.", note=True
        )
    )
    return join(*parts)


def _coverage(result: GroupResult) -> Html:
    low = [entry for entry in result.coverage if entry.low]
    limit = f"{100 * result.settings.coverage_threshold:.0f} %"
    rows = [(e.participant, e.name, 100 * e.voxels, 100 * e.weight) for e in low]
    return join(
        tag("div", decoding_pictures.coverage(result), class_="card"),
        table(
            ("participant", "map", "voxels [%]", "weight energy [%]"),
            rows,
            caption=f"Below {limit} of the weight energy (share of the sum of squared weights): such "
            "scores can even change their sign",
        )
        if low
        else paragraph(
            f"Everybody's images cover at least {limit} of the weight energy of every map "
            "(share of the sum of squared weights)."
        ),
    )


def _left_out(result: GroupResult) -> Html:
    failed = table(("run", "why"), [(f.run, f.why) for f in result.failures])
    others = table(
        ("contrast", "participant", "why"),
        [(e.contrast, e.participant or "everybody", e.why) for e in result.exclusions],
    )
    return join(
        tag("h3", "Runs that failed"),
        failed if result.failures else paragraph("None."),
        tag("h3", "Left out of contrasts"),
        others if result.exclusions else paragraph("Nothing."),
    )


def _methods(material: _Material) -> Html:
    result = material.result
    settings = result.settings
    text = (
        f"Scores ({settings.measure} for signatures, means for component systems) of {result.n_trials} "
        f"trials of {result.n_people} people were compared between conditions with multilevel models "
        "(restricted maximum likelihood; random intercept and slope of the person where the data "
        "carried them, else the simpler model named in the tables; t with people minus one degrees of "
        "freedom within people, minus two between). Effect sizes are d_z (within people) or d_s "
        "(between groups) with intervals from the noncentral t distribution. Forced-choice accuracy is "
        "the share of people (between groups: of pairs) in whom the positive side scored higher. "
        f"Permutation (at most {settings.n_permutations}, seed {settings.seed}) flipped the signs of "
        "people's differences or exchanged people between groups; p values were corrected over all "
        "signatures by the largest t, and for the false discovery rate. Intervals have "
        f"{100 * settings.confidence:g} % confidence. Those of effects rest on a normal distribution, which the "
        "permutation test does not assume: with few people an interval may leave out zero where p by "
        "permutation is above .05, or the other way round. Analyses used empatune {__version__}."
    )
    cited = [
        (each.name, each.entry.summary, each.entry.doi)
        for each in material.signatures
        if each.entry is not None and each.name in result.names
    ]
    parts: list[object] = [paragraph(text), paragraph(material.note) if material.note else ""]
    if cited:
        parts.append(table(("signature", "what it reads", "DOI"), cited))
    parts.append(table(("software", "version"), list(result.software.items())))
    return join(*parts)
