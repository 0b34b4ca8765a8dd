"""Recovery as tidy tables that say what their columns mean."""

from __future__ import annotations

from empatune.behaviour.described import described
from empatune.behaviour.recovery.models import ModelRecovery
from empatune.behaviour.recovery.parameters import IDENTIFIABLE, ParameterRecovery
from empatune.bids import Table

_PARAMETERS = {
    "parameter": "The parameter",
    "correlation": "Pearson's correlation of true and fitted values",
    "rank_correlation": "Spearman's",
    "slope": "Slope of fitted on true values; below 1 where estimates shrink",
    "bias": "Mean of fitted minus true values, in the parameter's unit",
    "coverage": "Share of true values within their intervals of 90 %",
    "identifiable": f"Whether the correlation is above {IDENTIFIABLE}",
}
_PEOPLE = {
    "set": "Group of simulated people, from 0",
    "parameter": "The parameter",
    "true": "What was put in",
    "fitted": "What came out",
    "lower": "Lower end of its interval of 90 %",
    "upper": "Upper end",
}
_MODELS = {
    "true": "The model that simulated",
    "best": "The model that was found",
    "n_sets": "Groups of simulated people for which it was",
    "confusion": "p(best | true)",
    "inversion": "p(true | best), models equally probable beforehand",
    "n_people": "Simulated people for whom it was",
    "people_confusion": "p(best | true) of one person",
    "people_inversion": "p(true | best) of one person",
}


def recovery_table(found: ParameterRecovery) -> Table:
    """
    Give how well each parameter comes back, a row a parameter.

    Parameters
    ----------
    found : ParameterRecovery
        What was found.

    Returns
    -------
    Table
        Correlations, slope, bias, coverage.
    """
    return described(found.table(), _PARAMETERS)


def recovered_people_table(found: ParameterRecovery) -> Table:
    """
    Give true and fitted values, a row a simulated person and parameter.

    Parameters
    ----------
    found : ParameterRecovery
        What was found.

    Returns
    -------
    Table
        Values with intervals of 90 %.
    """
    return described(found.people_table(), _PEOPLE)


def confusion_table(found: ModelRecovery) -> Table:
    """
    Give how often each model is found when each is true, a row a pair.

    Parameters
    ----------
    found : ModelRecovery
        What was found.

    Returns
    -------
    Table
        Counts and shares.
    """
    return described(found.table(), _MODELS)
