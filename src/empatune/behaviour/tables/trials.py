"""What a model makes of each trial, a row a trial."""

from __future__ import annotations

import numpy as np

from empatune.behaviour.bridges.own_or_group import Whose, parameters_of
from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.quantities import trial_table
from empatune.behaviour.tables.facts import notes_of
from empatune.behaviour.wording import sentence
from empatune.bids import Column, Table
from empatune.typing import JsonObject


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
        Column(
            name=name,
            description=known.get(name, f"{sentence(name.replace('_', ' '))} of the model"),
        )
        for name in made.columns
    ]
    rows = [tuple(row) for row in made.itertuples(index=False, name=None)]
    notes: JsonObject = {**notes_of(fit), "Parameters": whose}
    if whose == "group":
        notes["ParameterValues"] = {name: float(one[0]) for name, one in values.items()}
    return Table(columns=columns, rows=rows, notes=notes)
