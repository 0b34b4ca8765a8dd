"""Recovery at the real data's trial numbers: whether trials tell parameters, and models apart.

    python benchmarks/behaviour_recovery.py [--only learning,trust] [--work FOLDER] [--out docs/results]

Needs EMPATUNE_DATA or ../shared, with its `data/behaviour`. For every data set and the models that
suit it (of effort, learning and allocation those in CHOSEN), simulated people do the real trials (as
many people, the same schedules, the same missed responses) and are fitted again. Figures of a data
set are kept in FOLDER and taken from there when the command is run again, unless --only names it.
Writes OUT/behaviour-recovery.md and .png.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from behaviour_recovery_page import write
from behaviour_tables import TABLES
from empatune.behaviour.fitting import Fit, FitSettings, Method, fit
from empatune.behaviour.model import Model
from empatune.behaviour.recovery import (
    Ceiling,
    ParameterRecovery,
    find_ceiling,
    recover_models,
    recover_parameters,
)
from empatune.behaviour.trials import Naming, Trials, trials_of
from empatune.errors import BehaviourError, UsageError
from empatune.typing import FloatArray
from real_behaviour import STUDIES, Study, suiting

ROOT = Path(__file__).resolve().parents[1]

CHOSEN = {
    "effort": (
        "effort-parabolic",
        "effort-parabolic-precisions",
        "effort-parabolic-discounts",
        "effort-parabolic-discounts-precisions",
        "effort-linear-discounts",
        "effort-hyperbolic-discounts",
    ),
    "learning": (
        "learning",
        "learning-self-others",
        "learning-rates",
        "learning-rates-precisions",
    ),
    "motives": (
        "allocation",
        "allocation-biases",
        "allocation-motives",
        "allocation-biases-motives",
        "allocation-weights",
        "diffusion",
        "diffusion-drifts",
        "diffusion-starts",
        "diffusion-drifts-starts",
    ),
}
"""Models that are looked at, where it is not all: the published ones, and of effort the published
winner with its rivals."""

SAMPLED = {"learning": "learning-rates"}
"""Models whose intervals are compared with those of full sampling."""

TIMES = 4
"""How often the schedule is done again, to see whether more trials would help."""

SETS = {"closeness": 3, "avoidance": 3}
"""Sets that each model simulates when models are told from each other, by the plainest of them; 2
if not named."""

SLOW = ("diffusion",)
"""The plainest of models that are told apart for priors alone."""

MANY = 60
"""People above whom one set tells parameters, and models are told apart for priors alone."""

RESAMPLED = 1000
"""Resamples of people that the standard error of r rests on."""

QUICK = FitSettings(n_starts=2)
"""Two starts a search: enough, as simulated people come from where searches start."""

DRAWN = 150
"""Simulated people whose true and fitted values are kept for the picture."""

BEFOREHAND = 300
"""Simulated people at least, of whom is learnt what correlation to expect."""

OTHERS = 1000
"""Seed of these people: they are not those who are fitted."""


def scheduled(key: str, table: pd.DataFrame) -> pd.DataFrame:
    """Draw what either choice would have earned, where a table tells only its chances."""
    rng = np.random.default_rng(0)
    if key == "avoidance":
        chances = {
            "reward_1": table["p_reward_conflict"],
            "reward_0": table["p_reward_safe"],
            "punish_1": table["p_punish_conflict"],
        }
        drawn = {name: rng.random(len(table)) < one.fillna(0.0) for name, one in chances.items()}
        return table.assign(
            **{name: one.astype(float) for name, one in drawn.items()}, punish_0=0.0
        )
    if key == "trust":
        chance = pd.Series(rng.integers(0, 2, len(table)), table.index, dtype=float)
        returned = table["outcome"].fillna(chance)
        return table.assign(outcome_1=returned, outcome_0=returned.where(table["low"] > 0, -1.0))
    return table


@cache
def sources_of(study: Study) -> dict[Model, Fit]:
    """Fit the models that suit to real people: their trials and their group are simulated from."""
    table = scheduled(study.key, TABLES[study.key].read().trials)
    sources = {}
    for model in suiting(study, table):
        if "," in model.name or model.name not in CHOSEN.get(study.key, (model.name,)):
            continue
        try:
            trials = trials_of(table, model, naming=Naming(scale=dict(study.scale)))
            sources[model] = fit(model, trials, settings=QUICK)
        except (BehaviourError, UsageError) as problem:
            print(f"{study.key}: {model.name} left out: {problem}", file=sys.stderr)
    return sources


def all_parameters(study: Study) -> dict[str, Any]:
    """Recover the parameters of every model that suits."""
    sources = sources_of(study)
    first = next(iter(sources.values())).trials
    return {
        "n_people": first.n_people,
        "n_trials": float(np.median(first.n_answered)),
        "parameters": {m.name: parameters_of(study, m, source) for m, source in sources.items()},
    }


def all_ceilings(study: Study) -> dict[str, Any]:
    """Say of every model, before anything is compared with the truth, what r can be reached."""
    return {
        "ceilings": {m.name: ceilings_of(study, m, fit) for m, fit in sources_of(study).items()}
    }


def ceilings_of(study: Study, model: Model, source: Fit) -> dict[str, Any]:
    """Find the highest correlations for people of the priors, and of the real group."""
    began = time.perf_counter()
    n_sets = -(-BEFOREHAND // source.trials.n_people)
    given: dict[str, Trials | Fit] = {"prior": source.trials, "group": source}
    found: dict[str, Ceiling] = {
        name: find_ceiling(model, one, n_sets=n_sets, seed=OTHERS) for name, one in given.items()
    }
    _tell(f"{study.key}: what to expect of {model.name}", began)
    return {
        **{name: one.correlation.tolist() for name, one in found.items()},
        "n_effective": float(np.median(found["prior"].n_effective)),
    }


def all_models(study: Study) -> dict[str, Any]:
    """Tell the models of each response from each other."""
    return {"models": [models_of(study, some) for some in _by_response(sources_of(study))]}


def parameters_of(study: Study, model: Model, source: Fit) -> dict[str, Any]:
    """Recover a model's parameters from its priors' people, and from the real group."""
    began, trials = time.perf_counter(), source.trials
    n_sets = 1 if trials.n_people > MANY else 2
    by_eb = recovered(model, trials, n_sets, "eb")
    found = {
        "eb": _rows(by_eb),
        "map": _rows(recovered(model, trials, n_sets, "map")),
        "group": _rows(recovered(model, source, n_sets, "eb")),
        "traded": traded(by_eb),
        "points": points(by_eb),
        "n_simulated": len(by_eb.true),
    }
    if not all(one.identifiable for one in by_eb.parameters):
        found["longer"] = _rows(recovered(model, longer(trials), 1, "map"))
    if SAMPLED.get(study.key) == model.name:
        settings = FitSettings(n_warmup=300, n_draws=300)
        again = recover_parameters(model, trials, n_sets=1, method="nuts", settings=settings)
        found["nuts"] = _rows(again)
    _tell(f"{study.key}: parameters of {model.name}", began)
    return found


def recovered(model: Model, source: Trials | Fit, n_sets: int, method: Method) -> ParameterRecovery:
    """Recover set by set: fits of one size are compiled once."""
    found = [
        recover_parameters(model, source, n_sets=1, method=method, settings=QUICK, seed=seed)
        for seed in range(n_sets)
    ]
    return replace(
        found[0],
        **{
            part: np.concatenate([getattr(one, part) for one in found])
            for part in ("sets", "true", "fitted", "sd")
        },
    )


def traded(found: ParameterRecovery) -> dict[str, tuple[str, float]]:
    """Give the parameter whose errors go most with those of each, and their correlation."""
    names = found.model.names
    if len(names) < 2:
        return {}
    together = np.corrcoef((found.fitted - found.true).T) - np.eye(len(names))
    most = np.abs(together).argmax(axis=1)
    return {
        name: (names[other], float(together[place, other]))
        for place, (name, other) in enumerate(zip(names, most, strict=True))
    }


def points(found: ParameterRecovery) -> dict[str, list[list[float]]]:
    """Keep true and fitted values of some people for the picture."""
    some = np.random.default_rng(0).permutation(len(found.true))[:DRAWN]
    return {
        name: [found.true_values[name][some].tolist(), found.fitted_values[name][some].tolist()]
        for name in found.model.names
    }


def longer(trials: Trials) -> Trials:
    """Let everybody do the schedule several times over."""
    size = trials.rows.max() + 1
    return replace(
        trials,
        columns={name: np.tile(one, (1, TIMES)) for name, one in trials.columns.items()},
        answered=np.tile(trials.answered, (1, TIMES)),
        rows=np.concatenate(
            [np.where(trials.rows < 0, -1, trials.rows + size * n) for n in range(TIMES)], axis=1
        ),
    )


def models_of(study: Study, sources: dict[Model, Fit]) -> dict[str, Any]:
    """Tell models of one response from each other, for people of priors and of real groups."""
    models = list(sources)
    method, criterion = ("ml", "bic") if study.key == "effort" else ("eb", "integrated-bic")
    kept: dict[str, Any] = {
        "models": [model.name for model in models],
        "response": " and ".join(models[0].response.names),
        "method": method,
        "criterion": criterion,
        "n_sets": SETS.get(models[0].name, 2),
    }
    n_people = max(source.trials.n_people for source in sources.values())
    given_by: dict[str, list[Any]] = {"prior": [source.trials for source in sources.values()]}
    if n_people <= MANY and models[0].name not in SLOW:
        given_by["group"] = list(sources.values())
    for name, given in given_by.items():
        began = time.perf_counter()
        found = recover_models(
            models,
            given,
            n_sets=kept["n_sets"],
            method=method,
            criterion=criterion,
            settings=QUICK,
        )
        kept[name] = {
            "sets": found.confusion.tolist(),
            "people": found.people_confusion.tolist(),
        }
        _tell(f"{study.key}: models of {kept['response']} ({name})", began)
    return kept


def _by_response(sources: dict[Model, Fit]) -> list[dict[Model, Fit]]:
    """Group the models that are told from each other by what they respond with."""
    groups: dict[tuple[str, ...], dict[Model, Fit]] = {}
    for model, source in sources.items():
        groups.setdefault(model.response.names, {})[model] = source
    return [some for some in groups.values() if len(some) > 1]


def _rows(found: ParameterRecovery) -> list[dict[str, Any]]:
    """Give how well each parameter comes back, with the standard error of r."""
    table: pd.DataFrame = found.table()
    names = found.model.names
    errors = [error_of(found.true_values[one], found.fitted_values[one]) for one in names]
    return table.assign(error=errors).to_dict("records")


def error_of(true: FloatArray, fitted: FloatArray) -> float:
    """Give the standard error of a correlation, from people drawn again."""
    drawn = np.random.default_rng(0).integers(len(true), size=(RESAMPLED, len(true)))
    one, other = ((part - part.mean(axis=1)[:, None]) for part in (true[drawn], fitted[drawn]))
    again = (one * other).sum(axis=1) / np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    return float(again.std())


def _tell(what: str, began: float) -> None:
    """Say what was done, and how long it took."""
    print(f"{what}, {time.perf_counter() - began:.1f} s", file=sys.stderr, flush=True)


PARTS = {"ceilings": all_ceilings, "parameters": all_parameters, "models": all_models}
"""What is kept apart, the quicker first."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    parser.add_argument("--work", type=Path, help="folder for figures of single data sets")
    parser.add_argument("--only", help="data sets to simulate anew, by comma")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    only = given.only.split(",") if given.only else None
    work = given.work or ROOT / "benchmarks" / "results" / "behaviour-recovery"
    work.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {}
    for part, examine in PARTS.items():
        for study in STUDIES:
            kept = work / f"{study.key}-{part}.json"
            if study.key in only if only else not kept.exists():
                kept.write_text(json.dumps(examine(study), indent=1))
            if kept.exists():
                found.setdefault(study.key, {}).update(json.loads(kept.read_text()))
    write(found, {key: TABLES[key] for key in found}, given.out)


if __name__ == "__main__":
    main()
