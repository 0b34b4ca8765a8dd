"""Other views of the recordings that a classifier of motives is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from empatune.errors import UsageError
from empatune.typing import FloatArray

if TYPE_CHECKING:
    from empatune.connectivity.series import Series
    from empatune.motives.classification.cases import Cases
    from empatune.motives.classification.fits import Fits, Key

_KINDS = (
    ("functional connectivity", "full"),
    ("partial correlation", "partial"),
    ("lagged correlation", "lagged"),
)


def stored_views(
    path: Path, fits: Fits, cases: Cases, conditions: Sequence[str]
) -> dict[str, Cases]:
    """
    Look at the recordings that fits were made of: activity and correlations.

    Parameters
    ----------
    path : Path
        The folder of `empatune connectivity fit`.
    fits : Fits
        Its fits.
    cases : Cases
        The cases that were made of them.
    conditions : sequence of str
        Inputs whose events count as conditions; nothing is looked at where there are none.

    Returns
    -------
    dict of str to Cases
        The same cases in each view.

    Raises
    ------
    UsageError
        If there are no recordings, or an input does not exist.
    """
    if not conditions:
        return {}
    if not path.is_dir():
        raise UsageError(f"--condition needs the folder of the fits; {path} is a table alone.")
    if cases.features and len(set(zip(cases.people, cases.runs, strict=True))) < len(cases.people):
        raise UsageError(
            "--condition compares recordings with one motive each; with --modulator both motives "
            "are in one recording. Compare with --beside TABLE instead."
        )
    from empatune.motives.classification.features import activity_view, correlation_view

    recordings = _recordings(path, fits.network)
    found: dict[str, dict[Key, FloatArray]] = {name: {} for name in ("activity", *_names())}
    for key, (series, regions, inputs) in recordings.items():
        unknown = [name for name in conditions if name not in inputs]
        if unknown:
            raise UsageError(f"The fits have no input '{unknown[0]}'. Inputs: {', '.join(inputs)}.")
        columns = {name: inputs.index(name) for name in conditions}
        found["activity"][key] = activity_view(series, columns, regions)[1]
        for name, kind in _KINDS:
            found[name][key] = correlation_view(series, columns, regions, kind)[1]  # type: ignore[arg-type]
    return {name: _like(cases, values, name) for name, values in found.items()}


def table_views(beside: Sequence[str], cases: Cases) -> dict[str, Cases]:
    """
    Read other views of the same recordings from tables.

    Parameters
    ----------
    beside : sequence of str
        ``NAME=TABLE``.
    cases : Cases
        The cases.

    Returns
    -------
    dict of str to Cases
        The same cases in each view.

    Raises
    ------
    UsageError
        If a view has no name, or lacks a recording.
    """
    from empatune.motives.classification.tables import read_view

    views = {}
    for each in beside:
        name, _, path = each.partition("=")
        if not (name and path):
            raise UsageError(
                f"--beside takes NAME=TABLE, such as activity=betas.tsv; given: {each}."
            )
        names, values = read_view(Path(path))
        views[name] = _like(cases, values, name, names)
    return views


def _names() -> tuple[str, ...]:
    return tuple(name for name, _ in _KINDS)


def _recordings(
    path: Path, network: str
) -> dict[Key, tuple[Series, tuple[str, ...], tuple[str, ...]]]:
    """Read the stored recording of every fit, with the names of regions and inputs."""
    from empatune.decoding.connections.storage import load_series
    from empatune.decoding.connections.study import read_fits, series_path

    return {
        (entry.participant.removeprefix("sub-"), entry.run): (
            load_series(series_path(entry)),
            fit.network.regions,
            fit.network.inputs,
        )
        for entry, fit in read_fits(path, network=network)
    }


def _like(
    cases: Cases, values: Mapping[Key, FloatArray], name: str, features: Sequence[str] = ()
) -> Cases:
    """Put numbers of recordings in the place of the cases' own."""
    from empatune.motives.classification.cases import arrange

    rows = []
    for key in zip(cases.people, cases.runs, strict=True):
        row = values.get(key, values.get((key[0], "")))
        if row is None:
            raise UsageError(f"{name} has no numbers of {' '.join(filter(None, key))}.")
        rows.append(row)
    table = np.array(rows)
    return arrange(
        features or [f"{name} {place + 1}" for place in range(table.shape[1])],
        table,
        labels=cases.labels,
        people=cases.people,
        positive=cases.classes[1],
        runs=cases.runs,
    )
