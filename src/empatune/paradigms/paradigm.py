"""A paradigm: an experiment as a design, with all that can be said of it before it is run."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from empatune.errors import ParadigmError
from empatune.paradigms import drawing
from empatune.paradigms.consistency import DesignContradictionError, contradictions
from empatune.paradigms.records import (
    Condition,
    Contrast,
    Evidence,
    Group,
    Identity,
    Response,
    Session,
    Target,
    Timing,
)
from empatune.typing import FloatArray

EVERYONE = "everyone"
"""The group of a design that names none."""

ONLY = "only"
"""The session of a design that names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paradigm:
    """An experiment as its file gives it, with defaults filled in.

    Parameters
    ----------
    paradigm : Identity
        What it is, and how large.
    evidence : Evidence
        Where the figures come from.
    conditions : dict of str to Condition
        Kinds of trials.
    timing : Timing
        How trials follow one another.
    groups : dict of str to Group
        People who are treated alike; one of all people if there is none.
    sessions : tuple of Session
        Visits in their order; one if there is none.
    targets : dict of str to Target
        Whom conditions are about.
    responses : dict of str to Response
        What is asked, chosen or measured.
    contrasts : dict of str to Contrast
        What the experiment is about.

    Raises
    ------
    ParadigmError
        If the tables contradict each other.
    """

    paradigm: Identity
    evidence: Evidence
    conditions: dict[str, Condition]
    timing: Timing
    groups: dict[str, Group] = field(default_factory=dict)
    sessions: tuple[Session, ...] = ()
    targets: dict[str, Target] = field(default_factory=dict)
    responses: dict[str, Response] = field(default_factory=dict)
    contrasts: dict[str, Contrast] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.groups:
            object.__setattr__(self, "groups", {EVERYONE: Group(n=self.paradigm.participants)})
        if not self.sessions:
            object.__setattr__(self, "sessions", (Session(name=ONLY),))
        found = contradictions(self)
        if found:
            raise DesignContradictionError(found)

    @property
    def name(self) -> str:
        """The name by which it is called."""
        return self.paradigm.name

    @property
    def participants(self) -> int:
        """How many people take part."""
        return self.paradigm.participants

    @property
    def scanned(self) -> bool:
        """Whether people are scanned."""
        return self.paradigm.tr_s is not None

    def session(self, name: str) -> Session:
        """Return a session by its name.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        Session
            The session.

        Raises
        ------
        ParadigmError
            If there is none of that name.
        """
        for session in self.sessions:
            if session.name == name:
                return session
        known = ", ".join(session.name for session in self.sessions)
        raise ParadigmError(f"{self.name} has no session '{name}'. It has: {known}.")

    def conditions_of(self, session: Session, group: str) -> tuple[str, ...]:
        """Tell which conditions a group has in a session.

        Parameters
        ----------
        session : Session
            The session.
        group : str
            The group.

        Returns
        -------
        tuple of str
            Their names, in the order of the file.
        """
        return tuple(
            name
            for name, condition in self.conditions.items()
            if (not session.conditions or name in session.conditions)
            and (not condition.groups or group in condition.groups)
        )

    def runs_of(self, session: Session) -> int:
        """Tell how many runs a session has.

        Parameters
        ----------
        session : Session
            The session.

        Returns
        -------
        int
            Its own number, or that of the paradigm.
        """
        return session.runs if session.runs is not None else self.paradigm.runs

    def likeness(self) -> FloatArray:
        """Tell how alike the targets are.

        Returns
        -------
        ndarray, shape (n_targets, n_targets)
            From 0 to 1, in the order of the file; 1 on the diagonal.
        """
        names = list(self.targets)
        found = np.eye(len(names))
        for row, name in enumerate(names):
            for other, value in self.targets[name].alike.items():
                column = names.index(other)
                found[row, column] = found[column, row] = value
        return found

    def draw(self, n: int | None = None, seed: int = 0) -> pd.DataFrame:
        """Draw the trials of n people.

        Parameters
        ----------
        n : int, optional
            How many people; those of the paradigm if not given. Groups keep their shares.
        seed : int
            Seed of orders, pauses, and of all features that vary.

        Returns
        -------
        DataFrame
            A row a trial, in the order in which each person meets them; see
            ``docs/reference/paradigm-file.md`` for the columns.

        Raises
        ------
        ParadigmError
            If there are fewer people than groups.
        """
        return drawing.draw(self, n, seed=seed)
