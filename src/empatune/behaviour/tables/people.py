"""Each person's parameters, a row a person."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.parameters import to_values
from empatune.behaviour.tables.facts import notes_of
from empatune.behaviour.wording import sentence
from empatune.bids import Cell, Column, Table
from empatune.typing import FloatArray

REACH = 1.959964
"""Half an interval of 95 % of a normal, in standard deviations."""

_END = "{} end of its interval of 95 % (normal on the scale of estimation)"


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
            Column(name=one.name, description=sentence(one.summary), units=one.unit),
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
        Column(
            name="converged",
            description="Whether the search arrived; of samples, whether there are enough",
        ),
    ]  # fmt: skip
    cells += [
        _floats(fit.log_likelihood),
        _floats(fit.log_evidence),
        [bool(one) for one in fit.converged],
    ]
    return Table(columns=columns, rows=list(zip(*cells, strict=True)), notes=notes_of(fit))


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
        to_values(fit.scaled + side * REACH * sd, fit.model.parameters) for side in (-1, 1)
    )
    return {name: np.asarray(one) for name, one in low.items()}, {
        name: np.asarray(one) for name, one in high.items()
    }


def _floats(values: FloatArray) -> list[float]:
    return [float(value) for value in values]
