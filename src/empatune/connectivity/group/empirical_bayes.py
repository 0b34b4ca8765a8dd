"""Parametric empirical Bayes: what a group's connections are, and how people differ.

Participants' fits are summaries that are never refitted: their priors are exchanged for those
that the group implies (Friston et al. 2016, NeuroImage 128:413-431, doi
10.1016/j.neuroimage.2015.11.015; Zeidman et al. 2019, NeuroImage 200:12-25, doi
10.1016/j.neuroimage.2019.06.032). Scheme, defaults and stopping are those of SPM12 r7771
(spm_dcm_peb).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from empatune.connectivity.comparison.reduction import reduce
from empatune.connectivity.group.climbing import Climb, climb
from empatune.connectivity.group.design import Design, design_group
from empatune.connectivity.group.hierarchy import Hierarchy, Summary
from empatune.connectivity.group.priors import GroupPriors, GroupSettings, priors_of
from empatune.connectivity.posterior import Posterior, check_alike
from empatune.errors import ConnectivityError
from empatune.typing import Array, FloatArray

CAUTION = 1 / 16
"""Share of the prior precision that every participant's fit gains, against fits that claim too
much or stopped early (SPM12)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupFit:
    """A group's effects on parameters, and its participants in the light of the group.

    Attributes
    ----------
    posterior : Posterior
        Effects, named ``mean: B[motive] AI<-ACC``, all parameters of the first effect first;
        its free energy is that of the group model. `search` and `reduce` take it as it is.
    parameters : tuple of str
        Parameters that vary over people.
    design : Design
        Between-participant effects.
    between_covariance : ndarray, shape (n_parameters, n_parameters)
        Covariance of what the design leaves over between people (SPM's Ce).
    scales : ndarray, shape (n_components,)
        Log precisions (SPM's Eh).
    scale_covariance : ndarray, shape (n_components, n_components)
        Their posterior covariance (SPM's Ch).
    participants : tuple of Posterior
        Participants' fits under the priors that the group implies: shrunk to the group.
    n_iterations : int
        Iterations.
    status : str
        Why the climb ended: ``converged``, ``no step rises`` or ``too many iterations``.
    """

    posterior: Posterior
    parameters: tuple[str, ...]
    design: Design
    between_covariance: FloatArray
    scales: FloatArray
    scale_covariance: FloatArray
    participants: tuple[Posterior, ...]
    n_iterations: int
    status: str

    @property
    def free_energy(self) -> float:
        """Bound on the log evidence of the group model [nats]."""
        return self.posterior.free_energy

    @property
    def effects(self) -> FloatArray:
        """Effects, shape (n_effects, n_parameters)."""
        return self.posterior.mean.reshape(self.design.n_effects, -1)

    def predict(self, rows: Array) -> tuple[FloatArray, FloatArray]:
        """
        Predict the parameters of people from the design alone.

        Parameters
        ----------
        rows : ndarray, shape (n_people, n_effects)
            Rows of the design, of these participants or of new people.

        Returns
        -------
        tuple of ndarray
            Means, shape (n_people, n_parameters), and covariances, shape (n_people,
            n_parameters, n_parameters), in which people differ as the group does.

        Raises
        ------
        ConnectivityError
            If rows do not fit the design or hold NaN.
        """
        given = np.atleast_2d(np.asarray(rows, float))
        n_effects, n = self.design.n_effects, len(self.parameters)
        if given.ndim != 2 or given.shape[1] != n_effects or not np.isfinite(given).all():
            raise ConnectivityError(
                f"Rows to predict must be finite and of shape (n_people, {n_effects}), one column "
                f"per effect ({', '.join(self.design.effects)}); given: shape {given.shape}."
            )
        blocks = self.posterior.covariance.reshape(n_effects, n, n_effects, n)
        spread = np.einsum("pa,pb,aibj->pij", given, given, blocks)
        return given @ self.effects, spread + self.between_covariance


def fit_group(
    participants: Sequence[Posterior],
    design: Design | None = None,
    *,
    fields: str | Sequence[str] | None = None,
    settings: GroupSettings | None = None,
) -> GroupFit:
    """
    Fit a group over the fits of its participants.

    Parameters
    ----------
    participants : sequence of Posterior
        One fit a participant, of one network, in the order of the design's rows.
    design : Design, optional
        Between-participant effects; the mean alone where left out.
    fields : str or sequence of str, optional
        Names or fields of the parameters that vary over people, ``all`` for everything that was
        estimated; A and B, as far as they were, where left out. The others keep their priors.
    settings : GroupSettings, optional
        Priors and stopping; those of SPM12 where left out.

    Returns
    -------
    GroupFit
        Effects, differences between people, and participants shrunk to the group.

    Raises
    ------
    ConnectivityError
        If there are fewer than two participants, they differ in their parameters, the design
        does not fit them, a fixed parameter is asked for, or priors do not fit.
    """
    settings = settings or GroupSettings()
    check_alike(participants)
    if len(participants) < 2:
        raise ConnectivityError("A group needs two participants or more; one was given.")
    design = design or design_group(len(participants))
    if design.n_participants != len(participants):
        raise ConnectivityError(
            f"The design has {design.n_participants} rows for {len(participants)} participants. "
            f"Give one row a participant, in their order."
        )
    varying = _connections(participants[0]) if fields is None else fields
    priors = priors_of(participants, varying, settings)
    hierarchy = _hierarchy(participants, design, priors, settings)
    end = climb(hierarchy, most_iterations=settings.most_iterations, tolerance=settings.tolerance)
    return GroupFit(
        posterior=_effects(end, hierarchy, design, priors),
        parameters=priors.names,
        design=design,
        between_covariance=end.point.covariance,
        scales=end.scales,
        scale_covariance=end.point.scale_covariance,
        participants=_shrunk(participants, design, priors, end),
        n_iterations=end.n_iterations,
        status=end.status,
    )


