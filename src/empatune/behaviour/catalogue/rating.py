r"""Ratings that differ between conditions and drift over trials.

.. math::

    x_t \sim N\left(\mu_{condition} + \tau \frac{t}{100}, \sigma\right)

with a mean :math:`\mu` for all trials or for each condition, a trend :math:`\tau` where ratings
habituate, over the :math:`t` trials before this one in the session, and a spread :math:`\sigma`.
Bounds of the scale are not part of the model: where most ratings lie at one of them, the spread tells
of the others. Priors are ours and hold for ratings from 0 to 1 (``--scale rating=0.01`` for 0 to 100).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model, Quantities, Values
from empatune.behaviour.parameters import Parameter
from empatune.behaviour.responses import SHARE
from empatune.behaviour.variation import vary
from empatune.numerics.differentiable import jnp

HUNDRED = 100.0
"""Trials over which a trend is told."""

FINEST = 0.01
"""The smallest spread: nobody tells ratings apart more finely than a hundredth of the scale. Without
a bound, somebody who always gives the same rating would be infinitely probable at a spread of 0."""

SEEN_PAIN = Column(
    name="condition", summary="whether somebody in pain is seen", levels=("pain", "no_pain")
)
REGULATION = Column(
    name="condition",
    summary="what was asked: more of a feeling, less, or to leave it",
    levels=("enhance", "suppress", "maintain", "maintain_neutral"),
)
MEAN = Parameter(name="mean", summary="rating that is expected", typical=0.5, spread=0.5)
TREND = Parameter(
    name="trend",
    summary="change of ratings over trials; below 0 they habituate",
    unit="1/100 trials",
    typical=0.0,
    spread=0.3,
)
SPREAD = Parameter(
    name="spread",
    summary="standard deviation of ratings",
    lower=FINEST,
    typical=0.2,
    spread=0.7,
)


def _expect(values: Values, _: Any, __: Values) -> Any:
    """Expect the mean."""
    return values["mean"], values["spread"]


def _value(values: Values, state: Any, trial: Values) -> tuple[Any, Quantities]:
    """Give what is expected, and how far off it was."""
    return state, {"value": values["mean"], "residual": trial["rating"] - values["mean"]}


def _start(_: Values, __: Values) -> Any:
    """Begin to count trials."""
    return jnp.zeros(())


def _expect_drifted(values: Values, passed: Any, _: Values) -> Any:
    """Expect the mean, moved by the trials that have passed."""
    return values["mean"] + values["trend"] * passed / HUNDRED, values["spread"]


def _count(values: Values, passed: Any, trial: Values) -> tuple[Any, Quantities]:
    """Count trials, those without a rating too."""
    mean, _ = _expect_drifted(values, passed, trial)
    return passed + 1, {"value": mean, "residual": trial["rating"] - mean}


RATINGS = Model(
    name="rating",
    summary="ratings by a mean and a spread",
    doi="",
    parameters=(MEAN, SPREAD),
    columns=(),
    expect=_expect,
    learn=_value,
    response=SHARE,
    equations=r"x \sim N(\mu, \sigma)",
)
RATINGS_TREND = replace(
    RATINGS,
    name="rating-trend",
    summary="ratings by a mean that drifts over the trials of a session, and a spread",
    parameters=(MEAN, TREND, SPREAD),
    columns=(Column(name="session", summary="its change begins anew", optional=True),),
    start=_start,
    expect=_expect_drifted,
    learn=_count,
    restart=("session",),
    observes=True,
    equations=r"x_t \sim N(\mu + \tau t / 100, \sigma)",
)


def rating_by(column: Column, *, name: str | None = None, trend: bool = False) -> Model:
    """
    Make a model of ratings with a mean for each condition.

    Parameters
    ----------
    column : Column
        The conditions, as its levels.
    name : str, optional
        Name of the model; made from the column's if not given.
    trend : bool
        Whether ratings drift over the trials of a session, alike in all conditions.

    Returns
    -------
    Model
        The model, with parameters ``mean_level``.

    Raises
    ------
    UsageError
        If the column has no levels.
    """
    drifting = ", which drift alike over trials" if trend else ""
    return vary(
        RATINGS_TREND if trend else RATINGS,
        ["mean"],
        column,
        name=name,
        summary=f"ratings by a mean of {', '.join(column.levels)}{drifting}",
    )


RATING_MODELS: tuple[Model, ...] = (
    RATINGS,
    RATINGS_TREND,
    rating_by(SEEN_PAIN, name="rating-seen-pain"),
    rating_by(SEEN_PAIN, name="rating-seen-pain-trend", trend=True),
    rating_by(REGULATION, name="rating-regulation"),
    rating_by(REGULATION, name="rating-regulation-trend", trend=True),
)
"""Models of ratings, the plainest first."""
