"""The sections of a session's report, each a function of what the report rests on."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from dataclasses import dataclass

from empatune.exports import SessionHistory, outcomes
from empatune.exports.events import log
from empatune.exports.history import STATUSES
from empatune.exports.statistics import Estimate
from empatune.exports.summary import BlockSummary, Coupling, Delay, Effect
from empatune.preparation import Prepared
from empatune.reports import brain, comparisons, crednf, traces
from empatune.reports.markup import Html, interval, join, number, paragraph, table, tag

NO_EVIDENCE = (
    "One session of one person proves nothing about efficacy. These numbers describe what happened; "
    "whether training on these signatures changes anybody is untested."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything that a report rests on.

    Parameters
    ----------
    history : SessionHistory
        The session.
    prepared : Prepared or None
        Its preparation, if the record holds one.
    blocks : tuple of BlockSummary
        Every block.
    effects : tuple of Effect
        Every condition against the baseline.
    couplings : tuple of Coupling
        Correlations with score and motion.
    learning : dict of str to Estimate
        Change of the score from block to block.
    delays : tuple of Delay
        Of every stage.
    """

    history: SessionHistory
    prepared: Prepared | None
    blocks: tuple[BlockSummary, ...]
    effects: tuple[Effect, ...]
    couplings: tuple[Coupling, ...]
    learning: dict[str, Estimate]
    delays: tuple[Delay, ...]


def header(material: Material) -> Html:
    """Return title, banners, the verdict and the numbers that matter most.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The header.
    """
    history = material.history
    labels = [
        f"{word} {history.overview.get(name)}"
        for word, name in (
            ("participant", "participant"),
            ("session", "session"),
            ("run", "run"),
            ("task", "task"),
        )
        if history.overview.get(name)
    ]
    return tag(
        "header",
        tag("div", "empatune session report", class_="kind"),
        tag("h1", history.overview.get("study") or "Session without a study"),
        tag("p", " · ".join([*labels, *_when(history)]), class_="labels"),
        *_banners(history),
        _verdict(material),
        _tiles(material),
    )


def _when(history: SessionHistory) -> list[str]:
    created = history.facts.get("created_wall_s")
    if created is None:
        return []
    moment = dt.datetime.fromtimestamp(float(created), tz=dt.UTC)
    return [f"{moment:%Y-%m-%d %H:%M} UTC"]


def _banners(history: SessionHistory) -> list[Html]:
    found = []
    if history.simulated:
        found.append(
            "Simulated participant: no person was scanned. What is learned here was built into the "
            "simulation; it is a test of the software, not evidence."
        )
    if history.stand_ins:
        found.append(
            "Stand-in signatures: the maps were made by the simulation. They are not the published "
            "signatures of care and distress."
        )
    banners = [tag("div", text, class_="banner") for text in found]
    if not history.finished:
        text = (
            "Unfinished: the record has no end. The session was killed or still runs; all that was "
            "received is below. Go on with: empatune session --resume"
        )
        banners.append(tag("div", text, class_="banner alarm"))
    return banners


def _verdict(material: Material) -> Html:
    history = material.history
    n_unused = len(history.volumes) - history.n("decoded")
    share = outcomes.completeness(history)
    counts = [f"{history.n(s)} {s}" for s in STATUSES if history.n(s) or s == "decoded"]
    words = f"{len(history.volumes)} volumes: {', '.join(counts)}."
    if share is not None:
        words += (
            f" The protocol needs {history.overview['n_expected']}; {100 * share:.0f} % of what was "
            "expected or came is decoded."
        )
    delay = _page_delay(material)
    if delay is not None:
        words += (
            f" Half of the volumes were {delay.stage} within {number(delay.quantile(0.5), 0)} ms."
        )
    level = "" if n_unused == 0 and history.finished else "warning"
    if share is not None and share < 0.8:
        level = "alarm"
    return tag("div", words, class_=f"verdict {level}".strip())


def _page_delay(material: Material) -> Delay | None:
    known = {delay.stage: delay for delay in material.delays if len(delay.values_ms)}
    return known.get("drawn, participant page") or known.get("handed to the pages")


def _tiles(material: Material) -> Html:
    history = material.history
    share = outcomes.completeness(history)
    moved = [v.aligned.fd_mm for v in history.volumes if v.aligned is not None and v.index > 0]
    tiles = [
        (number(100 * share, 0) + " %" if share is not None else "–", "complete", False),
        (str(history.n("marked")), "marked", history.n("marked") > 0),
        (
            str(history.n("lost", "missing")),
            "lost or missing",
            history.n("lost", "missing") > 0,
        ),
        (number(sum(moved) / len(moved)) + " mm" if moved else "–", "mean motion (FD)", False),
    ]
    delay = _page_delay(material)
    if delay is not None:
        tiles.append((number(delay.quantile(0.5), 0) + " ms", f"median until {delay.stage}", False))
        tiles.append((number(delay.quantile(0.99), 0) + " ms", "99 % of the volumes within", False))
    return tag(
        "div",
        *(
            tag("div", tag("b", value), tag("span", words), class_="tile bad" if bad else "tile")
            for value, words, bad in tiles
        ),
        class_="tiles",
    )


