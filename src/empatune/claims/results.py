"""Results of a check as files, and read back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from empatune import __version__
from empatune.bids import Column, Table
from empatune.claims.analysis import Estimate
from empatune.claims.catalogue import find
from empatune.claims.checking import Check
from empatune.claims.power import Share
from empatune.claims.records import Claim
from empatune.claims.study import Study, load
from empatune.claims.words import KIND_OF_EVIDENCE, verdict
from empatune.errors import ClaimError, ExportError, UsageError
from empatune.files import write_together
from empatune.motives import LOADINGS, PARAMETERS
from empatune.typing import JsonObject

NAME = "claims"
"""Files are called so: ``claims.json`` holds every study, ``claims.tsv`` a row a claim."""

COLUMNS = (
    Column(name="claim", description="Name of the claim"),
    Column(name="section", description="Where in the review it stands"),
    Column(name="paradigm", description="The design in which it was tested"),
    Column(name="contrast", description="The contrast of that design"),
    Column(name="measure", description="The response, region or cortex"),
    Column(name="sign", description="Predicted sign of the contrast; 0 for no effect"),
    Column(name="n", description="People in each simulated study"),
    Column(name="studies", description="Simulated studies"),
    Column(name="found", description="Share of studies that find the claim (p < .05, its sign)"),
    Column(name="found_low", description="Lower end of its 95 % interval (Wilson)"),
    Column(name="found_high", description="Upper end of its 95 % interval (Wilson)"),
    Column(name="found_when_cut", description="Share that finds anything with the path cut"),
    Column(name="test", description="What the estimate is: mean, groups (difference) or slope (r)"),
    Column(name="estimate", description="Estimate of the median study"),
    Column(name="low", description="Lower end of its 95 % interval"),
    Column(name="high", description="Upper end of its 95 % interval"),
    Column(name="size", description="The same, standardized: Cohen's d or r"),
    Column(name="verdict", description="What the check came to"),
    Column(name="evidence", description="Kind of evidence"),
    Column(
        name="counter_evidence",
        description="For each piece, share of studies that find what it found",
    ),
)
"""Columns of the table of results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """Results that were read back.

    Parameters
    ----------
    checks : tuple of Check
        The results.
    outdated : tuple of str
        Claims that are defined otherwise now, or whose paradigm or model has changed.
    version : str
        The version of empatune that made them.
    """

    checks: tuple[Check, ...]
    outdated: tuple[str, ...] = ()
    version: str = __version__


def fingerprint(claim: Claim) -> str:
    """Summarize all on which the result of a claim's check depends.

    Parameters
    ----------
    claim : Claim
        The claim.

    Returns
    -------
    str
        Changes when the claim's test, its paradigm or the model's defaults change.
    """
    counters = [(one.switch, one.sign) for one in claim.counters]
    test = (claim.contrast, claim.kind, claim.measure, claim.by_surprise, claim.sign, claim.cut)
    everything = (test, counters, load(claim.paradigm), PARAMETERS, LOADINGS)
    return hashlib.sha256(repr(everything).encode()).hexdigest()[:16]


def to_table(checks: Sequence[Check]) -> Table:
    """Put results into a table.

    Parameters
    ----------
    checks : sequence of Check
        Results.

    Returns
    -------
    Table
        A row a claim.
    """
    return Table(columns=COLUMNS, rows=[list(summary(check).values()) for check in checks])


def summary(check: Check) -> dict[str, str | int | float]:
    """Summarize the result of one claim.

    Parameters
    ----------
    check : Check
        The result.

    Returns
    -------
    dict
        By the names of ``COLUMNS``.
    """
    claim, middle = check.claim, check.median.estimate
    found = Share.of(check.found, len(check.studies))
    return {
        "claim": claim.name,
        "section": claim.section,
        "paradigm": claim.paradigm,
        "contrast": claim.contrast,
        "measure": claim.measure,
        "sign": claim.sign,
        "n": check.n,
        "studies": len(check.studies),
        "found": check.found,
        "found_low": found.low,
        "found_high": found.high,
        "found_when_cut": check.found_when_cut,
        "test": middle.test,
        "estimate": middle.value,
        "low": middle.low,
        "high": middle.high,
        "size": middle.size,
        "verdict": verdict(check),
        "evidence": KIND_OF_EVIDENCE,
        "counter_evidence": "; ".join(f"{share:g}" for share in check.found_against),
    }


