"""Whose parameters make trial-wise quantities: each person's own, or one set for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np

from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.parameters import to_values
from empatune.errors import UsageError
from empatune.typing import FloatArray

Whose = Literal["own", "group"]
"""Each person's own parameters, or the typical person's for everybody."""


def parameters_of(fit: Fit, whose: Whose = "own") -> Mapping[str, FloatArray]:
    """
    Give the parameters with which trial-wise quantities shall be made.

    Own parameters say what each person is thought to have expected, with the noise of their
    estimates. The group's are the same for all: regressors then differ by what people met, not by
    how well they could be fitted, and a correlation of brain and parameter over people is not put
    in by the regressor.

    Parameters
    ----------
    fit : Fit
        What was found.
    whose : {'own', 'group'}
        Whose. The group's are those of the typical person that was learnt (covariates at their
        mean); of people who were fitted alone, the median on the scale of estimation.

    Returns
    -------
    mapping of str to ndarray, shape (n_people,)
        Parameters in their units.

    Raises
    ------
    UsageError
        If it is neither.
    """
    if whose not in get_args(Whose):
        raise UsageError(f"Parameters are 'own' or 'group', not '{whose}'.")
    if whose == "own":
        return fit.values
    typical = np.median(fit.scaled, axis=0) if fit.group is None else fit.group.coefficients[0]
    values = to_values(np.broadcast_to(typical, fit.scaled.shape), fit.model.parameters)
    return {name: np.asarray(one) for name, one in values.items()}
