"""Checks as tidy tables that say what their columns mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from empatune.behaviour.described import described
from empatune.bids import Table

if TYPE_CHECKING:
    import pandas as pd


def check_table(checks: pd.DataFrame) -> Table:
    """
    Give what simulated people do beside what people did.

    Parameters
    ----------
    checks : pandas.DataFrame
        What `empatune.behaviour.checking.check` found.

    Returns
    -------
    Table
        A row a statistic and place.
    """
    known = {
        "statistic": "What is compared",
        "by": "Over what: all, bin of trials, a column of labels, participant",
        "place": "Which bin, label or participant",
        "n_trials": "Trials with a response there",
        "observed": "Of people",
        "predicted": "Mean of simulations",
        "lower": "Lower end of 95 % of simulations",
        "upper": "Upper end",
        "p": "Twice the smaller share of simulations at or beyond what was observed",
    }
    return described(checks, known)
