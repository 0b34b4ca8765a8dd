"""``empatune fit``: a model of behaviour, fitted to people's trials."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from empatune.cli.behaviour_input import (
    FILE,
    FOLDER,
    Words,
    by_sessions,
    check_folder,
    fitting_options,
    naming_options,
    read_design,
    read_table,
)
from empatune.cli.behaviour_models import find
from empatune.cli.fit_views import fit_in_words
from empatune.errors import BehaviourError, UsageError
from empatune.typing import JsonObject

if TYPE_CHECKING:
    from empatune.behaviour.bridges import Whose
    from empatune.behaviour.fitting import Fit, FitSettings
    from empatune.behaviour.model import Model
    from empatune.behaviour.trials import Trials
    from empatune.reports.behaviour_material import FitMaterial


@click.command()
@click.argument("model", metavar="MODEL")
@click.argument("trials", type=FILE, metavar="TRIALS")
@click.option("--out", required=True, type=FOLDER, help="Folder for tables and page.")
@naming_options
@click.option(
    "--method",
    type=click.Choice(["eb", "nuts", "map", "ml"]),
    default="eb",
    show_default=True,
    help="Empirical Bayes; full sampling; each alone with a prior, or without.",
)
@click.option("--people", type=FILE, help="Table of people with covariates (eb, nuts).")
@click.option("--covariates", default="", help="Its columns, such as age,group (eb, nuts).")
@click.option("--correlated", is_flag=True, help="Let parameters correlate over people (eb, nuts).")
@click.option(
    "--by-session",
    is_flag=True,
    help="Give each session parameters of its own, which correlate: test-retest.",
)
@click.option(
    "--trialwise",
    type=click.Choice(["own", "group"]),
    default="own",
    show_default=True,
    help="Whose parameters make trials.tsv: each person's own, or the group's for all.",
)
@fitting_options
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def fit(
    model: str,
    trials: Path,
    *,
    out: Path,
    columns: tuple[str, ...],
    labels: tuple[str, ...],
    scale: tuple[str, ...],
    method: str,
    people: Path | None,
    covariates: str,
    correlated: bool,
    by_session: bool,
    trialwise: str,
    starts: int | None,
    seed: int,
    chains: int,
    warmup: int,
    draws: int,
    as_json: bool,
) -> None:
    """Fit MODEL to TRIALS, a table (.csv, .tsv) with a row a trial.

    MODEL is a name (empatune models list) or your own, FILE.py:NAME. A missed trial is a row
    with an empty response. Writes parameters.tsv (people), group.tsv, trials.tsv (values and
    prediction errors), fit.json, posterior.nc (nuts) and report.html.

    Example: empatune fit learning-rates trials.csv --columns participant=subject --out fit
    """
    from empatune.behaviour.fitting import FitSettings
    from empatune.cli.stages import stages

    folder, chosen = check_folder(out), find(model)
    words = Words(columns=columns, labels=labels, scale=scale)
    with stages(4) as begin:
        chosen, read, person = _read(chosen, trials, words, by_session=by_session)
        settings = FitSettings(
            design=read_design(people, covariates, person),
            correlated=correlated or (by_session and method in ("eb", "nuts")),
            n_starts=starts,
            n_chains=chains,
            n_warmup=warmup,
            n_draws=draws,
            seed=seed,
        )
        found = _fitted(chosen, read, method, settings, begin)
        asked: JsonObject = {
            "trials": str(trials),
            "columns": list(columns),
            "labels": list(labels),
            "scale": list(scale),
            "people": str(people) if people else None,
            "covariates": covariates or None,
            "correlated": correlated,
            "by_session": by_session,
            "trialwise": trialwise,
            "starts": starts,
            "seed": seed,
        }
        if method == "nuts":
            asked |= {"chains": chains, "warmup": warmup, "draws": draws}
        facts = _write(found, folder, asked, trials, settings, begin)
    click.echo(json.dumps(facts) if as_json else fit_in_words(found, folder))


def _read(model: Model, path: Path, words: Words, *, by_session: bool) -> tuple[Model, Trials, str]:
    """Read the trials; give the model as asked, and the table's name of people too."""
    from empatune.behaviour.trials import PERSON, trials_of

    naming = words.naming([model])
    person = naming.of(PERSON)
    table = read_table(path, person)
    if by_session:
        model = by_sessions(model, table, naming)
    return model, trials_of(table, model, naming=naming), person