def save(checks: Sequence[Check], folder: Path) -> tuple[Path, ...]:
    """Write results: every study as JSON, and a table.

    Parameters
    ----------
    checks : sequence of Check
        Results.
    folder : Path
        Where; it is made if it does not exist.

    Returns
    -------
    tuple of Path
        ``claims.json``, ``claims.tsv`` and its sidecar ``claims_columns.json``.

    Raises
    ------
    ExportError
        If they cannot be written.
    """
    table = to_table(checks)
    contents: dict[Path, str | bytes] = {
        folder / f"{NAME}.json": json.dumps(to_json(checks), indent=1) + "\n",
        folder / f"{NAME}.tsv": table.to_tsv(),
        folder / f"{NAME}_columns.json": json.dumps(table.to_json(), indent=1) + "\n",
    }
    try:
        write_together(contents)
    except OSError as problem:
        raise ExportError(
            f"Results cannot be written to {folder}: {problem.strerror}. Give another --out."
        ) from None
    return tuple(contents)


def to_json(checks: Sequence[Check]) -> JsonObject:
    """Turn results into what JSON can hold.

    Parameters
    ----------
    checks : sequence of Check
        Results.

    Returns
    -------
    dict
        Version, and by claim every study.
    """
    return {
        "empatune": __version__,
        "evidence": KIND_OF_EVIDENCE,
        "checks": [
            {
                **summary(check),
                "fingerprint": fingerprint(check.claim),
                "with_path": [_study(one) for one in check.studies],
                "without_path": [_study(one) for one in check.cut],
                "against": [[_study(one) for one in studies] for studies in check.counters],
            }
            for check in checks
        ],
    }


def read(path: Path) -> Saved:
    """Read results that were saved.

    Parameters
    ----------
    path : Path
        ``claims.json``, or the folder in which it lies.

    Returns
    -------
    Saved
        The results.

    Raises
    ------
    ClaimError
        If there are none, or they are not what this version writes.
    """
    file = path / f"{NAME}.json" if path.is_dir() else path
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        checks = tuple(_check(one) for one in found["checks"])
        known = [one["fingerprint"] for one in found["checks"]]
        version = str(found["empatune"])
    except OSError as problem:
        raise ClaimError(
            f"No results can be read from {file}: {problem.strerror}. "
            "'empatune claims check --all --out FOLDER' makes them."
        ) from None
    except (ValueError, KeyError, TypeError, UsageError) as problem:
        raise ClaimError(
            f"{file} does not hold results of 'empatune claims check' ({problem!r}). Make them anew."
        ) from None
    outdated = tuple(
        check.claim.name
        for check, old in zip(checks, known, strict=True)
        if fingerprint(check.claim) != old
    )
    return Saved(checks=checks, outdated=outdated, version=version)


def _study(study: Study) -> JsonObject:
    return {"seed": study.seed, **asdict(study.estimate)}


def _check(found: Mapping[str, object]) -> Check:
    against = found["against"]
    if not isinstance(against, list):
        raise TypeError("against")
    return Check(
        claim=find(str(found["claim"]), paradigm=str(found["paradigm"])),
        n=int(str(found["n"])),
        studies=_studies(found["with_path"]),
        cut=_studies(found["without_path"]),
        counters=tuple(_studies(one) for one in against),
    )


def _studies(found: object) -> tuple[Study, ...]:
    if not isinstance(found, list) or not found:
        raise TypeError("no studies")
    return tuple(
        Study(
            seed=one["seed"],
            estimate=Estimate(**{key: value for key, value in one.items() if key != "seed"}),
        )
        for one in found
    )
