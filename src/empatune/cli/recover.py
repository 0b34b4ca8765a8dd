"""``empatune recover``: whether trials tell a model's parameters, and models from each other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from empatune.cli.behaviour_input import check_people, read_trials
from empatune.cli.behaviour_models import find_different
from empatune.cli.behaviour_options import FILE, Asked, ask_about_fitting, ask_about_trials
from empatune.cli.behaviour_output import write_results
from empatune.typing import JsonObject

if TYPE_CHECKING:
    from empatune.behaviour.fitting import Fit, FitSettings
    from empatune.behaviour.model import Model
    from empatune.behaviour.recovery import ModelRecovery, ParameterRecovery
    from empatune.behaviour.trials import Trials
    from empatune.bids import Table

_SETS = {"one": 5, "several": 10}
_DRAWN = {
    "fit": "people drawn from the group that was fitted to the real trials",
    "priors": "people drawn from the models' priors",
}


@click.command()
@click.argument("models", nargs=-1, required=True, metavar="MODELS...")
@click.option("--trials", required=True, type=FILE, help="Table of trials (.csv, .tsv).")
@ask_about_trials(method_help="How simulated people are fitted.")
@click.option(
    "--drawn-from",
    type=click.Choice(["fit", "priors"]),
    default="fit",
    show_default=True,
    help="Simulated people are like those of the table, or as the models expect.",
)
@click.option("--sets", type=click.IntRange(1), show_default="5; 10 for several models",
              help="Groups that each model simulates.")  # fmt: skip
@click.option("--people", type=click.IntRange(2), show_default="as many as in the table",
              help="People in a group.")  # fmt: skip
@ask_about_fitting
def recover(
    models: tuple[str, ...], *, asked: Asked, drawn_from: str, sets: int | None, people: int | None
) -> None:
    """Simulate people on the trials of a table with MODELS, fit them, and see what comes back.

    One model: its parameters, true against fitted. Several: how often each is found when it is
    true. Where outcomes depend on choices the table must say what either would have brought
    (columns outcome_0, outcome_1). Writes tables, recover.json and report.html.

    Example: empatune recover learning learning-rates --trials trials.csv --out recovered
    """
    chosen = find_different(models)
    read = read_trials(asked.trials, chosen, asked.words)
    sources = _sources(chosen, read, asked.settings(), drawn_from)
    n_sets = sets or _SETS["one" if len(chosen) == 1 else "several"]
    found = _recovered(chosen, sources, asked, n_sets=n_sets, n_people=people)
    own: JsonObject = {"drawn_from": drawn_from, "sets": n_sets, "people": people}
    facts = _write(found, chosen, asked, own)
    click.echo(json.dumps(facts) if asked.as_json else _text(found, asked.out))


def _sources(
    models: list[Model], read: list[Trials], settings: FitSettings, drawn_from: str
) -> list[Trials | Fit]:
    """Fit the real people whom simulated ones shall be like; refuse first what cannot work."""
    from empatune.behaviour.fitting import fit
    from empatune.behaviour.simulation import check_schedule
    from empatune.behaviour.wording import counted
    from empatune.cli.stages import stages

    for model, trials in zip(models, read, strict=True):
        check_schedule(model, trials)
        check_people(trials, "eb")
    if drawn_from == "priors":
        return list(read)
    found: list[Trials | Fit] = []
    with stages(len(models)) as begin:
        for model, trials in zip(models, read, strict=True):
            begin(f"fitting {model.name} to {counted(trials.n_people, 'person', 'people')}")
            found.append(fit(model, trials, method="eb", settings=settings))
    return found


def _recovered(
    models: list[Model],
    sources: list[Trials | Fit],
    asked: Asked,
    *,
    n_sets: int,
    n_people: int | None,
) -> ParameterRecovery | ModelRecovery:
    """Simulate and fit."""
    from empatune.behaviour.recovery import recover_models, recover_parameters
    from empatune.cli.counting import counting

    with counting("simulated groups", n_sets * len(models)) as done:
        told = _first(done)
        if len(models) == 1:
            return recover_parameters(
                models[0],
                sources[0],
                n_people=n_people,
                n_sets=n_sets,
                method=asked.method,
                settings=asked.settings(),
                seed=asked.seed,
                progress=told,
            )
        return recover_models(
            models,
            sources,
            n_people=n_people,
            n_sets=n_sets,
            method=asked.method,
            settings=asked.settings(),
            seed=asked.seed,
            progress=told,
        )


def _first(done: Callable[[int], object]) -> Callable[[int, int], object]:
    """Take the number of groups that are done; the bar knows the total."""
    return lambda number, _: done(number)


def _write(
    found: ParameterRecovery | ModelRecovery, models: list[Model], asked: Asked, own: JsonObject
) -> JsonObject:
    """Write all files of a recovery together."""
    from empatune.behaviour.recovery import ParameterRecovery
    from empatune.behaviour.tables import versions
    from empatune.reports.behaviour_recovery import render_models, render_parameters

    drawn, source = _DRAWN[str(own["drawn_from"])], asked.trials.name
    if isinstance(found, ParameterRecovery):
        page = render_parameters(found, source, drawn)
    else:
        page = render_models(found, models, source, drawn)
    facts = _facts(found) | {"settings": asked.facts() | own, "versions": versions()}
    return write_results(asked, "recover.json", facts=facts, tables=_tables(found), page=page)


def _tables(found: ParameterRecovery | ModelRecovery) -> dict[str, Table]:
    from empatune.behaviour.recovery import ParameterRecovery, tables

    if isinstance(found, ParameterRecovery):
        return {
            "recovery.tsv": tables.recovery_table(found),
            "recovered_people.tsv": tables.recovered_people_table(found),
        }
    return {"confusion.tsv": tables.confusion_table(found)}


def _facts(found: ParameterRecovery | ModelRecovery) -> JsonObject:
    from empatune.behaviour.recovery import ParameterRecovery

    if isinstance(found, ParameterRecovery):
        return {
            "model": found.model.name,
            "n_people": len(found.sets),
            "n_unfitted": found.n_unfitted,
            "parameters": json.loads(found.table().to_json(orient="records")),
        }
    return {
        "models": list(found.models),
        "criterion": found.criterion,
        "confusion": found.confusion.tolist(),
        "inversion": json.loads(json.dumps(found.inversion.tolist()).replace("NaN", "null")),
        "people_confusion": found.people_confusion.tolist(),
    }


def _text(found: ParameterRecovery | ModelRecovery, folder: Path) -> str:
    from empatune.behaviour.recovery import ParameterRecovery
    from empatune.cli.listing import aligned
    from empatune.reports.behaviour_recovery import models_in_words, parameters_in_words

    if isinstance(found, ParameterRecovery):
        rows = [["parameter", "r", "rank r", "slope", "bias", "coverage"]]
        for one in found.parameters:
            measures = (one.correlation, one.rank_correlation, one.slope, one.bias, one.coverage)
            rows.append([one.parameter, *(f"{value:.3g}" for value in measures)])
        said = parameters_in_words(found)
    else:
        rows = [["true \\ found", *found.models]]
        for model, shares in zip(found.models, found.confusion, strict=True):
            rows.append([model, *(f"{share:.2f}" for share in shares)])
        said = models_in_words(found)
    return "\n".join([*aligned(rows), said, str(folder / "report.html")])
