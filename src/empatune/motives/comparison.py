"""Which motive a fit speaks for: by the evidence of models, and by its connections.

Models differ in which of the three connections a motive changes; all are reduced from one fit of
the full network, so that nothing is fitted twice. Evidence knows no sign: what a motive says of
signs and order is asked of the posterior.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import ndtr

from empatune.connectivity.comparison.families import RandomFamilies, compare_families_random
from empatune.connectivity.comparison.reduction import log_evidence_without
from empatune.connectivity.network import Edge
from empatune.connectivity.posterior import Posterior, check_alike
from empatune.motives.network import MOTIVES, TO_ACC, TO_AI, TO_VS, parameter_of
from empatune.numerics.model_selection import (
    FixedEffects,
    RandomEffects,
    select_fixed,
    select_random,
)
from empatune.typing import FloatArray

OTHER = "other"
"""Family of the models that belong to no motive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model of the model space.

    Attributes
    ----------
    name : str
        Its connections: ``ACC->AI AI->VS``, or ``none``.
    changed : tuple of Edge
        Connections that the motive changes.
    family : str
        The motive that says so, or ``other``.
    """

    name: str
    changed: tuple[Edge, ...]
    family: str


def _model(changed: tuple[Edge, ...]) -> Model:
    families = [each.name for each in MOTIVES.values() if set(each.positive) == set(changed)]
    return Model(
        name=" ".join(f"{origin}->{to}" for origin, to in changed) or "none",
        changed=changed,
        family=families[0] if families else OTHER,
    )


_CONTESTED = (TO_AI, TO_ACC, TO_VS)

MODELS = tuple(_model(chosen) for n in range(4) for chosen in combinations(_CONTESTED, n))
"""Every choice among the three connections that motives change: eight models."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Something that a motive says of connections, and how sure a fit is of it.

    Attributes
    ----------
    motives : tuple of str
        Motives that say it.
    statement : str
        ``AI->VS is made more positive``.
    probability : float
        Posterior probability.
    """

    motives: tuple[str, ...]
    statement: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """The models of motives compared over people.

    Attributes
    ----------
    log_evidence : ndarray, shape (n_people, n_models)
        Log evidence of each of MODELS [nats].
    fixed : FixedEffects
        If everybody has the same model.
    random : RandomEffects
        If people differ.
    families : RandomFamilies
        The motives' models against each other and all others.
    """

    log_evidence: FloatArray
    fixed: FixedEffects
    random: RandomEffects
    families: RandomFamilies


def log_evidence(posterior: Posterior, *, modulator: str = "motive") -> FloatArray:
    """
    Give the log evidence of every model of motives, from one fit of the full network.

    Parameters
    ----------
    posterior : Posterior
        The fit, with all three connections modulated.
    modulator : str
        Input that is on while the motive is.

    Returns
    -------
    ndarray, shape (n_models,)
        Log evidence of each of MODELS [nats].

    Raises
    ------
    ConnectivityError
        If the fit lacks one of the connections.
    """
    places = {edge: posterior.places([parameter_of(edge, modulator)])[0] for edge in _CONTESTED}
    off = np.zeros((len(MODELS), posterior.n_parameters), bool)
    for row, model in enumerate(MODELS):
        off[row, [place for edge, place in places.items() if edge not in model.changed]] = True
    return posterior.free_energy + log_evidence_without(posterior, off)


def compare(
    posteriors: Sequence[Posterior], *, modulator: str = "motive", rng: np.random.Generator
) -> Comparison:
    """
    Compare the models of motives over people.

    Parameters
    ----------
    posteriors : sequence of Posterior
        A fit of the full network each.
    modulator : str
        Input that is on while the motive is.
    rng : numpy.random.Generator
        Source of the sampling of families.

    Returns
    -------
    Comparison
        Evidence, models and families.

    Raises
    ------
    ConnectivityError
        If fits are not alike or lack a connection.
    """
    check_alike(posteriors)
    table = np.array([log_evidence(each, modulator=modulator) for each in posteriors])
    names = [model.name for model in MODELS]
    return Comparison(
        log_evidence=table,
        fixed=select_fixed(table, models=names),
        random=select_random(table, models=names),
        families=compare_families_random(
            table, [model.family for model in MODELS], models=names, rng=rng
        ),
    )


def expectations(posterior: Posterior, *, modulator: str = "motive") -> tuple[Expectation, ...]:
    """
    Ask a fit (or a group's posterior) what motives say of signs and order.

    Parameters
    ----------
    posterior : Posterior
        The posterior.
    modulator : str
        Input that is on while the motive is.

    Returns
    -------
    tuple of Expectation
        Each statement once, with the motives that make it.

    Raises
    ------
    ConnectivityError
        If the fit lacks a connection.
    """
    said: dict[str, tuple[list[str], float]] = {}
    for motive in MOTIVES.values():
        for edge in motive.positive:
            statement = f"{_arrow(edge)} is made more positive"
            chance = _above(posterior, {parameter_of(edge, modulator): 1.0})
            said.setdefault(statement, ([], chance))[0].append(motive.name)
        for more, less in motive.order:
            statement = f"{_arrow(more)} is changed more than {_arrow(less)}"
            contrast = {parameter_of(more, modulator): 1.0, parameter_of(less, modulator): -1.0}
            said.setdefault(statement, ([], _above(posterior, contrast)))[0].append(motive.name)
    return tuple(
        Expectation(motives=tuple(who), statement=statement, probability=chance)
        for statement, (who, chance) in said.items()
    )


def _above(posterior: Posterior, contrast: dict[str, float]) -> float:
    """Give the probability that a sum of parameters is above 0."""
    places = [int(posterior.places([name])[0]) for name in contrast]
    weights = np.array(list(contrast.values()))
    mean = float(weights @ posterior.mean[places])
    variance = float(weights @ posterior.covariance[np.ix_(places, places)] @ weights)
    return float(ndtr(mean / np.sqrt(variance)))


def _arrow(edge: Edge) -> str:
    return f"{edge[0]}->{edge[1]}"
