"""The section on covariates: how far parameters go with what is known of people."""

from __future__ import annotations

from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.tables import group_table
from empatune.reports import behaviour_covariate_pictures as pictures
from empatune.reports.behaviour_panels import card
from empatune.reports.behaviour_sections import NARROW, shown_interval, shown_number
from empatune.reports.markup import Html, join, paragraph, table, tag

_EFFECTS = (
    "Effects with intervals of 95 % on the scale of estimation: a change of log odds for a parameter "
    "between two bounds, of the logarithm for one above a bound; orange where the interval does not "
    "hold 0. A number's effect is that of one standard deviation more. Many "
    "effects are looked at here and none is corrected for that."
)
_COURSES = (
    "A dot is a person; the line is what the group expects, with its band of 95 %, other covariates "
    "at their mean. Dots are drawn towards the line, the more the less a person's trials tell, so the "
    "band and not the closeness of dots says how sure the effect is."
)


def covariates_section(fit: Fit) -> Html:
    """
    Show effects of covariates on parameters.

    Parameters
    ----------
    fit : Fit
        What was found; its group has covariates.

    Returns
    -------
    Html
        Pictures, words, numbers.
    """
    made = group_table(fit)
    cells = [dict(zip(made.names, row, strict=True)) for row in made.rows]
    every = [cell for cell in cells if cell["regressor"] != "mean"]
    against = dict(zip(fit.group.regressors, fit.group.against, strict=False)) if fit.group else {}
    named = {
        name: _named(name, cell["step"], against.get(name, ""))
        for cell in every
        for name in [str(cell["regressor"])]
    }
    units = {one.name: pictures.changed_in(one) for one in fit.model.parameters}
    rows = [
        (
            named[str(cell["regressor"])],
            cell["parameter"],
            shown_interval(cell["coefficient"], cell["low"], cell["high"]),
            units[str(cell["parameter"])] or None,
            NARROW.join((shown_number(cell["value_without"]), "→", shown_number(cell["value"]))),
        )
        for cell in sorted(every, key=lambda cell: list(named).index(str(cell["regressor"])))
    ]
    head = ("covariate", "parameter", "effect [95 %]", "change", "typical person")
    drawn = pictures.effects(fit, list(named.values()))
    return join(
        *(card(one) for one in drawn),
        paragraph(_EFFECTS, note=True),
        _courses(fit),
        table(head, rows, caption="The typical person without the covariate and with it"),
    )


def _named(regressor: str, step: object, against: str) -> str:
    """Say what one regressor is, and how much of it its effect is of."""
    if regressor.endswith("]"):
        name, _, label = regressor.removesuffix("]").partition("[")
        return f"{name}: {label} against {against}" if against else f"{name}: {label}"
    return f"{regressor} + {shown_number(step)} (1 SD)" if isinstance(step, float) else regressor


def _courses(fit: Fit) -> Html:
    """Show parameters over covariates, if it is known who has which."""
    if fit.group is None or fit.group.rows is None:
        return Html("")
    drawn, whole = pictures.courses(fit)
    more = "" if whole else f" The {pictures.MOST_COURSES} surest effects of all are drawn."
    return join(
        tag("h3", "Parameters over covariates"), card(drawn), paragraph(_COURSES + more, note=True)
    )
