"""What a fit found as tidy tables: people, group, trials, and the facts about the fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from empatune import __version__
from empatune.behaviour.bridges.own_or_group import Whose, parameters_of
from empatune.behaviour.fitting.record import Fit, Group
from empatune.behaviour.fitting.reliability import Reliability
from empatune.behaviour.parameters import Parameter, to_values
from empatune.behaviour.quantities import trial_table
from empatune.bids import Cell, Column, Table
from empatune.typing import FloatArray, JsonObject, JsonValue

METHODS = {
    "ml": "maximum likelihood",
    "map": "maximum a posteriori",
    "eb": "empirical Bayes",
    "nuts": "full sampling (NUTS)",
}
"""Methods in words."""

_PACKAGES = ("numpy", "pandas", "jax", "numpyro", "arviz")
_REACH = 1.959964
"""Half an interval of 95 % of a normal, in standard deviations."""


def parameter_table(fit: Fit) -> Table:
    """
    Give each person's parameters, a row a person.

    Parameters
    ----------
    fit : Fit
        What was found.

    Returns
    -------
    Table
        Estimates with intervals of 95 %, and how well they explain the person's trials.
    """
    values, (low, high) = fit.values, intervals(fit)
    columns = [
        Column(name="participant", description="Who"),
        Column(name="n_trials", description="Trials with a response"),
        Column(name="n_missed", description="Trials without one"),
    ]
    cells: list[Sequence[Cell]] = [
        fit.people,
        [int(n) for n in fit.trials.n_answered],
        [int(n) for n in fit.trials.n_missed],
    ]
    for one in fit.model.parameters:
        columns += [
            Column(name=one.name, description=_sentence(one.summary), units=one.unit),
            Column(name=f"{one.name}_low", description=_END.format("Lower"), units=one.unit),
            Column(name=f"{one.name}_high", description=_END.format("Upper"), units=one.unit),
        ]
        cells += [_floats(part[one.name]) for part in (values, low, high)]
    columns += [
        Column(name="log_likelihood", description="Log likelihood at the estimates", units="nats"),
        Column(
            name="log_evidence", description="Laplace's approximation of the log evidence of the "
            "trials; n/a for maximum likelihood", units="nats",
        ),
        Column(name="converged", description="Whether the search arrived"),
    ]  # fmt: skip
    cells += [
        _floats(fit.log_likelihood),
        _floats(fit.log_evidence),
        [bool(one) for one in fit.converged],
    ]
    return Table(columns=columns, rows=list(zip(*cells, strict=True)), notes=_notes(fit))


_END = "{} end of its interval of 95 % (normal on the scale of estimation)"


def intervals(fit: Fit) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """
    Give the ends of each person's intervals of 95 %.

    Parameters
    ----------
    fit : Fit
        What was found.

    Returns
    -------
    low, high : dict of str to ndarray, shape (n_people,)
        Ends by parameter, in its own units.
    """
    sd = np.sqrt(np.diagonal(fit.covariance, axis1=1, axis2=2))
    low, high = (
        to_values(fit.scaled + side * _REACH * sd, fit.model.parameters) for side in (-1, 1)
    )
    return {name: np.asarray(one) for name, one in low.items()}, {
        name: np.asarray(one) for name, one in high.items()
    }


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
        _group_row(fit.group, one, place, number, steps)
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
    return Table(columns=columns, rows=rows, notes=_notes(fit))


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


def _group_row(
    group: Group, one: Parameter, place: int, number: int, steps: FloatArray
) -> tuple[Cell, ...]:
    """Make a row of the group's table."""
    coefficients = group.coefficients[:, place]
    coefficient = float(coefficients[number])
    reach = _REACH * float(group.standard_errors[number, place])
    ends = (coefficient - reach, coefficient + reach)
    without, within = (float(step @ coefficients) for step in steps[number])
    sd = math.sqrt(float(group.covariance[place, place]))
    step = None if group.widths is None else float(group.widths[number])
    beyond: tuple[Cell, ...] = (_value(one, without), step, None, None, None)
    if number == 0:
        within = coefficient
        beyond = (None, None, sd, *(_value(one, end) for end in _most_people(group, place)))
    shown = [_value(one, within + part) for part in (0.0, -reach, reach)]
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
    return Table(columns=columns, rows=rows, notes=_notes(fit))


