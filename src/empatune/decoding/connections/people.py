"""Connections over people: a group's means and what people's differences go with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from empatune.bids import Cell, Column, Table, with_sidecars
from empatune.connectivity.comparison.search import Search, search
from empatune.connectivity.group.design import Design, design_group
from empatune.connectivity.group.empirical_bayes import GroupFit, fit_group
from empatune.connectivity.posterior import Posterior
from empatune.decoding.connections.recordings import read_table
from empatune.decoding.connections.study import read_fits
from empatune.errors import DecodingError, UsageError
from empatune.files import write_together
from empatune.forms import alike
from empatune.typing import FloatArray, JsonObject

if TYPE_CHECKING:
    from empatune.decoding.connections.outputs import Entry

EFFECTS, SHRUNK = "effects.tsv", "people.tsv"
"""Tables of a group."""

_PERSON = ("participant_id", "participant")
"""Columns that tell people apart: that of BIDS, and that of fits of behaviour."""

_MISSING = ("n/a", "", "NaN", "nan")
_EFFECTS = (
    Column(name="effect", description="mean of the group, or what people differ in"),
    Column(name="parameter", description="Connection, modulation or drive"),
    Column(name="mean", description="Posterior mean of the full model"),
    Column(name="sd", description="Posterior standard deviation of the full model"),
    Column(name="average", description="Mean averaged over models without some parameters"),
    Column(name="average_sd", description="Standard deviation of that average"),
    Column(name="probability", description="Probability that the parameter is needed"),
)
_PEOPLE = (
    Column(name="participant", description="Label of the participant"),
    Column(name="parameter", description="Connection, modulation or drive"),
    Column(name="mean", description="Posterior mean in the light of the group"),
    Column(name="sd", description="Posterior standard deviation in the light of the group"),
    Column(name="alone", description="Posterior mean of the participant's own fit"),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """Connections of a group.

    Parameters
    ----------
    network : str
        The network.
    participants : tuple of str
        Whose fits they are of, in the order of the design.
    left_out : dict of str to str
        Who is not among them, and why.
    own : tuple of Posterior
        Their own fits.
    group : GroupFit
        Effects, and participants shrunk to the group.
    searched : Search
        Which effects are needed.
    """

    network: str
    participants: tuple[str, ...]
    left_out: Mapping[str, str]
    own: tuple[Posterior, ...]
    group: GroupFit
    searched: Search


def fit_people(
    folder: Path,
    *,
    network: str = "",
    run: str = "",
    covariates: Sequence[str] = (),
    table: Path | None = None,
    fields: Sequence[str] = (),
) -> People:
    """
    Fit a group over the fits of a study.

    Parameters
    ----------
    folder : Path
        What `empatune.decoding.connections.study.fit_study` made.
    network : str
        Which network; may be left out if there is one.
    run : str
        Which of several recordings a person has.
    covariates : sequence of str
        Columns of the table of participants: numbers, or words of which each but the first is
        compared with the first.
    table : Path, optional
        Table of participants, with a column ``participant_id``, or ``participant`` as in the
        parameters of a fit of behaviour.
    fields : sequence of str
        Parameters that vary over people; connections and modulations if not given.

    Returns
    -------
    People
        Effects and people.

    Raises
    ------
    ConnectivityError
        If there are too few people, or a field or the design cannot be used.
    DecodingError
        If there is no study, or people have several fits.
    UsageError
        If the table lacks a column or a person.
    """
    fits = read_fits(folder, network=network)
    names = tuple(dict.fromkeys(entry.network for entry, _ in fits))
    if len(names) != 1:
        raise UsageError(
            f"{folder} has fits of {', '.join(names) or 'no network'}: name one (--network)."
        )
    chosen = {entry.participant: fit for entry, fit in fits if run in ("", entry.run)}
    _check_single([entry for entry, _ in fits if run in ("", entry.run)], run)
    values, left_out = _covariates(tuple(chosen), covariates, table)
    people = tuple(who for who in chosen if who not in left_out)
    if len(people) <= len(covariates):
        raise UsageError(
            f"{len(people)} people of {folder} are in the table of participants with what was "
            f"asked for ({', '.join(covariates)}); {1 + len(covariates)} effects need at least as many "
            f"people. Left out: {', '.join(left_out) or 'nobody'}."
        )
    own = tuple(chosen[who].posterior for who in people)
    design = _design(people, values)
    group = fit_group(own, design, fields=tuple(fields) or _usual(own))
    return People(
        network=names[0],
        participants=people,
        left_out=left_out,
        own=own,
        group=group,
        searched=search(group.posterior),
    )


def write_people(folder: Path, found: People) -> None:
    """
    Write the tables of a group.

    Parameters
    ----------
    folder : Path
        Where they go.
    found : People
        From `fit_people`.
    """
    notes: JsonObject = {
        "Network": found.network,
        "Participants": list(found.participants),
        "LeftOut": dict(found.left_out),
        "Effects": list(found.group.design.effects),
        "FreeEnergy": found.group.free_energy,
        "Status": found.group.status,
    }
    tables = {
        EFFECTS: Table(columns=_EFFECTS, rows=effect_rows(found), notes=notes),
        SHRUNK: Table(columns=_PEOPLE, rows=_people_rows(found), notes=notes),
    }
    write_together(with_sidecars({folder / name: table for name, table in tables.items()}))


def effect_table(found: People) -> Table:
    """
    Give the effects of a group as a table.

    Parameters
    ----------
    found : People
        From `fit_people`.

    Returns
    -------
    Table
        One row an effect and parameter.
    """
    return Table(columns=_EFFECTS, rows=effect_rows(found))


def effect_rows(found: People) -> list[list[Cell]]:
    """
    Give the rows of the table of effects.

    Parameters
    ----------
    found : People
        From `fit_people`.

    Returns
    -------
    list of list
        Effect, parameter, means, deviations, probability.
    """
    full, searched = found.group.posterior, found.searched
    columns = (full.mean, full.sd, searched.average.mean, searched.average.sd, searched.probability)
    pairs = [
        (effect, parameter)
        for effect in found.group.design.effects
        for parameter in found.group.parameters
    ]
    return [[*pair, *map(float, values)] for pair, *values in zip(pairs, *columns, strict=True)]


def _people_rows(found: People) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for who, own, shrunk in zip(
        found.participants, found.own, found.group.participants, strict=True
    ):
        for name in found.group.parameters:
            place = shrunk.names.index(name)
            rows.append(
                [
                    who,
                    name,
                    float(shrunk.mean[place]),
                    float(shrunk.sd[place]),
                    float(own.mean[place]),
                ]
            )
    return rows


def _usual(own: Sequence[Posterior]) -> tuple[str, ...]:
    """Take connections, and modulations where there are any."""
    if not own:
        return ("A",)
    free = [name for name, is_free in zip(own[0].names, own[0].free, strict=True) if is_free]
    return tuple(field for field in ("A", "B") if any(name.startswith(field) for name in free))


def _check_single(entries: Sequence[Entry], run: str) -> None:
    runs: dict[str, list[str]] = {}
    for entry in entries:
        runs.setdefault(entry.participant, []).append(entry.run)
    if not runs:
        raise DecodingError(f"Nobody has a fit of the run '{run}'. Look at status.tsv.")
    several = {who: labels for who, labels in runs.items() if len(labels) > 1}
    if several:
        who, labels = next(iter(several.items()))
        raise DecodingError(
            f"sub-{who} has {len(labels)} fits ({', '.join(labels)}); a group takes one a person. "
            "Choose one (--run), or join the runs (fit with --per person)."
        )


def _covariates(
    people: tuple[str, ...], names: Sequence[str], path: Path | None
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Read what people differ in; who lacks a value is left out."""
    if not names:
        return {}, {}
    if path is None:
        raise UsageError("--covariate needs the table of participants: --participants FILE.")
    table = read_table(path)
    headers = list(next(iter(table), {}))
    key = next((name for name in _PERSON if name in headers), None)
    if key is None:
        raise UsageError(f"{path} has no column {_PERSON[0]}; it has {', '.join(headers)}.")
    rows = {row[key].removeprefix("sub-"): row for row in table}
    for name in names:
        if name not in headers:
            raise UsageError(
                f"{path} has no column '{name}'; it has {', '.join(headers)}.{alike(name, headers)}"
            )
    left_out = {}
    for who in people:
        if who not in rows:
            left_out[who] = f"is not in {path.name}"
            continue
        lacking = [name for name in names if rows[who][name] in _MISSING]
        if lacking:
            left_out[who] = f"has no {', '.join(lacking)}"
    kept = [who for who in people if who not in left_out]
    return {name: [rows[who][name] for who in kept] for name in names}, left_out


def _design(people: tuple[str, ...], values: Mapping[str, Sequence[str]]) -> Design:
    columns: dict[str, FloatArray] = {}
    for name, cells in values.items():
        numbers = _numbers(cells)
        if numbers is not None:
            columns[name] = numbers
            continue
        levels = sorted(set(cells))
        if len(levels) > max(2, len(people) // 2):
            raise UsageError(
                f"The column '{name}' has {len(levels)} different words for {len(people)} people: "
                "it is no covariate. Give numbers, or a few groups."
            )
        for level in levels[1:]:
            chosen = np.array([float(cell == level) for cell in cells])
            columns[f"{name}: {level} - {levels[0]}"] = chosen
    return design_group(len(people), columns)


def _numbers(cells: Sequence[str]) -> FloatArray | None:
    try:
        numbers = np.array([float(cell) for cell in cells])
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None
