"""``empatune claims``: list, show, check and report what the review says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from empatune.cli.claims_data import OnData, test_claim
from empatune.cli.counting import counting
from empatune.errors import UsageError
from empatune.typing import JsonObject

if TYPE_CHECKING:
    from empatune.claims import Check, Claim

SECTIONS = (
    "components",
    "avoidance",
    "approach",
    "neural level",
    "interventions",
    "future directions",
)

_FOLDER = click.Path(file_okay=False, path_type=Path)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
_SEEDS = click.option(
    "--seeds",
    type=click.IntRange(1, 100_000),
    default=20,
    show_default=True,
    help="Simulated studies of each claim: seeds 1, 2, ...",
)
_N = click.option(
    "--n", type=click.IntRange(2, 100_000), help="People in a study; as in the cited one if absent."
)
_PARADIGM = click.option(
    "--paradigm",
    help="Another design, such as your own .toml; it needs the claim's contrast and response.",
)
_WORKERS = click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=2,
    show_default=True,
    help="Processes; results do not depend on it.",
)


@click.group()
def claims() -> None:
    """List, show and check findings of the review in simulated studies.

    A check is a recovery test: it tells whether the theory implies the finding and whether the
    design can see it, not whether brains work so. Each command takes --json.

    Example: empatune claims check fairness-insula exhaustion
    """


claims.add_command(test_claim)


@claims.command(name="list")
@click.option("--section", type=click.Choice(SECTIONS), help="Only this section of the review.")
@_JSON
def list_claims(*, section: str | None, as_json: bool) -> None:
    """List the claims by the sections of the review.

    Example: empatune claims list --section approach
    """
    from empatune.claims.catalogue import CLAIMS

    chosen = [claim for claim in CLAIMS if section in (None, claim.section)]
    if as_json:
        click.echo(json.dumps([_described(claim) for claim in chosen]))
        return
    width = max(len(claim.name) for claim in chosen)
    for name in SECTIONS:
        own = [claim for claim in chosen if claim.section == name]
        if own:
            click.echo(f"{name}")
        for claim in own:
            click.echo(f"  {claim.name:{width}}  {claim.text}")


@claims.command(short_help="Show what the claim NAME says and how it is tested.")
@click.argument("name")
@_JSON
def show(name: str, *, as_json: bool) -> None:
    """Show what the claim NAME says, how it is tested, and what speaks against it.

    Example: empatune claims show fairness-insula-women
    """
    from empatune.claims.catalogue import find

    claim = find(name)
    if as_json:
        click.echo(json.dumps(_described(claim)))
        return
    facts = _described(claim)
    click.echo(claim.text)
    click.echo(f"{claim.source}" + (f"  https://doi.org/{claim.doi}" if claim.doi else ""))
    click.echo("")
    for key in ("section", "paradigm", "contrast", "measure", "predicted", "size", "cut"):
        if facts[key]:
            click.echo(f"{key:10} {facts[key]}")
    if claim.evidence:
        click.echo(f"\nReal data: {claim.evidence}")
    for counter in _counters(claim):
        click.echo(f"\nAgainst it: {counter['text']}\n  {counter['source']}")
        click.echo(f"  in the model: {counter['switch']}; then expected: {counter['predicted']}")


@claims.command(cls=OnData, short_help="Check claims by simulation, with and without their paths.")
@click.argument("names", nargs=-1, metavar="[NAMES]...")
@click.option("--all", "everything", is_flag=True, help="Check every claim.")
@_SEEDS
@_N
@_PARADIGM
@_WORKERS
@click.option("--out", type=_FOLDER, help="Folder for claims.json (every study) and claims.tsv.")
@_JSON
def check(
    names: tuple[str, ...],
    *,
    everything: bool,
    seeds: int,
    n: int | None,
    paradigm: str | None,
    workers: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Simulate studies of claims, with the path of each, without it, and against it.

    NAMES are claims; 'empatune claims list' shows them. With --data TABLE one claim is tested on
    real people instead: see 'empatune claims test --help'.

    Example: empatune claims check fairness-insula revenge --seeds 20
    """
    from empatune.claims import results

    chosen = _chosen(names, everything=everything, paradigm=paradigm)
    found = _checked(chosen, seeds=seeds, n=n, workers=workers)
    if out is not None:
        written = results.save(found, out)
        click.echo(f"Every study is in {written[0]}.", err=True)
    if as_json:
        click.echo(json.dumps(results.to_json(found)))
        return
    _print(found, seeds)


