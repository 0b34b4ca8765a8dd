"""Pictures of recovery: true parameters against fitted ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from empatune.reports import figure
from empatune.reports.behaviour_panels import agreement, grid
from empatune.reports.markup import Html, number
from empatune.typing import FloatArray


def scatters(
    names: Sequence[str],
    true: Mapping[str, FloatArray],
    fitted: Mapping[str, FloatArray],
    correlation: Mapping[str, float],
    units: Mapping[str, str],
    name: str = "recovery",
) -> Html:
    """
    Draw true values against fitted ones, a panel a parameter.

    Parameters
    ----------
    names : sequence of str
        Parameters.
    true, fitted : mapping of str to ndarray, shape (n_simulated,)
        Values by parameter.
    correlation : mapping of str to float
        How well they agree.
    units : mapping of str to str
        Units by parameter.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    Html
        The picture.
    """
    n_columns = min(4, max(2, len(names)))
    drawing, axes = grid(len(names), n_columns, 2.75)
    for place, (axis, one) in enumerate(zip(axes, names, strict=True)):
        agreement(axis, np.asarray(true[one]), np.asarray(fitted[one]))
        unit = f" [{units[one]}]" if units.get(one) else ""
        figure.title(axis, f"{one}{unit} · r = {number(correlation[one], 3)}")
        axis.set_xlabel("true", labelpad=1)
        if place % n_columns == 0:
            axis.set_ylabel("fitted")
    return figure.to_svg(drawing, name, "True parameters of simulated people against fitted ones.")
