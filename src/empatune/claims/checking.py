"""Whether a claim follows from the model, and goes when its path is cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from empatune import paradigms
from empatune.claims import measuring
from empatune.claims.analysis import Cells, Estimate, estimate, per_person, slopes
from empatune.claims.bridge import Layout, people_of, to_experiment, with_features
from empatune.claims.records import Claim, Switch
from empatune.claims.workers import each
from empatune.errors import ClaimError
from empatune.motives import KINDS, PARAMETERS, TRAITS, Simulated, expect, simulate
from empatune.paradigms import Contrast, Paradigm
from empatune.simulation.cohort import Seeds
from empatune.typing import FloatArray

HOLDS, VANISHES = 0.8, 0.1
"""A claim holds in at least this share of studies; without its path it is seen in at most that."""

EVEN = 0.5
"""What a choice is compared with where a contrast has no second side."""

AS_IS = Switch()
"""Nothing is different."""

Progress = Callable[[int], object]
"""Is called with the number of studies that are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One simulated study of a claim.

    Parameters
    ----------
    seed : int
        Its seed.
    estimate : Estimate
        What it found.
    """

    seed: int
    estimate: Estimate


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
        return 1.0 - share(self.cut, 0)

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


class Drawn:
    """People and trials of one simulated study, in which any claim of a paradigm can be tested.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    n : int, optional
        People; those of the cited study if not given.
    seed : int
        Seed of people, trials and noise.
    """

    def __init__(self, design: Paradigm, *, n: int | None = None, seed: int) -> None:
        self._seeds = Seeds.of(design, seed)
        self.design = design
        self.layout = Layout.of(design.draw(n, self._seeds.trials))
        self._scanner: measuring.Scanner | None = None

    def test(self, claim: Claim, switch: Switch = AS_IS) -> Estimate:
        """Test a claim.

        Parameters
        ----------
        claim : Claim
            A claim of this paradigm.
        switch : Switch
            What is different from the model's defaults, or from the paradigm.

        Returns
        -------
        Estimate
            What the study found.

        Raises
        ------
        ClaimError
            If the claim cannot be tested in its paradigm.
        """
        contrast = contrast_of(claim, self.design)
        layout = replace(self.layout, table=with_features(self.layout.table, switch.features))
        people = people_of(layout, seed=self._seeds.people, switch=switch)
        simulated = simulate(people, to_experiment(layout, self.design), seed=self._seeds.answers)
        values = self._measure(claim, contrast, people, simulated)
        cells = _cells(layout, self.design)
        if claim.by_surprise:
            own = slopes(cells, contrast, values, _surprise(layout, self.design))
        else:
            own = per_person(cells, contrast, values)
        return estimate(
            own,
            contrast,
            groups=_members(layout, self.design),
            trait=_trait(contrast, layout, simulated),
        )

    def _measure(
        self,
        claim: Claim,
        contrast: Contrast,
        people: Mapping[str, FloatArray],
        simulated: Simulated,
    ) -> FloatArray:
        if claim.kind == "structure":
            rng = np.random.default_rng(self._seeds.scans)
            return measuring.structure(self.layout, people, claim.measure, rng=rng)
        if claim.kind == "region":
            if self._scanner is None:
                self._scanner = measuring.Scanner(self.layout, self.design, seed=self._seeds.scans)
            return self._scanner.measure(simulated, claim.measure)
        quantity = self.design.responses[claim.measure].of
        values = self.layout.gather(simulated.responses[quantity])
        return values - EVEN if contrast.baseline and KINDS[quantity] == "choice" else values


@lru_cache(maxsize=64)
def load(name: str) -> Paradigm:
    """Load a paradigm once.

    Parameters
    ----------
    name : str
        Name in the library, or path.

    Returns
    -------
    Paradigm
        The paradigm.
    """
    return paradigms.load(name)


def contrast_of(claim: Claim, design: Paradigm) -> Contrast:
    """Find the contrast of a claim.

    Parameters
    ----------
    claim : Claim
        The claim.
    design : Paradigm
        Its paradigm.

    Returns
    -------
    Contrast
        The contrast.

    Raises
    ------
    ClaimError
        If the paradigm has none of that name, or not what it is measured by.
    """
    contrast = design.contrasts.get(claim.contrast)
    if contrast is None:
        raise ClaimError(
            f"Claim '{claim.name}' needs the contrast '{claim.contrast}', which "
            f"{design.name} does not have. It has {', '.join(design.contrasts) or 'none'}."
        )
    if claim.kind == "response" and claim.measure not in design.responses:
        raise ClaimError(
            f"Claim '{claim.name}' is about the response '{claim.measure}', which {design.name} "
            f"does not ask for. It has {', '.join(design.responses) or 'none'}."
        )
    return contrast


def _surprise(layout: Layout, design: Paradigm) -> FloatArray:
    """Prediction errors of a person in the middle of the population, as an analyst takes them."""
    n = len(layout.there)
    middle = {each.name: np.full(n, each.default) for each in PARAMETERS}
    return layout.gather(expect(middle, to_experiment(layout, design)).surprise)


def _cells(layout: Layout, design: Paradigm) -> Cells:
    return Cells(
        person=layout.person,
        session=layout.codes("session"),
        condition=layout.codes("condition"),
        n_people=len(layout.there),
        sessions=tuple(session.name for session in design.sessions),
        conditions=tuple(design.conditions),
    )


def _members(layout: Layout, design: Paradigm) -> dict[str, np.ndarray]:
    first = layout.table.groupby("participant", observed=True)["group"].first().astype(str)
    return {name: (first == name).to_numpy() for name in design.groups}


def _trait(contrast: Contrast, layout: Layout, simulated: Simulated) -> FloatArray | None:
    if contrast.by is None:
        return None
    if contrast.by in TRAITS:
        return simulated.traits[contrast.by]
    weighed = (
        layout.table["condition"]
        .astype(str)
        .isin([name for name, weight in contrast.conditions.items() if weight > 0])
    )
    own = layout.table[weighed].groupby("participant", observed=False)[contrast.by].mean()
    return np.asarray(own.to_numpy(), dtype=float)
