"""Sections that pages of models of behaviour share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.notation import readable
from empatune.behaviour.tables import scale_of
from empatune.reports import behaviour_pictures as pictures
from empatune.reports.behaviour_panels import card
from empatune.reports.behaviour_words import how_fitted
from empatune.reports.markup import Html, join, number, paragraph, table, tag

NARROW = "\u00a0"
"""A space at which no line breaks."""


def model_section(fit: Fit) -> Html:
    """
    Say which model was fitted, and how.

    Parameters
    ----------
    fit : Fit
        What was found.

    Returns
    -------
    Html
        Words, equations, parameters with their priors.
    """
    model = fit.model
    rows = [
        (one.name, one.summary, one.unit or None, bounds, scale_of(one), one.typical, one.spread)
        for one in model.parameters
        for bounds in [_bounds(one.lower, one.upper)]
    ]
    head = (
        "parameter",
        "what it does",
        "unit",
        "bounds",
        "scale",
        "typical",
        "spread on the scale",
    )
    prior = (
        "Typical and spread are the model's own priors, chosen by us before any data. "
        + ("Here the group's own mean and spread take their place." if fit.method == "eb" else "")
        + ("Here they are priors of the group's mean." if fit.method == "nuts" else "")
        + ("Here they only say where searches start." if fit.method == "ml" else "")
    )
    needs = ", ".join(column.name for column in model.columns)
    return join(
        paragraph(tag("b", model.name), f": {model.summary}."),
        set_equations(model.equations, "equations"),
        paragraph(how_fitted(fit)),
        paragraph(f"Columns of a trial: {needs}. Response: {model.response.name}.", note=True)
        if needs
        else "",
        table(head, rows, caption=prior),
    )


def set_equations(latex: str, name: str) -> Html:
    """
    Set equations, in letters if they cannot be set.

    Parameters
    ----------
    latex : str
        The equations.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    Html
        The equations in their card.
    """
    if not latex:
        return Html("")
    drawn = pictures.equations(latex, name)
    return card(drawn or tag("pre", readable(latex)))


def _bounds(low: float, high: float) -> str:
    if np.isfinite(high):
        return f"{low:g} to {high:g}"
    return f"above {low:g}" if np.isfinite(low) else "none"


def cautions_section(fits: Sequence[Fit], *, others: bool = False) -> Html:
    """
    Say in plain words what speaks against believing fits, and who could not be fitted.

    Parameters
    ----------
    fits : sequence of Fit
        What was found.
    others : bool
        Whether other cautions are told beside these.

    Returns
    -------
    Html
        Cautions and people.
    """
    named = len(fits) > 1
    said = [
        tag("li", f"{fit.model.name}: {one}" if named else one)
        for fit in fits
        for one in fit.cautions
    ]
    gone = [
        ((fit.model.name, one.participant, one.reason) if named else (one.participant, one.reason))
        for fit in fits
        for one in fit.unfitted
    ]
    head = ("model", "participant", "why") if named else ("participant", "why")
    nothing = "" if others else paragraph("Nothing was noticed that speaks against it.")
    return join(
        tag("ul", *said) if said else nothing,
        table(head, gone, caption="Could not be fitted") if gone else "",
    )


def shown_interval(value: object, low: object, high: object) -> str:
    """
    Write a number with its interval, to the digits that the interval leaves sure.

    Parameters
    ----------
    value, low, high : object
        The number, and the ends of its interval.

    Returns
    -------
    str
        Such as ``0.41 [0.29, 0.54]``, in one line; the number alone if it has no interval.
    """
    ends = [one for one in (value, low, high) if isinstance(one, int | float) and np.isfinite(one)]
    if len(ends) < 3 or ends[2] <= ends[1] or max(map(abs, ends)) >= 1e6:
        return shown_number(value)
    digits = 1 - int(np.floor(np.log10((ends[2] - ends[1]) / 2)))
    if digits > 5:
        return shown_number(value)
    middle, first, last = (number(float(one), max(0, digits)) for one in ends)
    return f"{middle} [{first}, {last}]".replace(" ", NARROW)


def shown_number(value: object, n_digits: int = 3) -> str:
    """
    Write a number with the digits that tell.

    Parameters
    ----------
    value : object
        The number.
    n_digits : int
        How many digits tell.

    Returns
    -------
    str
        A dash if it is not known.
    """
    if not isinstance(value, int | float) or not np.isfinite(value):
        return number(None)
    if value != 0 and not 1e-5 <= abs(value) < 1e6:
        return f"{value:.2e}".replace("-", "−")
    digits = 2 if value == 0 else max(0, n_digits - 1 - int(np.floor(np.log10(abs(value)))))
    return number(float(value), digits)
