"""How far people keep their parameters between sessions, a row a parameter."""

from __future__ import annotations

from collections.abc import Sequence

from empatune.behaviour.fitting.reliability import Reliability
from empatune.bids import Column, Table


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
