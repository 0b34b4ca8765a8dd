"""``empatune fit``: a model of behaviour, fitted to people's trials."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from empatune.cli.behaviour_input import by_sessions, check_people, read_design, read_table
from empatune.cli.behaviour_models import find
from empatune.cli.behaviour_options import FILE, Asked, ask_about_fitting, ask_about_trials
from empatune.cli.behaviour_output import write_results
from empatune.cli.fit_views import fit_in_words
from empatune.errors import BehaviourError
from empatune.typing import JsonObject

if TYPE_CHECKING:
    from empatune.behaviour.bridges import Whose
    from empatune.behaviour.fitting import Fit
    from empatune.behaviour.model import Model
    from empatune.behaviour.trials import Trials
    from empatune.reports.behaviour_material import FitMaterial


@click.command()
@click.argument("model", metavar="MODEL")
@click.argument("trials", type=FILE, metavar="TRIALS")
@ask_about_trials()
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
@ask_about_fitting
def fit(
    model: str,
    *,
    asked: Asked,
    people: Path | None,
    covariates: str,
    correlated: bool,
    by_session: bool,
    trialwise: Whose,
) -> None:
    """Fit MODEL to TRIALS, a table (.csv, .tsv) with a row a trial.

    MODEL is a name (empatune models list) or your own, FILE.py:NAME. A missed trial is a row
    with an empty response. Writes parameters.tsv (people), group.tsv, trials.tsv (values and
    prediction errors), fit.json, posterior.nc (nuts) and report.html.

    Example: empatune fit learning-rates trials.csv --columns participant=subject --out fit
    """
    from empatune.behaviour.fitting import fit as fit_model
    from empatune.behaviour.fitting.methods import n_parts
    from empatune.behaviour.wording import counted
    from empatune.cli.stages import stages

    chosen = find(model)
    own: JsonObject = {
        "people": str(people) if people else None,
        "covariates": covariates or None,
        "correlated": correlated,
        "by_session": by_session,
        "trialwise": trialwise,
    }
    with stages(4 + n_parts(asked.method)) as begin:
        chosen, read, person = _read(chosen, asked, by_session=by_session)
        check_people(read, asked.method)
        settings = asked.settings(
            design=read_design(people, covariates, person),
            correlated=correlated or (by_session and asked.method in ("eb", "nuts")),
        )
        begin(f"fitting {chosen.name} to {counted(read.n_people, 'person', 'people')}")
        found = fit_model(chosen, read, method=asked.method, settings=settings, progress=begin)
        facts = _write(found, asked, asked.facts() | own, begin)
    click.echo(json.dumps(facts) if asked.as_json else fit_in_words(found, asked.out))


def _read(model: Model, asked: Asked, *, by_session: bool) -> tuple[Model, Trials, str]:
    """Read the trials; give the model as asked, and the table's name of people too."""
    from empatune.behaviour.trials import PERSON, trials_of

    naming = asked.words.naming([model])
    person = naming.of(PERSON)
    table = read_table(asked.trials, person)
    if by_session:
        model = by_sessions(model, table, naming)
    return model, trials_of(table, model, naming=naming), person


def _write(
    found: Fit, asked: Asked, settings: JsonObject, begin: Callable[[str], None]
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
    from empatune.reports.behaviour_report import render_fit

    begin("trial by trial")
    whose: Whose = "group" if settings["trialwise"] == "group" else "own"
    tables = {
        "parameters.tsv": parameter_table(found),
        "group.tsv": group_table(found),
        "trials.tsv": quantity_table(found, whose),
    }
    begin("simulating its people")
    material = _material(found, asked)
    if material.checks is not None:
        tables["checks.tsv"] = check_table(material.checks)
    if material.reliability:
        tables["reliability.tsv"] = reliability_table(material.reliability)
    begin("drawing the page")
    return write_results(
        asked,
        "fit.json",
        facts=facts_of(found) | {"settings": settings},
        tables=tables,
        page=render_fit(material),
        others={"posterior.nc": _netcdf(found)} if found.draws is not None else {},
    )


def _material(found: Fit, asked: Asked) -> FitMaterial:
    """Compute what the page needs to judge a fit."""
    from empatune.behaviour.checking import accuracy, check
    from empatune.behaviour.fitting.reliability import reliability_of
    from empatune.reports.behaviour_material import FitMaterial

    checks, why = None, ""
    try:
        checks = check(found, seed=asked.seed)
    except BehaviourError as problem:  # outcomes of choices that were not made are not known
        why = str(problem)
    sessions = _sessions(found.model)
    return FitMaterial(
        fit=found,
        source=asked.trials.name,
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
