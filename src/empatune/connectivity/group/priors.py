"""What is believed of a group before its participants are seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from empatune.connectivity.posterior import Posterior
from empatune.errors import ConnectivityError
from empatune.typing import FloatArray, IntArray

COMPONENTS = ("single", "fields", "all", "none")
"""How the differences between people may scale: SPM's Q."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupSettings:
    """What is believed of a group before the participants, and when to stop.

    Attributes
    ----------
    components : str or sequence of sequences of str
        Log precisions of the differences between people: ``single`` for one, ``fields`` for one
        a field, ``all`` for one a parameter, ``none`` for fixed differences; or lists of names
        or fields that share one.
    effect_mean : ndarray, shape (n_parameters,), optional
        Prior mean of the first effect; that of the participants where left out (others: 0).
    effect_covariance : ndarray, shape (n_parameters, n_parameters), optional
        Prior covariance of effects; that of the participants over `effect_ratio` where left out.
    between_covariance : ndarray, shape (n_parameters, n_parameters), optional
        Prior covariance between people; that of the participants over `between_ratio` where
        left out.
    effect_ratio, between_ratio : float
        What the participants' prior variances are divided by (SPM's alpha and beta).
    scale_mean, scale_variance : float
        Prior of log precisions (SPM's hE and hC).
    most_iterations : int
        Greatest number of iterations.
    tolerance : float
        Rise of the free energy at which the climb ends [nats].
    """

    components: str | Sequence[Sequence[str]] = "single"
    effect_mean: FloatArray | None = None
    effect_covariance: FloatArray | None = None
    between_covariance: FloatArray | None = None
    effect_ratio: float = 1.0
    between_ratio: float = 16.0
    scale_mean: float = 0.0
    scale_variance: float = 1 / 16
    most_iterations: int = 64
    tolerance: float = 1e-4

    def __post_init__(self) -> None:
        """Refuse values that mean nothing."""
        if isinstance(self.components, str) and self.components not in COMPONENTS:
            raise ConnectivityError(
                f"components is '{self.components}'; it must be one of {', '.join(COMPONENTS)}, "
                f"or lists of names."
            )
        for name in (
            "effect_ratio",
            "between_ratio",
            "scale_variance",
            "tolerance",
            "most_iterations",
        ):
            if not getattr(self, name) > 0:
                raise ConnectivityError(f"{name} is {getattr(self, name)}; it must be above 0.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupPriors:
    """The participants' parameters in question, and what is believed of the group."""

    places: IntArray
    names: tuple[str, ...]
    effect_mean: FloatArray
    effect_covariance: FloatArray
    between_covariance: FloatArray
    membership: FloatArray


def priors_of(
    participants: Sequence[Posterior], fields: str | Sequence[str], settings: GroupSettings
) -> GroupPriors:
    """Take the group's priors from the settings, else from those of the participants."""
    first = participants[0]
    places = first.places(fields)
    for other in participants[1:]:
        if not np.array_equal(other.places(fields), places):
            raise ConnectivityError(
                f"{other.name or 'A participant'} does not estimate the same parameters as "
                f"{first.name or 'the first participant'}. Fit everybody with one network."
            )
    block = np.ix_(places, places)
    own = np.mean([each.prior_covariance[block] for each in participants], axis=0)
    own_mean = np.mean([each.prior_mean[places] for each in participants], axis=0)
    n = len(places)
    return GroupPriors(
        places=places,
        names=tuple(first.names[place] for place in places),
        effect_mean=_shaped(settings.effect_mean, own_mean, "effect_mean"),
        effect_covariance=_definite(
            _shaped(settings.effect_covariance, own / settings.effect_ratio, "effect_covariance"),
            "effect_covariance",
        ),
        between_covariance=_definite(
            _shaped(
                settings.between_covariance, own / settings.between_ratio, "between_covariance"
            ),
            "between_covariance",
        ),
        membership=_membership(first.select(fields), fields, settings.components).reshape(n, -1),
    )


def _shaped(given: FloatArray | None, default: FloatArray, name: str) -> FloatArray:
    """Take a prior of the settings if it fits."""
    if given is None:
        return default
    array = np.asarray(given, float)
    if array.shape != default.shape or not np.isfinite(array).all():
        raise ConnectivityError(
            f"{name} must be finite and of shape {default.shape}, one entry per parameter that "
            f"varies over people; given: shape {array.shape}."
        )
    return array


def _definite(covariance: FloatArray, name: str) -> FloatArray:
    """Refuse a prior covariance that has no inverse."""
    try:
        np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        raise ConnectivityError(
            f"{name} is not positive definite. Give every parameter that varies over people a "
            f"prior variance above 0."
        ) from None
    return covariance


def _membership(
    chosen: Posterior, fields: str | Sequence[str], components: str | Sequence[Sequence[str]]
) -> FloatArray:
    """Tell which parameters each component scales, shape (n_parameters, n_components)."""
    n = chosen.n_parameters
    if components == "single":
        return np.ones((n, 1))
    if components == "all":
        return np.eye(n)
    if components == "none":
        return np.zeros((n, 0))
    if components == "fields":
        kinds = [name.replace("[", " ").split(" ")[0] for name in chosen.names]
        given = [fields] if isinstance(fields, str) else list(fields)
        components = [[each] for each in (dict.fromkeys(kinds) if given == ["all"] else given)]
    membership = np.zeros((n, len(components)))
    for place, names in enumerate(components):
        membership[chosen.places(names), place] = 1.0
    twice = membership.sum(axis=1) > 1
    if twice.any():
        raise ConnectivityError(
            f"{', '.join(np.array(chosen.names)[twice])}: in more than one component. Give each "
            f"parameter to one at most."
        )
    return membership
