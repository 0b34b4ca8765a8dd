"""Write the tables of component-systems.md from the catalogue itself.

python docs/reference/make.py
"""

from __future__ import annotations

from pathlib import Path

from empatune.signatures.similarity import COMMON
from empatune.systems import CONFOUNDS, SYSTEMS, Region, draw, masks, nearest_mm, overlaps

PAGE = Path(__file__).with_name("component-systems.md")


def main() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name, table in (("regions", regions()), ("peaks", peaks()), ("overlaps", shared())):
        start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, rest = text.split(start)
        text = before + start + table + end + rest.split(end)[1]
    PAGE.write_text(text, encoding="utf-8")


def regions() -> str:
    """Return one row a region: how many peaks, how large, how near to confounds."""
    spheres = draw(COMMON, by="region")
    heads = ["system", "region", "sides", "peaks (leading)", "spheres of 8 mm [cm³]"]
    heads += [f"to {confound.name} [mm]" for confound in CONFOUNDS]
    rows = []
    for system in SYSTEMS:
        for region in system.regions:
            volume = float(spheres[region.name].values.sum()) * 8 / 1000
            rows.append(
                [
                    system.name,
                    f"**{region.name}**, {region.summary}",
                    "one, medial" if region.medial else "left, right",
                    f"{len(region.peaks)} ({len(region.leading)})",
                    f"{volume:.1f}",
                    *(f"{nearest_mm(region.leading, c.peaks):.1f}" for c in CONFOUNDS),
                ]
            )
    return _table(heads, rows)


def peaks() -> str:
    """Return one row a region and source, with its peaks."""
    rows = [
        [region.name, str(source), source.kind, _places(region, str(source))]
        for system in SYSTEMS
        for region in system.regions
        for source in region.sources
    ]
    return _table(["region", "source", "kind", "peaks in MNI space (x, y, z) [mm]"], rows)


def _places(region: Region, source: str) -> str:
    tables: dict[str, list[str]] = {}
    for peak in region.peaks:
        if str(peak.source) == source:
            tables.setdefault(peak.table, []).append(f"({peak.x:g}, {peak.y:g}, {peak.z:g})")
    return "; ".join(f"{table}: {' '.join(places)}" for table, places in tables.items())


def shared() -> str:
    """Return one row for every two regions, or region and confound, that share voxels."""
    drawn = masks(COMMON, by="region") | masks(COMMON, by="confound")
    rows = [
        [
            pair.one,
            pair.other,
            f"{pair.shared_mm3 / 1000:.2f}",
            f"{pair.dice:.2f}",
            f"{pair.of_one:.0%}",
        ]
        for pair in overlaps(drawn, COMMON)
    ]
    return _table(["one", "other", "shared [cm³]", "Dice", "of the first"], rows)


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    main()
