"""``empatune claims test``: a claim on a table of one's own."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from empatune.errors import UsageError
from empatune.typing import JsonObject

if TYPE_CHECKING:
    from empatune.claims import Claim
    from empatune.claims.examination import CellMean, Examination

_VERDICTS = {
    "agrees": "The data agree.",
    "contradicts": "The data contradict it.",
    "cannot be told": "The data cannot tell.",
}
"""Verdicts as sentences."""

_PAIRS = "THEIRS=OURS,..."


class OnData(click.Command):
    """A check by simulation that becomes a test on real data where --data is given."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Hand over to the test where a table is given."""
        given = any(word == "--data" or word.startswith("--data=") for word in args)
        if given:
            return test_claim.make_context(info_name, args, parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


@click.command(name="test")
@click.argument("name")
@click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path),
    help="A .csv or .tsv with a row a trial, or a BIDS folder whose events are read.",
)
@click.option("--participant", default="participant_id", show_default=True, help="Column.")
@click.option("--measure", required=True, help="Column of numbers; choices as 0 and 1.")
@click.option("--yes", metavar="WORD", help="Choices are words: this one counts 1, others 0.")
@click.option("--condition", help="Column of conditions.")
@click.option(
    "--levels",
    metavar=_PAIRS,
    multiple=True,
    help="Which of your conditions is which of the claim's; the same words need none.",
)
@click.option("--session", help="Column of sessions, if the claim compares them.")
@click.option("--session-levels", metavar=_PAIRS, multiple=True, help="The same for sessions.")
@click.option("--group", help="Column of groups of people, if the claim compares them.")
@click.option("--group-levels", metavar=_PAIRS, multiple=True, help="The same for groups.")
@click.option("--trait", help="Column of the trait that the claim's contrast follows.")
@click.option(
    "--people",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Table of people whose columns are added, such as parameters.tsv of a fit.",
)
@click.option("--where", metavar="COLUMN=VALUE", multiple=True, help="Use only such rows.")
@click.option(
    "--against",
    type=float,
    help="What a mean is compared with, if nothing else is; .5 for choices, else 0.",
)
@click.option(
    "--permutations", type=click.IntRange(100, 1_000_000), default=10_000, show_default=True
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the permutations.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def test_claim(
    name: str,
    *,
    data: Path,
    participant: str,
    measure: str,
    yes: str | None,
    condition: str | None,
    levels: tuple[str, ...],
    session: str | None,
    session_levels: tuple[str, ...],
    group: str | None,
    group_levels: tuple[str, ...],
    trait: str | None,
    people: Path | None,
    where: tuple[str, ...],
    against: float | None,
    permutations: int,
    seed: int,
    as_json: bool,
) -> None:
    """Test the claim NAME on a table with a row a trial.

    The claim's contrast is computed for each person and tested over people; multilevel models of
    the trials and a permutation test stand beside it. 'empatune claims show NAME' tells the words
    of the contrast.

    Example: empatune claims test both-motives-giving --data trials.csv --participant ID
    --condition condition --levels multi-motive=give_both,control=give_control --measure choice
    """
    from empatune.claims.catalogue import find
    from empatune.claims.data import Columns
    from empatune.claims.examination import examine_claim
    from empatune.claims.tables import kind_of_evidence, read, with_people

    claim = find(name)
    columns = Columns(
        participant=participant,
        measure=measure,
        condition=condition,
        session=session,
        group=group,
        trait=trait,
        levels=_pairs(levels, "--levels"),
        session_levels=_pairs(session_levels, "--session-levels"),
        group_levels=_pairs(group_levels, "--group-levels"),
        where=_pairs(where, "--where"),
        yes=yes,
    )
    table = read(data)
    if people is not None:
        table = with_people(table, read(people), participant)
    found = examine_claim(
        claim, table, columns, against=against, n_permutations=permutations, seed=seed
    )
    if as_json:
        facts: JsonObject = {"data": data.name, "kind_of_evidence": kind_of_evidence(data)}
        click.echo(json.dumps(as_object(claim, found, facts)))
        return
    heading = f"{kind_of_evidence(data)}: {data.name}"
    click.echo("\n".join(as_lines(claim, found, heading)))


def as_object(claim: Claim, found: Examination, facts: JsonObject) -> JsonObject:
    """Write an examination for programs.

    Parameters
    ----------
    claim : Claim
        The claim.
    found : Examination
        What the data say.
    facts : dict
        Where the data come from.

    Returns
    -------
    dict
        Numbers that cannot be told are null.
    """
    whole: JsonObject = _plain(dataclasses.asdict(found))
    head: JsonObject = {
        "claim": claim.name,
        "text": claim.text,
        "verdict": found.verdict,
    }
    return facts | head | whole


def as_lines(claim: Claim, found: Examination, heading: str) -> list[str]:
    """Write an examination for people.

    Parameters
    ----------
    claim : Claim
        The claim.
    found : Examination
        What the data say.
    heading : str
        Kind of evidence and name of the table.

    Returns
    -------
    list of str
        Lines.
    """
    each = found.estimate
    what = {"mean": "d_z", "groups": "d_s", "slope": "r"}[each.test]
    left = f"{found.n_missing} rows without a value"
    if found.n_incomplete:
        left += f", {found.n_incomplete} people without every cell"
    lines = [
        f"{claim.name}: {claim.text}",
        f"{heading}, {each.n} people, {found.n_trials} trials (left out: {left})",
        "",
        *(_cell(cell) for cell in found.cells),
        "",
        f"contrast            {_interval(each.value, each.low, each.high)}  {_p(each.p)}",
        f"size ({what})          {_interval(found.size.value, found.size.low, found.size.high)}",
        f"permutation         {_p(found.p_permutation)}  ({found.n_permutations} arrangements)",
    ]
    if found.model is not None:
        fit = found.model
        note = "" if fit.status == "as planned" else f"; {fit.status}"
        lines.append(
            f"multilevel model    {_interval(fit.estimate, fit.low, fit.high)}  {_p(fit.p)}  "
            f"({fit.model}{note})"
        )
    if found.odds is not None:
        odds = found.odds
        note = "logit" if odds.converged else "logit; did not converge"
        lines.append(
            f"multilevel logistic {_interval(odds.value, odds.low, odds.high)}  {_p(odds.p)}  ({note})"
        )
    predicted = {-1: "below 0", 0: "no effect", 1: "above 0"}[found.sign]
    return [*lines, "", f"predicted: {predicted}. {_VERDICTS[found.verdict]}"]


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        for part in text.split(","):
            one, sign, other = part.partition("=")
            if not (one.strip() and sign and other.strip()):
                raise UsageError(f"{option} {text}: write {_PAIRS.split(',', maxsplit=1)[0]}.")
            if one.strip() in found:
                raise UsageError(f"{option} names '{one.strip()}' twice.")
            found[one.strip()] = other.strip()
    return found


def _cell(cell: CellMean) -> str:
    name = " ".join(word for word in (cell.group, cell.session, cell.condition) if word)
    mean = cell.mean
    return f"{name:32} {_interval(mean.value, mean.low, mean.high)}  n = {cell.n_people}"


def _interval(value: float, low: float, high: float) -> str:
    return f"{value:8.3g} [{low:.3g}, {high:.3g}]"


def _p(p: float) -> str:
    return "p < .0001" if p < 1e-4 else f"p = {p:.4f}".replace("0.", ".")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