def course(material: Material) -> Html:
    """Return the status of every volume, the signatures, the score and the feedback.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The section's content.
    """
    history = material.history
    keys = [
        join(
            tag("span", "", class_="key", style=f"background:var(--{name});opacity:.5"),
            words,
            "   ",
        )
        for name, words in traces.block_key(history)
    ]
    return join(
        paragraph(
            "Signatures are standardised by the person's own baseline; bands are one standard error. "
            "Every value rests only on what was known at its time: nothing was computed afterwards.",
        ),
        tag(
            "div",
            _strip(history),
            traces.signatures(history),
            paragraph(*keys, "dotted lines: markers; red ticks: volumes not used", note=True),
            class_="card",
        ),
    )


def _strip(history: SessionHistory) -> Html:
    shades = {
        "decoded": "good",
        "marked": "regulate",
        "lost": "bad",
        "missing": "bad",
        "undecoded": "other",
    }
    groups = itertools.groupby(history.volumes, key=lambda v: v.status)
    bars, start = [], 0
    for status, group in groups:
        n = len(list(group))
        bars.append(
            f'<rect x="{start}" y="0" width="{n}" height="1" '
            f'style="fill:var(--{shades[status]})"><title>{n} {status}, from volume {start}</title></rect>'
        )
        start += n
    label = "What became of every volume: " + ", ".join(
        f"{history.n(status)} {status}" for status in STATUSES
    )
    return Html(
        f'<svg class="strip" role="img" aria-label="{label}" viewBox="0 0 {max(start, 1)} 1" '
        f'preserveAspectRatio="none" style="height:8px">{"".join(bars)}</svg>'
    )


def regulation(material: Material) -> Html:
    """Return blocks, conditions against baseline, and the change over blocks.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The section's content.
    """
    history = material.history
    if not any(block.used for block in material.blocks):
        return paragraph("No block has a volume that counts: there is nothing to compare.")
    scores = [effect for effect in material.effects if effect.measure.kind == "score"]
    contrast = table(
        ("condition", "blocks", "baseline blocks", "score, condition − baseline", "d"),
        [
            (e.condition, e.n_blocks, e.n_baseline_blocks, interval(e.difference), e.d)
            for e in scores
        ],
        caption="Conditions against baseline [baseline SD], 95 % interval over blocks",
    )
    change = table(
        ("condition", "blocks", "change of the score per block"),
        [(name, found.n, interval(found)) for name, found in material.learning.items()],
        caption="Change from block to block [baseline SD per block], 95 % interval",
    )
    names = [name for name in history.signatures if name not in history.monitors]
    rows = [
        (
            block.number + 1,
            block.condition,
            len(block.volumes),
            len(block.used),
            interval(block.means["score"]),
            *(interval(block.means[name]) for name in names),
            block.shown,
        )
        for block in material.blocks
    ]
    every = table(
        ("block", "condition", "volumes", "counted", "score", *names, "feedback shown"),
        rows,
        caption="Every block: mean and 95 % interval [baseline SD]",
    )
    return join(
        tag("div", NO_EVIDENCE, class_="statement"),
        tag("div", comparisons.blocks(history, material.blocks), class_="card"),
        tag("div", contrast, change, class_="pair"),
        tag("details", tag("summary", "Every block in numbers"), every),
        paragraph(
            "A volume counts for a block if it is usable and its block was on for "
            f"{number(float(history.setting('score', 'delay_s', 5.0)), 1)} s already, the delay of the "
            "blood response. Intervals of block means allow for autocorrelation; those of conditions "
            "treat blocks as the units, so that few blocks give wide intervals.",
            note=True,
        ),
    )


