"""Regions, masks, signals and findings of the component systems as tables and words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict

from empatune.bids import Cell, Column, Table
from empatune.systems import CONFOUNDS, SYSTEMS, Confound, Region, nearest_mm
from empatune.systems.evidence import Finding
from empatune.typing import JsonObject


def _columns(**words: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, description=each) for name, each in words.items())


MASK_COLUMNS = _columns(
    name="System, region or side of a region",
    file="The mask's file",
    volume_mm3="Sum of the mask's values times the size of a voxel",
    inside="Share of the mask inside the field of view",
)
OVERLAP_COLUMNS = _columns(
    one="The first mask",
    other="The second mask",
    shared_mm3="Volume in both",
    dice="Dice coefficient",
    of_one="Share of the first mask that lies in the second",
    of_other="Share of the second mask that lies in the first",
)


def signal_table(rows: Sequence[JsonObject]) -> Table:
    """Return signals as a table.

    Parameters
    ----------
    rows : sequence of dict
        From `empatune.signatures.extraction.RegionSignals.rows`.

    Returns
    -------
    Table
        One row an image, volume and region.
    """
    columns = _columns(
        image="The image",
        volume="The volume, from 0",
        name="System, region or side of a region",
        mean="Weighted mean over the mask's voxels that are present",
        coverage="Share of the mask that is present",
    )
    cells = [[_cell(row[column.name]) for column in columns] for row in rows]
    return Table(columns=columns, rows=cells)


def _cell(value: object) -> Cell:
    return value if isinstance(value, str | int | float | bool) else None


def finding_table(found: Sequence[Finding]) -> Table:
    """Return what a map shows as a table.

    Parameters
    ----------
    found : sequence of Finding
        From `empatune.systems.evidence.find_evidence`.

    Returns
    -------
    Table
        One row a system, region or side.
    """
    columns = _columns(
        system="The system",
        name="System, region or side of a region",
        coverage="Share of the mask that the map holds",
        mean="Mean of the map",
        above="Share of the mask above the threshold",
        below="Share of the mask below minus the threshold",
        peak="Largest value",
        peak_mm="Where it lies: x y z",
        random_mean="Mean at random places of the grey matter",
        random_sd="Spread of the mean over random places",
        p="How often a random mean lies as far from theirs",
        p_peak="How often a random place's largest value is as large",
    )
    rows = []
    for each in found:
        cells = asdict(each) | {"peak_mm": " ".join(f"{place:g}" for place in each.peak_mm)}
        rows.append(list(cells.values()))
    return Table(columns=columns, rows=rows)


def region_table() -> Table:
    """Return the regions: how many peaks and sources, and how near confounds lie.

    Returns
    -------
    Table
        One row a region.
    """
    columns = _columns(
        system="The system",
        region="The region",
        summary="Its full name",
        n_peaks="Published peaks",
        n_leading="Of these, peaks around which spheres are drawn",
        meta_analyses="Meta-analyses",
        studies="Single studies",
    ) + tuple(
        Column(name=f"{each.name}_mm", description=f"From the nearest peak of {each.summary}")
        for each in CONFOUNDS
    )
    rows: list[list[Cell]] = []
    for system in SYSTEMS:
        for region in system.regions:
            kinds = [source.kind for source in region.sources]
            row: list[Cell] = [system.name, region.name, region.summary]
            row += [len(region.peaks), len(region.leading)]
            row += [kinds.count("meta-analysis"), kinds.count("study")]
            row += [round(nearest_mm(region.leading, each.peaks), 1) for each in CONFOUNDS]
            rows.append(row)
    return Table(columns=columns, rows=rows)


def peak_table() -> Table:
    """Return every published peak with its source.

    Returns
    -------
    Table
        One row a peak.
    """
    columns = _columns(
        system="The system",
        region="The region",
        hemisphere="Side; middle within 2 mm of the midline",
        x="To the right [mm]",
        y="To the front [mm]",
        z="To the top [mm]",
        kind="Meta-analysis or study",
        source="Authors and year",
        pmid="Number in PubMed",
        table="Table of the source",
    )
    rows: list[list[Cell]] = [
        [
            system.name, region.name, peak.hemisphere, peak.x, peak.y, peak.z,
            peak.source.kind, peak.source.citation, peak.source.pmid, peak.table,
        ]
        for system in SYSTEMS
        for region in system.regions
        for peak in region.peaks
    ]  # fmt: skip
    return Table(columns=columns, rows=rows)


def described(place: Region | Confound, *, named: bool) -> str:
    """Describe a region or a confound in words.

    Parameters
    ----------
    place : Region or Confound
        The region.
    named : bool
        Whether to begin with its name.

    Returns
    -------
    str
        One line a peak, followed by confounds.
    """
    lines = [f"{place.name}: {place.summary}"] if named else []
    for peak in place.peaks:
        where = f"({peak.x:g}, {peak.y:g}, {peak.z:g})"
        lines.append(f"  {where:16} {peak.source}, {peak.table} [{peak.source.kind}]")
    if isinstance(place, Region):
        lines += [f"  also answers to: {words}" for words in place.confounds]
        for confound in CONFOUNDS:
            distance = nearest_mm(place.leading, confound.peaks)
            lines.append(f"  nearest peak of {confound.name}: {distance:.1f} mm")
    return "\n".join(lines)


def records(table: Table) -> list[dict[str, Cell]]:
    """Return a table as JSON objects.

    Parameters
    ----------
    table : Table
        The table.

    Returns
    -------
    list of dict
        One a row; NaN is None.
    """

    def known(cell: Cell) -> Cell:
        return None if isinstance(cell, float) and not math.isfinite(cell) else cell

    return [dict(zip(table.names, map(known, row), strict=True)) for row in table.rows]