def _fitted(
    model: Model,
    trials: Trials,
    method: str,
    settings: FitSettings,
    begin: Callable[[str], None],
) -> Fit:
    """Fit the model."""
    from empatune.behaviour.fitting import fit as fit_model

    check_people(trials, method)
    begin(f"fitting {model.name} to {trials.n_people} people")
    return fit_model(model, trials, method=method, settings=settings)  # type: ignore[arg-type]


def check_people(trials: Trials, method: str) -> None:
    """
    Refuse to learn a group from one person, with what to do instead.

    Parameters
    ----------
    trials : Trials
        The trials.
    method : str
        How they shall be fitted.

    Raises
    ------
    UsageError
        If there is one person, and the method learns people from their group.
    """
    if method in ("eb", "nuts") and trials.n_people < 2:
        raise UsageError(
            f"There is one participant ({trials.people[0]}), and --method {method} learns people "
            f"from their group. Fit one person with --method map (or ml)."
        )


def _write(
    found: Fit,
    folder: Path,
    asked: JsonObject,
    source: Path,
    settings: FitSettings,
    begin: Callable[[str], None],
) -> JsonObject:
    """Write all files of a fit together."""
    from empatune.behaviour.checking.tables import check_table
    from empatune.behaviour.tables import (
        facts_of,
        group_table,
        parameter_table,
        quantity_table,
        reliability_table,
    )
    from empatune.bids import with_sidecars
    from empatune.files import checksum, write_together
    from empatune.reports.behaviour_report import render_fit

    whose: Whose = "group" if asked["trialwise"] == "group" else "own"
    begin("trial by trial")
    tables = {
        folder / "parameters.tsv": parameter_table(found),
        folder / "group.tsv": group_table(found),
        folder / "trials.tsv": quantity_table(found, whose),
    }
    begin("simulating its people")
    material = _material(found, settings, source)
    if material.checks is not None:
        tables[folder / "checks.tsv"] = check_table(material.checks)
    if material.reliability:
        tables[folder / "reliability.tsv"] = reliability_table(material.reliability)
    begin("drawing the page")
    files: dict[Path, str | bytes] = dict(with_sidecars(tables, escaped=False))
    if found.draws is not None:
        files[folder / "posterior.nc"] = _netcdf(found)
    facts = facts_of(found) | {"settings": asked, "trials_sha256": checksum(source)}
    names = [path.name for path in files]
    facts |= {"files": [str(folder / name) for name in (*names, "fit.json", "report.html")]}
    files[folder / "fit.json"] = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    files[folder / "report.html"] = render_fit(material)
    write_together(files)
    return facts


def _material(found: Fit, settings: FitSettings, source: Path) -> FitMaterial:
    """Compute what the page needs to judge a fit."""
    from empatune.behaviour.checking import accuracy, check
    from empatune.behaviour.fitting.reliability import reliability_of
    from empatune.reports.behaviour_material import FitMaterial

    checks, why = None, ""
    try:
        checks = check(found, seed=settings.seed)
    except BehaviourError as problem:  # outcomes of choices that were not made are not known
        why = str(problem)
    sessions = _sessions(found.model)
    return FitMaterial(
        fit=found,
        source=source.name,
        checks=checks,
        why_unchecked=why,
        accuracy=accuracy(found),
        reliability=reliability_of(found, sessions) if sessions else (),
        sessions=sessions or (),
    )


def _sessions(model: Model) -> tuple[str, str] | None:
    """Give the first and last session of a model whose parameters are each session's own."""
    for column in model.columns:
        if column.name == "session" and f"{model.names[0]}".endswith(f"_{column.levels[0]}"):
            return column.levels[0], column.levels[-1]
    return None


def _netcdf(found: Fit) -> bytes:
    """Give posterior samples as a file's content."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / "posterior.nc"
        found.draws.to_netcdf(str(path))
        return path.read_bytes()
