"""The component systems: their sources and their masks."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from empatune.core import Grid
from empatune.errors import UsageError
from empatune.systems import SYSTEMS, masks

MNI = Grid(
    shape=(91, 109, 91),
    affine=np.array([[-2.0, 0, 0, 90], [0, 2, 0, -126], [0, 0, 2, -72], [0, 0, 0, 1]]),
)
PEAKS = [
    (system, region, peak)
    for system in SYSTEMS
    for region in system.regions
    for peak in region.peaks
]


def test_the_systems_are_those_of_the_paper() -> None:
    assert {s.name: [r.name for r in s.regions] for s in SYSTEMS} == {
        "experience-sharing": ["ACC", "AI", "PMC", "IPL"],
        "mentalizing": ["mPFC", "TPJ", "TP", "precuneus"],
        "empathic-concern": ["VS", "VTA", "mOFC"],
    }


def test_the_anterior_insula_comes_with_its_confounds() -> None:
    insula = next(r for s in SYSTEMS for r in s.regions if r.name == "AI")
    assert any("salience" in confound for confound in insula.confounds)
    assert any("effort" in confound for confound in insula.confounds)


@pytest.mark.shared
def test_every_peak_was_read_in_its_source(shared: Path) -> None:
    with (shared / "coordinates.csv").open(encoding="utf-8", newline="") as file:
        read = {
            (float(row["x"]), float(row["y"]), float(row["z"]), row["source"].split()[0].strip(","))
            for row in csv.DictReader(file)
            if row["verified"] == "yes" and row["space"] == "MNI"
        }
    for _, _, peak in PEAKS:
        assert (peak.x, peak.y, peak.z, peak.source.split()[0].strip(",")) in read


def test_every_peak_lies_in_its_own_mask_and_in_no_other() -> None:
    drawn = masks(MNI)
    world_to_voxel = np.linalg.inv(MNI.affine)
    for system, region, peak in PEAKS:
        i, j, k = np.rint(world_to_voxel[:3] @ (peak.x, peak.y, peak.z, 1)).astype(int)
        holders = [name for name, mask in drawn.items() if mask[i, j, k]]
        assert holders == [system.name], (region.name, peak)


def test_one_sphere_has_the_volume_of_a_sphere() -> None:
    small, large = (
        {name: mask.sum() for name, mask in masks(MNI, radius_mm=radius).items()}
        for radius in (4.0, 8.0)
    )
    single = 4 / 3 * np.pi * 8**3 / 8
    n_spheres = {s.name: sum(len(r.peaks) for r in s.regions) for s in SYSTEMS}
    for name in n_spheres:
        assert 2 * single < large[name] < n_spheres[name] * single
        assert small[name] < large[name]


def test_a_mask_lies_where_it_should_whatever_the_grid() -> None:
    coarse = Grid(
        shape=(60, 72, 60),
        affine=np.array([[3.0, 0, 0, -90], [0, 3, 0, -126], [0, 0, 3, -72], [0, 0, 0, 1]]),
    )
    for name, fine in masks(MNI).items():
        mask = masks(coarse)[name]
        assert mask.dtype == np.float32
        assert set(np.unique(mask)) == {0, 1}
        middles = []
        for grid, drawn in ((MNI, fine), (coarse, mask)):
            middle = np.argwhere(drawn).mean(axis=0)
            middles.append(grid.affine[:3, :3] @ middle + grid.affine[:3, 3])
        np.testing.assert_allclose(middles[0], middles[1], atol=2.0)


def test_a_small_nucleus_keeps_a_small_sphere() -> None:
    peak = next(p for _, r, p in PEAKS if r.name == "VTA")
    mask = masks(MNI, radius_mm=8.0)["empathic-concern"]
    i, j, k = np.rint(np.linalg.inv(MNI.affine)[:3] @ (peak.x, peak.y - 7, peak.z, 1)).astype(int)
    assert mask[i, j, k] == 0


@pytest.mark.parametrize("radius_mm", [0.0, -8.0, 31.0, float("nan")])
def test_an_impossible_radius_is_refused(radius_mm: float) -> None:
    with pytest.raises(UsageError, match="radius"):
        masks(MNI, radius_mm=radius_mm)
