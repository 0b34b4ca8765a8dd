"""Whether a claim follows from the model, and goes when its path is cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from empatune.claims.records import Claim, Switch
from empatune.claims.study import AS_IS, Drawn, Study, contrast_of, load
from empatune.errors import ClaimError
from empatune.numerics.workers import each

HOLDS, VANISHES = 0.8, 0.1
"""A claim holds in at least this share of studies; without its path it is seen in at most that."""

Progress = Callable[[int], object]
"""Is called with the number of studies that are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What many simulated studies of a claim found.

    Parameters
    ----------
    claim : Claim
        The claim.
    n : int
        People in each study.
    studies : tuple of Study
        Studies with the model as it is.
    cut : tuple of Study
        Studies of the same people with the claim's path cut.
    counters : tuple of tuple of Study
        For each piece of counter-evidence, studies with the model switched to it.
    """

    claim: Claim
    n: int
    studies: tuple[Study, ...]
    cut: tuple[Study, ...]
    counters: tuple[tuple[Study, ...], ...] = ()

    @property
    def found(self) -> float:
        """Share of studies that find the claim, at .05 two-sided and with its sign."""
        return share(self.studies, self.claim.sign)

    @property
    def found_when_cut(self) -> float:
        """Share of studies that find any effect although its path is cut."""
        return float(np.mean([study.estimate.sign != 0 for study in self.cut]))

    @property
    def found_against(self) -> tuple[float, ...]:
        """For each piece of counter-evidence, share of studies that find what it found."""
        pairs = zip(self.counters, self.claim.counters, strict=True)
        return tuple(share(studies, counter.sign) for studies, counter in pairs)

    @property
    def holds(self) -> bool:
        """Whether the claim is found often enough, and seldom enough without its path."""
        return self.found >= HOLDS and self.found_when_cut <= VANISHES

    @property
    def median(self) -> Study:
        """The study in the middle, by its estimate."""
        ordered = sorted(self.studies, key=lambda study: study.estimate.value)
        return ordered[(len(ordered) - 1) // 2]


def share(studies: Sequence[Study], sign: int) -> float:
    """Tell how many studies found an effect of a sign.

    Parameters
    ----------
    studies : sequence of Study
        Studies.
    sign : int
        -1 or 1; 0 for none at .05.

    Returns
    -------
    float
        Their share.
    """
    return float(np.mean([study.estimate.sign == sign for study in studies]))


def check(
    claims: Sequence[Claim],
    *,
    n: int | None = None,
    seeds: Sequence[int] = tuple(range(1, 21)),
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[Check, ...]:
    """Simulate studies of claims, with their path, without it, and with what speaks against them.

    Parameters
    ----------
    claims : sequence of Claim
        The claims.
    n : int, optional
        People in each study; those of the cited study if not given.
    seeds : sequence of int
        A study a seed. Claims of one paradigm share the people and trials of a seed.
    workers : int
        Processes; results do not depend on it.
    progress : callable, optional
        Is called with the number of studies that are done.

    Returns
    -------
    tuple of Check
        All studies, in the order of the claims.

    Raises
    ------
    ClaimError
        If a claim cannot be tested in its paradigm, or there is nothing to do.
    """
    return check_sizes(claims, (n,), seeds=seeds, workers=workers, progress=progress)[0]


def check_sizes(
    claims: Sequence[Claim],
    sizes: Sequence[int | None],
    *,
    seeds: Sequence[int],
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[tuple[Check, ...], ...]:
    """Simulate studies of claims with several numbers of people.

    Parameters
    ----------
    claims : sequence of Claim
        The claims.
    sizes : sequence of int or None
        People in each study; None for those of the cited study.
    seeds : sequence of int
        A study a seed.
    workers : int
        Processes; results do not depend on it.
    progress : callable, optional
        Is called with the number of studies that are done.

    Returns
    -------
    tuple of tuple of Check
        For each size, all studies in the order of the claims.

    Raises
    ------
    ClaimError
        If a claim cannot be tested in its paradigm, or there is nothing to do.
    """
    for what, given in (("claims", claims), ("seeds", seeds), ("sizes", sizes)):
        if not given:
            raise ClaimError(f"There is nothing to check: no {what} were given.")
    for claim in claims:
        contrast_of(claim, load(claim.paradigm))
    jobs = [
        Job(claims=tuple(claim for claim in claims if claim.paradigm == paradigm), n=n, seed=seed)
        for n in sizes
        for paradigm in dict.fromkeys(claim.paradigm for claim in claims)
        for seed in seeds
    ]
    studies: dict[tuple[int | None, str, int], list[Study]] = {}
    done = 0
    for job, results in zip(jobs, each(studies_of, jobs, workers=workers), strict=True):
        for claim, found in zip(job.claims, results, strict=True):
            for place, study in enumerate(found):
                studies.setdefault((job.n, claim.name, place), []).append(study)
            done += len(found)
        if progress is not None:
            progress(done)
    return tuple(tuple(_checked(claim, n, studies) for claim in claims) for n in sizes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One simulated study in which claims of one paradigm are tested.

    Parameters
    ----------
    claims : tuple of Claim
        Claims of one paradigm.
    n : int or None
        People; None for those of the cited study.
    seed : int
        Seed.
    """

    claims: tuple[Claim, ...]
    n: int | None
    seed: int


def studies_of(job: Job) -> tuple[tuple[Study, ...], ...]:
    """Simulate a study as the model is, without the path of each claim, and against it.

    Parameters
    ----------
    job : Job
        The study.

    Returns
    -------
    tuple of tuple of Study
        For each claim: as it is, cut, and one for each piece of counter-evidence.

    Raises
    ------
    ClaimError
        If a claim cannot be tested so; the message names it.
    """
    drawn = Drawn(load(job.claims[0].paradigm), n=job.n, seed=job.seed)
    found = []
    for claim in job.claims:
        try:
            estimates = [drawn.test(claim, switch) for switch in _switches(claim)]
        except ClaimError as problem:
            size = f" with {job.n} people" if job.n is not None else ""
            raise ClaimError(f"Claim '{claim.name}'{size}: {problem}") from None
        found.append(tuple(Study(seed=job.seed, estimate=one) for one in estimates))
    return tuple(found)


def n_studies(claims: Sequence[Claim], n_seeds: int) -> int:
    """Tell how many studies a check simulates.

    Parameters
    ----------
    claims : sequence of Claim
        The claims.
    n_seeds : int
        Seeds.

    Returns
    -------
    int
        Studies.
    """
    return n_seeds * sum(len(_switches(claim)) for claim in claims)


def _switches(claim: Claim) -> tuple[Switch, ...]:
    return (AS_IS, claim.cut, *(counter.switch for counter in claim.counters))


def _checked(
    claim: Claim, n: int | None, studies: dict[tuple[int | None, str, int], list[Study]]
) -> Check:
    found = [tuple(studies[n, claim.name, place]) for place in range(len(_switches(claim)))]
    return Check(
        claim=claim,
        n=load(claim.paradigm).participants if n is None else n,
        studies=found[0],
        cut=found[1],
        counters=tuple(found[2:]),
    )
