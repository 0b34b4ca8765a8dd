"""How well a design tells its contrasts apart, before anybody is scanned."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from nilearn.glm.first_level import make_first_level_design_matrix

from empatune.paradigms.contrasts import people_of
from empatune.paradigms.events import check_scanned, events, modelled_phases, regressor_of
from empatune.paradigms.records import Contrast
from empatune.typing import FloatArray

if TYPE_CHECKING:
    from empatune.paradigms.paradigm import Paradigm

HIGH_PASS_S = 128.0
"""Drifts with a period down to this are part of the model [s]."""

_OVERSAMPLING = 16


def design_matrix(design: Paradigm, trials: pd.DataFrame) -> pd.DataFrame:
    """Predict the responses of one run: haemodynamic regressors, drift and a constant.

    Phases that are modelled have a regressor for each condition, other phases with a response
    one for all conditions; phases with neither are part of the baseline.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    trials : DataFrame
        Trials of one run of one person.

    Returns
    -------
    DataFrame, shape (n_volumes, n_columns)
        Indexed by the time of each volume [s].

    Raises
    ------
    ParadigmError
        If nobody is scanned.
    """
    tr_s = check_scanned(design)
    table = events(design, trials)
    counted = {p.name for p in design.timing.phases if p.modelled or p.response is not None}
    table = table[table["phase"].isin(counted)]
    end = float((trials["onset"] + trials["duration"]).max()) + design.timing.end_s
    frames = np.arange(int(np.ceil(end / tr_s))) * tr_s
    found: pd.DataFrame = make_first_level_design_matrix(
        frames,
        table[["onset", "duration", "trial_type"]].astype({"trial_type": str}),
        hrf_model="spm",
        drift_model="cosine",
        high_pass=1 / HIGH_PASS_S,
        oversampling=_OVERSAMPLING,
    )
    return found


def efficiency(
    design: Paradigm,
    *,
    seed: int = 0,
    n_orders: int = 25,
    progress: Callable[[int], object] | None = None,
) -> pd.DataFrame:
    """Compare the design's efficiency with what other random orders would give.

    The efficiency of a contrast c is 1 / (c (X'X)^-1 c'), over the runs that it needs; all runs
    of a session count as the first. Where sessions or groups are compared, it is that of the
    difference between the sessions within one person.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    seed : int
        Seed of the order that is judged; the next ones are those it is compared with.
    n_orders : int
        How many orders to compare it with.
    progress : callable, optional
        Is told how many orders have been judged.

    Returns
    -------
    DataFrame
        A row a contrast: efficiency of the order that is judged; median and best over all
        orders; share, which is the judged one over the best; contrast.

    Raises
    ------
    ParadigmError
        If nobody is scanned.
    """
    check_scanned(design)
    found = np.zeros((n_orders + 1, len(design.contrasts)))
    for number in range(n_orders + 1):
        found[number] = _efficiencies(design, seed + number)
        if progress is not None:
            progress(number + 1)
    best = found.max(axis=0)
    return pd.DataFrame(
        {
            "contrast": list(design.contrasts),
            "efficiency": found[0],
            "median": np.median(found, axis=0),
            "best": best,
            "share": found[0] / best,
        }
    )


def inflation(design: Paradigm, *, seed: int = 0) -> pd.DataFrame:
    """Tell how much regressors share: variance inflation factors.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    seed : int
        Seed of the order.

    Returns
    -------
    DataFrame
        Columns group, session, regressor and vif: 1 for a regressor that nothing else explains,
        drift and constant included; a row a regressor of the task in the first run.

    Raises
    ------
    ParadigmError
        If nobody is scanned.
    """
    rows = []
    every = {(group, session.name) for group in design.groups for session in design.sessions}
    for (group, session), matrix in _first_runs(design, seed, every).items():
        rows += [(group, session, name, value) for name, value in _inflation(matrix).items()]
    return pd.DataFrame(rows, columns=["group", "session", "regressor", "vif"])


Cell = tuple[str, str]
"""A group and a session."""


def _first_runs(design: Paradigm, seed: int, cells: set[Cell]) -> dict[Cell, pd.DataFrame]:
    trials = design.draw(len(design.groups), seed)
    firsts = trials[trials["run"] == 1].groupby(["group", "session"], observed=True, sort=False)
    return {
        cell: design_matrix(design, firsts.get_group(cell))
        for cell in [(g, s.name) for g in design.groups for s in design.sessions]
        if cell in cells
    }


def _efficiencies(design: Paradigm, seed: int) -> FloatArray:
    contrasts = list(design.contrasts.values())
    wanted = [_parts(design, contrast) for contrast in contrasts]
    runs = _first_runs(design, seed, {cell for parts in wanted for cell in parts})
    inverse = {cell: np.linalg.pinv(m.to_numpy().T @ m.to_numpy()) for cell, m in runs.items()}
    found = np.full(len(contrasts), np.nan)
    for place, parts in enumerate(wanted):
        variance = 0.0
        for cell, weights in parts.items():
            columns = list(runs[cell].columns)
            vector = np.array([weights.get(name, 0.0) for name in columns])
            n_runs = design.runs_of(design.session(cell[1]))
            variance += float(vector @ inverse[cell] @ vector) / n_runs
        found[place] = 1 / variance if variance > 0 else np.nan
    return found


def _parts(design: Paradigm, contrast: Contrast) -> dict[Cell, dict[str, float]]:
    """Write a contrast as weights of regressors, in each session of one person."""
    group = people_of(design, contrast)[0]
    found: dict[Cell, dict[str, float]] = {}
    for condition, weight in contrast.conditions.items():
        met = [s.name for s in design.sessions if condition in design.conditions_of(s, group)]
        phases = modelled_phases(design, condition)
        if not phases:  # the baseline itself
            continue
        phase = next((one for one in phases if one.name == contrast.phase), phases[0])
        name = regressor_of(design, condition, phase)
        for session, share in (contrast.sessions or {one: 1 / len(met) for one in met}).items():
            if session in met and share:
                weights = found.setdefault((group, session), {})
                weights[name] = weights.get(name, 0.0) + weight * share
    return found


def _inflation(matrix: pd.DataFrame) -> dict[str, float]:
    task = [name for name in matrix.columns if not name.startswith(("drift", "constant"))]
    columns = matrix.drop(columns="constant").to_numpy()
    centred = columns - columns.mean(axis=0)
    inverse = np.linalg.pinv(np.corrcoef(centred, rowvar=False))
    names = [name for name in matrix.columns if name != "constant"]
    return {name: float(inverse[names.index(name), names.index(name)]) for name in task}