def specificity(material: Material) -> Html:
    """Return off-target monitors and component systems, beside motion.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The section's content.
    """
    history = material.history
    statement = (
        "Specificity is never absolute. A score that moves together with monitors, systems or motion "
        "may mean arousal, effort or breathing rather than care; this table shows how much it does."
    )
    parts: list[object] = [tag("div", statement, class_="statement")]
    chosen = _regulated(material)
    if chosen:
        parts.append(tag("div", comparisons.specificity(chosen, material.couplings), class_="card"))
    effects = {effect.measure.name: effect for effect in chosen}
    parts.append(
        table(
            ("measure", "kind", "d", "r with score", "r with motion"),
            [
                (
                    c.measure.name,
                    c.measure.kind,
                    effects[c.measure.name].d if c.measure.name in effects else None,
                    interval(c.with_score),
                    interval(c.with_motion),
                )
                for c in material.couplings
            ],
            caption="Over all volumes that count for a block; 95 % intervals allow for autocorrelation",
        )
    )
    for names, group, title in (
        (history.monitors, "signatures", "Off-target monitors"),
        (history.systems, "systems", "Component systems"),
    ):
        if names:
            parts += [
                tag("h3", title),
                tag("div", traces.others(history, names, group), class_="card"),
            ]
    parts.append(
        paragraph(
            "The anterior insula, part of experience sharing, also answers to salience and to the "
            "effort of regulating: read it with that in mind.",
            note=True,
        )
    )
    return join(*parts)


def _regulated(material: Material) -> list[Effect]:
    shown = [b.condition for b in material.blocks if any(part.feedback for part in b.parts)]
    conditions = [*shown, *(effect.condition for effect in material.effects)]
    return [e for e in material.effects if e.condition == conditions[0]] if conditions else []


