r"""Learning how close one feels to somebody who is often, or seldom, seen in pain.

Ratings scatter around closeness :math:`Q`, which begins at the first rating of a block and moves
with the pain :math:`r` (1 or 0) that is seen in each trial:

.. math::

    \text{rating} \sim N(Q, \sigma), \qquad Q \leftarrow Q + \alpha (r - Q)

with one rate, with :math:`\alpha_{better}` where pain is above closeness and :math:`\alpha_{worse}`
where it is not, or with pain recalibrated by a reference :math:`w`:

.. math::

    Q \leftarrow Q + \alpha (|r - w| - Q)

(Saulin et al. 2024, doi:10.1523/JNEUROSCI.1108-23.2024). A first rating is given, not explained: its
own trial is not scored. The published fits held :math:`\sigma` at 0.4
(``hold(model, {"spread": 0.4})``) and scored the first rating at itself; here people have their own.
The priors are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from empatune.behaviour.catalogue.rates import one_rate, two_rates
from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model, Quantities, Values
from empatune.behaviour.parameters import Parameter
from empatune.behaviour.responses import RATING, Response
from empatune.numerics.differentiable import jax, jnp

PUBLISHED_SPREAD = 0.4
"""Standard deviation of ratings that the published fits held."""

RATE = Parameter(
    name="rate",
    summary="share of a prediction error that is learnt",
    lower=0.0,
    upper=1.0,
    typical=0.1,
)
REFERENCE = Parameter(
    name="reference",
    summary="what pain is compared with: at 0 pain brings close, at 1 its absence does",
    lower=0.0,
    upper=1.0,
    typical=0.5,
)
SPREAD = Parameter(
    name="spread",
    summary="standard deviation of ratings around closeness",
    unit="share of the scale",
    lower=0.0,
    typical=0.1,
    spread=1.0,
)


def _log_probability(expected: Any, trial: Mapping[str, Any]) -> Any:
    """Score a rating, but for the one from which closeness begins."""
    mean, sd, begun = expected
    return jnp.where(begun > 0.5, jax.scipy.stats.norm.logpdf(trial["rating"], mean, sd), 0.0)


def _draw(key: Any, expected: Any) -> dict[str, Any]:
    """Draw a rating; the first stays what it is."""
    mean, sd, begun = expected
    return {"rating": mean + jnp.where(begun > 0.5, sd * jax.random.normal(key), 0.0)}


CLOSENESS_RATING: Response = replace(
    RATING,
    columns=(
        Column(
            name="rating",
            summary="felt closeness, from 0 to 1 (--scale rating=0.01 for ratings up to 100)",
            unit="share of the scale",
            lower=0.0,
            upper=1.0,
        ),
    ),
    log_probability=_log_probability,
    draw=_draw,
)
"""A rating; the model gives mean, standard deviation, and whether closeness has begun."""


def _start(_: Values, __: Values) -> Any:
    """Begin without a rating: closeness, and whether it is known."""
    return jnp.zeros(2)


def _expect(values: Values, state: Any, trial: Values) -> Any:
    """Expect closeness; at the beginning, what is said."""
    closeness, begun = state[0], state[1]
    return jnp.where(begun > 0.5, closeness, trial["rating"]), values["spread"], begun


def _learn_by(
    error_of: Callable[[Values, Any, Values], Any], rate_of: Callable[[Values, Any], Any]
) -> Callable[[Values, Any, Values], tuple[Any, Quantities]]:
    """Make a rule from its prediction error and its rate."""

    def learn(values: Values, state: Any, trial: Values) -> tuple[Any, Quantities]:
        begun = jnp.maximum(state[1], trial["answered"])
        value = jnp.where(state[1] > 0.5, state[0], trial["rating"])
        error = error_of(values, value, trial)
        after = jnp.where(begun > 0.5, value + rate_of(values, error) * error, 0.0)
        return jnp.stack([after, begun]), {"value": value, "prediction_error": error}

    return learn


def _surprise(_: Values, value: Any, trial: Values) -> Any:
    """Compare pain with closeness."""
    return trial["pain"] - value


def _recalibrated(values: Values, value: Any, trial: Values) -> Any:
    """Compare pain's distance from the reference with closeness; pain is 1 or 0."""
    reference = values["reference"]
    return jnp.where(trial["pain"] > 0.5, 1 - reference, reference) - value


CLOSENESS = Model(
    name="closeness",
    summary="closeness follows the pain that is seen, by Rescorla and Wagner's rule",
    doi="10.1523/JNEUROSCI.1108-23.2024",
    parameters=(RATE, SPREAD),
    columns=(
        Column(name="pain", summary="whether the other was in pain, 1 or 0"),
        Column(name="block", summary="its change brings another person", optional=True),
    ),
    start=_start,
    expect=_expect,
    learn=_learn_by(_surprise, one_rate),
    response=CLOSENESS_RATING,
    restart=("block",),
    observes=True,
    equations=r"\text{rating} \sim N(Q, \sigma),\quad Q \leftarrow Q + \alpha (r - Q)",
)

CLOSENESS_MODELS: tuple[Model, ...] = (
    CLOSENESS,
    replace(
        CLOSENESS,
        name="closeness-differential",
        summary="a rate where pain is above closeness and one where it is below",
        parameters=(
            replace(RATE, name="rate_better", summary="share learnt of errors above 0"),
            replace(RATE, name="rate_worse", summary="share learnt of errors below 0"),
            SPREAD,
        ),
        learn=_learn_by(_surprise, two_rates),
        equations=r"\text{rating} \sim N(Q, \sigma),\quad Q \leftarrow Q + "
        r"\alpha_{better} (r - Q) \text{ if } r > Q \text{ else } Q + \alpha_{worse} (r - Q)",
    ),
    replace(
        CLOSENESS,
        name="closeness-recalibration",
        summary="closeness follows the distance of pain from a reference of one's own",
        parameters=(RATE, REFERENCE, SPREAD),
        learn=_learn_by(_recalibrated, one_rate),
        equations=r"\text{rating} \sim N(Q, \sigma),\quad Q \leftarrow Q + \alpha (|r - w| - Q)",
    ),
)
"""Models of closeness learning, the plainest first."""
