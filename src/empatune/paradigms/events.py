"""Events of runs: a row a phase, and a whole design written as BIDS."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from empatune.bids import VERSION, Column, Dataset, Entities, Table, label
from empatune.core import FEATURES
from empatune.errors import ParadigmError
from empatune.paradigms.records import Condition, Group, Phase, Session, Target
from empatune.typing import Array, BoolArray, IntArray, JsonObject

if TYPE_CHECKING:
    from empatune.paradigms.paradigm import Paradigm

MAKER = "empatune paradigms"
_PLACE = ["participant", "group", "session", "run", "trial"]
_TIMES = ["onset", "duration", "trial_type"]
_MOST = 9  # digits kept of a time: far below a millisecond, without the noise of binary numbers


def regressor_of(design: Paradigm, condition: str, phase: Phase) -> str:
    """Tell by which name a phase of a condition is modelled.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    condition : str
        One of its conditions.
    phase : Phase
        One of its phases.

    Returns
    -------
    str
        The condition for its first modelled phase, condition and phase for others that are
        modelled, and the phase alone for what all conditions share.
    """
    if not phase.modelled:
        return phase.name
    first = modelled_phases(design, condition)[0]
    return condition if phase.name == first.name else f"{condition}_{phase.name}"


def modelled_phases(design: Paradigm, condition: str) -> list[Phase]:
    """List the phases that get a regressor for a condition.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    condition : str
        One of its conditions.

    Returns
    -------
    list of Phase
        In their order.
    """
    return [
        phase
        for phase in design.timing.phases
        if phase.modelled and (not phase.conditions or condition in phase.conditions)
    ]


def features_used(design: Paradigm) -> list[str]:
    """List the features that a paradigm gives any value.

    Parameters
    ----------
    design : Paradigm
        The paradigm.

    Returns
    -------
    list of str
        In the order of the vocabulary.
    """
    entries: list[Group | Target | Condition | Session] = [
        *design.groups.values(),
        *design.targets.values(),
        *design.conditions.values(),
        *design.sessions,
    ]
    given = {name for entry in entries for name in (*entry.features, *entry.draws)}
    return [feature.name for feature in FEATURES if feature.name in given]


def events(
    design: Paradigm, trials: pd.DataFrame, *, answers: Mapping[str, Array] | None = None
) -> pd.DataFrame:
    """Write trials as events: a row for every phase that lasts.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    trials : DataFrame
        What `Paradigm.draw` gave.
    answers : mapping of str to ndarray, shape (n_rows,), optional
        What was answered on each trial, by response. Stands once a trial, in the row that is
        modelled, so that it is found beside the brain's response; where none is, in the first.

    Returns
    -------
    DataFrame
        Columns onset and duration [s], trial_type (the condition in its first modelled phase,
        condition and phase in others that are modelled, else the phase), phase, where it
        belongs, the context, and answers.
    """
    kept = [*_PLACE, "condition", *_context_columns(design)]
    home, asked = _home(design, trials), _asked(design, trials)
    parts = []
    for place, phase in enumerate(design.timing.phases):
        lasting = trials[f"duration_{phase.name}"].to_numpy()
        rows = np.flatnonzero(lasting > 0)
        part = trials.iloc[rows][kept].copy()
        names = {name: regressor_of(design, name, phase) for name in _met_in(design, phase)}
        part.insert(0, "phase", phase.name)
        part.insert(0, "trial_type", part["condition"].astype(str).map(names))
        part.insert(0, "duration", lasting[rows])
        part.insert(0, "onset", trials[f"onset_{phase.name}"].to_numpy()[rows])
        for name, values in (answers or {}).items():
            here = (home[rows] == place) & asked[name][rows]
            column = np.full(len(rows), None, dtype=object)
            column[here] = values[rows][here]
            part[answer_column(name)] = column
        parts.append(part.assign(_trial=rows, _place=place))
    whole = pd.concat(parts).sort_values(["_trial", "_place"], kind="stable")
    return whole.drop(columns=["_trial", "_place"]).reset_index(drop=True)


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


def _home(design: Paradigm, trials: pd.DataFrame) -> IntArray:
    """Tell in which phase of each trial its answers stand."""
    names = [phase.name for phase in design.timing.phases]
    columns = [f"duration_{name}" for name in names]
    lasting: BoolArray = trials[columns].to_numpy(dtype=float) > 0
    modelled = lasting & [phase.modelled for phase in design.timing.phases]
    either = np.where(modelled.any(axis=1, keepdims=True), modelled, lasting)
    return np.asarray(either.argmax(axis=1), dtype=np.int64)


def _asked(design: Paradigm, trials: pd.DataFrame) -> dict[str, BoolArray]:
    """Tell on which trials each response is asked for."""
    found = {name: np.zeros(len(trials), dtype=bool) for name in design.responses}
    for phase in design.timing.phases:
        if phase.response is not None:
            found[phase.response] |= trials[f"duration_{phase.name}"].to_numpy() > 0
    return found


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


def answer_column(response: str) -> str:
    """Name the column of events that holds what was answered.

    Parameters
    ----------
    response : str
        A response of the paradigm.

    Returns
    -------
    str
        Its column; a name of its own, because responses may be called as features are.
    """
    return f"response_{response}"


def _met_in(design: Paradigm, phase: Phase) -> Iterable[str]:
    return phase.conditions or design.conditions


def _context_columns(design: Paradigm) -> list[str]:
    conditions = design.conditions.values()
    extra = {
        "target": bool(design.targets),
        "cue": any(one.cue for one in conditions),
        "outcome": any(one.outcome for one in conditions),
        "feedback": any(one.feedback for one in conditions),
    }
    return [*(name for name, there in extra.items() if there), *features_used(design)]


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
            if name in _met_in(design, phase):
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
            for name in _context_columns(design)
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


def check_scanned(design: Paradigm) -> float:
    """Return the repetition time of a paradigm that has one.

    Parameters
    ----------
    design : Paradigm
        The paradigm.

    Returns
    -------
    float
        Repetition time [s].

    Raises
    ------
    ParadigmError
        If nobody is scanned.
    """
    if design.paradigm.tr_s is None:
        raise ParadigmError(
            f"In {design.name} nobody is scanned, so that there are no regressors. Give "
            "paradigm.tr_s, or ask for the events alone."
        )
    return design.paradigm.tr_s
