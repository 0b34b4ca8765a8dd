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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import wilcoxon

from behaviour_published import BESIDE
from behaviour_tables import TABLES, DataSet
from empatune.behaviour.catalogue import MODELS, find_model
from empatune.behaviour.catalogue.closeness import PUBLISHED_SPREAD
from empatune.behaviour.columns import Column
from empatune.behaviour.comparison import compare
from empatune.behaviour.fitting import Fit, FitSettings, design_of, fit
from empatune.behaviour.fitting.reliability import reliability_of
from empatune.behaviour.model import Model
from empatune.behaviour.parameters import to_values
from empatune.behaviour.trials import Naming, trials_of
from empatune.behaviour.variation import by_session, hold
from real_behaviour_page import write

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A data set, and what is asked of it.

    Attributes
    ----------
    key : str
        The data set's name.
    families : tuple of str
        Beginnings of the names of models that may suit it.
    differences : tuple of (str, str, str)
        A model and two of its parameters, the first of which may be larger.
    covariates : tuple of (str, tuple of str)
        A model, and columns of people that may bear on its parameters.
    held : tuple of (str, str, float)
        Models to be fitted once more with a parameter held as its publication holds it.
    scale : tuple of (str, float)
        Columns, and what they are multiplied by.
    retest : str or None
        A model to be fitted with parameters of its own in each of two sessions.
    note : str
        What a reader of the figures should know.
    ml : bool
        Whether people have trials enough for maximum likelihood.
    """

    key: str
    families: tuple[str, ...]
    differences: tuple[tuple[str, str, str], ...] = ()
    covariates: tuple[tuple[str, tuple[str, ...]], ...] = ()
    held: tuple[tuple[str, str, float], ...] = ()
    scale: tuple[tuple[str, float], ...] = ()
    retest: str | None = None
    note: str = ""
    ml: bool = True


STUDIES = (
    Study(
        key="selection",
        families=("selection",),
        covariates=(("selection", ("effort", "aversion", "efficacy")),),
        note="Many people have three trials, so that none is fitted alone. `bias` is the log odds "
        "of feeling rather than describing; covariates are ratings of feeling minus describing.",
        ml=False,
    ),
    Study(
        key="effort",
        families=("effort",),
        differences=(("effort-parabolic-discounts", "discount_other", "discount_self"),),
        note="The twelve are the forms of the publication.",
    ),
    Study(
        key="learning",
        families=("learning",),
        differences=(
            ("learning-rates", "rate_self", "rate_other"),
            ("learning-rates", "rate_self", "rate_none"),
            ("learning-rates", "rate_other", "rate_none"),
        ),
        covariates=(("learning-rates", ("group",)),),
        note="`learning`, `learning-self-others`, `learning-rates` and `learning-rates-precisions` "
        "are the forms of the publication, `learning-differential` and those with decay are not. "
        "Within a block of 16 trials a low rate with a high precision explains much the same as a "
        "higher rate with a lower precision, see recovery.",
    ),
    Study(
        key="closeness",
        families=("closeness",),
        held=(
            ("closeness", "spread", PUBLISHED_SPREAD),
            ("closeness-differential", "spread", PUBLISHED_SPREAD),
            ("closeness-recalibration", "spread", PUBLISHED_SPREAD),
        ),
        scale=(("rating", 0.01),),
        covariates=(("closeness-recalibration", ("empathic_concern", "perspective_taking")),),
        note="Ratings on a scale from 0 to 1. The publication holds the spread of ratings at .4, "
        "four times what people show; which model is best depends on that.",
    ),
    Study(
        key="motives",
        families=("allocation", "diffusion"),
        differences=(
            ("diffusion-motives", "drift_empathy", "drift_control"),
            ("diffusion-motives", "drift_reciprocity", "drift_control"),
            ("diffusion-motives", "drift_multi", "drift_control"),
            ("diffusion-motives", "start_empathy", "start_control"),
            ("diffusion-motives", "start_reciprocity", "start_control"),
            ("diffusion-motives", "start_multi", "start_control"),
            ("diffusion-motives", "start_multi", "start_reciprocity"),
        ),
        scale=(("cost", 0.01), ("gain", 0.01)),
        note="Our diffusion has no variability of drift, start and non-decision time between "
        "trials, as the publication's has.",
    ),
    Study(
        key="trust",
        families=("trust",),
        differences=(
            ("trust-social-value", "bonus_friend", "bonus_stranger"),
            ("trust-social-value", "bonus_stranger", "bonus_computer"),
        ),
        note="Partners returned half of all investments, so there was nothing to be learnt of "
        "them; the forms are ours.",
    ),
    Study(
        key="avoidance",
        families=("avoidance",),
        retest="avoidance-rates-weights",
        note="Both sessions with the same parameters, but for the reliability.",
    ),
    Study(
        key="seen_pain",
        families=("rating-seen-pain",),
        differences=(("rating-seen-pain", "mean_pain", "mean_no_pain"),),
        scale=(("rating", 0.01),),
        note="Ratings on a scale from 0 to 1.",
    ),
    Study(
        key="regulation",
        families=("rating-regulation",),
        scale=(("rating", 0.125),),
        note="Ratings on a scale from 0 to 1.",
    ),
)


def suiting(study: Study, trials: pd.DataFrame) -> list[Model]:
    """Choose the models whose columns and labels the table has."""
    held = [
        hold(find_model(name), {parameter: value}, name=f"{name}, {parameter} {value:g}")
        for name, parameter, value in study.held
    ]
    return [
        model
        for model in (*MODELS, *held)
        if model.name.startswith(study.families)
        and all(known(trials, column) for column in (*model.columns, *model.response.columns))
    ]


def known(trials: pd.DataFrame, column: Column) -> bool:
    """Tell whether a table has a column, with no labels but its own."""
    if column.name not in trials.columns:
        return column.optional
    labels = set(trials[column.name].dropna().astype(str)) if column.levels else set()
    return labels <= set(column.levels)


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
    for name, parameter, value in study.held:
        model = hold(find_model(name), {parameter: value}, name=f"{name}, {parameter} {value:g}")
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
