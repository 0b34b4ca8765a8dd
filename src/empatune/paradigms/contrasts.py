"""Contrasts as weights: of the cells of a design, and of what was measured in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from empatune.errors import ParadigmError
from empatune.forms import alike
from empatune.paradigms.records import Contrast
from empatune.typing import FloatArray

if TYPE_CHECKING:
    from empatune.paradigms.paradigm import Paradigm


def find_contrast(design: Paradigm, name: str) -> Contrast:
    """Return a contrast by its name.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    name : str
        Name of the contrast.

    Returns
    -------
    Contrast
        The contrast.

    Raises
    ------
    ParadigmError
        If the paradigm has none of that name.
    """
    if name in design.contrasts:
        return design.contrasts[name]
    known = list(design.contrasts)
    raise ParadigmError(
        f"{design.name} has no contrast '{name}'.{alike(name, known)} It has: "
        f"{', '.join(known) or 'none'}."
    )


def cell_weights(design: Paradigm, name: str) -> pd.DataFrame:
    """Write a contrast as one weight for every cell of the design.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    name : str
        Name of the contrast.

    Returns
    -------
    DataFrame
        Columns group, session, condition and weight; a row for each cell that people meet. Where
        a contrast names no sessions, a condition's weight is shared by all that have it; where it
        names no groups, by all groups that have its conditions, in the shares of their people.
    """
    contrast = find_contrast(design, name)
    rows = []
    for group, share in _groups(design, contrast).items():
        for condition, weight in contrast.conditions.items():
            met = [
                session.name
                for session in design.sessions
                if condition in design.conditions_of(session, group)
            ]
            sessions = contrast.sessions or {name: 1 / len(met) for name in met}
            sessions = sessions if met else {}
            for session, part in sessions.items():
                rows.append((group, session, condition, share * weight * part))
    return pd.DataFrame(rows, columns=["group", "session", "condition", "weight"])


def people_of(design: Paradigm, contrast: Contrast) -> tuple[str, ...]:
    """Tell in which groups a contrast can be asked of each person.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    contrast : Contrast
        One of its contrasts.

    Returns
    -------
    tuple of str
        The groups that it names, or all that have its conditions in its sessions.
    """
    if contrast.groups:
        return tuple(contrast.groups)
    return tuple(group for group in design.groups if not lacking(design, contrast, group))


def lacking(design: Paradigm, contrast: Contrast, group: str) -> str:
    """Tell which cell of a contrast a group does not have.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    contrast : Contrast
        One of its contrasts.
    group : str
        The group.

    Returns
    -------
    str
        The cell in words; empty if the group has all.
    """
    met = {s.name: design.conditions_of(s, group) for s in design.sessions}
    # where nothing is compared within a person, groups may differ in what they meet
    alternatives = min(contrast.conditions.values()) > 0
    for condition in contrast.conditions:
        if alternatives and _has_another(condition, contrast, met):
            continue
        if not any(condition in names for names in met.values()):
            return f"condition {condition}"
        for session in contrast.sessions:
            if condition not in met[session]:
                return f"condition {condition} in session {session}"
    return ""


def _has_another(condition: str, contrast: Contrast, met: dict[str, tuple[str, ...]]) -> bool:
    """Tell whether a group has another condition in the place of one that it lacks."""
    mine = {name for names in met.values() for name in names} & set(contrast.conditions)
    return condition not in mine and bool(mine)


def person_values(
    design: Paradigm,
    name: str,
    trials: pd.DataFrame,
    values: ArrayLike,
    *,
    traits: dict[str, FloatArray] | None = None,
) -> pd.DataFrame:
    """Compute a contrast for every person, from one value a trial.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    name : str
        Name of the contrast.
    trials : DataFrame
        What `Paradigm.draw` gave.
    values : array_like, shape (n_trials,)
        What was measured in each trial; NaN where nothing was.
    traits : dict of str to ndarray, shape (n_people,), optional
        Traits of all people in the order of the table, for a contrast by one of them.

    Returns
    -------
    DataFrame
        Columns participant, group, value (weighted mean of the person's cells, over conditions
        and sessions), weight (of the group) and by (the person's trait or feature, or NaN).

    Raises
    ------
    ParadigmError
        If there is no such contrast, or the trait that it needs is not given.
    """
    contrast = find_contrast(design, name)
    keys = ["participant", "group", "condition", *(["session"] if contrast.sessions else [])]
    used = trials["condition"].isin(list(contrast.conditions))
    if contrast.sessions:
        used &= trials["session"].isin(list(contrast.sessions))
    used &= trials["group"].isin(list(people_of(design, contrast)))
    table = trials.loc[used, keys].assign(value=np.asarray(values, dtype=float)[used.to_numpy()])
    means = table.groupby(keys, observed=True)["value"].mean().reset_index()
    weight = means["condition"].astype(str).map(contrast.conditions).to_numpy(dtype=float)
    if contrast.sessions:
        weight *= means["session"].astype(str).map(contrast.sessions).to_numpy(dtype=float)
    means["value"] *= weight
    people = means.groupby(["participant", "group"], observed=True)["value"]
    found = people.sum(min_count=1).reset_index()
    groups = found["group"].astype(str)
    found["weight"] = groups.map(contrast.groups).astype(float) if contrast.groups else 1.0
    found["by"] = _by(design, contrast, trials, found["participant"], traits or {})
    return found


def _groups(design: Paradigm, contrast: Contrast) -> dict[str, float]:
    if contrast.groups:
        return dict(contrast.groups)
    names = people_of(design, contrast)
    total = sum(design.groups[name].n for name in names)
    return {name: design.groups[name].n / total for name in names}


def _by(
    design: Paradigm,
    contrast: Contrast,
    trials: pd.DataFrame,
    people: pd.Series[str],
    traits: dict[str, FloatArray],
) -> FloatArray:
    name = contrast.by
    if name is None:
        return np.full(len(people), np.nan)
    owners = [one for one, target in design.targets.items() if name in target.draws]
    if name in traits:
        known = pd.Series(traits[name], index=trials["participant"].cat.categories)
    elif name in trials.columns:
        drawn = trials[trials["target"].isin(owners)] if owners else trials
        known = drawn.groupby("participant", observed=False)[name].mean()
    else:
        raise ParadigmError(
            f"The contrast needs the trait '{name}' of every person, which is not given."
        )
    return np.asarray(known.reindex(people.astype(str)), dtype=np.float64)
