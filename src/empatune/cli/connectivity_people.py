"""``empatune connectivity compare``, ``group`` and ``report``: what stored fits say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from empatune.errors import EmpatuneError, UsageError

if TYPE_CHECKING:
    from empatune.bids import Table
    from empatune.decoding.connections.comparison import Comparison
    from empatune.decoding.connections.people import People

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
        _write_group_report(fits, folder / "report.html", found)
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
def report(fits: Path, *, out: Path | None) -> None:
    """Write the fits in FITS as one page: connections, evidence, signals, convergence.

    Example: empatune connectivity report fits
    """
    click.echo(str(write_report(fits, out or fits / "report.html")))


def write_report(fits: Path, out: Path) -> Path:
    """
    Write the page of a study.

    Parameters
    ----------
    fits : Path
        What `empatune connectivity fit` made.
    out : Path
        The page.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    DecodingError
        If there is no study, or all of it failed.
    """
    from empatune.decoding.connections.reading import load
    from empatune.decoding.connections.storage import load_series
    from empatune.decoding.connections.study import NETWORKS, read_entries, read_fits, series_path
    from empatune.errors import DecodingError
    from empatune.reports.connectivity_brain import places_of
    from empatune.reports.connectivity_report import (
        StudyFit,
        StudyMaterial,
        render_study,
        write_page,
    )

    entries, fitted = read_entries(fits), read_fits(fits)
    if not fitted:
        raise DecodingError(f"Every fit in {fits} failed ({entries[0].told.why}): no report.")
    space = load(fits / NETWORKS)
    series = {path: load_series(path) for path in {series_path(entry) for entry, _ in fitted}}
    material = StudyMaterial(
        title=space.space.title or space.space.name,
        fits=tuple(
            StudyFit(
                participant=entry.participant,
                run=entry.run,
                network=entry.network,
                fit=fit,
                series=series[series_path(entry)],
            )
            for entry, fit in fitted
        ),
        failures=tuple(
            (f"sub-{each.participant} {each.run}, {each.network}", each.told.why)
            for each in entries
            if each.told.status == "failed"
        ),
        comparison=_compared(fits),
        people=_grouped(fits),
        places=places_of(space.regions),
    )
    return write_page(out, render_study(material))


def _compared(fits: Path) -> Comparison | None:
    """Compare networks where there are several, and people who have a fit of each."""
    import numpy as np

    from empatune.decoding.connections.comparison import compare as compare_networks

    try:
        return compare_networks(fits, rng=np.random.default_rng(0))
    except EmpatuneError:
        return None


def _grouped(fits: Path) -> People | None:
    """Estimate the group in the network that has the most evidence, where there is one."""
    from empatune.decoding.connections.people import fit_people

    found = _compared(fits)
    best = found.fixed.models[int(found.fixed.log_evidence.argmax())] if found else ""
    try:
        return fit_people(fits, network=best)
    except EmpatuneError:
        return None


def _write_group_report(fits: Path, out: Path, found: People) -> None:
    from empatune.decoding.connections.reading import load
    from empatune.decoding.connections.study import NETWORKS
    from empatune.reports.connectivity_brain import places_of
    from empatune.reports.connectivity_report import render_group, write_page

    space = load(fits / NETWORKS)
    page = render_group(found, space.network(found.network), places=places_of(space.regions))
    write_page(out, page)


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
