"""The table of confounds that fMRIPrep leaves beside a run."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from empatune.typing import FloatArray

AXES = ("trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z")

HEAD_MM = 50.0
"""Radius on which a rotation is counted as a displacement: Power et al. 2012,
doi 10.1016/j.neuroimage.2011.10.018 [mm]."""


def confounds(places: FloatArray, *, signals: Mapping[str, FloatArray] | None = None) -> str:
    """Write the table of a run.

    Parameters
    ----------
    places : ndarray, shape (n_volumes, 6)
        Translations [mm], rotations [rad].
    signals : mapping of str to ndarray, shape (n_volumes,), optional
        Other columns, such as the mean over white matter.

    Returns
    -------
    str
        Tab-separated: motion with derivatives and squares, and the other columns.
    """
    columns: dict[str, FloatArray] = {}
    for name, values in zip(AXES, places.T, strict=True):
        change = np.concatenate([[np.nan], np.diff(values)])
        columns |= {
            name: values,
            f"{name}_derivative1": change,
            f"{name}_power2": values**2,
            f"{name}_derivative1_power2": change**2,
        }
    columns |= signals or {}
    table = np.stack(list(columns.values()), axis=1)
    lines = ["\t".join(columns)]
    lines += ["\t".join("n/a" if np.isnan(v) else f"{v:.8g}" for v in row) for row in table]
    return "\n".join(lines) + "\n"


def displacement(places: FloatArray) -> FloatArray:
    """Tell how far the head moved from volume to volume.

    Parameters
    ----------
    places : ndarray, shape (n_volumes, 6)
        Translations [mm], rotations [rad].

    Returns
    -------
    ndarray, shape (n_volumes,)
        Framewise displacement [mm]; NaN in the first volume.
    """
    moved = np.abs(np.diff(places, axis=0)) @ np.array([1, 1, 1, HEAD_MM, HEAD_MM, HEAD_MM])
    return np.concatenate([[np.nan], moved])
