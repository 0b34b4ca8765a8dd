"""The model beside the data: the same measures of real and of simulated people.

A part of the page of evidence (``benchmarks/evidence.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from empatune import paradigms
from empatune.core import situation
from empatune.motives import Experiment, population, simulate
from empatune.simulation.cohort import simulate_cohort

N, SEED = 2000, 1
"""Simulated people: so many that chance between them plays no part."""

GIVING = {
    "control": "give_control",
    "reciprocity": "give_reciprocity",
    "empathy": "give_empathy",
    "multi-motive": "give_both",
}
EFFORTS = (2, 3, 4, 5, 6)
SLOPE = np.array([-0.2, -0.1, 0.0, 0.1, 0.2])
CLOSE = 1.5
"""A d_z, or a standard deviation, is called alike within this factor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One measure, a value a person, in the data and in the model.

    ``against`` is what d_z is reckoned from; None for a level, which has none.
    """

    name: str
    data: np.ndarray
    model: np.ndarray
    against: float | None = 0.0


def table(folder_tables: Mapping[str, pd.DataFrame], pain: pd.DataFrame) -> str:
    """Return the table of all measures, and what is not alike."""
    lines = [
        "## The model beside the data\n",
        f"The same measures of people in the data and of {N:,} simulated people with the model's",
        f"defaults. **alike**: standard deviation between people and d_z within a factor of {CLOSE} of the",
        "data's; d_z is not compared (–) for levels and where that of the data cannot be told from 0.",
        "Measures on other scales are divided by their mean: their SD is the inverse of d_z.\n",
        "| measure | data: mean | SD | d_z | model: mean | SD | d_z | SD alike | d_z alike |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_row(each) for each in _measures(folder_tables, pain)]
    return "\n".join(lines) + "\n"


def _row(each: Beside) -> str:
    data, model = (values[np.isfinite(values)] for values in (each.data, each.model))
    spread = _ratio(data.std(ddof=1), model.std(ddof=1))
    numbers = " | ".join(_figures(values, each.against) for values in (data, model))
    if each.against is None or stats.ttest_1samp(data, each.against).pvalue > 0.05:
        return f"| {each.name} | {numbers} | {spread} | – |"
    sizes = [(values.mean() - each.against) / values.std(ddof=1) for values in (data, model)]
    return f"| {each.name} | {numbers} | {spread} | {_ratio(*sizes)} |"


def _figures(values: np.ndarray, against: float | None) -> str:
    mean, spread = values.mean(), values.std(ddof=1)
    size = "" if against is None else f"{(mean - against) / spread:.2f}"
    return f"{mean:.3f} | {spread:.3f} | {size}"


def _ratio(data: float, model: float) -> str:
    ratio = model / data
    return f"{'yes' if 1 / CLOSE <= ratio <= CLOSE else 'no'}, {ratio:.2f}"


def _measures(tables: Mapping[str, pd.DataFrame], pain: pd.DataFrame) -> Iterator[Beside]:
    real, ours = _means(tables["motives"]), _shares("saulin-2022", "help", "condition")
    for name, condition in GIVING.items():
        yield Beside(name=f"giving, {name}", data=real[name], model=ours[condition], against=None)
    pairs = [(a, b) for i, a in enumerate(GIVING) for b in list(GIVING)[:i]]
    for one, other in pairs:
        yield Beside(
            name=f"giving, {one} > {other}",
            data=real[one] - real[other],
            model=ours[GIVING[one]] - ours[GIVING[other]],
        )
    feel = _shares("cameron-2019", "approach", "group")["untold"]
    for pilot, values in _means(tables["selection"]).items():
        yield Beside(name=f"feel, against half, {pilot}", data=values, model=feel, against=0.5)
    yield from _partners(_means(tables["trust"]))
    yield from _efforts(_means(tables["effort"]))
    yield from _pains(pain)


def _means(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    own = rows.groupby(["person", "condition"])["value"].mean().unstack()
    return {str(name): own[name].to_numpy() for name in own}


def _shares(name: str, quantity: str, column: str) -> dict[str, np.ndarray]:
    cohort = simulate_cohort(paradigms.load(name), n=N, seed=SEED)
    values = cohort.layout.gather(cohort.simulated.responses[quantity])
    rows = cohort.layout.table.assign(value=values)
    own = rows.groupby(["participant", column], observed=True)["value"].mean().unstack()
    return {str(each): own[each].to_numpy() for each in own}


def _partners(real: Mapping[str, np.ndarray]) -> Iterator[Beside]:
    """Trust beside excitement at winning together: other measures of the same partners."""
    ours = _shares("fareri-2012", "positive", "condition")
    for one, other in (("friend", "stranger"), ("friend", "computer")):
        data, model = real[one] - real[other], ours[f"{one}_win"] - ours[f"{other}_win"]
        yield Beside(
            name=f"trust, {one} > {other}, of the mean; model: excitement at shared wins",
            data=data / data.mean(),
            model=model / model.mean(),
        )


def _efforts(real: Mapping[str, np.ndarray]) -> Iterator[Beside]:
    """Efforts for another: five steps of cost, which is how the model knows effort."""
    costs = np.repeat(np.linspace(0.2, 0.8, len(EFFORTS)), 20)
    found = _ask([{"cost": cost, "benefit": 0.6} for cost in costs], "help")
    steps = found.reshape(N, len(EFFORTS), 20).mean(axis=2)
    own = np.column_stack([real[f"other_{effort}"] for effort in EFFORTS])
    yield Beside(
        name="effort for another, accepted",
        data=own.mean(axis=1),
        model=steps.mean(axis=1),
        against=None,
    )
    yield Beside(name="the same, slope over effort", data=own @ SLOPE, model=steps @ SLOPE)


def _pains(pain: pd.DataFrame) -> Iterator[Beside]:
    """Hands in pain and not, as shares of the mean of the effect: scales differ."""
    own = pain.groupby(["participant_id", "condition"])["unpleasantness_rating"].mean().unstack()
    real = (own["Pain"] - own["No_Pain"]).to_numpy()
    for quantity in ("empathy", "distress"):
        found = _ask([{"affect": -0.8}] * 40 + [{}] * 40, quantity)
        model = found[:, :40].mean(axis=1) - found[:, 40:].mean(axis=1)
        yield Beside(
            name=f"pain seen > not, of the mean; model: {quantity}",
            data=real / np.nanmean(real),
            model=model / model.mean(),
        )


def _ask(contexts: list[dict[str, float]], quantity: str) -> np.ndarray:
    rows = np.tile([[situation(each) for each in contexts]], (N, 1, 1))
    return simulate(population(N, seed=SEED), Experiment.of(rows), seed=SEED).responses[quantity]
