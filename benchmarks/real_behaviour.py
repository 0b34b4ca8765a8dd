"""Models of behaviour fitted to real people: the page of results.

    python benchmarks/real_behaviour.py [--out docs/results] [--work FOLDER] [--only learning,trust]

Needs EMPATUNE_DATA or ../shared, with its `data/behaviour`. Every model of the catalogue that suits
a data set is fitted by maximum likelihood and by empirical Bayes; figures of a data set are kept in
FOLDER and taken from there when the command is run again, unless --only names it. Writes
OUT/behaviour.md and OUT/behaviour.png.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import wilcoxon

from behaviour_published import BESIDE
from behaviour_studies import STUDIES, Study, held, suiting
from behaviour_tables import TABLES, DataSet
from empatune.behaviour.catalogue import find_model
from empatune.behaviour.comparison import compare
from empatune.behaviour.fitting import Fit, FitSettings, design_of, fit
from empatune.behaviour.fitting.reliability import reliability_of
from empatune.behaviour.model import Model
from empatune.behaviour.parameters import to_values
from empatune.behaviour.trials import Naming, trials_of
from empatune.behaviour.variation import by_session
from real_behaviour_page import write

ROOT = Path(__file__).resolve().parents[1]


def examine(study: Study, data: DataSet) -> dict[str, Any]:
    """Fit every model that suits, both ways, and compare."""
    tables = data.read()
    found: dict[str, Any] = {"left_out": [str(one) for one in tables.left_out], "responses": {}}
    naming = Naming(scale=dict(study.scale))
    models = suiting(study, tables.trials)
    by_response: dict[tuple[str, ...], list[Model]] = {}
    for model in models:
        by_response.setdefault(model.response.names, []).append(model)
    fits: dict[tuple[str, str], Fit] = {}
    for names, some in by_response.items():
        methods = ("ml", "eb") if study.ml else ("eb",)
        for method in methods:
            for model in some:
                began = time.perf_counter()
                trials = trials_of(tables.trials, model, naming=naming)
                fits[method, model.name] = fit(model, trials, method=method)
                seconds = time.perf_counter() - began
                print(f"{study.key}: {model.name} by {method}, {seconds:.1f} s", file=sys.stderr)
        found["responses"][" and ".join(names)] = compared(fits, some, methods)
    found["models"] = {
        model.name: described(fits["eb", model.name], fits.get(("ml", model.name)))
        for model in models
    }
    found["differences"] = [
        difference(fits["eb", name].trials, name, one, other)
        for name, one, other in study.differences
    ]
    found["covariates"] = [
        effect
        for name, columns in study.covariates
        for effect in effects(fits["eb", name], tables.participants, columns)
    ]
    first = fits["eb", models[0].name].trials
    found["retest"] = []
    if study.retest:
        fits["retest", study.retest], found["retest"] = retested(study, tables.trials)
    for model in held(study):
        fits["map", model.name] = fit(model, fits["eb", model.name].trials, method="map")
    if study.key in BESIDE:
        found["beside"] = asdict(BESIDE[study.key](fits, tables))
    found["note"] = study.note
    found["n_people"], found["n_trials"] = first.n_people, int(first.n_answered.sum())
    found["n_missed"] = int(first.n_missed.sum())
    return found


def compared(
    fits: dict[tuple[str, str], Fit], models: list[Model], methods: tuple[str, ...]
) -> dict[str, Any]:
    """Compare models of one response by each criterion of their methods."""
    found: dict[str, Any] = {"models": [model.name for model in models]}
    criteria = {"ml": ("bic",), "eb": ("integrated-bic", "laplace")}
    for method in methods:
        of_method = [fits[method, model.name] for model in models]
        for criterion in criteria[method]:
            if len(models) < 2:
                continue
            result = compare(of_method, criterion=criterion)
            found[criterion] = {
                **{name: column.tolist() for name, column in result.table().items()},
                "n_people": len(result.people),
                "n_left_out": len(result.left_out),
            }
    return found


def described(found: Fit, likely: Fit | None) -> dict[str, Any]:
    """Describe the group of a fit in the parameters' own units, with 95 % intervals."""
    group = found.group
    mean, error = group.coefficients[0], group.standard_errors[0]
    parameters = found.model.parameters
    edges = [to_values(mean + step * error, parameters) for step in (-1.96, 0.0, 1.96)]
    described = {
        "n_parameters": len(parameters),
        "n_people": len(found.people),
        "log_evidence": float(found.log_evidence.sum()),
        "log_likelihood": float(found.log_likelihood.sum()),
        "cautions": list(found.cautions),
        "group": {name: [float(edge[name]) for edge in edges] for name in found.model.names},
    }
    if likely is not None:
        described["ml"] = {
            "negative_log_likelihood": float(-likely.log_likelihood.sum()),
            "medians": {name: float(np.median(one)) for name, one in likely.values.items()},
            "means": {name: float(np.mean(one)) for name, one in likely.values.items()},
            "n_unfitted": len(likely.unfitted),
        }
    return described


def difference(trials: Any, name: str, one: str, other: str) -> dict[str, Any]:
    """Compare two parameters over people, each fitted under the same prior (map)."""
    model = find_model(name)
    alone = fit(model, trials, method="map")
    above = alone.values[one] - alone.values[other]
    return {
        "model": name,
        "one": one,
        "other": other,
        "share_above": float((above > 0).mean()),
        "median": float(np.median(above)),
        "p": float(wilcoxon(above).pvalue),
    }


def effects(found: Fit, people: pd.DataFrame, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Tell what covariates bear on the parameters of a group."""
    known = people.dropna(subset=list(columns))["participant"].astype(str)
    kept = [place for place, person in enumerate(found.people) if person in set(known)]
    design = design_of(people, columns)
    again = fit(found.model, found.trials.take(kept), settings=FitSettings(design=design))
    group = again.group
    return [
        {
            "model": found.model.name,
            "covariate": regressor,
            "parameter": name,
            "effect": float(group.coefficients[row, column]),
            "standard_error": float(group.standard_errors[row, column]),
            "n_people": len(kept),
        }
        for row, regressor in enumerate(group.regressors)
        if row > 0
        for column, name in enumerate(again.model.names)
    ]


def retested(study: Study, table: pd.DataFrame) -> tuple[Fit, list[dict[str, Any]]]:
    """Tell how far people keep their parameters between two sessions."""
    sessions = tuple(sorted(table["session"].astype(str).unique()))
    model = by_session(find_model(str(study.retest)), sessions)
    settings = FitSettings(correlated=True, n_starts=2)
    found = fit(model, trials_of(table, model), settings=settings)
    return found, [asdict(one) for one in reliability_of(found, (sessions[0], sessions[1]))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    parser.add_argument("--work", type=Path, help="folder for figures of single data sets")
    parser.add_argument("--only", help="data sets to fit anew, by comma")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    only = given.only.split(",") if given.only else None
    work = given.work or ROOT / "benchmarks" / "results" / "behaviour"
    work.mkdir(parents=True, exist_ok=True)
    found = {}
    for study in STUDIES:
        kept = work / f"{study.key}.json"
        if study.key in only if only else not kept.exists():
            kept.write_text(json.dumps(examine(study, TABLES[study.key]), indent=1))
        if kept.exists():
            found[study.key] = json.loads(kept.read_text())
    missing = [study.key for study in STUDIES if study.key not in found]
    write(found, {key: TABLES[key] for key in found}, given.out, missing)


if __name__ == "__main__":
    main()
