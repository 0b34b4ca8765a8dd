"""Models of a run's time course, each as the matrix that turns volumes into estimates.

Every estimate is linear in the volumes, so a model is solved once, on time courses alone, and
applied to all voxels as they are read: no voxel sees a model of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from nilearn.glm.first_level import compute_regressor, make_first_level_design_matrix

from empatune.decoding.trials import Trials
from empatune.errors import DecodingError
from empatune.typing import FloatArray

_OVERSAMPLING = 50
_RANK = 1e-9
_ESTIMABLE = 1e-6


def nuisance_basis(
    confounds: FloatArray, frame_times_s: FloatArray, *, high_pass_s: float
) -> FloatArray:
    """Make an orthonormal basis of all that is no response: constant, drift and confounds.

    Parameters
    ----------
    confounds : ndarray, shape (n_volumes, n_confounds)
        Columns of the confounds table.
    frame_times_s : ndarray, shape (n_volumes,)
        When each volume was measured [s].
    high_pass_s : float
        Cosines with a period down to this are drift [s]; 0 for a constant alone.

    Returns
    -------
    ndarray, shape (n_volumes, n_basis)
        Orthonormal columns.

    Raises
    ------
    DecodingError
        If nuisance leaves no degree of freedom.
    """
    if 0 < high_pass_s <= 2 * (frame_times_s[1] - frame_times_s[0]):
        raise DecodingError(
            f"A high-pass of {high_pass_s:g} s leaves nothing of a run with a volume every "
            f"{frame_times_s[1] - frame_times_s[0]:g} s. Give the longest period to keep "
            "(--high-pass), such as 128."
        )
    slow = make_first_level_design_matrix(
        frame_times_s,
        drift_model="cosine" if high_pass_s > 0 else None,
        high_pass=1.0 / high_pass_s if high_pass_s > 0 else 0.0,
    ).to_numpy()
    centred = confounds - confounds.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    columns = np.hstack([slow / np.linalg.norm(slow, axis=0), centred[:, length > 0]])
    columns[:, slow.shape[1] :] /= length[length > 0]
    left, size, _ = np.linalg.svd(columns, full_matrices=False)
    basis: FloatArray = left[:, size > _RANK * size[0]]
    if basis.shape[1] >= len(basis) - 1:
        raise DecodingError(
            f"{columns.shape[1]} nuisance columns leave nothing of {len(basis)} volumes. "
            "Choose fewer confounds (--confounds)."
        )
    return basis


def responses(trials: Trials, frame_times_s: FloatArray, *, hrf: str) -> list[FloatArray]:
    """Make the expected response to each event.

    Parameters
    ----------
    trials : Trials
        The events.
    frame_times_s : ndarray, shape (n_volumes,)
        When each volume was measured [s].
    hrf : str
        Haemodynamic response, by nilearn's names.

    Returns
    -------
    list of ndarray, shape (n_volumes, n_columns)
        One entry an event: the response, and its derivative where the model has one.
    """
    return [
        np.asarray(
            compute_regressor(
                np.array([[onset], [duration], [1.0]]),
                hrf,
                frame_times_s,
                oversampling=_OVERSAMPLING,
            )[0]
        )
        for onset, duration in zip(trials.onset, trials.duration, strict=True)
    ]


def estimator(
    trials: Trials, courses: list[FloatArray], nuisance: FloatArray, *, separate: bool
) -> FloatArray:
    """Make the matrix that turns the volumes of a run into one map a trial.

    Parameters
    ----------
    trials : Trials
        The events.
    courses : list of ndarray, shape (n_volumes, n_columns)
        The expected response to each.
    nuisance : ndarray, shape (n_volumes, n_basis)
        Orthonormal; what is no response.
    separate : bool
        True for a model a trial (LSS), False for one model of all (LSA).

    Returns
    -------
    ndarray, shape (n_trials, n_volumes)
        One row a scored trial; NaN where the run cannot tell the trial from others or nuisance.

    Raises
    ------
    DecodingError
        If one model of all trials has more columns than the run has volumes.
    """
    clean = [course - nuisance @ (nuisance.T @ course) for course in courses]
    scale = [float(np.linalg.norm(course[:, 0])) for course in courses]
    if separate:
        rows = [_separate(number, trials, clean) for number in np.flatnonzero(trials.scored)]
    else:
        rows = _together(trials, clean, n_free=len(nuisance) - nuisance.shape[1])
    matrix = np.array(rows)
    for row, number in zip(matrix, np.flatnonzero(trials.scored), strict=True):
        lost = np.linalg.norm(clean[number][:, 0]) <= _ESTIMABLE * scale[number]
        if lost or abs(row @ clean[number][:, 0] - 1) > _ESTIMABLE:
            row[:] = np.nan
    return matrix


def _separate(number: int, trials: Trials, clean: list[FloatArray]) -> FloatArray:
    others: dict[str, Any] = {}
    for place, kind in enumerate(trials.trial_type):
        if place != number:
            others[kind] = others.get(kind, 0.0) + clean[place]
    row: FloatArray = np.linalg.pinv(np.hstack([clean[number], *others.values()]), rcond=_RANK)[0]
    return row


def _together(trials: Trials, clean: list[FloatArray], *, n_free: int) -> list[FloatArray]:
    chosen = np.flatnonzero(trials.scored)
    others: dict[str, Any] = {}
    for place in np.flatnonzero(~trials.scored):
        kind = trials.trial_type[place]
        others[kind] = others.get(kind, 0.0) + clean[place]
    blocks = [*(clean[number] for number in chosen), *others.values()]
    columns = np.hstack(blocks)
    if columns.shape[1] >= n_free:
        raise DecodingError(
            f"{len(chosen)} trials in one model leave no degree of freedom in {n_free} volumes "
            "without nuisance. Use --estimates lss, or fewer confounds."
        )
    inverse = np.linalg.pinv(columns, rcond=_RANK)
    width = clean[0].shape[1]
    return [inverse[place * width] for place in range(len(chosen))]
