"""What models are compared by: each a number a person, lower where a model does better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from empatune.behaviour.comparison.integration import integrate
from empatune.behaviour.comparison.pointwise import leave_one_out, widely_applicable
from empatune.behaviour.fitting.record import Fit, Method
from empatune.behaviour.population import population_of
from empatune.behaviour.wording import counted, first_of
from empatune.errors import UsageError
from empatune.typing import FloatArray

FEW = 30
"""Effective draws below which an integral is not believed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Score:
    """How badly a model does with each person's trials, in units of deviance.

    Attributes
    ----------
    people : ndarray, shape (n_people,)
        Minus twice a log probability, with what each person's own parameters cost.
    shared : float
        What the parameters of the group cost.
    cautions : tuple of str
        What speaks against believing the numbers.
    """

    people: FloatArray
    shared: float = 0.0
    cautions: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """The criterion of all people together."""
        return float(self.people.sum() + self.shared)


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """What models can be compared by.

    Attributes
    ----------
    name, summary, doi : str
        What it is, and where it comes from.
    methods : tuple of str
        Ways of fitting that it is defined for.
    score : callable
        From a fit and a seed to its score.
    """

    name: str
    summary: str
    doi: str
    methods: tuple[Method, ...]
    score: Callable[[Fit, int], Score]


def _akaike(fit: Fit, _: int) -> Score:
    """Charge 2 a parameter."""
    return Score(people=2 * len(fit.model.parameters) - 2 * fit.log_likelihood)


def _bayesian(fit: Fit, _: int) -> Score:
    """Charge the logarithm of a person's number of trials a parameter."""
    costs = len(fit.model.parameters) * np.log(np.maximum(fit.trials.n_answered, 1))
    return Score(people=costs - 2 * fit.log_likelihood)


def _laplace(fit: Fit, _: int) -> Score:
    """Take the evidence that the fit found."""
    return Score(people=-2 * fit.log_evidence, shared=_shared(fit))


def _integrated(fit: Fit, seed: int) -> Score:
    """Integrate people's parameters out."""
    found = integrate(fit, seed=seed)
    return Score(
        people=-2 * found.log_marginal,
        shared=_shared(fit),
        cautions=_few(fit, found.n_effective),
    )


def _few(fit: Fit, n_effective: FloatArray) -> tuple[str, ...]:
    """Name people whose integral rests on few draws."""
    few = [person for person, n in zip(fit.people, n_effective, strict=True) if n < FEW]
    if not few:
        return ()
    caution = (
        f"{fit.model.name}: integrals of {counted(len(few), 'person', 'people')} rest on fewer than "
        f"{FEW} effective draws ({first_of(few)}); theirs are rough."
    )
    return (caution,)


def _shared(fit: Fit) -> float:
    """Charge the logarithm of all trials for each number of the group."""
    total = int(fit.trials.n_answered.sum())
    return float(population_of(fit).n_learnt * np.log(max(total, 1)))


def _left_one_out(fit: Fit, _: int) -> Score:
    """Predict each trial from all others."""
    found = leave_one_out(fit)
    return Score(people=-2 * found.people, cautions=found.cautions)


def _applicable(fit: Fit, _: int) -> Score:
    """Take the fit's variance for its freedom."""
    found = widely_applicable(fit)
    return Score(people=-2 * found.people, cautions=found.cautions)


CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        name="integrated-bic",
        summary="people's parameters integrated out; the group's cost log(trials) each",
        doi="10.1371/journal.pcbi.1002028",
        methods=("eb", "map"),
        score=_integrated,
    ),
    Criterion(
        name="laplace",
        summary="the same with the integral by Laplace's approximation",
        doi="10.1371/journal.pcbi.1002028",
        methods=("eb", "map"),
        score=_laplace,
    ),
    Criterion(
        name="bic",
        summary="log likelihood at the best; each parameter costs log(trials of the person)",
        doi="10.1214/aos/1176344136",
        methods=("ml",),
        score=_bayesian,
    ),
    Criterion(
        name="aic",
        summary="log likelihood at the best; each parameter costs 2",
        doi="10.1109/TAC.1974.1100705",
        methods=("ml",),
        score=_akaike,
    ),
    Criterion(
        name="loo",
        summary="each trial predicted from all others, by Pareto-smoothed importance sampling",
        doi="10.1007/s11222-016-9696-4",
        methods=("nuts",),
        score=_left_one_out,
    ),
    Criterion(
        name="waic",
        summary="the widely applicable information criterion",
        doi="10.1007/s11222-016-9696-4",
        methods=("nuts",),
        score=_applicable,
    ),
)
"""Every criterion; of those that a method has the first is the default."""


def find_criterion(name: str) -> Criterion:
    """
    Find a criterion.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    Criterion
        The criterion.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    for criterion in CRITERIA:
        if criterion.name == name:
            return criterion
    raise UsageError(
        f"There is no criterion '{name}'. Criteria: {', '.join(one.name for one in CRITERIA)}."
    )


def criteria_of(method: Method) -> tuple[Criterion, ...]:
    """
    Give the criteria that fits by one method can be compared by.

    Parameters
    ----------
    method : str
        A method.

    Returns
    -------
    tuple of Criterion
        The default first.
    """
    return tuple(one for one in CRITERIA if method in one.methods)
