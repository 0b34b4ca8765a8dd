"""Events of a whole design written as BIDS, with what every column means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from empatune.bids import VERSION, Column, Dataset, Entities, Table, label
from empatune.core import FEATURES
from empatune.paradigms.events import (
    answer_column,
    context_columns,
    events,
    met_in,
    regressor_of,
)
from empatune.typing import Array, JsonObject

if TYPE_CHECKING:
    from empatune.paradigms.paradigm import Paradigm

MAKER = "empatune paradigms"
_MOST = 9  # digits kept of a time: far below a millisecond, without the noise of binary numbers


def write_events(
    design: Paradigm,
    folder: Path,
    *,
    n: int | None = None,
    seed: int = 0,
    progress: Callable[[int], object] | None = None,
) -> list[Path]:
    """Write the events of n people as a BIDS data set, all files or none.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    folder : Path
        The data set; made if it is not there.
    n : int, optional
        How many people; those of the paradigm if not given.
    seed : int
        Seed of the draw.
    progress : callable, optional
        Is told how many people's events have been written.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    ParadigmError
        If there are fewer people than groups.
    ExportError
        If the folder holds something else, or cannot be written.
    """
    trials = design.draw(n, seed)
    with Dataset(folder, maker=MAKER) as data:
        data.json(PurePosixPath("dataset_description.json"), _description(design))
        data.text(PurePosixPath("README"), _readme(design, seed))
        data.table(PurePosixPath("participants.tsv"), participants(design, trials))
        add_events(data, design, trials, progress=progress)
        return [folder / path for path in data.commit()]


def add_events(
    data: Dataset,
    design: Paradigm,
    trials: pd.DataFrame,
    *,
    answers: Mapping[str, Array] | None = None,
    progress: Callable[[int], object] | None = None,
) -> None:
    """Add the events of all runs, and what their columns mean.

    Parameters
    ----------
    data : Dataset
        Where they go.
    design : Paradigm
        The paradigm.
    trials : DataFrame
        What `Paradigm.draw` gave.
    answers : mapping of str to ndarray, shape (n_rows,), optional
        What was answered on each trial, by response.
    progress : callable, optional
        Is told how many people's events have been written.
    """
    columns = _columns(design) + [_answer(design, name) for name in answers or {}]
    sidecar = Table(columns=columns, rows=[]).to_json()
    data.json(PurePosixPath(f"task-{label(design.name)}_events.json"), sidecar)
    for done, path, table in _tables(design, trials, answers, columns):
        data.text(path, table.to_tsv())
        if progress is not None:
            progress(done)


def run_entities(design: Paradigm, person: str, session: str, run: int) -> Entities:
    """Tell how the files of a run are called.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    person : str
        Label of the participant.
    session : str
        Name of the session.
    run : int
        Number of the run.

    Returns
    -------
    Entities
        Without session or run where there is only one.
    """
    return Entities(
        subject=person,
        task=label(design.name),
        session=label(session) if len(design.sessions) > 1 else "",
        run=str(run) if design.runs_of(design.session(session)) > 1 else "",
    )


def participants(
    design: Paradigm, trials: pd.DataFrame, *, traits: Mapping[str, Array] | None = None
) -> Table:
    """List who takes part.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    trials : DataFrame
        What `Paradigm.draw` gave.
    traits : mapping of str to ndarray, shape (n_people,), optional
        Questionnaires [standard deviations].

    Returns
    -------
    Table
        A row a person.
    """
    firsts = trials.groupby("participant", observed=True, sort=False).first()
    levels = {name: group.meaning or name for name, group in design.groups.items()}
    columns = [
        Column(name="participant_id", description="number of the drawn person"),
        Column(name="group", description="how the person is treated", levels=levels),
    ]
    rows: list[list[str | float]] = [
        [f"sub-{person}", str(group)] for person, group in firsts["group"].items()
    ]
    for name, values in (traits or {}).items():
        about = f"questionnaire of {name}"
        columns.append(Column(name=name.replace(" ", "_"), description=about, units="SD"))
        for row, value in zip(rows, values, strict=True):
            row.append(round(float(value), 3))
    return Table(columns=columns, rows=rows)


def _tables(
    design: Paradigm,
    trials: pd.DataFrame,
    answers: Mapping[str, Array] | None,
    columns: list[Column],
) -> Iterator[tuple[int, PurePosixPath, Table]]:
    """Write run after run, each with the number of people so far."""
    whole = events(design, trials, answers=answers)
    names = [column.name for column in columns]
    keys = ["participant", "session", "run"]
    people: set[str] = set()
    for (person, session, run), rows in whole.groupby(keys, observed=True, sort=False):
        people.add(str(person))
        entities = run_entities(design, str(person), str(session), run)
        path = entities.path("events", ".tsv")
        if not design.scanned:
            path = path.parent.parent / "beh" / path.name
        cells = [tuple(map(_cell, row)) for row in rows[names].itertuples(index=False)]
        yield len(people), path, Table(columns=columns, rows=cells)


def _cell(value: object) -> str | int | float | None:
    if isinstance(value, float):
        return None if np.isnan(value) else round(float(value), _MOST)
    return value if value is None or isinstance(value, str | int) else str(value)


def _columns(design: Paradigm) -> list[Column]:
    conditions = {
        name: one.meaning.strip() or name.replace("_", " ")
        for name, one in design.conditions.items()
    }
    types = dict(conditions)
    for name in conditions:
        for phase in design.timing.phases:
            if name in met_in(design, phase):
                key = regressor_of(design, name, phase)
                types.setdefault(key, key.replace("_", " "))
    targets = {name: one.meaning.strip() or name for name, one in design.targets.items()}
    meanings = {feature.name: feature.meaning for feature in FEATURES}
    known = {
        "target": Column(name="target", description="whom it is about", levels=targets),
        "cue": Column(name="cue", description="the sign that announces what happens"),
        "outcome": Column(
            name="outcome", description="what the target turns out to do: -1 unkind, 1 kind"
        ),
        "feedback": Column(
            name="feedback", description="1 the own state is shown, -1 another's, 0 none"
        ),
    }
    return [
        Column(name="onset", description="start, from the first volume", units="s"),
        Column(name="duration", description="how long it lasts", units="s"),
        Column(name="trial_type", description="what is modelled together", levels=types),
        Column(name="phase", description="part of the trial"),
        Column(name="trial", description="number of the trial in the run"),
        Column(name="condition", description="kind of trial", levels=conditions),
        *(
            known.get(name) or Column(name=name, description=meanings[name])
            for name in context_columns(design)
        ),
    ]


def _answer(design: Paradigm, name: str) -> Column:
    response = design.responses[name]
    asked = response.question.strip() or name.replace("_", " ")
    if response.options:
        levels = {option: option for option in response.options}
        return Column(name=answer_column(name), description=asked, levels=levels)
    return Column(
        name=answer_column(name),
        description=f"{asked} From {response.low:g} to {response.high:g}.",
    )


def _description(design: Paradigm) -> JsonObject:
    links: list[str] = [f"https://doi.org/{design.paradigm.doi}"] if design.paradigm.doi else []
    return {
        "Name": f"Design only, nobody took part: {design.paradigm.title}",
        "BIDSVersion": VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [{"Name": MAKER}],
        "ReferencesAndLinks": [design.paradigm.source, *links],
    }


def _readme(design: Paradigm, seed: int) -> str:
    facts = [
        f"Events drawn from the paradigm {design.name} with seed {seed}; nobody took part.",
        f"After: {design.paradigm.source}.",
        design.paradigm.notes.strip(),
    ]
    return "\n\n".join(fact for fact in facts if fact) + "\n"
