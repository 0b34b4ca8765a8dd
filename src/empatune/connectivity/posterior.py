"""What a fitted model believes of its parameters: Gaussian, beside the prior it began with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from empatune.errors import ConnectivityError
from empatune.typing import BoolArray, FloatArray, IntArray

_AFTER_FIELD = (" ", "[", ":")
"""What may follow a field in a name: ``A`` takes ``A AI<-ACC``, ``B`` takes ``B[motive] ...``."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posterior:
    """A Gaussian posterior over named parameters, its prior and its free energy.

    Attributes
    ----------
    names : tuple of str
        A name per parameter: ``A AI<-ACC``, ``B[motive] AI<-ACC``, ``C AI<-events``, ``decay``.
    mean, prior_mean : ndarray, shape (n_parameters,)
        Means after and before the data.
    covariance, prior_covariance : ndarray, shape (n_parameters, n_parameters)
        Covariances after and before the data; a parameter of prior variance 0 is fixed.
    free_energy : float
        Bound on the log evidence of the model [nats].
    name : str
        Whose it is: a participant, a model, a group.
    """

    names: tuple[str, ...]
    mean: FloatArray
    covariance: FloatArray
    prior_mean: FloatArray
    prior_covariance: FloatArray
    free_energy: float
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse shapes that do not fit, values that are not finite, names that come twice."""
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "free_energy", float(self.free_energy))
        n = len(self.names)
        for part, shape in (
            ("mean", (n,)),
            ("covariance", (n, n)),
            ("prior_mean", (n,)),
            ("prior_covariance", (n, n)),
        ):
            given = np.asarray(getattr(self, part), float)
            if given.shape != shape:
                raise ConnectivityError(
                    f"The {part} of {self._whose()} has shape {given.shape}; with {n} names it "
                    f"must be {shape}."
                )
            object.__setattr__(self, part, given)
        self._check()

    @property
    def n_parameters(self) -> int:
        """Number of parameters, the fixed ones among them."""
        return len(self.names)

    @property
    def free(self) -> BoolArray:
        """Which parameters were estimated, shape (n_parameters,)."""
        free: BoolArray = np.diag(self.prior_covariance) > 0
        return free

    @property
    def sd(self) -> FloatArray:
        """Posterior standard deviations, shape (n_parameters,)."""
        deviations: FloatArray = np.sqrt(np.clip(np.diag(self.covariance), 0.0, None))
        return deviations

    @property
    def sign_probability(self) -> FloatArray:
        """Probability that a parameter has the sign of its mean, shape (n_parameters,).

        NaN for what is fixed. Equal to SPM's Pp of a single fit where the prior mean is 0.
        """
        free = self.free
        probability = np.full(self.n_parameters, np.nan)
        probability[free] = ndtr(np.abs(self.mean[free]) / self.sd[free])
        return probability

    def places(self, fields: str | Sequence[str] = "all") -> IntArray:
        """
        Find the estimated parameters that names or fields pick.

        Parameters
        ----------
        fields : str or sequence of str
            Names (``B[motive] AI<-ACC``) or beginnings of names (``B``, ``B[motive]``,
            ``transit``); ``all`` for everything that was estimated.

        Returns
        -------
        ndarray of int, shape (n_picked,)
            Their places, rising.

        Raises
        ------
        ConnectivityError
            If one picks nothing, or asks for a parameter that is fixed.
        """
        if isinstance(fields, str) and fields == "all":
            return np.flatnonzero(self.free)
        wanted = [fields] if isinstance(fields, str) else list(fields)
        picked = {place for field in wanted for place in self._picked(field)}
        if not picked:
            raise ConnectivityError("No parameters were asked for. Give names or fields.")
        return np.array(sorted(picked))

    def select(self, fields: str | Sequence[str] = "all") -> Posterior:
        """
        Look at some parameters alone, whatever the others are.

        Parameters
        ----------
        fields : str or sequence of str
            Names or fields as `places` takes them.

        Returns
        -------
        Posterior
            Their marginal posterior and prior; the free energy stays that of the whole model.

        Raises
        ------
        ConnectivityError
            If a field picks nothing or a fixed parameter.
        """
        chosen = self.places(fields)
        block = np.ix_(chosen, chosen)
        return Posterior(
            names=tuple(self.names[place] for place in chosen),
            mean=self.mean[chosen],
            covariance=self.covariance[block],
            prior_mean=self.prior_mean[chosen],
            prior_covariance=self.prior_covariance[block],
            free_energy=self.free_energy,
            name=self.name,
        )

    def _picked(self, field: str) -> list[int]:
        """Give the estimated places of one field, or say why there are none."""
        found = [
            place
            for place, name in enumerate(self.names)
            if name == field or name.startswith(tuple(field + mark for mark in _AFTER_FIELD))
        ]
        free = [place for place in found if self.free[place]]
        if free:
            return free
        estimated = ", ".join(self.names[place] for place in self.places())
        if found:
            what = f"'{field}' is fixed in {self._whose()} (prior variance 0)"
        else:
            what = f"'{field}' picks no parameter of {self._whose()}"
        raise ConnectivityError(f"{what}. Estimated are: {estimated or 'none'}.")

    def _check(self) -> None:
        """Refuse what no analysis could use."""
        if not self.names or len(set(self.names)) < len(self.names):
            raise ConnectivityError(
                f"Names of parameters must be there and each its own; {self._whose()} has "
                f"{', '.join(self.names) or 'none'}."
            )
        arrays = (self.mean, self.covariance, self.prior_mean, self.prior_covariance)
        if not all(np.isfinite(array).all() for array in (*arrays, self.free_energy)):
            raise ConnectivityError(
                f"{self._whose(capital=True)} holds NaN or infinity. Leave failed fits out."
            )
        for what, covariance in (("", self.covariance), ("prior ", self.prior_covariance)):
            if (np.diag(covariance) < 0).any() or not np.allclose(covariance, covariance.T):
                raise ConnectivityError(
                    f"The {what}covariance of {self._whose()} is no covariance: it must be "
                    f"symmetric, with no negative variance."
                )

    def _whose(self, *, capital: bool = False) -> str:
        """Name the posterior in a message."""
        article = "The" if capital else "the"
        return f"{article} posterior of {self.name}" if self.name else f"{article} posterior"


def check_alike(posteriors: Sequence[Posterior]) -> None:
    """
    Refuse posteriors that are not of one parameterisation.

    Parameters
    ----------
    posteriors : sequence of Posterior
        Participants or models.

    Raises
    ------
    ConnectivityError
        If there are none, or their names or the order of their names differ.
    """
    if not posteriors:
        raise ConnectivityError("No posteriors were given. Fit at least one model.")
    first = posteriors[0]
    for place, other in enumerate(posteriors[1:], start=2):
        if other.names == first.names:
            continue
        odd = sorted(set(first.names) ^ set(other.names))
        what = f"only one of them has: {', '.join(odd)}" if odd else "the order differs"
        raise ConnectivityError(
            f"{other.name or f'Posterior {place}'} has other parameters than "
            f"{first.name or 'posterior 1'} ({what}). Fit everybody with one network."
        )
