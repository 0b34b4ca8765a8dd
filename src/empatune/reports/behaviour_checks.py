"""The section on checks: what simulated people do, and how well responses are said beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from empatune.reports import behaviour_checking_pictures as pictures
from empatune.reports.behaviour_material import FitMaterial
from empatune.reports.behaviour_panels import card
from empatune.reports.behaviour_sections import shown_number
from empatune.reports.behaviour_words import counted
from empatune.reports.markup import Html, join, number, paragraph, table, tag

if TYPE_CHECKING:
    import pandas as pd

UNLIKELY = 0.05
"""Below this probability a statistic of people is told as one that the model does not make."""

SHOWN = 12
"""Departures that are shown without a click."""

_HOW = (
    "People with parameters from the fit were simulated on the same trials, again and again. Where "
    "dots (people) lie within the band (95 % of simulations), the model makes what people did; the "
    "parameters were fitted to the same trials, so agreement is the least that can be asked."
)


def checks_section(material: FitMaterial) -> Html:
    """
    Show what simulated people do beside what people did.

    Parameters
    ----------
    material : FitMaterial
        What the page rests on.

    Returns
    -------
    Html
        Picture, words, numbers.
    """
    parts = [_said_beforehand(material)]
    if material.checks is None:
        parts.append(paragraph(f"People were not simulated. {material.why_unchecked}"))
        return join(*parts)
    return join(
        card(pictures.checks(material.checks)),
        paragraph(_HOW, note=True),
        _departures(material.checks),
        *parts,
    )


def departures(checks: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """
    Find what the model does not make, of all people and of conditions.

    Parameters
    ----------
    checks : pandas.DataFrame
        What `empatune.behaviour.checking.check` found.

    Returns
    -------
    odd : pandas.DataFrame
        Rows that are improbable under the model.
    n_looked : int
        Number of rows that were looked at.
    """
    groups = checks[checks["by"] != "participant"]
    return groups[groups["p"] < UNLIKELY], len(groups)


def _departures(checks: pd.DataFrame) -> Html:
    """Name what the model does not make."""
    odd, n_looked = departures(checks)
    if odd.empty:
        return paragraph(
            "No statistic of all people, over trials or by condition, departs from it."
        )
    rows = [
        (
            row.statistic,
            "all" if row.by == "all" else f"{row.by}: {row.place}",
            shown_number(float(row.observed)),
            f"{shown_number(float(row.lower))} to {shown_number(float(row.upper))}",
            number(float(row.p)) if row.p > 0 else "none beyond",
        )
        for row in odd.itertuples()
    ]
    head = ("statistic", "where", "people", "95 % of simulations", "p")
    caption = (
        f"{counted(len(odd), 'statistic')} of {n_looked} that the model does not make; about "
        f"{UNLIKELY * n_looked:.1f} would depart by chance"
    )
    more = rows[SHOWN:]
    return join(
        table(head, rows[:SHOWN], caption=caption),
        tag("details", tag("summary", f"{len(more)} more"), table(head, more)) if more else "",
    )


def _said_beforehand(material: FitMaterial) -> Html:
    """Say how well each response is said from the trials before it."""
    if material.accuracy is None:
        return Html("")
    every = material.accuracy.iloc[-1]
    said = (
        f"Knowing the trials before it, the model gives a response a log probability of "
        f"{number(float(every['log_probability']), 3)} on average"
    )
    if "hits" not in material.accuracy:
        return paragraph(f"{said}.")
    return paragraph(
        f"{said} (guessing: −0.693); it says {100 * float(every['hits']):.0f} % of choices "
        f"beforehand, with a pseudo-R² of {number(float(every['pseudo_r2']))}.",
        " People were fitted to these very trials.",
    )
