"""Correlations of the series of a study: what is known of its regions without a model of causes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations
from pathlib import Path
from typing import get_args

from empatune.bids import Cell, Column, Table, with_sidecars
from empatune.connectivity.correlation import (
    Correlation,
    Kind,
    condition_weights,
    correlate,
)
from empatune.connectivity.network import Network
from empatune.connectivity.series import Series
from empatune.decoding.connections.storage import load_series
from empatune.decoding.connections.study import read_fits, series_path
from empatune.errors import ConnectivityError, UsageError
from empatune.files import write_together
from empatune.forms import alike

BASELINES = "baselines.tsv"
"""Table of correlations, beside that of parameters."""

EVERY = "all"
"""Condition of all scans."""

_COLUMNS = (
    Column(name="participant", description="Label of the participant"),
    Column(name="run", description="Which runs the series is of: all, a session, or one run"),
    Column(
        name="condition",
        description="all, or an input: scans weighted by it, convolved with the response of blood",
    ),
    Column(
        name="kind",
        description="full; partial: given the other regions, shrunk; lagged: target now with "
        "source before",
    ),
    Column(name="target", description="Region; of full and partial ones, target and source swap"),
    Column(name="source", description="Region"),
    Column(name="lag", description="From source to target", units="scan"),
    Column(name="correlation", description="Correlation, -1 to 1, without confounds"),
    Column(
        name="lead",
        description="Lagged correlation less its mirror image: above 0, the source leads",
    ),
    Column(name="p", description="Against none, two-sided, as if scans were independent"),
    Column(name="n_effective", description="Scans that the weights amount to", units="scan"),
)


def tabulate(
    folder: Path,
    *,
    kinds: Sequence[Kind] = get_args(Kind),
    conditions: Sequence[str] = (),
    lag: int = 1,
) -> Table:
    """
    Correlate the regions of every series of a study.

    Parameters
    ----------
    folder : Path
        What `empatune.decoding.connections.study.fit_study` made.
    kinds : sequence of {'full', 'partial', 'lagged'}
        Which correlations.
    conditions : sequence of str
        Inputs, each for correlations of its own; those over all scans come first in any case.
    lag : int
        Scans between before and now.

    Returns
    -------
    Table
        A row for each pair of regions, condition and kind; lagged ones in both directions.

    Raises
    ------
    ConnectivityError
        If a series cannot be correlated.
    DecodingError
        If there is no study, or a file is damaged.
    UsageError
        If an input does not exist.
    """
    rows: list[list[Cell]] = []
    done = set()
    for entry, fit in read_fits(folder):
        if entry.key[:2] in done:
            continue
        done.add(entry.key[:2])
        series = load_series(series_path(entry))
        for condition in (EVERY, *conditions):
            try:
                found = [
                    _correlated(series, fit.network, kind, condition=condition, lag=lag)
                    for kind in kinds
                ]
            except ConnectivityError as problem:
                raise ConnectivityError(
                    f"{series.name}, condition {condition}: {problem}"
                ) from problem
            who = [entry.participant, entry.run, condition]
            rows += [[*who, *row] for each in found for row in _rows(each, fit.network.regions)]
    return Table(columns=_COLUMNS, rows=rows)


def write_baselines(folder: Path, table: Table) -> None:
    """
    Write correlations beside the other tables of a study.

    Parameters
    ----------
    folder : Path
        The study.
    table : Table
        From `tabulate`.
    """
    write_together(with_sidecars({folder / BASELINES: table}, escaped=False))


def _correlated(
    series: Series, network: Network, kind: Kind, *, condition: str, lag: int
) -> Correlation:
    if condition == EVERY:
        return correlate(series, kind, lag=lag)
    if condition not in network.inputs:
        raise UsageError(
            f"'{condition}' is no input of the study.{alike(condition, list(network.inputs))} "
            f"Inputs: {', '.join(network.inputs)}."
        )
    weights = condition_weights(series, network.inputs.index(condition))
    return correlate(series, kind, weights=weights, lag=lag)


def _rows(found: Correlation, regions: Sequence[str]) -> Iterator[list[Cell]]:
    """Give each pair once, or in both directions where they differ."""
    lagged = found.kind == "lagged"
    pairs = permutations if lagged else combinations
    p, lead = found.p, found.direction
    for source, target in pairs(range(len(regions)), 2):
        yield [
            found.kind,
            regions[target],
            regions[source],
            found.lag,
            float(found.values[target, source]),
            float(lead[target, source]) if lagged else None,
            float(p[target, source]),
            found.n_effective,
        ]
