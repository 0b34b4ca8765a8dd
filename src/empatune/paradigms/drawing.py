"""Drawing the trials of many people at once.

Everything is an array of (people, runs, trials) until the last step, which makes the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from empatune.core import FEATURES
from empatune.errors import ParadigmError
from empatune.paradigms.order import alternating_orders, random_orders
from empatune.paradigms.records import Session, Timing
from empatune.paradigms.spread import Spread
from empatune.paradigms.vocabulary import TRAININGS
from empatune.typing import Array, BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from empatune.paradigms.paradigm import Paradigm

_FEEDBACK = {"own": 1, "other": -1, "none": 0}

Columns = dict[str, Array]
"""Columns of the table, each (people, trials) of one group."""


def draw(design: Paradigm, n: int | None, *, seed: int) -> pd.DataFrame:
    """Draw the trials of n people.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    n : int or None
        How many people; those of the paradigm if None.
    seed : int
        Seed of all that varies.

    Returns
    -------
    DataFrame
        A row a trial, in the order in which each person meets them.

    Raises
    ------
    ParadigmError
        If there are fewer people than groups.
    """
    rng = np.random.default_rng(seed)
    sizes = group_sizes(design, design.participants if n is None else n)
    tables, first = [], 0
    for group, size in sizes.items():
        columns = _draw_group(design, group, size, rng)
        n_trials = columns["onset"].shape[1]
        table = pd.DataFrame({name: values.ravel() for name, values in columns.items()})
        people = np.repeat(np.arange(first, first + size), n_trials)
        table.insert(0, "participant", people)
        tables.append(table)
        first += size
    whole = pd.concat(tables, ignore_index=True)
    return _named(whole, design, first)


def group_sizes(design: Paradigm, n: int) -> dict[str, int]:
    """Divide people among groups in the shares of the design.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    n : int
        How many people there are.

    Returns
    -------
    dict of str to int
        People in each group; at least one.

    Raises
    ------
    ParadigmError
        If there are fewer people than groups.
    """
    groups = design.groups
    if n < len(groups):
        raise ParadigmError(
            f"{design.name} has {len(groups)} groups ({', '.join(groups)}), so that {n} people "
            f"leave one empty. Take at least {len(groups)}."
        )
    shares = np.array([group.n for group in groups.values()], dtype=float)
    exact = n * shares / shares.sum()
    sizes = np.maximum(np.floor(exact).astype(int), 1)
    while sizes.sum() != n:  # largest remainder, either way
        step = 1 if sizes.sum() < n else -1
        room = np.where((sizes > 1) | (step > 0), step * (exact - sizes), -np.inf)
        sizes[int(np.argmax(room))] += step
    return {name: int(size) for name, size in zip(groups, sizes, strict=True)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cell:
    """A group in a session: who does what in which order."""

    design: Paradigm
    session: Session
    group: str
    code: IntArray
    """Condition of each trial, shape (n_people, n_runs, n_trials)."""

    def where(self, condition: str) -> BoolArray:
        found: BoolArray = self.code == list(self.design.conditions).index(condition)
        return found

    def within(self, conditions: tuple[str, ...]) -> BoolArray:
        places = [list(self.design.conditions).index(name) for name in conditions]
        return np.isin(self.code, places) if places else np.ones(self.code.shape, dtype=bool)


def _draw_group(design: Paradigm, group: str, size: int, rng: np.random.Generator) -> Columns:
    own = {
        (owner, name): spread.sample(rng, 1, size)[0]
        for owner, draws in _owners(design, group)
        for name, spread in draws.items()
    }
    parts: list[Columns] = []
    week, trained = 0.0, dict.fromkeys(TRAININGS, 0.0)
    for session in design.sessions:
        week += session.weeks
        for name, amount in session.training.get(group, {}).items():
            trained[name] += amount
        cell = _cell(design, session, group, size, rng)
        columns = {
            **_labels(cell),
            **_times(cell, rng),
            **_context(cell, own, rng),
            "outcome": _outcomes(cell, rng),
            "feedback": _feedback(cell),
            "week": np.full(cell.code.shape, week),
        }
        columns |= {
            f"training_{name}": np.full(cell.code.shape, value) for name, value in trained.items()
        }
        parts.append({name: values.reshape(size, -1) for name, values in columns.items()})
    return {name: np.concatenate([part[name] for part in parts], axis=1) for name in parts[0]}


def _owners(design: Paradigm, group: str) -> list[tuple[str, dict[str, Spread]]]:
    """List who has features of which each person draws a value; the group goes by no name."""
    targets = [(name, target.draws) for name, target in design.targets.items()]
    return [("", design.groups[group].draws), *targets]


def _cell(
    design: Paradigm, session: Session, group: str, size: int, rng: np.random.Generator
) -> _Cell:
    names = design.conditions_of(session, group)
    counts = [design.conditions[name].trials for name in names]
    n_runs = design.runs_of(session)
    kinds = _order(design.timing, counts, size * n_runs, rng)
    places = np.array([list(design.conditions).index(name) for name in names])
    code = places[kinds].reshape(size, n_runs, -1)
    return _Cell(design=design, session=session, group=group, code=code)


def _order(timing: Timing, counts: list[int], n_rows: int, rng: np.random.Generator) -> IntArray:
    if timing.order == "alternating":
        return alternating_orders(counts, n_rows=n_rows)
    size = timing.block_trials if timing.order == "blocked" else 1
    blocks = random_orders(
        [count // size for count in counts],
        n_rows=n_rows,
        max_repeats=timing.max_repeats,
        rng=rng,
    )
    return np.repeat(blocks, size, axis=1)


def _labels(cell: _Cell) -> Columns:
    design = cell.design
    targets, cues = list(design.targets), cue_names(design)
    conditions = design.conditions.values()
    target = np.array([targets.index(c.target) if c.target else -1 for c in conditions])
    cue = np.array([cues.index(c.cue) if c.cue else -1 for c in conditions])
    _, n_runs, n_trials = shape = cell.code.shape
    session = [one.name for one in design.sessions].index(cell.session.name)
    return {
        "group": np.full(shape, list(design.groups).index(cell.group)),
        "session": np.full(shape, session),
        "run": np.broadcast_to(np.arange(1, n_runs + 1)[:, None], shape),
        "trial": np.broadcast_to(np.arange(1, n_trials + 1), shape),
        "condition": cell.code,
        "target": target[cell.code],
        "cue": cue[cell.code],
    }


def cue_names(design: Paradigm) -> list[str]:
    """List the cues of a paradigm.

    Parameters
    ----------
    design : Paradigm
        The paradigm.

    Returns
    -------
    list of str
        In the order of the file.
    """
    return list(dict.fromkeys(c.cue for c in design.conditions.values() if c.cue is not None))


def _times(cell: _Cell, rng: np.random.Generator) -> Columns:
    timing = cell.design.timing
    lasting = {}
    for phase in timing.phases:
        there = cell.within(phase.conditions)
        lasting[phase.name] = np.where(there, _spread_over(phase.s, there, rng), np.nan)
        lasting[phase.name] = np.maximum(lasting[phase.name], 0.0)
    length = np.nansum(list(lasting.values()), axis=0)
    everywhere = np.ones(cell.code.shape, dtype=bool)
    pause = np.maximum(_spread_over(timing.iti_s, everywhere, rng), 0.0)
    if timing.order == "blocked":
        pause[..., timing.block_trials - 1 :: timing.block_trials] += timing.rest_s
    end = np.cumsum(length + pause, axis=-1)
    onset = timing.start_s + end - length - pause
    columns: Columns = {"onset": np.round(onset, 6), "duration": length}
    begins = onset.copy()
    for name, s in lasting.items():
        columns[f"onset_{name}"] = np.round(np.where(np.isnan(s), np.nan, begins), 6)
        columns[f"duration_{name}"] = s
        begins = begins + np.nan_to_num(s)
    return columns


def _spread_over(spread: Spread, there: BoolArray, rng: np.random.Generator) -> FloatArray:
    """Sample for the trials that are marked: in every run there are as many."""
    flat = there.reshape(-1, there.shape[-1])
    found = np.zeros(flat.shape)
    n_marked = int(flat[0].sum())
    if n_marked:
        found[flat] = spread.sample(rng, len(flat), n_marked).ravel()
    return found.reshape(there.shape)


def _context(
    cell: _Cell, own: dict[tuple[str, str], FloatArray], rng: np.random.Generator
) -> Columns:
    design = cell.design
    columns: Columns = {}
    for feature in FEATURES:
        base = [_given(cell, name, feature.name, feature.default) for name in design.conditions]
        columns[feature.name] = np.array(base)[cell.code]
    for (owner, name), values in own.items():
        there = _about(cell, owner)
        columns[name] = np.where(there, values[:, None, None], columns[name])
    anew = [(cell.within(()), cell.session.draws)]
    anew += [(cell.where(name), condition.draws) for name, condition in design.conditions.items()]
    for there, draws in anew:
        for name, spread in draws.items():
            columns[name] = np.where(there, _spread_over(spread, there, rng), columns[name])
    for feature in FEATURES:
        np.clip(columns[feature.name], feature.low, feature.high, out=columns[feature.name])
    return columns


def _given(cell: _Cell, name: str, feature: str, default: float) -> float:
    condition = cell.design.conditions[name]
    tables = [cell.design.groups[cell.group].features, cell.session.features, condition.features]
    if condition.target is not None:
        tables.append(cell.design.targets[condition.target].features)
    return next((table[feature] for table in tables if feature in table), default)


def _about(cell: _Cell, owner: str) -> BoolArray:
    if not owner:
        return np.ones(cell.code.shape, dtype=bool)
    mine = [name for name, c in cell.design.conditions.items() if c.target == owner]
    return cell.within(tuple(mine)) if mine else np.zeros(cell.code.shape, dtype=bool)


def _outcomes(cell: _Cell, rng: np.random.Generator) -> FloatArray:
    found = np.full(cell.code.shape, np.nan)
    for name, condition in cell.design.conditions.items():
        there = cell.where(name)
        if condition.outcome is None or not there.any():
            continue
        n = condition.trials
        kind, other = condition.outcome.kindness, condition.outcome.otherwise
        n_kind = round(condition.outcome.probability * n)
        n_rows = there.reshape(-1, there.shape[-1]).shape[0]
        pattern = np.tile([kind] * n_kind + [other] * (n - n_kind), (n_rows, 1))
        found[there] = rng.permuted(pattern, axis=1).ravel()
    return found


def _feedback(cell: _Cell) -> IntArray:
    given = _FEEDBACK[cell.design.groups[cell.group].feedback]
    shown = np.array([given * c.feedback for c in cell.design.conditions.values()])
    return shown[cell.code]


def _named(table: pd.DataFrame, design: Paradigm, n: int) -> pd.DataFrame:
    """Turn numbers into the words that they stand for."""
    width = max(3, len(str(n)))
    labels = {
        "participant": [f"{number:0{width}d}" for number in range(1, n + 1)],
        "group": list(design.groups),
        "session": [session.name for session in design.sessions],
        "condition": list(design.conditions),
        "target": list(design.targets),
        "cue": cue_names(design),
    }
    for name, words in labels.items():
        table[name] = pd.Categorical.from_codes(table[name].to_numpy(), words)
    return table
