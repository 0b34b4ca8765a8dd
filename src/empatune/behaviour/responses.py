"""What a person's response is, and how probable a model makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from empatune.behaviour.columns import Column
from empatune.behaviour.curvature import Curved, carried
from empatune.numerics.differentiable import jax, jnp


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A kind of response.

    Attributes
    ----------
    name : str
        Its name.
    columns : tuple of Column
        Columns of the trial that hold it.
    log_probability : callable
        From what the model expects and the trial to the log probability of the response.
    draw : callable
        From a random key and what the model expects to columns of a response.
    """

    name: str
    columns: tuple[Column, ...]
    log_probability: Callable[[Any, Mapping[str, Any]], Any]
    draw: Callable[[Any, Any], dict[str, Any]]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)


def _log_sigmoid(odds: Any) -> Curved:
    """Give the log probability of what has these log odds, its slope and its curvature."""
    small = jnp.exp(-jnp.abs(odds))
    against = jnp.where(odds > 0, small, 1.0) / (1 + small)
    return jnp.minimum(odds, 0.0) - jnp.log1p(small), (against,), ((-against * (1 - against),),)


_log_probability_of_odds = carried(_log_sigmoid)


def _choice_log_probability(preference: Any, trial: Mapping[str, Any]) -> Any:
    """Score a choice of 1 over 0 by the logit that the model expects."""
    return _log_probability_of_odds(jnp.where(trial["choice"] > 0.5, preference, -preference))


def _draw_choice(key: Any, preference: Any) -> dict[str, Any]:
    """Draw a choice."""
    chosen = jax.random.uniform(key) < jax.nn.sigmoid(preference)
    return {"choice": chosen.astype(float)}


def _rating_log_probability(expected: Any, trial: Mapping[str, Any]) -> Any:
    """Score a rating by the mean and standard deviation that the model expects."""
    mean, sd = expected
    return jax.scipy.stats.norm.logpdf(trial["rating"], mean, sd)


def _draw_rating(key: Any, expected: Any) -> dict[str, Any]:
    """Draw a rating."""
    mean, sd = expected
    return {"rating": mean + sd * jax.random.normal(key)}


CHOICE = Response(
    name="choice",
    columns=(Column(name="choice", summary="which of two, 1 or 0"),),
    log_probability=_choice_log_probability,
    draw=_draw_choice,
)
"""A choice between two; the model gives the log odds of 1."""

RATING = Response(
    name="rating",
    columns=(Column(name="rating", summary="what the person said"),),
    log_probability=_rating_log_probability,
    draw=_draw_rating,
)
"""A number; the model gives its mean and standard deviation."""

SHARE = replace(
    RATING,
    columns=(
        Column(
            name="rating",
            summary="what the person said, from 0 to 1 (--scale rating=0.01 for ratings up to 100)",
            unit="share of the scale",
            lower=0.0,
            upper=1.0,
        ),
    ),
)
"""A rating as a share of its scale."""
