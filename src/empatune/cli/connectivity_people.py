"""``empatune connectivity compare``, ``group`` and ``report``: what stored fits say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from empatune.errors import UsageError

if TYPE_CHECKING:
    from empatune.bids import Table

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("fits", type=_FOLDER)
@click.option(
    "--family",
    "families",
    multiple=True,
    metavar="NAME=NETWORK,NETWORK",
    help="Networks that are compared together; each network in one.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of families' sampling.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def compare(fits: Path, *, families: tuple[str, ...], seed: int, as_json: bool) -> None:
    """Compare the networks that were fitted into FITS, over people.

    Fixed effects suppose that everybody has the same network, random effects that people may
    differ. Writes comparison.tsv and families.tsv.

    Example: empatune connectivity compare fits --family with=both,back --family without=none
    """
    import numpy as np

    from empatune.cli.region_tables import records
    from empatune.decoding.connections import comparison

    found = comparison.compare(fits, families=_families(families), rng=np.random.default_rng(seed))
    comparison.write_comparison(fits, found)
    networks, grouped = comparison.network_table(found), comparison.family_table(found)
    if as_json:
        facts = {
            "folder": str(fits),
            "participants": list(found.participants),
            "left_out": dict(found.left_out),
            "omnibus_risk": found.random.omnibus_risk,
            "networks": records(networks),
            "families": records(grouped),
        }
        click.echo(json.dumps(facts))
        return
    _tell_left_out(found.left_out)
    click.echo(_written(networks))
    if grouped.rows:
        click.echo(_written(grouped))


@click.command()
@click.argument("fits", type=_FOLDER)
@click.option("--out", type=_FOLDER, help="Where tables go; FITS/group if not given.")
@click.option("--network", default="", help="Which network, where several were fitted.")
@click.option("--run", default="", help="Which fit of a person, where each has several.")
@click.option("--participants", "table", type=_FILE, help="participants.tsv of the study.")
@click.option("--covariate", "covariates", multiple=True,
              help="A column of participants.tsv; again for more.")  # fmt: skip
@click.option("--field", "fields", multiple=True,
              help="Parameters that vary over people: A, B, C, or a parameter's name.  [A and B]")  # fmt: skip
@click.option("--report", "wants_report", is_flag=True, help="Write report.html beside the tables.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def group(
    fits: Path,
    *,
    out: Path | None,
    network: str,
    run: str,
    table: Path | None,
    covariates: tuple[str, ...],
    fields: tuple[str, ...],
    wants_report: bool,
    as_json: bool,
) -> None:
    """Estimate the connections of the people in FITS, and what their differences go with.

    Parametric empirical Bayes over the fits, then a search for the effects that are needed.
    Writes effects.tsv and people.tsv.

    Example: empatune connectivity group fits --network both --participants participants.tsv --covariate age
    """
    from empatune.cli.region_tables import records
    from empatune.decoding.connections import people

    found = people.fit_people(
        fits, network=network, run=run, covariates=covariates, table=table, fields=fields
    )
    folder = out or fits / "group"
    people.write_people(folder, found)
    effects = people.effect_table(found)
    if wants_report:
        from empatune.reports.connectivity_study import write_group_report

        write_group_report(fits, folder / "report.html", found)
    if as_json:
        facts = {
            "folder": str(folder),
            "network": found.network,
            "participants": list(found.participants),
            "left_out": dict(found.left_out),
            "free_energy": found.group.free_energy,
            "status": found.group.status,
            "effects": records(effects),
        }
        click.echo(json.dumps(facts))
        return
    _tell_left_out(found.left_out)
    click.echo(_written(effects))


@click.command()
@click.argument("fits", type=_FOLDER)
@click.option("--out", type=_FILE, help="The page; FITS/report.html if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def report(fits: Path, *, out: Path | None, as_json: bool) -> None:
    """Write the fits in FITS as one page: connections, evidence, signals, convergence.

    Example: empatune connectivity report fits
    """
    from empatune.reports.connectivity_study import write_connectivity_report

    page = str(write_connectivity_report(fits, out))
    click.echo(json.dumps({"report": page}) if as_json else page)


def _families(words: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for word in words:
        name, equals, members = word.partition("=")
        networks = tuple(each.strip() for each in members.split(",") if each.strip())
        if not (name.strip() and equals and networks) or name.strip() in found:
            raise UsageError(
                f"--family {word} is not NAME=NETWORK,NETWORK with a name of its own, such as "
                "back=back,both."
            )
        found[name.strip()] = networks
    return found


def _tell_left_out(left_out: Mapping[str, str]) -> None:
    for who, why in left_out.items():
        click.echo(f"sub-{who} is left out: {why}", err=True)


def _written(table: Table) -> str:
    from empatune.cli.listing import readable

    rows = [table.names, *readable(table.rows)]
    return "\n".join("\t".join(map(str, row)) for row in rows)
