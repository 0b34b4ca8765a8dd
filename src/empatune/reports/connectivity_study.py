"""The report of a folder of fits, as `empatune connectivity fit` leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from empatune.decoding.connections.comparison import Comparison, compare
from empatune.decoding.connections.people import People, fit_people
from empatune.decoding.connections.reading import load
from empatune.decoding.connections.storage import load_series
from empatune.decoding.connections.study import NETWORKS, read_entries, read_fits, series_path
from empatune.errors import ConnectivityError, DecodingError, UsageError
from empatune.reports.connectivity_brain import places_of
from empatune.reports.connectivity_material import StudyFit, StudyMaterial
from empatune.reports.connectivity_report import (
    render_fit,
    render_group,
    render_study,
    write_page,
)

REPORT = "report.html"
"""The page beside the tables."""


def write_connectivity_report(
    folder: Path,
    out: Path | None = None,
    *,
    network: str = "",
    covariates: Sequence[str] = (),
    table: Path | None = None,
    seed: int = 0,
) -> Path:
    """
    Write the report of a folder of fits.

    Parameters
    ----------
    folder : Path
        What `empatune connectivity fit` made.
    out : Path, optional
        The page; ``report.html`` in the folder if not given.
    network : str
        Network of the group; the one with the most evidence if empty.
    covariates : sequence of str
        Columns of the table of participants that the group's connections may go with.
    table : Path, optional
        Table of participants.
    seed : int
        Seed of families' sampling.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    DecodingError
        If there is no study, or nothing could be fitted.
    ExportError
        If the page cannot be written.
    UsageError
        If there is no such network, or the table lacks a column.
    """
    material = read_material(folder, network=network, covariates=covariates, table=table, seed=seed)
    out = out or folder / REPORT
    if len(material.fits) > 1 or material.failures:
        return write_page(out, render_study(material))
    only = material.fits[0]
    title = f"{material.title}: {only.recording}, {only.network}"
    page = render_fit(only.fit, series=only.series, places=material.places, title=title)
    return write_page(out, page)


def write_group_report(folder: Path, out: Path, people: People) -> Path:
    """
    Write the report of a group.

    Parameters
    ----------
    folder : Path
        What `empatune connectivity fit` made.
    out : Path
        The page.
    people : People
        The group.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ExportError
        If the page cannot be written.
    """
    space = load(folder / NETWORKS)
    places = places_of(space.regions)
    return write_page(out, render_group(people, space.network(people.network), places=places))


def read_material(
    folder: Path,
    *,
    network: str = "",
    covariates: Sequence[str] = (),
    table: Path | None = None,
    seed: int = 0,
) -> StudyMaterial:
    """
    Read what the report of a folder of fits rests on.

    Parameters
    ----------
    folder : Path
        What `empatune connectivity fit` made.
    network : str
        Network of the group; the one with the most evidence if empty.
    covariates : sequence of str
        Columns of the table of participants that the group's connections may go with.
    table : Path, optional
        Table of participants.
    seed : int
        Seed of families' sampling.

    Returns
    -------
    StudyMaterial
        Fits, failures, networks compared, the group.

    Raises
    ------
    DecodingError
        If there is no study, or nothing could be fitted.
    UsageError
        If there is no such network, or the table lacks a column.
    """
    failures = tuple(
        (f"sub-{each.participant} {each.run} {each.network}", each.told.why)
        for each in read_entries(folder)
        if each.told.status == "failed"
    )
    fits = tuple(
        StudyFit(
            participant=entry.participant,
            run=entry.run,
            network=entry.network,
            fit=fit,
            series=load_series(series_path(entry)),
        )
        for entry, fit in read_fits(folder)
    )
    space = load(folder / NETWORKS)
    comparison = _compare(folder, fits, seed)
    material = StudyMaterial(
        title=space.space.title or space.space.name,
        fits=fits,
        failures=failures,
        comparison=comparison,
        places=places_of(space.regions),
    )
    people = _group(folder, network or material.best, covariates, table)
    return StudyMaterial(
        title=material.title,
        fits=fits,
        failures=failures,
        comparison=comparison,
        people=people,
        places=material.places,
        note="" if people is None else _GROUP_NOTE,
    )


_GROUP_NOTE = (
    "The group level is parametric empirical Bayes over people's fits, followed by a greedy search "
    "over models without some of the effects."
)


def _compare(folder: Path, fits: Sequence[StudyFit], seed: int) -> Comparison | None:
    if len({each.network for each in fits}) < 2:
        return None
    try:
        return compare(folder, rng=np.random.default_rng(seed))
    except DecodingError:  # nobody has a fit of each: failures are told
        return None


def _group(
    folder: Path, network: str, covariates: Sequence[str], table: Path | None
) -> People | None:
    """Fit the group; without a wish for covariates a group that cannot be fitted is left out."""
    try:
        return fit_people(folder, network=network, covariates=covariates, table=table)
    except (ConnectivityError, DecodingError, UsageError):
        if covariates or table:
            raise
        return None