def quantity_table(fit: Fit, whose: Whose = "own") -> Table:
    """
    Give what the model makes of each trial.

    Parameters
    ----------
    fit : Fit
        What was found.
    whose : {'own', 'group'}
        Under whose parameters: each person's own, or the typical person's for everybody.

    Returns
    -------
    Table
        A row a trial with its place in the table that was read, the probability of the response
        (its density, where responses are continuous), values, prediction errors.
    """
    values = parameters_of(fit, whose)
    made = trial_table(fit.model, values, fit.trials)
    made.insert(2, "probability", np.exp(made.pop("log_probability")))
    known = {
        "participant": "Who",
        "row": "Row of the trial in the table that was read, from 0 after the header",
        "probability": "Probability that the model gave to the response (density, if continuous)",
        "value": "What the model expected the chosen option to earn",
        "prediction_error": "What was earned, less what was expected",
    }
    columns = [
        Column(name=name, description=known.get(name, f"{_sentence(_spaced(name))} of the model"))
        for name in made.columns
    ]
    rows = [tuple(row) for row in made.itertuples(index=False, name=None)]
    notes: JsonObject = {**_notes(fit), "Parameters": whose}
    if whose == "group":
        notes["ParameterValues"] = {name: float(one[0]) for name, one in values.items()}
    return Table(columns=columns, rows=rows, notes=notes)


def reliability_table(told: Sequence[Reliability]) -> Table:
    """
    Give how far people keep parameters between sessions, a row a parameter.

    Parameters
    ----------
    told : sequence of Reliability
        What was found.

    Returns
    -------
    Table
        Correlations with intervals where there are any, ICC(C,1).
    """
    known = {
        "parameter": "The parameter",
        "correlation": "Correlation of people between sessions by the group",
        "lower": "Lower end of its interval of 95 % (nuts)",
        "upper": "Upper end",
        "pearson": "Pearson's correlation of people's estimates",
        "consistency": "ICC(C,1) of people's estimates",
    }
    columns = [Column(name=name, description=words) for name, words in known.items()]
    rows = [tuple(getattr(one, name) for name in known) for one in told]
    return Table(columns=columns, rows=rows)


def facts_of(fit: Fit) -> JsonObject:
    """
    Give what a program or a reader should know about a fit.

    Parameters
    ----------
    fit : Fit
        What was found.

    Returns
    -------
    dict
        Model, method, counts, likelihood and evidence, cautions, who could not be fitted, versions.
    """
    evidence = float(fit.log_evidence.sum())
    unfitted: list[JsonValue] = [
        {"participant": one.participant, "reason": one.reason} for one in fit.unfitted
    ]
    parameters: list[JsonValue] = list(fit.model.names)
    return {
        "model": fit.model.name,
        "summary": fit.model.summary,
        "doi": fit.model.doi,
        "equations": fit.model.equations,
        "parameters": parameters,
        "method": fit.method,
        "n_people": len(fit.people),
        "n_trials": int(fit.trials.n_answered.sum()),
        "n_missed": int(fit.trials.n_missed.sum()),
        "log_likelihood": float(fit.log_likelihood.sum()),
        "log_evidence": evidence if math.isfinite(evidence) else None,
        "n_converged": int(fit.converged.sum()),
        "cautions": list(fit.cautions),
        "unfitted": unfitted,
        "versions": versions(),
    }


def versions() -> JsonObject:
    """
    Give versions of what computed.

    Returns
    -------
    dict
        Version by name of the package; null where it is not installed.
    """
    found: JsonObject = {"empatune": __version__}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


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


def _notes(fit: Fit) -> JsonObject:
    """Say of which fit a table is."""
    return {
        "Model": fit.model.name,
        "Method": METHODS[fit.method],
        "GeneratedBy": [{"Name": "empatune", "Version": __version__}],
    }


def _floats(values: FloatArray) -> list[float]:
    return [float(value) for value in values]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _spaced(name: str) -> str:
    return name.replace("_", " ")
