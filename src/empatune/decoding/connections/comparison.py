"""Networks compared over people by their evidence, and families of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from empatune.bids import Cell, Column, Table, with_sidecars
from empatune.connectivity.comparison.families import RandomFamilies, compare_families_random
from empatune.decoding.connections.outputs import EVIDENCE
from empatune.decoding.connections.recordings import read_table
from empatune.decoding.connections.study import read_entries
from empatune.errors import DecodingError, UsageError
from empatune.files import write_together
from empatune.forms import alike
from empatune.numerics.model_selection import (
    FixedEffects,
    RandomEffects,
    select_fixed,
    select_random,
)
from empatune.typing import FloatArray, JsonObject

COMPARISON, FAMILIES = "comparison.tsv", "families.tsv"
"""Tables of a comparison."""

_SHARES = (
    Column(name="frequency", description="Expected share of people whose model it is"),
    Column(name="exceedance", description="Probability that no other is as frequent"),
    Column(
        name="protected",
        description="The same, with the chance that all are equally frequent",
    ),
)
_NETWORKS = (
    Column(name="network", description="Name of the network"),
    Column(
        name="log_evidence",
        description="Summed over people, above that of the worst network",
        units="nat",
    ),
    Column(name="fixed_probability", description="Probability if everybody has the same network"),
    *_SHARES,
)
_FAMILIES = (
    Column(name="family", description="Name of the family"),
    Column(name="networks", description="The networks in it"),
    *_SHARES,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Networks compared over people.

    Parameters
    ----------
    participants : tuple of str
        People with a fit of every network.
    left_out : dict of str to str
        People without, and why.
    log_evidence : ndarray, shape (n_participants, n_networks)
        Free energies, summed over the recordings of a person [nats].
    fixed : FixedEffects
        If everybody has the same network.
    random : RandomEffects
        If people may differ.
    families : RandomFamilies or None
        Families, where there are any.
    members : dict of str to tuple of str
        Networks by family.
    """

    participants: tuple[str, ...]
    left_out: Mapping[str, str]
    log_evidence: FloatArray
    fixed: FixedEffects
    random: RandomEffects
    families: RandomFamilies | None
    members: Mapping[str, tuple[str, ...]]


def compare(
    folder: Path,
    *,
    families: Mapping[str, tuple[str, ...]] | None = None,
    rng: np.random.Generator,
) -> Comparison:
    """
    Compare the networks of a study.

    Parameters
    ----------
    folder : Path
        What `empatune.decoding.connections.study.fit_study` made.
    families : dict of str to tuple of str, optional
        Networks by family; each network in exactly one.
    rng : numpy.random.Generator
        Where chance comes from in families.

    Returns
    -------
    Comparison
        Probabilities of networks and families.

    Raises
    ------
    DecodingError
        If there are fewer than two networks, or nobody has a fit of each.
    UsageError
        If families do not fit the networks.
    """
    entries = read_entries(folder)
    done = [entry for entry in entries if entry.told.status != "failed"]
    networks = tuple(dict.fromkeys(entry.network for entry in done))
    if len(networks) < 2:
        raise DecodingError(
            f"{folder} has fits of {', '.join(networks) or 'no network'} alone ({len(entries) - len(done)} "
            f"of its {len(entries)} fits failed: see status.tsv); a comparison needs "
            "two networks or more. Write them into one file and fit again."
        )
    energies = {
        (row["participant"], row["run"], row["network"]): float(row["free_energy"])
        for row in read_table(folder / EVIDENCE)
    }
    left_out: dict[str, str] = {}
    rows: dict[str, FloatArray] = {}
    for entry in entries:
        who = entry.participant
        if entry.key not in energies:
            left_out.setdefault(who, f"{entry.network}, {entry.run}: {entry.told.why or 'no fit'}")
            continue
        rows.setdefault(who, np.zeros(len(networks)))
        rows[who][networks.index(entry.network)] += energies[entry.key]
    people = tuple(who for who in rows if who not in left_out)
    if not people:
        first = next(iter(left_out.items()), ("", "nothing was fitted"))
        raise DecodingError(
            f"Nobody has a fit of every network in {folder} (sub-{first[0]}: {first[1]})."
        )
    table = np.stack([rows[who] for who in people])
    membership = _membership(networks, families) if families else None
    return Comparison(
        participants=people,
        left_out=left_out,
        log_evidence=table,
        fixed=select_fixed(table, models=networks),
        random=select_random(table, models=networks),
        families=compare_families_random(table, membership, rng=rng, models=networks)
        if membership
        else None,
        members=families or {},
    )


def write_comparison(folder: Path, found: Comparison) -> None:
    """
    Write the tables of a comparison.

    Parameters
    ----------
    folder : Path
        The study.
    found : Comparison
        From `compare`.
    """
    notes: JsonObject = {
        "Participants": list(found.participants),
        "LeftOut": dict(found.left_out),
        "OmnibusRisk": found.random.omnibus_risk,
    }
    tables = {COMPARISON: Table(columns=_NETWORKS, rows=_network_rows(found), notes=notes)}
    if found.families:
        notes = {**notes, "OmnibusRisk": found.families.omnibus_risk}
        tables[FAMILIES] = Table(columns=_FAMILIES, rows=_family_rows(found), notes=notes)
    write_together(with_sidecars({folder / name: table for name, table in tables.items()}))


def network_table(found: Comparison) -> Table:
    """
    Give a comparison as a table.

    Parameters
    ----------
    found : Comparison
        From `compare`.

    Returns
    -------
    Table
        One row a network.
    """
    return Table(columns=_NETWORKS, rows=_network_rows(found))


def family_table(found: Comparison) -> Table:
    """
    Give a comparison of families as a table.

    Parameters
    ----------
    found : Comparison
        From `compare`.

    Returns
    -------
    Table
        One row a family; none without families.
    """
    return Table(columns=_FAMILIES, rows=_family_rows(found))


def _network_rows(found: Comparison) -> list[list[Cell]]:
    columns = (
        found.fixed.log_evidence,
        found.fixed.probability,
        found.random.frequency,
        found.random.exceedance,
        found.random.protected,
    )
    return [
        [name, *map(float, values)]
        for name, *values in zip(found.fixed.models, *columns, strict=True)
    ]


def _family_rows(found: Comparison) -> list[list[Cell]]:
    families = found.families
    if families is None:
        return []
    columns = (families.frequency, families.exceedance, families.protected)
    members = [", ".join(found.members[name]) for name in families.families]
    return [
        [name, several, *map(float, values)]
        for name, several, *values in zip(families.families, members, *columns, strict=True)
    ]


def _membership(
    networks: tuple[str, ...], families: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """Name the family of each network."""
    family: dict[str, str] = {}
    for name, members in families.items():
        for member in members:
            if member not in networks:
                raise UsageError(
                    f"The family '{name}' names the network '{member}', which was not fitted; "
                    f"there are: {', '.join(networks)}.{alike(member, list(networks))}"
                )
            if member in family:
                raise UsageError(
                    f"The network '{member}' is in the families '{family[member]}' and '{name}'; "
                    "it may be in one."
                )
            family[member] = name
    missing = [name for name in networks if name not in family]
    if missing or len(families) < 2:
        raise UsageError(
            f"Families must be two or more and hold every network; in none: "
            f"{', '.join(missing) or '-'}. Write --family NAME=NETWORK,NETWORK for each."
        )
    return tuple(family[name] for name in networks)
