"""Comparisons as tidy tables that say what their columns mean."""

from __future__ import annotations

from collections.abc import Sequence

from empatune.behaviour.comparison.record import Comparison
from empatune.behaviour.described import described
from empatune.bids import Table


def comparison_table(comparisons: Sequence[Comparison]) -> Table:
    """
    Give what criteria say of models, a row a criterion and model.

    Parameters
    ----------
    comparisons : sequence of Comparison
        One a criterion.

    Returns
    -------
    Table
        Totals, differences, weights, and how frequent each model is among people.
    """
    known = {
        "model": "The model",
        "n_parameters": "Parameters of each person",
        "criterion": "By what models are compared; lower is better, in units of deviance",
        "total": "The criterion of all people together",
        "difference": "Above the best model",
        "difference_error": "Standard error of the difference over people",
        "weight": "Probability of the model if one is everybody's",
        "n_best": "For how many people it is the best",
        "frequency": "Expected frequency among people, if they may differ in their model",
        "exceedance": "Probability that it is the most frequent",
        "protected_exceedance": "The same, with the chance that all are equally frequent",
    }
    tables = [described(one.table(), known) for one in comparisons]
    return Table(columns=tables[0].columns, rows=[row for one in tables for row in one.rows])


def winner_table(comparison: Comparison) -> Table:
    """
    Give each person's criterion under each model, a row a person.

    Parameters
    ----------
    comparison : Comparison
        What was found.

    Returns
    -------
    Table
        A column a model, and the best model.
    """
    made = comparison.people_table()
    name = comparison.criterion.name
    words = {one: f"{name} of the person under {one}" for one in made.columns}
    words |= {"participant": "Who", "best": f"The model of the lowest {name}"}
    return described(made, words)
