"""One simulated study of a paradigm, in which its claims are tested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from empatune import paradigms
from empatune.claims import measuring
from empatune.claims.analysis import Cells, Estimate, estimate, per_person, slopes
from empatune.claims.records import Claim, Switch
from empatune.core import FEATURE_NAMES, check_feature
from empatune.errors import ClaimError, ParadigmError
from empatune.motives import KINDS, PARAMETERS, TRAITS, Simulated, expect, simulate
from empatune.paradigms import Contrast, Paradigm
from empatune.simulation.cohort import Layout, Seeds, draw_people, to_experiment
from empatune.typing import FloatArray

EVEN = 0.5
"""What a choice is compared with where a contrast has no second side."""

AS_IS = Switch()
"""Nothing is different."""


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
        self._done: dict[str, tuple[Layout, dict[str, FloatArray], Simulated]] = {}

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
        layout, people, simulated = self._simulated(switch)
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
            trait=_trait(contrast, self.design, layout, simulated),
        )

    def _simulated(self, switch: Switch) -> tuple[Layout, dict[str, FloatArray], Simulated]:
        """Simulate each switch once: claims of a paradigm share people and answers."""
        key = repr(switch)
        if key not in self._done:
            layout = replace(self.layout, table=with_features(self.layout.table, switch.features))
            people = draw_people(
                layout,
                seed=self._seeds.people,
                parameters=switch.parameters,
                groups=switch.groups,
            )
            experiment = to_experiment(layout, self.design)
            found = simulate(people, experiment, seed=self._seeds.answers)
            self._done[key] = layout, people, found
        return self._done[key]

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


def with_features(table: pd.DataFrame, features: Mapping[str, float]) -> pd.DataFrame:
    """Give every trial the same value of some features.

    Parameters
    ----------
    table : DataFrame
        Trials.
    features : mapping of str to float
        Features and their values.

    Returns
    -------
    DataFrame
        The trials.
    """
    checked = {name: check_feature(name, value, where="claim") for name, value in features.items()}
    return table.assign(**checked)


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
    try:
        contrast = paradigms.find_contrast(design, claim.contrast)
    except ParadigmError as problem:
        raise ClaimError(f"Claim '{claim.name}' cannot be tested: {problem}") from None
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


def _trait(
    contrast: Contrast, design: Paradigm, layout: Layout, simulated: Simulated
) -> FloatArray | None:
    if contrast.by is None:
        return None
    if contrast.by in TRAITS:
        return simulated.traits[contrast.by]
    table = layout.table
    if contrast.by not in FEATURE_NAMES:
        rated = layout.gather(simulated.responses[design.responses[contrast.by].of])
        table = table.assign(**{contrast.by: rated})
    weighed = (
        table["condition"]
        .astype(str)
        .isin([name for name, weight in contrast.conditions.items() if weight > 0])
    )
    own = table[weighed].groupby("participant", observed=False)[contrast.by].mean()
    return np.asarray(own.to_numpy(), dtype=float)