@claims.command(short_help="Write the whole review on one page.")
@click.option(
    "--from",
    "saved",
    type=click.Path(exists=True, path_type=Path),
    help="What 'claims check --out' wrote; without it, every claim is checked now.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The page: .html with pictures, or .md with tables.",
)
@_SEEDS
@_N
@_WORKERS
@_JSON
def report(
    *, saved: Path | None, out: Path, seeds: int, n: int | None, workers: int, as_json: bool
) -> None:
    """Write the whole review on one page: every claim and what simulated studies found.

    Example: empatune claims report --from results --out claims.html
    """
    from empatune.claims import results
    from empatune.claims.catalogue import CLAIMS
    from empatune.reports.claims_markdown import write_markdown
    from empatune.reports.claims_page import write_claims

    writers = {".html": write_claims, ".md": write_markdown}
    if out.suffix not in writers:
        raise UsageError(f"A page ends in .html or .md, not '{out.name}'.")
    if saved is not None:
        found = results.read(saved)
    else:
        found = results.Saved(checks=_checked(CLAIMS, seeds=seeds, n=n, workers=workers))
    path = writers[out.suffix](found, out)
    click.echo(json.dumps({"report": str(path)}) if as_json else str(path))


def _chosen(names: Sequence[str], *, everything: bool, paradigm: str | None) -> tuple[Claim, ...]:
    from empatune.claims.catalogue import CLAIMS, find

    if everything and names:
        raise UsageError("Give names of claims or --all, not both.")
    if everything and paradigm is not None:
        raise UsageError(
            "--paradigm is for claims that you name; no design has the contrasts of all."
        )
    if not everything and not names:
        raise UsageError("Which claims? Give names ('empatune claims list' shows them) or --all.")
    return (
        CLAIMS
        if everything
        else tuple(find(name, paradigm=paradigm) for name in dict.fromkeys(names))
    )


def _checked(
    chosen: Sequence[Claim], *, seeds: int, n: int | None, workers: int
) -> tuple[Check, ...]:
    from empatune.claims.checking import check as check_claims
    from empatune.claims.checking import n_studies

    with counting("studies", n_studies(chosen, seeds)) as told:
        return check_claims(chosen, n=n, seeds=range(1, seeds + 1), workers=workers, progress=told)


def _print(found: Sequence[Check], seeds: int) -> None:
    from empatune.claims import words

    click.echo(f"{words.KIND_OF_EVIDENCE}, {seeds} studies a claim\n")
    width = max(len(check.claim.name) for check in found)
    heads = ("claim", "n", "found", "path cut", "median study", "verdict")
    click.echo("{:{}}  {:>4}  {:>5}  {:>8}  {:22}  {}".format(heads[0], width, *heads[1:]))
    for check in found:
        middle = check.median.estimate
        estimate = f"{middle.value:.2f} [{middle.low:.2f}, {middle.high:.2f}]"
        click.echo(
            f"{check.claim.name:{width}}  {check.n:4d}  {check.found:5.0%}  "
            f"{check.found_when_cut:8.0%}  {estimate:22}  {words.verdict(check)}"
        )
    click.echo(f"\n{words.MEANING}")
    if any(check.counters for check in found):
        click.echo("\nCounter-evidence, simulated by what in the model stands for it:")
    for check in found:
        pairs = zip(check.claim.counters, check.found_against, strict=True)
        for counter, share in pairs:
            click.echo(f"  {check.claim.name}: {counter.text}")
            click.echo(
                f"    {words.switched(counter.switch)}: "
                f"{words.PREDICTED[counter.sign]} in {share:.0%} of the studies"
            )


def _described(claim: Claim) -> JsonObject:
    from empatune.claims import words

    return {
        "name": claim.name,
        "text": claim.text,
        "section": claim.section,
        "source": claim.source,
        "doi": claim.doi,
        "paradigm": claim.paradigm,
        "contrast": f"{claim.contrast}: {_contrast(claim)}",
        "measure": words.measured(claim),
        "predicted": words.PREDICTED[claim.sign],
        "size": claim.size,
        "cut": words.switched(claim.cut),
        "evidence": claim.evidence,
        "against": list(_counters(claim)),
    }


def _contrast(claim: Claim) -> str:
    from empatune.claims.study import contrast_of, load

    return contrast_of(claim, load(claim.paradigm)).meaning


def _counters(claim: Claim) -> list[JsonObject]:
    from empatune.claims import words

    return [
        {
            "text": counter.text,
            "source": counter.source,
            "switch": words.switched(counter.switch),
            "predicted": words.PREDICTED[counter.sign],
        }
        for counter in claim.counters
    ]
