"""``empatune compare``: models of behaviour, compared on the same trials."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from empatune.cli.behaviour_input import (
    FILE,
    FOLDER,
    Words,
    check_folder,
    fitting_options,
    naming_options,
    read_trials,
)
from empatune.cli.behaviour_models import find_different
from empatune.errors import UsageError
from empatune.typing import JsonObject

if TYPE_CHECKING:
    from empatune.behaviour.comparison import Comparison
    from empatune.behaviour.fitting import Fit
    from empatune.behaviour.model import Model


@click.command()
@click.argument("models", nargs=-1, required=True, metavar="MODELS...")
@click.option("--trials", required=True, type=FILE, help="Table of trials (.csv, .tsv).")
@click.option("--out", required=True, type=FOLDER, help="Folder for tables and page.")
@naming_options
@click.option(
    "--method",
    type=click.Choice(["eb", "nuts", "map", "ml"]),
    default="eb",
    show_default=True,
    help="Empirical Bayes; full sampling; each alone with a prior, or without.",
)
@click.option(
    "--criterion",
    help="What decides, where a method has several: integrated-bic or laplace (eb, map), bic or "
    "aic (ml), loo or waic (nuts); the first if not given. All are told.",
)
@fitting_options
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def compare(
    models: tuple[str, ...],
    *,
    trials: Path,
    out: Path,
    columns: tuple[str, ...],
    labels: tuple[str, ...],
    scale: tuple[str, ...],
    method: str,
    criterion: str | None,
    starts: int | None,
    seed: int,
    chains: int,
    warmup: int,
    draws: int,
    as_json: bool,
) -> None:
    """Fit MODELS to the same trials and compare them: all people, and each.

    MODELS are names (empatune models list) or your own, FILE.py:NAME. Writes comparison.tsv,
    people.tsv (each person's criterion and best model), parameters of each model, compare.json and
    report.html.

    Example: empatune compare learning learning-rates --trials trials.csv --out compared
    """
    from empatune.behaviour.fitting import FitSettings
    from empatune.cli.stages import stages

    if len(models) < 2:
        raise UsageError("A comparison needs two models or more: empatune models list.")
    folder, chosen = check_folder(out), find_different(models)
    settings = FitSettings(
        n_starts=starts, n_chains=chains, n_warmup=warmup, n_draws=draws, seed=seed
    )
    words = Words(columns=columns, labels=labels, scale=scale)
    ordered = _ordered(method, criterion)
    with stages(len(chosen) + 2) as begin:
        fits = _fitted(chosen, trials, words, method, settings, begin)
        begin("comparing")
        comparisons = _compared(fits, ordered, seed)
        begin("drawing the page")
        asked: JsonObject = {
            "models": list(models),
            "trials": str(trials),
            "columns": list(columns),
            "labels": list(labels),
            "scale": list(scale),
            "method": method,
            "starts": starts,
            "seed": seed,
        }
        facts = _write(fits, comparisons, folder, asked, trials, given=models)
    click.echo(json.dumps(facts) if as_json else _text(fits, comparisons, folder))


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


def _fitted(
    models: list[Model],
    source: Path,
    words: Words,
    method: str,
    settings: Any,
    begin: Callable[[str], None],
) -> list[Fit]:
    """Fit every model."""
    from empatune.behaviour.fitting import fit
    from empatune.cli.fit import check_people

    fits = []
    for model, trials in zip(models, read_trials(source, models, words), strict=True):
        check_people(trials, method)
        begin(f"fitting {model.name} to {trials.n_people} people")
        fits.append(fit(model, trials, method=method, settings=settings))  # type: ignore[arg-type]
    return fits


def _compared(fits: list[Fit], criteria: list[str], seed: int) -> list[Comparison]:
    from empatune.behaviour.comparison import compare as compare_fits

    return [compare_fits(fits, criterion=one, seed=seed) for one in criteria]


def _write(
    fits: list[Fit],
    comparisons: list[Comparison],
    folder: Path,
    asked: JsonObject,
    source: Path,
    *,
    given: tuple[str, ...],
) -> JsonObject:
    """Write all files of a comparison together."""
    from empatune.behaviour.comparison.tables import comparison_table, winner_table
    from empatune.behaviour.tables import parameter_table, versions
    from empatune.bids import with_sidecars
    from empatune.files import checksum, write_together
    from empatune.reports.behaviour_comparison import ComparisonMaterial, render_comparison

    first = comparisons[0]
    tables = {
        folder / "comparison.tsv": comparison_table(comparisons),
        folder / "people.tsv": winner_table(first),
        **{folder / f"{fit.model.name}_parameters.tsv": parameter_table(fit) for fit in fits},
    }
    files: dict[Path, str | bytes] = dict(with_sidecars(tables, escaped=False))
    names = [*(path.name for path in files), "compare.json", "report.html"]
    facts: JsonObject = {
        "criterion": first.criterion.name,
        "best": first.best,
        "models": [_told(comparisons, fit) for fit in fits],
        "n_people": len(first.people),
        "left_out": [
            {"participant": one.participant, "reason": one.reason} for one in first.left_out
        ],
        "cautions": list(dict.fromkeys(said for one in comparisons for said in one.cautions)),
        "settings": asked,
        "trials_sha256": checksum(source),
        "versions": versions(),
        "files": [str(folder / name) for name in names],
    }
    files[folder / "compare.json"] = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    material = ComparisonMaterial(
        fits=tuple(fits), comparisons=tuple(comparisons), source=source.name, given=given
    )
    files[folder / "report.html"] = render_comparison(material)
    write_together(files)
    return facts


def _told(comparisons: list[Comparison], fit: Fit) -> JsonObject:
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


def _text(fits: list[Fit], comparisons: list[Comparison], folder: Path) -> str:
    from empatune.cli.listing import aligned
    from empatune.reports.behaviour_comparison import verdict

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
    (best,) = (fit for fit in fits if fit.model.name == first.best)
    lines += [f"caution: {first.best}: {one}" for one in best.cautions]
    return "\n".join([*lines, str(folder / "report.html")])
