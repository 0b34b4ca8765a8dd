"""What is known of all people, a row a parameter and regressor."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from empatune.behaviour.fitting.record import Fit, Group
from empatune.behaviour.parameters import Parameter, to_values
from empatune.behaviour.tables.facts import notes_of
from empatune.behaviour.tables.people import REACH
from empatune.bids import Cell, Column, Table
from empatune.typing import FloatArray


def group_table(fit: Fit) -> Table:
    """
    Give what is known of all, a row a parameter and regressor.

    Parameters
    ----------
    fit : Fit
        What was found.

    Returns
    -------
    Table
        Of a group that was learnt: coefficients on the scale of estimation; in own units the
        typical person with an interval, and between which values 95 % of people lie; for covariates
        the typical person without and with. Of people who were fitted alone: how their estimates
        spread.
    """
    if fit.group is None:
        return _spread_table(fit)
    steps = _steps(fit.group)
    rows = [
        _group_row(fit, fit.group, one, place, number, steps)
        for place, one in enumerate(fit.model.parameters)
        for number in range(len(fit.group.regressors))
    ]
    described = (
        ("parameter", "The parameter"),
        ("unit", "Its unit"),
        ("regressor", "mean, or a covariate (per standard deviation; against the first label)"),
        ("scale", "How it is estimated: logit (two bounds), log (a lower bound), or as it is"),
        ("coefficient", "Estimate on that scale"),
        ("standard_error", "Its standard error, or posterior standard deviation"),
        ("low", "Lower end of its interval of 95 %"),
        ("high", "Upper end of its interval of 95 %"),
        ("value", "The typical person's parameter, in its unit; of a covariate: with it"),
        ("value_low", "Lower end of its interval of 95 %"),
        ("value_high", "Upper end of its interval of 95 %"),
        ("value_without", "Of a covariate: the typical person's at its mean, or with its first label"),
        ("step", "Of a covariate: how much more of it, in its own unit: a standard deviation; 1: a label"),
        ("people_sd", "Standard deviation over people beyond covariates, on the scale"),
        ("people_low", "95 % of people, with covariates as those fitted, lie above this and"),
        ("people_high", "below this, in the parameter's unit"),
    )  # fmt: skip
    columns = [Column(name=name, description=words) for name, words in described]
    return Table(columns=columns, rows=rows, notes=notes_of(fit))


def _steps(group: Group) -> FloatArray:
    """Give what regressors are for the typical person without and with each of them.

    Shape (n_regressors, 2, n_regressors). Numbers go from their mean to one above it; labels from
    the first label of their covariate to their own, other covariates at their mean.
    """
    size = len(group.regressors)
    steps = np.zeros((size, 2, size))
    steps[:, :, 0] = 1.0
    for number, name in enumerate(group.regressors[1:], start=1):
        steps[number, 1, number] = 1.0
        if group.rows is None or not name.endswith("]"):
            continue
        covariate = name[: name.rindex("[") + 1]
        for other, another in enumerate(group.regressors):
            if another.startswith(covariate):
                steps[number, :, other] = group.rows[:, other].min()
        steps[number, 1, number] = group.rows[:, number].max()
    return steps


def _interval(fit: Fit, group: Group, place: int, number: int) -> tuple[float, float]:
    """Give the ends of 95 % of a coefficient: of its draws, or by its standard error."""
    if fit.draws is not None:
        drawn = fit.draws.posterior["coefficients"].values[..., number, place]
        low, high = np.quantile(drawn, (0.025, 0.975))
        return float(low), float(high)
    coefficient = float(group.coefficients[number, place])
    reach = REACH * float(group.standard_errors[number, place])
    return coefficient - reach, coefficient + reach


def _group_row(
    fit: Fit, group: Group, one: Parameter, place: int, number: int, steps: FloatArray
) -> tuple[Cell, ...]:
    """Make a row of the group's table."""
    coefficients = group.coefficients[:, place]
    coefficient = float(coefficients[number])
    ends = _interval(fit, group, place, number)
    without, within = (float(step @ coefficients) for step in steps[number])
    sd = math.sqrt(float(group.covariance[place, place]))
    step = None if group.widths is None else float(group.widths[number])
    beyond: tuple[Cell, ...] = (_value(one, without), step, None, None, None)
    if number == 0:
        within = coefficient
        beyond = (None, None, sd, *(_value(one, end) for end in _most_people(group, place)))
    shown = [_value(one, within + part) for part in (0.0, *(end - coefficient for end in ends))]
    named = (one.name, one.unit, group.regressors[number], scale_of(one))
    return (
        *named,
        coefficient,
        float(group.standard_errors[number, place]),
        *ends,
        *shown,
        *beyond,
    )


def _most_people(group: Group, place: int) -> tuple[float, float]:
    """Give the ends between which 95 % of people lie, with covariates as those who were fitted.

    On the scale of estimation; people of the same covariates are normal around their own mean.
    """
    sd = math.sqrt(float(group.covariance[place, place]))
    rows = np.ones((1, 1)) if group.rows is None else group.rows
    means = rows @ group.coefficients[: rows.shape[1], place]

    def below(end: float, share: float) -> float:
        return float(ndtr((end - means) / sd).mean()) - share

    ends = means.min() - 3 * sd, means.max() + 3 * sd
    return float(brentq(below, *ends, args=(0.025,))), float(brentq(below, *ends, args=(0.975,)))


def _spread_table(fit: Fit) -> Table:
    """Describe how the estimates of people who were fitted alone are spread."""
    rows: list[Sequence[Cell]] = []
    for one in fit.model.parameters:
        values = fit.values[one.name]
        quartiles = np.quantile(values, (0.25, 0.5, 0.75))
        sd = float(values.std(ddof=1)) if len(values) > 1 else None
        rows.append((one.name, one.unit, float(values.mean()), sd, *map(float, quartiles)))
    described = (
        ("parameter", "The parameter"),
        ("unit", "Its unit"),
        ("mean", "Mean of people's estimates"),
        ("sd", "Their standard deviation"),
        ("lower_quartile", "A quarter of people lie below this"),
        ("median", "Half of people lie below this"),
        ("upper_quartile", "Three quarters of people lie below this"),
    )
    columns = [Column(name=name, description=words) for name, words in described]
    return Table(columns=columns, rows=rows, notes=notes_of(fit))


def scale_of(parameter: Parameter) -> str:
    """
    Name the scale on which a parameter is estimated.

    Parameters
    ----------
    parameter : Parameter
        The parameter.

    Returns
    -------
    str
        ``logit``, ``log`` or ``as it is``.
    """
    if math.isfinite(parameter.upper):
        return "logit"
    return "log" if math.isfinite(parameter.lower) else "as it is"


def _value(parameter: Parameter, scaled: float) -> float:
    """Bring one number from the scale of estimation to the parameter's unit."""
    return float(to_values(np.array([scaled]), [parameter])[parameter.name])
