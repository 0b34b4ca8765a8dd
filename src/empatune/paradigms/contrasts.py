"""Contrasts as weights of the cells of a design."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from empatune.errors import ParadigmError
from empatune.forms import alike
from empatune.paradigms.records import Contrast

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


def _groups(design: Paradigm, contrast: Contrast) -> dict[str, float]:
    if contrast.groups:
        return dict(contrast.groups)
    names = people_of(design, contrast)
    total = sum(design.groups[name].n for name in names)
    return {name: design.groups[name].n / total for name in names}