def quality(material: Material) -> Html:
    """Return motion and image quality.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The section's content.
    """
    history = material.history
    aligned = [v.aligned for v in history.volumes if v.aligned is not None]
    if not aligned:
        return paragraph("No volume was aligned.")
    rows = []
    for name, words, unit in (
        ("fd_mm", "framewise displacement", "mm"),
        ("displacement_mm", "displacement from the reference", "mm"),
        ("dvars_percent", "DVARS", "percent"),
    ):
        values = sorted(float(getattr(entry, name)) for entry in aligned)
        rows.append(
            (
                words,
                unit,
                sum(values) / len(values),
                values[len(values) // 2],
                values[min(len(values) - 1, int(0.95 * len(values)))],
                values[-1],
            )
        )
    return join(
        tag("div", traces.quality(history), class_="card"),
        table(("", "unit", "mean", "median", "95 % within", "largest"), rows),
        paragraph(f"tSNR of the brain at the end: {number(aligned[-1].tsnr, 1)}.", note=True),
    )


def latency(material: Material) -> Html:
    """Return how long every stage took.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The section's content.
    """
    found = [delay for delay in material.delays if len(delay.values_ms)]
    n_waited = sum(volume.waited for volume in material.history.volumes)
    if not found:
        return paragraph("The record holds no delays.")
    note = "From the last byte of a volume to each stage, on the clock of the recording machine."
    if n_waited:
        note += f" {n_waited} volumes that waited for the preparation are left out."
    return join(
        tag("div", comparisons.delays(found), class_="card"),
        table(
            (
                "stage",
                "volumes",
                "median [ms]",
                "95 % within [ms]",
                "99 % within [ms]",
                "longest [ms]",
            ),
            [
                (
                    d.stage,
                    len(d.values_ms),
                    *(number(d.quantile(share), 1) for share in (0.5, 0.95, 0.99, 1.0)),
                )
                for d in found
            ],
        ),
        paragraph(note, note=True),
    )


def brains(material: Material) -> Html:
    """Return pictures of the preparation and how much of every map is covered.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The section's content.
    """
    history, prepared = material.history, material.prepared
    coverage = outcomes.coverage(history)
    low = [str(row[0]) for row in coverage.rows if row[3]]
    parts: list[object] = []
    if low:
        text = (
            f"Less than {100 * outcomes.LOW_COVERAGE:.0f} % of the weight energy of {', '.join(low)} "
            "lies inside image and brain: read these responses with reserve."
        )
        parts.append(tag("div", text, class_="banner"))
    if prepared is None:
        parts.append(paragraph("The record holds no preparation: there is nothing to draw."))
    else:
        parts += [tag("h3", "Brain mask on the mean image"), brain.mask(prepared)]
        for name in history.overview.get("score_signatures", ()):
            if name in prepared.weights:
                parts += [tag("h3", f"Weights of {name}"), brain.signature(prepared, name)]
        parts += [tag("h3", "Component systems"), brain.systems(prepared)]
        text = (
            f"Brought to this brain by {prepared.method}. Left is left. Warm weights count for, cold "
            "ones against the signature; the largest 1 % are clipped. Systems: green experience "
            "sharing, blue mentalizing, purple empathic concern."
        )
        parts.append(paragraph(text, note=True))
    if coverage.rows:
        parts += [
            tag("h3", "Coverage"),
            table(
                ("map", "voxels inside [%]", "weight energy inside [%]", ""),
                [
                    (
                        row[0],
                        number(100 * float(str(row[1])), 1),
                        number(100 * float(str(row[2])), 1),
                        tag("span", "low", class_="tag warning") if row[3] else "",
                    )
                    for row in coverage.rows
                ],
            ),
        ]
    return join(*parts)


def exclusions(material: Material) -> Html:
    """Return the volumes that were not used, and everything that operators and notices said.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The section's content.
    """
    history = material.history
    unused = [v for v in history.volumes if not v.usable]
    entries = log(history)
    rows = [
        (number(float(str(row[1])), 1), _level(str(row[2])), row[3], row[4] or "")
        for row in entries.rows
    ]
    return join(
        tag("h3", "Volumes that were not used"),
        table(
            ("volume", "time [s]", "status", "why"),
            [(v.index, number(v.index * history.tr_s, 1), v.status, v.reason) for v in unused],
        )
        if unused
        else paragraph("None: every volume was decoded and used."),
        tag("h3", "Operator, notices, states"),
        table(("time [s]", "who", "what", "text"), rows) if rows else paragraph("Nothing."),
        paragraph("Times count from the start of volume 0.", note=True),
    )


def _level(kind: str) -> Html:
    style = kind if kind in ("warning", "alarm") else "info"
    return tag("span", kind, class_=f"tag {style}")


def allocation(material: Material) -> Html:
    """Return what may be told about the arm.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The section's content.
    """
    history = material.history
    facts = history.facts.get("allocation")
    if not facts:
        return paragraph("The study has no sham arm: the value shown is the person's own.")
    digest = tag("code", str(facts.get("sealed", "unknown")))
    if history.sealed:
        return join(
            paragraph(
                "Sealed: the session has not ended, so the arm is not told and the value shown is withheld."
            ),
            paragraph("Digest of the sealed allocation: ", digest, note=True),
        )
    opened = facts["opened"]
    rows = [(name.replace("_", " "), _words(value)) for name, value in opened.items()]
    return join(
        paragraph("Opened when the session had ended."),
        table(("", ""), rows),
        paragraph("Digest of the sealed allocation: ", digest, note=True),
    )


def software(material: Material) -> Html:
    """Return versions, seeds, source and checksums.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The section's content.
    """
    history = material.history
    facts = history.facts
    source = facts.get("source") or {}
    digests = [(v.index, v.received.sha256) for v in history.volumes if v.received is not None]
    settings = json.dumps(facts.get("study") or {}, indent=2, ensure_ascii=False)
    return join(
        tag(
            "div",
            table(
                ("software", "version"),
                [(k, _words(v)) for k, v in (facts.get("software") or {}).items()],
            ),
            table(
                ("session", ""),
                [
                    ("format of the record", _words(facts.get("format"))),
                    ("seed", _words(facts.get("seed"))),
                    ("rows in the journal", history.n_entries),
                    ("why it ended", history.end_reason or "it did not"),
                    *((f"source: {name}", _words(value)) for name, value in source.items()),
                ],
            ),
            class_="pair",
        ),
        tag("details", tag("summary", "The study as it ran"), tag("pre", tag("code", settings))),
        tag(
            "details",
            tag("summary", "SHA-256 of every raw volume"),
            table(("volume", "checksum"), [(i, tag("code", digest)) for i, digest in digests]),
        ),
        paragraph(
            "To recompute all of it from the raw volumes and compare to the bit: ",
            tag("code", "empatune replay SESSION"),
            note=True,
        ),
    )


def checklist(material: Material) -> Html:
    """Return the CRED-nf checklist as far as the record can fill it.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The section's content.
    """
    found = crednf.answers(material.history, material.effects)
    n_person = sum(answer.answered == "person" for answer in found)
    words = {"record": "from the record", "partly": "in part", "person": "a person must fill this"}
    parts: list[object] = [
        paragraph(
            f"Consensus on reporting and design of neurofeedback studies ({crednf.REFERENCE}), items "
            f"in our words. The record fills {len(found) - n_person} of {len(found)} items in full or "
            f"in part; {n_person} are left to a person.",
        )
    ]
    for domain, answers in itertools.groupby(found, key=lambda answer: answer.item.domain):
        parts += [
            tag("h3", domain),
            table(
                ("item", "asks for", "answer", "filled"),
                [
                    (
                        a.item.number,
                        a.item.text,
                        a.text,
                        tag("span", words[a.answered], class_=f"tag {a.answered}"),
                    )
                    for a in answers
                ],
            ),
        ]
    return tag("div", *parts, class_="checklist")


def _words(value: object) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return "–" if value is None else str(value)
