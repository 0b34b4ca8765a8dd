"""The whole review on one page: every claim, what simulated studies found, what speaks against it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from empatune.claims import Check, Claim
from empatune.claims.cited import STUDIES
from empatune.claims.records import Section
from empatune.claims.results import Saved
from empatune.claims.study import contrast_of, load
from empatune.claims.words import (
    KIND_OF_EVIDENCE,
    MEANING,
    PREDICTED,
    TESTS,
    measured,
    switched,
    verdict,
)
from empatune.reports import page
from empatune.reports.claims_strip import scale, strip
from empatune.reports.figure import to_svg
from empatune.reports.framework_picture import path_diagram
from empatune.reports.markup import Html, join, paragraph, table, tag

SECTIONS: tuple[Section, ...] = get_args(Section)

IS = (
    "A recovery test. People are drawn from a model of the review's theory, taken through the "
    "design of the cited study, and what they answer (and what their brain regions do, with "
    "haemodynamics and noise) is analysed as real data would be. That a "
    "finding comes out tells that the theory implies it, and that the design and its analysis can "
    "see it."
)
IS_NOT = (
    "It is not evidence on people. The model was built so that its paths produce these findings, and "
    "nobody has measured its parameters: one set of defaults, chosen once, serves all designs. The "
    "control is the same study with the path cut: what is still found there comes from elsewhere. "
    "Signs are the theory's, sizes the model's: people differ in it about as much as in the tables of "
    "real choices and ratings to which spreads were fitted, and nobody knows how much brains do. What "
    "could not be read of a design is our choice, made so that the cited number of people suffices: "
    "a share is no estimate of power for another design. A claim that is not found often enough would "
    "need more people than the cited study had."
)
SCALE = (
    "A dot is one study, at its standardized estimate: Cohen's d, or r where people differ in a trait. The scale is "
    "bent so that small and large ones can be seen together; the bar is the median study."
)


def write_claims(saved: Saved, path: Path) -> Path:
    """Write the page.

    Parameters
    ----------
    saved : Saved
        What was found.
    path : Path
        The file; it is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ExportError
        If it cannot be written.
    """
    return page.write(path, lambda: render_claims(saved))


def render_claims(saved: Saved) -> str:
    """Make the page.

    Parameters
    ----------
    saved : Saved
        What was found.

    Returns
    -------
    str
        HTML that needs no other file.
    """
    found = {name: _of(saved.checks, name) for name in SECTIONS}
    names = [name for name, checks in found.items() if checks]
    links = [("model", "the model"), *((_id(name), name) for name in names), ("studies", "studies")]
    body = tag(
        "main",
        _header(saved),
        tag("nav", *(tag("a", words, href=f"#{name}") for name, words in links)),
        _model(),
        *(_section(name, found[name]) for name in names),
        _studies(saved),
        tag(
            "footer",
            paragraph(
                f"Written by empatune {saved.version}: empatune claims report. Claims in our own "
                "words after Weisz & Zaki 2018, doi 10.1016/j.copsyc.2018.05.005."
            ),
        ),
    )
    return page.whole(title="The review as claims", body=body)


def _of(checks: Sequence[Check], section: Section) -> list[Check]:
    return [check for check in checks if check.claim.section == section]


def _id(name: str) -> str:
    return name.replace(" ", "-")


def _header(saved: Saved) -> Html:
    checks = saved.checks
    n_holding = sum(check.holds for check in checks)
    n_studies = len(checks[0].studies)
    tiles = [
        (f"{n_holding} of {len(checks)}", "claims hold in simulation", n_holding < len(checks)),
        (str(n_studies), "simulated studies of each", False),
        (f"{sum(c.found for c in checks) / len(checks):.0%}", "of them find it, on average", False),
        (
            f"{sum(c.found_when_cut for c in checks) / len(checks):.0%}",
            "find something with the path cut",
            False,
        ),
    ]
    banners = [tag("div", f"Kind of evidence: {KIND_OF_EVIDENCE}, not data.", class_="banner")]
    if saved.outdated:
        words = f"Outdated: {', '.join(saved.outdated)}. Design or model changed; check them anew."
        banners.append(tag("div", words, class_="banner alarm"))
    return tag(
        "header",
        tag("div", "empatune claims", class_="kind"),
        tag("h1", "What the review says, and whether its theory implies it"),
        tag("p", "Weisz & Zaki 2018, Motivated empathy", class_="labels"),
        *banners,
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


def _model() -> Html:
    diagram = path_diagram()
    diagram.patch.set_visible(False)
    picture = to_svg(
        diagram,
        "framework",
        "Path diagram: context acts through motives on regulation, and regulation on experience "
        "sharing, mentalizing, concern and distress",
    )
    return tag(
        "section",
        tag("h2", "What a check is, and what it is not"),
        paragraph(IS),
        paragraph(IS_NOT),
        paragraph(MEANING, note=True),
        tag("h3", "The model with its default weights"),
        tag("div", picture, class_="card scroll"),
        paragraph(SCALE, note=True),
        _key(),
        id="model",
    )


def _key() -> Html:
    entries = [
        ("sharing", "experience sharing"),
        ("mentalizing", "mentalizing"),
        ("concern", "empathic concern"),
        ("distress", "distress"),
        ("feedback", "choice and other behaviour"),
        ("other", "cortical thickness"),
        ("muted", "with the path cut"),
        ("bad", "with what speaks against it"),
    ]
    return tag(
        "p",
        *(
            tag("span", tag("i", class_="key", style=f"background:var(--{c})"), w, class_="entry")
            for c, w in entries
        ),
    )


def _section(name: str, checks: Sequence[Check]) -> Html:
    head = tag(
        "div",
        tag("span", "claim"),
        scale(),
        tag("span", "studies that find it"),
        class_="claim head",
    )
    title = name[0].upper() + name[1:]
    return tag("section", tag("h2", title), head, *(_row(check) for check in checks), id=_id(name))


def _row(check: Check) -> Html:
    claim = check.claim
    words = verdict(check)
    chip = "record" if check.holds else "warning" if words.startswith("open") else "alarm"
    middle = check.median.estimate
    numbers = tag(
        "div",
        tag("b", f"{check.found:.0%}"),
        tag("span", f"path cut {check.found_when_cut:.0%}"),
        *(tag("span", f"against it {s:.0%} as expected") for s in check.found_against),
        tag("span", words, class_=f"tag {chip}"),
        *([tag("span", "real data below", class_="tag info")] if claim.evidence else []),
        class_="shares",
    )
    what = tag(
        "div",
        tag("strong", claim.text),
        tag("div", claim.source, " · ", measured(claim), f" · n = {check.n}", class_="note"),
        tag(
            "details",
            tag("summary", f"{TESTS[middle.test]} of the median study {_value(check)}"),
            table(("", ""), _facts(claim)),
        ),
    )
    return tag("article", what, strip(check), numbers, class_="claim", id=claim.name)


def _value(check: Check) -> str:
    one = check.median.estimate
    return f"{one.value:.2f} [{one.low:.2f}, {one.high:.2f}]".replace("-", "−")


def _facts(claim: Claim) -> list[tuple[object, object]]:
    contrast = contrast_of(claim, load(claim.paradigm))
    doi = tag("a", claim.doi, href=f"https://doi.org/{claim.doi}") if claim.doi else ""
    rows: list[tuple[object, object]] = [
        ("name", claim.name),
        ("design", f"{claim.paradigm}: {contrast.meaning}"),
        ("predicted", PREDICTED[claim.sign]),
        ("cut by", switched(claim.cut)),
        ("size found", claim.size),
        ("real data", claim.evidence),
        ("doi", doi),
    ]
    for counter in claim.counters:
        expected = f"{switched(counter.switch)}; then expected: {PREDICTED[counter.sign]}"
        rows.append(("against it", f"{counter.text} {counter.source}. In the model: {expected}."))
    return [(key, value) for key, value in rows if value]


def _studies(saved: Saved) -> Html:
    checked = {check.claim.name: check for check in saved.checks}
    rows = []
    for cited in STUDIES:
        links = [
            tag("a", name, href=f"#{name}") if name in checked else name for name in cited.claims
        ]
        listed = join(*(join(", " if i else "", link) for i, link in enumerate(links)))
        rows.append((cited.study, cited.about, listed or "–", cited.note))
    return tag(
        "section",
        tag("h2", "Where each cited study went"),
        paragraph(
            "The review's numbered list of references could not be read; studies go by name.",
            note=True,
        ),
        table(("study", "what the review takes from it", "claims", "note"), rows),
        id="studies",
    )
