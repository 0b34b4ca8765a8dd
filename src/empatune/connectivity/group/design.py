"""How people of a group differ: a design matrix, checked before anything is fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from empatune.errors import ConnectivityError
from empatune.typing import Array, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """Between-participant effects.

    Attributes
    ----------
    effects : tuple of str
        A name per column; the first column is the group's mean.
    matrix : ndarray, shape (n_participants, n_effects)
        Its columns: ones first, then centred covariates, so that the first effect is the mean.
    """

    effects: tuple[str, ...]
    matrix: FloatArray

    def __post_init__(self) -> None:
        """Refuse designs of which no effect could be told from the others."""
        object.__setattr__(self, "effects", tuple(self.effects))
        matrix = np.asarray(self.matrix, float)
        object.__setattr__(self, "matrix", matrix)
        if matrix.ndim != 2 or matrix.shape[1] != len(self.effects) or not matrix.size:
            raise ConnectivityError(
                f"The design matrix has shape {matrix.shape}; with {len(self.effects)} effects it "
                f"must be (n_participants, {len(self.effects)})."
            )
        if not all(self.effects) or len(set(self.effects)) < len(self.effects):
            raise ConnectivityError(
                f"Effects must have names, each its own; given: "
                f"{', '.join(map(repr, self.effects))}."
            )
        _check_estimable(self.effects, matrix)

    @property
    def n_participants(self) -> int:
        """Number of participants."""
        return int(self.matrix.shape[0])

    @property
    def n_effects(self) -> int:
        """Number of effects."""
        return int(self.matrix.shape[1])


def design_group(n_participants: int, covariates: Mapping[str, Array] | None = None) -> Design:
    """
    Make a design of a mean and covariates, which are centred.

    Parameters
    ----------
    n_participants : int
        Number of participants.
    covariates : mapping of str to ndarray of shape (n_participants,), optional
        What people differ in; groups as 1 and -1 (or 1 and 0).

    Returns
    -------
    Design
        A column of ones named ``mean``, then the covariates in their order.

    Raises
    ------
    ConnectivityError
        If a covariate has another length, NaN, no variation, or follows from others.
    """
    columns, names = [np.ones(n_participants)], ["mean"]
    for name, values in (covariates or {}).items():
        column = np.asarray(values, float)
        if column.shape != (n_participants,):
            raise ConnectivityError(
                f"The covariate '{name}' has shape {column.shape}; there are {n_participants} "
                f"participants, so it must be ({n_participants},)."
            )
        columns.append(column - column.mean())
        names.append(name)
    return Design(effects=tuple(names), matrix=np.stack(columns, axis=1))


def _check_estimable(effects: tuple[str, ...], matrix: FloatArray) -> None:
    """Refuse NaN, too few participants, and columns that follow from others."""
    bad = [name for place, name in enumerate(effects) if not np.isfinite(matrix[:, place]).all()]
    if bad:
        raise ConnectivityError(
            f"The design matrix holds NaN or infinity in {', '.join(bad)}. Leave these "
            f"participants out, or give their values."
        )
    n_participants, n_effects = matrix.shape
    if n_participants < n_effects:
        raise ConnectivityError(
            f"{n_participants} participants cannot tell {n_effects} effects apart "
            f"({', '.join(effects)}). Take effects away, or add participants."
        )
    scaled = matrix / np.where(matrix.any(axis=0), np.linalg.norm(matrix, axis=0), 1.0)
    for place, name in enumerate(effects):
        if np.linalg.matrix_rank(scaled[:, : place + 1], tol=1e-8) == place:
            raise ConnectivityError(
                f"'{name}' follows from the effects before it (or does not vary), so the design "
                f"matrix is rank-deficient. Take it away. Effects: {', '.join(effects)}."
            )
