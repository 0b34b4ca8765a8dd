"""Events of runs as a table: a row a phase."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from empatune.core import FEATURES
from empatune.errors import ParadigmError
from empatune.paradigms.records import Condition, Group, Phase, Session, Target
from empatune.typing import Array, BoolArray, IntArray

if TYPE_CHECKING:
    from empatune.paradigms.paradigm import Paradigm

_PLACE = ["participant", "group", "session", "run", "trial"]


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


def context_columns(design: Paradigm) -> list[str]:
    """List the columns of events that tell of the context.

    Parameters
    ----------
    design : Paradigm
        The paradigm.

    Returns
    -------
    list of str
        Those that differ from nothing in some trial.
    """
    conditions = design.conditions.values()
    extra = {
        "target": bool(design.targets),
        "cue": any(one.cue for one in conditions),
        "outcome": any(one.outcome for one in conditions),
        "feedback": any(one.feedback for one in conditions),
    }
    return [*(name for name, there in extra.items() if there), *features_used(design)]


def met_in(design: Paradigm, phase: Phase) -> Iterable[str]:
    """List the conditions that have a phase.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    phase : Phase
        One of its phases.

    Returns
    -------
    iterable of str
        Their names.
    """
    return phase.conditions or design.conditions


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
    kept = [*_PLACE, "condition", *context_columns(design)]
    home, asked = _home(design, trials), _asked(design, trials)
    parts = []
    for place, phase in enumerate(design.timing.phases):
        lasting = trials[f"duration_{phase.name}"].to_numpy()
        rows = np.flatnonzero(lasting > 0)
        part = trials.iloc[rows][kept].copy()
        names = {name: regressor_of(design, name, phase) for name in met_in(design, phase)}
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
