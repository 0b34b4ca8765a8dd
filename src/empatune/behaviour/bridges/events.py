"""Trial-wise quantities as columns of BIDS events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from empatune.behaviour.bridges.own_or_group import Whose, parameters_of
from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.quantities import trial_table
from empatune.errors import BehaviourError
from empatune.typing import BoolArray

if TYPE_CHECKING:
    import pandas as pd

TYPE = "trial_type"
"""The column of events that tells kinds apart."""

PLACES = ("participant", "row")
"""Columns of trial-wise quantities that say whose and where, and are none."""


def quantities_for(
    fit: Fit,
    participant: str,
    *,
    whose: Whose = "own",
    table: pd.DataFrame | None = None,
    keys: Sequence[str] = (),
) -> pd.DataFrame:
    """
    Give what the model makes of one person's trials.

    Parameters
    ----------
    fit : Fit
        What was found.
    participant : str
        Who, with or without ``sub-``.
    whose : {'own', 'group'}
        Whose parameters.
    table : pandas.DataFrame, optional
        The table of trials that was fitted, for keys.
    keys : sequence of str
        Its columns that tell trials apart, to be compared with those of events.

    Returns
    -------
    pandas.DataFrame
        A row a trial in the order in which they happened: keys, probability of the response,
        values, prediction errors; empty where there was no response.

    Raises
    ------
    BehaviourError
        If nobody of that name was fitted, or the table has no such key.
    """
    bare = [person.removeprefix("sub-") for person in fit.people]
    wanted = participant.removeprefix("sub-")
    if wanted not in bare:
        raise BehaviourError(
            f"Participant {participant} was not fitted. Fitted: {', '.join(fit.people[:8])}"
            f"{', ...' if len(bare) > 8 else ''}."
        )
    place = bare.index(wanted)
    own = {name: values[[place]] for name, values in parameters_of(fit, whose).items()}
    made = trial_table(fit.model, own, fit.trials.take([place]))
    made.insert(2, "probability", np.exp(made.pop("log_probability")))
    return keyed(made, table, keys)


def keyed(made: pd.DataFrame, table: pd.DataFrame | None, keys: Sequence[str]) -> pd.DataFrame:
    """
    Put keys of the trials beside what a model made of them.

    Parameters
    ----------
    made : pandas.DataFrame
        Quantities with the place (``row``) of each trial in the table.
    table : pandas.DataFrame or None
        The table that was fitted.
    keys : sequence of str
        Its columns.

    Returns
    -------
    pandas.DataFrame
        The same with keys.

    Raises
    ------
    BehaviourError
        If the table is not given, or is not the one that was fitted.
    """
    if not keys:
        return made
    if table is None:
        raise BehaviourError(f"Keys {', '.join(keys)} need the table of trials that was fitted.")
    absent = [key for key in keys if key not in table.columns]
    if absent:
        raise BehaviourError(
            f"The table of trials has no column {', '.join(absent)}; it has "
            f"{', '.join(map(str, table.columns))}."
        )
    if made["row"].max() >= len(table):
        raise BehaviourError(
            f"The table of trials has {len(table)} rows and the fit knows row "
            f"{int(made['row'].max())}: it is not the table that was fitted."
        )
    return made.assign(**{key: table[key].to_numpy()[made["row"].to_numpy()] for key in keys})


def with_quantities(
    runs: Sequence[pd.DataFrame],
    made: pd.DataFrame,
    *,
    trial_types: Sequence[str] = (),
    quantities: Sequence[str] = (),
    keys: Sequence[str] = (),
) -> list[pd.DataFrame]:
    """
    Put quantities beside the events of one person's runs.

    Trials are matched by their order over all runs, or by keys. Either way there must be as many
    events of these types as trials.

    Parameters
    ----------
    runs : sequence of pandas.DataFrame
        Events of each run, in the order in which they were done.
    made : pandas.DataFrame
        The person's quantities, as ``quantities_for`` gives them.
    trial_types : sequence of str
        Types of the events that get quantities, one event a trial; all events if none is given.
    quantities : sequence of str
        Which quantities (a value at the cue, a prediction error at the outcome); all if none is
        given.
    keys : sequence of str
        Columns that events and quantities share and that tell trials apart (run, trial).

    Returns
    -------
    list of pandas.DataFrame
        The events with a column a quantity, empty in other events and where there was no response.

    Raises
    ------
    BehaviourError
        If events and trials do not match.
    """
    import pandas as pd

    joined = pd.concat([one.assign(_run=number) for number, one in enumerate(runs)])
    joined = joined.reset_index(drop=True)
    chosen = _chosen(joined, trial_types)
    _same_number(chosen, made, trial_types)
    order = _by_keys(joined[chosen], made, keys) if keys else list(range(len(made)))
    for name in _named(quantities, quantities_in(made, keys)):
        column = joined[name].to_numpy(float) if name in joined else np.full(len(joined), np.nan)
        column = column.copy()
        column[chosen] = made[name].to_numpy(float)[order]
        joined[name] = column
    return [
        joined[joined["_run"] == number].drop(columns="_run").reset_index(drop=True)
        for number in range(len(runs))
    ]


def quantities_in(made: pd.DataFrame, keys: Sequence[str] = ()) -> list[str]:
    """
    List the quantities of a table.

    Parameters
    ----------
    made : pandas.DataFrame
        A person's quantities.
    keys : sequence of str
        Columns that are none.

    Returns
    -------
    list of str
        Their names.
    """
    return [name for name in made.columns if name not in (*PLACES, *keys)]


def _named(quantities: Sequence[str], known: Sequence[str]) -> Sequence[str]:
    """Refuse quantities that are not there."""
    absent = [name for name in quantities if name not in known]
    if absent:
        raise BehaviourError(
            f"The fit has no quantity {', '.join(absent)}; it has {', '.join(known)}."
        )
    return quantities or known


def _chosen(events: pd.DataFrame, trial_types: Sequence[str]) -> BoolArray:
    """Tell which events are trials."""
    if not trial_types:
        return np.ones(len(events), bool)
    if TYPE not in events:
        raise BehaviourError(
            f"The events have no column {TYPE}, so {', '.join(trial_types)} cannot be found. They "
            f"have: {', '.join(events.columns.drop('_run'))}."
        )
    types = events[TYPE].astype(str)
    if not types.isin(trial_types).any():
        raise BehaviourError(
            f"No event is of type {', '.join(trial_types)}. Types: {', '.join(sorted(set(types)))}."
        )
    chosen: BoolArray = types.isin(trial_types).to_numpy()
    return chosen


def _same_number(chosen: BoolArray, made: pd.DataFrame, trial_types: Sequence[str]) -> None:
    """Refuse events that are more or fewer than trials."""
    if int(chosen.sum()) == len(made):
        return
    said = f"events of type {', '.join(trial_types)}" if trial_types else "events"
    raise BehaviourError(
        f"There are {int(chosen.sum())} {said} and {len(made)} trials of "
        f"{made['participant'].iloc[0]}. Name the types that hold each trial once (--at), "
        f"give the events of all runs, and keep missed trials in the table, with an empty response."
    )


def _by_keys(events: pd.DataFrame, made: pd.DataFrame, keys: Sequence[str]) -> list[int]:
    """Find the trial of each event by keys."""
    sides: list[list[tuple[str, ...]]] = []
    for table, whose in ((events, "events"), (made, "trials")):
        absent = [key for key in keys if key not in table.columns]
        if absent:
            raise BehaviourError(f"The {whose} have no column {', '.join(absent)} to match by.")
        words = [tuple(map(_word, row)) for row in table[list(keys)].itertuples(index=False)]
        twice = next((word for word, n in Counter(words).items() if n > 1), None)
        if twice:
            raise BehaviourError(
                f"{_said(keys, twice)} is there more than once in the {whose}. Add a key that "
                f"tells these apart."
            )
        sides.append(words)
    places = {word: place for place, word in enumerate(sides[1])}
    strangers = [word for word in sides[0] if word not in places]
    if strangers:
        raise BehaviourError(
            f"{len(strangers)} events have no trial, the first {_said(keys, strangers[0])}."
        )
    return [places[word] for word in sides[0]]


def _word(cell: object) -> str:
    """Write a key so that 1, 1.0 and 01 are the same."""
    try:
        number = float(str(cell))
    except ValueError:
        return str(cell).strip()
    return str(int(number)) if number.is_integer() else str(number)


def _said(keys: Sequence[str], word: Sequence[str]) -> str:
    return ", ".join(f"{key} {one}" for key, one in zip(keys, word, strict=True))
