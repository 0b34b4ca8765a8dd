"""The regions of the component systems and where their peaks were read."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from empatune.errors import UsageError
from empatune.systems import CONFOUNDS, SYSTEMS, Region, Source, find, nearest_mm, sources

REGIONS = {region.name: region for system in SYSTEMS for region in system.regions}

BELONGS = {
    "experience_sharing": {
        "ACC": ["ACC", "aMCC", "aMCC/SMA", "dACC/aMCC", "dACC/MCC"],
        "AI": [
            "AI",
            "AI/IFG",
            "anterior insula",
            "anterior insula/IFG",
        ],
        "PMC": ["premotor (precentral)", "IFG/precentral (PMC)", "ventral premotor"],
        "IPL": ["supramarginal", "supramarginal/IPL"],
    },
    "mentalizing": {
        "mPFC": [
            "mPFC",
            "dmPFC",
            "mmPFC",
            "ventral mPFC (similar other)",
            "dorsal mPFC (dissimilar other)",
        ],
        "TPJ": ["TPJ", "TPJ/pSTS"],
        "TP": ["temporal pole"],
        "precuneus": ["precuneus", "precuneus/PCC"],
    },
    "empathic_concern": {
        "VS": [
            "NAcc (personal reward)",
            "ventral striatum",
            "ventral striatum (outcome)",
            "ventral striatum/NAcc",
        ],
        "VTA": ["midbrain (VTA/SN)"],
        "mOFC": ["mOFC", "mOFC/sgACC"],
    },
}
"""Which labels of the collected coordinates name which region of Figure 1."""

OTHERWISE = {
    # at the medial orbital surface (z -10 and below), whatever their label
    (0, 34, -14): "mOFC",
    (0, 52, -12): "mOFC",
    (2, 36, -14): "mOFC",
}

LEFT_OUT = {
    "computed": "maxima of signatures, on which the systems would then not be independent",
    "Saulin": "the people of the observed-pain map that the systems are tested on",
}


def _expected(rows: list[dict[str, str]]) -> dict[str, set[tuple[float, ...]]]:
    """Sort what was read by the rules of the reference page."""
    found: dict[str, set[tuple[float, ...]]] = {name: set() for name in REGIONS}
    for row in rows:
        xyz = tuple(float(row[axis]) for axis in "xyz")
        if row["verified"] != "yes" or row["space"] != "MNI" or row["system"] not in BELONGS:
            continue
        if row["source"].startswith(tuple(LEFT_OUT)):
            continue
        labels = BELONGS[row["system"]]
        names = [name for name, each in labels.items() if row["region"] in each]
        if row["system"] == "empathic_concern" and xyz in OTHERWISE:
            names = [OTHERWISE[xyz]]
        if names:
            found[names[0]].add(xyz)
    return found


@pytest.fixture
def read(shared: Path) -> list[dict[str, str]]:
    with (shared / "coordinates.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _pmid(text: str) -> str:
    return text.split("PMID ")[1][:8] if "PMID" in text else ""


def test_the_systems_are_those_of_the_paper() -> None:
    assert {s.name: [r.name for r in s.regions] for s in SYSTEMS} == {
        "experience-sharing": ["ACC", "AI", "PMC", "IPL"],
        "mentalizing": ["mPFC", "TPJ", "TP", "precuneus"],
        "empathic-concern": ["VS", "VTA", "mOFC"],
    }


@pytest.mark.shared
def test_regions_hold_every_verified_peak_that_names_them_and_no_other(
    read: list[dict[str, str]],
) -> None:
    ours = {name: {(p.x, p.y, p.z) for p in region.peaks} for name, region in REGIONS.items()}
    assert ours == _expected(read)


@pytest.mark.shared
def test_every_peak_was_read_in_its_source_and_table(read: list[dict[str, str]]) -> None:
    known = {
        (*(float(row[axis]) for axis in "xyz"), _pmid(row["source"])): row
        for row in read
        if row["verified"] == "yes" and row["space"] == "MNI"
    }
    places = [*REGIONS.values(), *CONFOUNDS]
    for peak in (peak for place in places for peak in place.peaks):
        row = known[peak.x, peak.y, peak.z, peak.source.pmid]
        number = peak.table.removeprefix("Table ")
        told = row["source"] + row["note"]
        assert f"Table {number}" in told or f"T{number}" in told
        assert ("meta-analysis" in row["source"]) <= (peak.source.kind == "meta-analysis")


@pytest.mark.shared
def test_peaks_of_another_or_an_unknown_space_stay_out(read: list[dict[str, str]]) -> None:
    # of one source, all rows lie in the same space; remembered rows name sources of their own
    elsewhere = {
        row["source"][:10] for row in read if row["space"] != "MNI" or row["verified"] != "yes"
    }
    assert len(elsewhere) == 7
    ours = {
        source.citation[:10] for place in (*SYSTEMS, *CONFOUNDS) for source in sources(place.name)
    }
    assert len(ours) == 13
    assert not elsewhere & ours


@pytest.mark.shared
def test_confounds_hold_all_peaks_of_their_sources(read: list[dict[str, str]]) -> None:
    for confound in CONFOUNDS:
        pmids = {peak.source.pmid for peak in confound.peaks}
        assert {(p.x, p.y, p.z) for p in confound.peaks} == {
            (float(row["x"]), float(row["y"]), float(row["z"]))
            for row in read
            if _pmid(row["source"]) in pmids
        }


def test_no_peak_stands_twice_under_one_source() -> None:
    for place in (*REGIONS.values(), *CONFOUNDS):
        assert len(set(place.peaks)) == len(place.peaks)


@pytest.mark.parametrize("region", REGIONS.values(), ids=lambda region: region.name)
def test_lateral_regions_lead_on_both_sides_and_medial_ones_at_the_midline(region: Region) -> None:
    sides = {peak.hemisphere for peak in region.leading}
    if region.medial:
        assert all(abs(peak.x) <= 18 for peak in region.peaks)
    else:
        assert sides == {"left", "right"}


def test_meta_analyses_lead_where_there_is_one() -> None:
    assert {peak.source.kind for peak in REGIONS["AI"].leading} == {"meta-analysis"}
    assert len(REGIONS["AI"].leading) < len(REGIONS["AI"].peaks)
    assert REGIONS["TPJ"].leading == REGIONS["TPJ"].peaks  # none could be read


def test_the_anterior_insula_comes_with_its_confounds() -> None:
    assert any("salience" in confound for confound in REGIONS["AI"].confounds)
    assert any("effort" in confound for confound in REGIONS["AI"].confounds)
    effort = next(confound for confound in CONFOUNDS if confound.name == "regulation-effort")
    # (-40, 22, 0) and (-42, 20, -2) beside (-36, 20, -2)
    assert nearest_mm(REGIONS["AI"].leading, effort.peaks) == pytest.approx(24**0.5)


@pytest.mark.parametrize(
    ("asked", "name"),
    [("AI", "AI"), ("nacc", "VS"), ("PCC", "precuneus"), ("mentalizing", "mentalizing")],
)
def test_a_region_is_found_by_its_usual_names(asked: str, name: str) -> None:
    assert find(asked).name == name


def test_an_unknown_region_is_refused_with_the_closest_name() -> None:
    with pytest.raises(UsageError, match=r"no system or region 'TPP'.*Did you mean 'TP") as told:
        find("TPP")
    assert "empathic-concern" in str(told.value)


def test_sources_name_meta_analyses_first_and_each_once() -> None:
    named = sources("AI")
    assert all(isinstance(source, Source) for source in named)
    assert [source.kind for source in named] == ["meta-analysis"] * 2 + ["study"] * 4
    assert str(named[0]).startswith("Lamm, Decety & Singer 2011")
    assert set(named) == set(sources("experience-sharing"))
    assert set(sources("PMC")) < set(named)
