"""The whole review as tables in Markdown, for the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from empatune.claims import Check
from empatune.claims.cited import STUDIES
from empatune.claims.power import Share
from empatune.claims.results import Saved
from empatune.claims.words import KIND_OF_EVIDENCE, MEANING, PREDICTED, measured, switched, verdict
from empatune.reports import page
from empatune.reports.claims_page import IS, IS_NOT, SECTIONS
from empatune.reports.markup import number


def write_markdown(saved: Saved, path: Path) -> Path:
    """Write the tables.

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
    return page.write(path, lambda: render_markdown(saved))


def render_markdown(saved: Saved) -> str:
    """Make the tables.

    Parameters
    ----------
    saved : Saved
        What was found.

    Returns
    -------
    str
        Markdown.
    """
    checks = saved.checks
    n_holding = sum(check.holds for check in checks)
    n_seeds = len(checks[0].studies)
    counted = (
        f"**{n_holding} of {len(checks)} claims hold**, in {n_seeds} simulated studies of each. "
        "**n**: people in a study, as in the cited one. **found**: share of studies that find the "
        "claim, with its 95 % interval (Wilson). **path cut**: share that finds anything without "
        "the path. **size**: of the median study, Cohen's d, or r along a trait."
    )
    parts = [
        "# The review's findings in simulation",
        f"Kind of evidence: **{KIND_OF_EVIDENCE}**, not data. Made by",
        f"    empatune claims report --seeds {n_seeds} --out docs/results/claims.md",
        IS,
        IS_NOT,
        MEANING,
        counted,
    ]
    if saved.outdated:
        parts.append(f"Outdated, since design or model changed: {', '.join(saved.outdated)}.")
    for name in SECTIONS:
        own = [check for check in checks if check.claim.section == name]
        if own:
            parts += [f"## {name[0].upper()}{name[1:]}", _section(own)]
    against = [check for check in checks if check.counters]
    if against:
        parts += ["## What speaks against claims", _against(against)]
    told = [check.claim for check in checks if check.claim.evidence]
    if told:
        rows = _table(("claim", "real data"), ((f"`{c.name}`", c.evidence) for c in told))
        parts += ["## What real data say", rows]
    parts += [
        "## Where each cited study went",
        "The review's numbered list of references could not be read; studies go by name.",
        _studies(),
    ]
    return "\n\n".join(parts) + "\n"


def _section(checks: Sequence[Check]) -> str:
    heads = ("claim", "source", "measured", "n", "found", "path cut", "size", "verdict")
    return _table(heads, (_row(check) for check in checks))


def _row(check: Check) -> tuple[str, ...]:
    claim = check.claim
    share = Share.of(check.found, len(check.studies))
    source = f"[{claim.source}](https://doi.org/{claim.doi})" if claim.doi else claim.source
    return (
        f"{claim.text} `{claim.name}`",
        source,
        measured(claim),
        str(check.n),
        f"{share.value:.0%} [{share.low:.0%}, {share.high:.0%}]",
        f"{check.found_when_cut:.0%}",
        number(check.median.estimate.size),
        verdict(check),
    )


def _against(checks: Sequence[Check]) -> str:
    heads = ("claim", "evidence", "what stands for it", "then expected", "so found")
    return _table(
        heads,
        (
            (
                f"`{check.claim.name}`",
                f"{counter.text} ({counter.source})",
                switched(counter.switch),
                PREDICTED[counter.sign],
                f"{share:.0%}",
            )
            for check in checks
            for counter, share in zip(check.claim.counters, check.found_against, strict=True)
        ),
    )


def _studies() -> str:
    heads = ("study", "what the review takes from it", "claims", "note")
    return _table(
        heads,
        (
            (one.study, one.about, ", ".join(f"`{name}`" for name in one.claims), one.note)
            for one in STUDIES
        ),
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    lines += [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    return "\n".join(lines)