def _connections(posterior: Posterior) -> str | list[str]:
    """Give A and B, if anything in them was estimated: what varies over people by default."""
    names = [posterior.names[place] for place in posterior.places()]
    kinds = {"A": "A ", "B": "B["}
    found = [kind for kind, start in kinds.items() if any(n.startswith(start) for n in names)]
    return found or "all"


def _hierarchy(
    participants: Sequence[Posterior], design: Design, priors: GroupPriors, settings: GroupSettings
) -> Hierarchy:
    """Put participants, design and priors in the form that is climbed."""
    # Effects of large columns are small: SPM scales their priors by the columns' mean square.
    size = np.mean(design.matrix**2, axis=0)
    between: FloatArray = np.linalg.inv(priors.between_covariance).astype(np.float64)
    effect_mean = np.zeros((design.n_effects, len(priors.names)))
    effect_mean[0] = priors.effect_mean
    return Hierarchy(
        participants=_summarise(participants, priors),
        design=design.matrix,
        effect_mean=effect_mean.ravel(),
        effect_precision=np.kron(np.diag(size), np.linalg.inv(priors.effect_covariance)),
        between=between,
        membership=priors.membership,
        scale_mean=settings.scale_mean,
        scale_precision=1 / settings.scale_variance,
    )


def _summarise(participants: Sequence[Posterior], priors: GroupPriors) -> Summary:
    """Reduce participants to what their data say of the parameters in question."""
    block = np.ix_(priors.places, priors.places)
    prior = np.linalg.inv(np.stack([each.prior_covariance[block] for each in participants]))
    covariance = np.stack([each.covariance[block] for each in participants])
    posterior = np.linalg.inv(covariance) + CAUTION * prior
    mean = np.stack([each.mean[priors.places] for each in participants])
    prior_mean = np.stack([each.prior_mean[priors.places] for each in participants])
    pull = np.einsum("nij,nj->ni", posterior, mean)
    prior_pull = np.einsum("nij,nj->ni", prior, prior_mean)
    level = (
        np.linalg.slogdet(posterior)[1]
        - np.linalg.slogdet(prior)[1]
        - np.einsum("ni,ni->n", mean, pull)
        + np.einsum("ni,ni->n", prior_mean, prior_pull)
    )
    return Summary(
        precision=posterior - prior,
        pull=pull - prior_pull,
        level=np.array([each.free_energy for each in participants]) + level / 2,
        names=tuple(
            each.name or f"participant {place}" for place, each in enumerate(participants, start=1)
        ),
    )


def _effects(end: Climb, hierarchy: Hierarchy, design: Design, priors: GroupPriors) -> Posterior:
    """Write the group's effects as a posterior of their own."""
    prior_covariance = np.linalg.inv(hierarchy.effect_precision)
    return Posterior(
        names=tuple(f"{effect}: {name}" for effect in design.effects for name in priors.names),
        mean=end.effects,
        covariance=end.point.effect_covariance,
        prior_mean=hierarchy.effect_mean,
        prior_covariance=(prior_covariance + prior_covariance.T) / 2,
        free_energy=end.point.free_energy,
        name="group",
    )


def _shrunk(
    participants: Sequence[Posterior], design: Design, priors: GroupPriors, end: Climb
) -> tuple[Posterior, ...]:
    """Give every participant the priors that the group implies."""
    expected = design.matrix @ end.point.effects.reshape(design.n_effects, -1)
    share = end.point.complexity / len(participants)
    shrunk = []
    for own, mean in zip(participants, expected, strict=True):
        free = np.flatnonzero(own.free)
        prior_mean, prior_covariance = own.prior_mean.copy(), np.zeros_like(own.prior_covariance)
        prior_mean[priors.places] = mean
        precision = np.linalg.inv(own.prior_covariance[np.ix_(free, free)])
        among = np.searchsorted(free, priors.places)
        precision[np.ix_(among, among)] = end.point.precision
        covariance = np.linalg.inv(precision)
        prior_covariance[np.ix_(free, free)] = (covariance + covariance.T) / 2
        found = reduce(own, prior_mean=prior_mean, prior_covariance=prior_covariance)
        shrunk.append(replace(found, free_energy=found.free_energy - share))
    return tuple(shrunk)
