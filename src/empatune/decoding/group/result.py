"""What the group level found: frozen records, their tables, and how they are saved."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from empatune.bids import Column, Table, with_sidecars
from empatune.decoding.group.columns import COLUMNS
from empatune.decoding.group.contrast import Contrast
from empatune.decoding.group.coverage import Coverage
from empatune.decoding.group.effects import Choice, Interval
from empatune.decoding.group.models import ModelFit
from empatune.decoding.group.settings import GroupSettings
from empatune.decoding.group.sides import Design
from empatune.decoding.group.table import Exclusion
from empatune.decoding.group.targets import OffTarget
from empatune.errors import DecodingError
from empatune.files import write_together
from empatune.typing import JsonObject

SUMMARY = "group.json"
"""Everything in one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One contrast in one signature or system.

    Parameters
    ----------
    contrast : str
        The contrast.
    name : str
        The signature or system.
    kind : str
        ``signature`` or ``system``; correction reaches over one kind.
    measure : str
        What the score is.
    design : Design
        Whether people have both sides or one.
    n_people : int
        People that count.
    n_plus, n_minus : int
        Of these, people who have the positive and the negative side.
    n_trials : int
        Trials that count.
    mean_plus, mean_minus : float
        Means over people [score].
    fit : ModelFit
        The multilevel model.
    d : Interval
        Effect size: d_z within people, d_s between.
    choice : Choice
        Two-alternative forced choice.
    p_permutation : float
        By permutation of people, without correction.
    p_max_t : float
        The same, corrected over all of its kind by the largest statistic.
    p_fdr : float
        The model's p, corrected over all of its kind for the false discovery rate.
    n_permutations : int
        Permutations, the data as they are among them.
    exact : bool
        Whether these are all that exist.
    """

    contrast: str
    name: str
    kind: str
    measure: str
    design: Design
    n_people: int
    n_plus: int
    n_minus: int
    n_trials: int
    mean_plus: float
    mean_minus: float
    fit: ModelFit
    d: Interval
    choice: Choice
    p_permutation: float
    p_max_t: float
    p_fdr: float
    n_permutations: int
    exact: bool

    @property
    def d_name(self) -> str:
        """Which effect size it is."""
        return "d_z" if self.design == "within" else "d_s"

    def flat(self) -> dict[str, Any]:
        """Return the effect as one row.

        Returns
        -------
        dict
            Values by the names of the columns of ``effects.tsv``.
        """
        row: dict[str, Any] = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in ("fit", "d", "choice")
        }
        row |= {field.name: getattr(self.fit, field.name) for field in fields(self.fit)}
        row |= {"effect_size": self.d_name, "d": self.d.value}
        row |= {"d_low": self.d.low, "d_high": self.d.high}
        accuracy = self.choice.accuracy
        row |= {"accuracy": accuracy.value, "accuracy_low": accuracy.low}
        row |= {"accuracy_high": accuracy.high, "accuracy_p": self.choice.p}
        return row


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonScore:
    """One person's means in one contrast and signature.

    Parameters
    ----------
    contrast : str
        The contrast.
    participant : str
        The person.
    name : str
        The signature or system.
    kind : str
        ``signature`` or ``system``.
    plus, minus : float
        Means of both sides [score]; NaN for the side that a person of another group has.
    difference : float
        Positive minus negative side [score].
    n_plus, n_minus : int
        Trials of both sides.
    """

    contrast: str
    participant: str
    name: str
    kind: str
    plus: float
    minus: float
    difference: float
    n_plus: int
    n_minus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A run that could not be decoded.

    Parameters
    ----------
    run : str
        Its BIDS name, such as ``sub-01_task-stories_run-2``.
    why : str
        What went wrong.
    """

    run: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupResult:
    """What the group level found.

    Parameters
    ----------
    settings : GroupSettings
        How it was done.
    contrasts : tuple of Contrast
        What was compared.
    n_people, n_runs, n_trials : int
        What the trial table holds.
    tasks : tuple of str
        Its tasks.
    effects : tuple of Effect
        Every contrast in every signature and system.
    people : tuple of PersonScore
        The means on which they rest.
    off_targets : tuple of OffTarget
        Every signature beside every other.
    coverage : tuple of Coverage
        How much of the signatures the images cover.
    exclusions : tuple of Exclusion
        What was left out, and why.
    failures : tuple of Failure
        Runs that could not be decoded.
    software : dict of str to str
        Versions.
    """

    settings: GroupSettings
    contrasts: tuple[Contrast, ...]
    n_people: int
    n_runs: int
    n_trials: int
    tasks: tuple[str, ...]
    effects: tuple[Effect, ...]
    people: tuple[PersonScore, ...]
    off_targets: tuple[OffTarget, ...]
    coverage: tuple[Coverage, ...]
    exclusions: tuple[Exclusion, ...]
    failures: tuple[Failure, ...]
    software: dict[str, str]

    @property
    def names(self) -> dict[str, str]:
        """The kind of every signature and system, in the order of the table."""
        return {entry.name: entry.kind for entry in self.coverage}

    def of(self, contrast: str) -> tuple[Effect, ...]:
        """Return the effects of one contrast.

        Parameters
        ----------
        contrast : str
            Its name.

        Returns
        -------
        tuple of Effect
            One a signature and system.
        """
        return tuple(effect for effect in self.effects if effect.contrast == contrast)

    def tables(self) -> dict[str, Table]:
        """Return every table.

        Returns
        -------
        dict of str to Table
            By its name: effects, people, off_targets, coverage, exclusions, failures.
        """
        return {
            "effects": _table([effect.flat() for effect in self.effects], "effects"),
            "people": _table(_rows(self.people), "people"),
            "off_targets": _table(_rows(self.off_targets), "off_targets"),
            "coverage": _table(_rows(self.coverage), "coverage"),
            "exclusions": _table(_rows(self.exclusions), "exclusions"),
            "failures": _table(_rows(self.failures), "failures"),
        }

    def to_json(self) -> JsonObject:
        """Return everything as one JSON object.

        Returns
        -------
        dict
            Numbers that are not known are null.
        """
        found: JsonObject = _known(asdict(self))
        for place, contrast in enumerate(self.contrasts):
            found["contrasts"][place]["name"] = contrast.name  # type: ignore[index,call-overload]
        return found

    def save(self, folder: Path) -> tuple[Path, ...]:
        """Write the tables with their sidecars, and everything as JSON.

        Parameters
        ----------
        folder : Path
            Where to; it is made if it does not exist. Files of those names are replaced.

        Returns
        -------
        tuple of Path
            What was written, the JSON file first.

        Raises
        ------
        DecodingError
            If it cannot be written; no file is left half.
        """
        told = json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n"
        contents = {folder / SUMMARY: told}
        contents |= with_sidecars({folder / f"{n}.tsv": t for n, t in self.tables().items()})
        try:
            write_together(contents)
        except OSError as problem:
            raise DecodingError(
                f"The group result cannot be written to {folder}: {problem}. Nothing was decoded "
                "in vain: make room or name another folder, and run the group level again."
            ) from None
        return tuple(contents)


def _rows(records: Sequence[Any]) -> list[dict[str, Any]]:
    return [asdict(record) for record in records]


def _table(rows: list[dict[str, Any]], name: str) -> Table:
    columns = [
        Column(name=key, description=words, units=units) for key, words, units in COLUMNS[name]
    ]
    return Table(columns=columns, rows=[[row[c.name] for c in columns] for row in rows])


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _known(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_known(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
