"""The section on sessions: how far people keep their parameters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.fitting.reliability import Reliability
from empatune.behaviour.tables import scale_of
from empatune.reports import figure
from empatune.reports.behaviour_panels import agreement, card, grid
from empatune.reports.markup import Html, join, number, paragraph, table


def reliability_section(fit: Fit, told: Sequence[Reliability], sessions: tuple[str, str]) -> Html:
    """
    Show each person's parameters in two sessions, and how far they agree.

    Parameters
    ----------
    fit : Fit
        A fit whose parameters are each session's own.
    told : sequence of Reliability
        How far each parameter is kept.
    sessions : tuple of str
        The two sessions.

    Returns
    -------
    Html
        Picture, words, numbers.
    """
    rows = [
        (
            one.parameter,
            number(one.correlation),
            f"{number(one.lower)} to {number(one.upper)}" if np.isfinite(one.lower) else None,
            number(one.pearson),
            number(one.consistency),
        )
        for one in told
    ]
    head = ("parameter", "correlation of people", "interval of 95 %", "r of estimates", "ICC(C,1)")
    return join(
        card(_scatters(fit, told, sessions)),
        paragraph(
            "A dot is a person, on the scale of estimation. The correlation of people is the group's "
            "own, cleared of the noise in estimates"
            if fit.group is not None
            else "A dot is a person, on the scale of estimation",
            ". The correlation of estimates is what others report for estimates of people who were "
            "fitted alone; a group that was learnt with them raises it.",
            note=True,
        ),
        table(head, rows),
    )


def _scatters(fit: Fit, told: Sequence[Reliability], sessions: tuple[str, str]) -> Html:
    """Draw one session against the other, a panel a parameter."""
    n_columns = min(4, max(2, len(told)))
    drawing, axes = grid(len(told), n_columns, 2.75)
    names = fit.model.names
    for place, (axis, one) in enumerate(zip(axes, told, strict=True)):
        first, second = (names.index(f"{one.parameter}_{label}") for label in sessions)
        across, up = fit.scaled[:, first], fit.scaled[:, second]
        agreement(axis, across, up)
        scale = scale_of(fit.model.parameters[first])
        shown = one.correlation if np.isfinite(one.correlation) else one.pearson
        words = one.parameter if scale == "as it is" else f"{scale} {one.parameter}"
        figure.title(axis, f"{words} · r = {number(shown)}")
        axis.set_xlabel(f"session {sessions[0]}", labelpad=1)
        if place % n_columns == 0:
            axis.set_ylabel(f"session {sessions[1]}")
    return figure.to_svg(drawing, "sessions", "Each person's parameters in two sessions.")
