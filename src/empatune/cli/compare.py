"""``empatune compare``: models of behaviour, compared on the same trials."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from empatune.cli.behaviour_input import check_people, read_trials
from empatune.cli.behaviour_models import find_different
from empatune.cli.behaviour_options import FILE, Asked, ask_about_fitting, ask_about_trials
from empatune.cli.behaviour_output import write_results
from empatune.errors import UsageError
from empatune.typing import JsonObject

if TYPE_CHECKING:
    from empatune.behaviour.comparison import Comparison
    from empatune.behaviour.fitting import Fit
    from empatune.behaviour.model import Model
    from empatune.reports.behaviour_comparison import ComparisonMaterial


@click.command()
@click.argument("models", nargs=-1, required=True, metavar="MODELS...")
@click.option("--trials", required=True, type=FILE, help="Table of trials (.csv, .tsv).")
@ask_about_trials()
@click.option(
    "--criterion",
    help="What decides, where a method has several: integrated-bic or laplace (eb, map), bic or "
    "aic (ml), loo or waic (nuts); the first if not given. All are told.",
)
@ask_about_fitting
def compare(models: tuple[str, ...], *, asked: Asked, criterion: str | None) -> None:
    """Fit MODELS to the same trials and compare them: all people, and each.

    MODELS are names (empatune models list) or your own, FILE.py:NAME. Writes comparison.tsv,
    people.tsv (each person's criterion and best model), parameters of each model, compare.json and
    report.html.

    Example: empatune compare learning learning-rates --trials trials.csv --out compared
    """
    from empatune.behaviour.fitting.methods import n_parts
    from empatune.cli.stages import stages

    if len(models) < 2:
        raise UsageError("A comparison needs two models or more: empatune models list.")
    chosen, ordered = find_different(models), _ordered(asked.method, criterion)
    with stages(len(chosen) * (1 + n_parts(asked.method)) + 2) as begin:
        fits = _fitted(chosen, asked, begin)
        begin("comparing")
        comparisons = _compared(fits, ordered, asked.seed)
        begin("drawing the page")
        material = _material(fits, comparisons, asked, models)
        facts = _write(material, asked)
    click.echo(json.dumps(facts) if asked.as_json else _text(material, asked.out))


def _ordered(method: str, criterion: str | None) -> list[str]:
    """Name the criteria of a method, the one that decides first."""
    from empatune.behaviour.comparison import criteria_of, find_criterion

    known = [one.name for one in criteria_of(method)]  # type: ignore[arg-type]
    if criterion is None:
        return known
    name = find_criterion(criterion).name
    if name not in known:
        raise UsageError(
            f"--criterion {name} is not defined for --method {method}; there it can be "
            f"{', '.join(known)}."
        )
    return [name, *(one for one in known if one != name)]


def _fitted(models: list[Model], asked: Asked, begin: Callable[[str], None]) -> list[Fit]:
    """Fit every model."""
    from empatune.behaviour.fitting import fit
    from empatune.behaviour.wording import counted

    fits, read = [], read_trials(asked.trials, models, asked.words)
    for model, trials in zip(models, read, strict=True):
        check_people(trials, asked.method)
        begin(f"fitting {model.name} to {counted(trials.n_people, 'person', 'people')}")
        settings, method = asked.settings(), asked.method
        fits.append(fit(model, trials, method=method, settings=settings, progress=begin))
    return fits


def _compared(fits: list[Fit], criteria: list[str], seed: int) -> list[Comparison]:
    from empatune.behaviour.comparison import compare as compare_fits

    return [compare_fits(fits, criterion=one, seed=seed) for one in criteria]


def _material(
    fits: list[Fit], comparisons: list[Comparison], asked: Asked, given: tuple[str, ...]
) -> ComparisonMaterial:
    """Put together what the page rests on."""
    from empatune.reports.behaviour_comparison import ComparisonMaterial

    return ComparisonMaterial(
        fits=tuple(fits),
        comparisons=tuple(comparisons),
        source=asked.trials.name,
        given=tuple(shlex.quote(word) for word in given),
    )


def _write(material: ComparisonMaterial, asked: Asked) -> JsonObject:
    """Write all files of a comparison together."""
    from empatune.behaviour.comparison.tables import comparison_table, winner_table
    from empatune.behaviour.tables import parameter_table, versions
    from empatune.reports.behaviour_comparison import render_comparison

    fits, comparisons = material.fits, material.comparisons
    first = comparisons[0]
    tables = {
        "comparison.tsv": comparison_table(comparisons),
        "people.tsv": winner_table(first),
        **{f"{fit.model.name}_parameters.tsv": parameter_table(fit) for fit in fits},
    }
    facts: JsonObject = {
        "criterion": first.criterion.name,
        "best": first.best,
        "models": [_told(comparisons, fit) for fit in fits],
        "n_people": len(first.people),
        "left_out": [
            {"participant": one.participant, "reason": one.reason} for one in first.left_out
        ],
        "cautions": list(dict.fromkeys(said for one in comparisons for said in one.cautions)),
        "settings": asked.facts(),
        "versions": versions(),
    }
    page = render_comparison(material)
    return write_results(asked, "compare.json", facts=facts, tables=tables, page=page)


def _told(comparisons: Sequence[Comparison], fit: Fit) -> JsonObject:
    """Tell what every criterion says of a model."""
    first = comparisons[0]
    place = first.models.index(fit.model.name)
    random = first.random_effects
    criteria: JsonObject = {one.criterion.name: float(one.total[place]) for one in comparisons}
    return {
        "name": fit.model.name,
        "n_parameters": first.n_parameters[place],
        "criteria": criteria,
        "difference": float(first.difference[place]),
        "n_best": first.winners.count(fit.model.name),
        "frequency": float(random.frequency[place]),
        "exceedance": float(random.exceedance[place]),
        "protected_exceedance": float(random.protected[place]),
        "log_likelihood": float(fit.log_likelihood.sum()),
        "cautions": list(fit.cautions),
    }


def _text(material: ComparisonMaterial, folder: Path) -> str:
    from empatune.cli.listing import aligned
    from empatune.reports.behaviour_comparison import verdict

    comparisons = material.comparisons
    first = comparisons[0]
    head = [
        "model",
        *(one.criterion.name for one in comparisons),
        "behind",
        "best for",
        "protected",
    ]
    rows = [head]
    for place in first.total.argsort():
        model = first.models[place]
        rows.append(
            [
                model,
                *(f"{one.total[place]:.2f}" for one in comparisons),
                f"{first.difference[place]:.2f}",
                str(first.winners.count(model)),
                f"{first.random_effects.protected[place]:.3f}",
            ]
        )
    lines = [*aligned(rows), verdict(first)]
    lines += [f"left out: {one.participant}: {one.reason}." for one in first.left_out]
    lines += [f"caution: {one}" for one in first.cautions]
    (best,) = (fit for fit in material.fits if fit.model.name == first.best)
    lines += [f"caution: {first.best}: {one}" for one in best.cautions]
    return "\n".join([*lines, str(folder / "report.html")])
