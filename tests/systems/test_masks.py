"""Masks of the component systems in any grid, and what they share."""

from __future__ import annotations

import numpy as np
import pytest

from empatune.core import Grid
from empatune.errors import ImageError, UsageError
from empatune.systems import SYSTEMS, Peak, draw, masks, overlaps
from empatune.systems.masks import WEIGHTS
from empatune.typing import Array

MNI = Grid(
    shape=(91, 109, 91),
    affine=np.array([[-2.0, 0, 0, 90], [0, 2, 0, -126], [0, 0, 2, -72], [0, 0, 0, 1]]),
)
COARSE = Grid(
    shape=(60, 72, 60),
    affine=np.array([[3.0, 0, 0, -90], [0, 3, 0, -126], [0, 0, 3, -72], [0, 0, 0, 1]]),
)
REGIONS = {region.name: region for system in SYSTEMS for region in system.regions}


def _at(mask: Array, grid: Grid, xyz: tuple[float, float, float]) -> float:
    i, j, k = np.rint(np.linalg.inv(grid.affine)[:3] @ (*xyz, 1)).astype(int)
    return float(mask[i, j, k])


def _places(grid: Grid) -> Array:
    voxels = np.moveaxis(np.indices(grid.shape), 0, -1)
    return voxels @ grid.affine[:3, :3].T + grid.affine[:3, 3]


def _xyz(peak: Peak) -> tuple[float, float, float]:
    return peak.x, peak.y, peak.z


def test_every_leading_peak_lies_in_its_own_mask_and_in_no_other() -> None:
    drawn = masks(MNI)
    for system in SYSTEMS:
        for peak in (peak for region in system.regions for peak in region.leading):
            holders = [name for name, mask in drawn.items() if _at(mask, MNI, _xyz(peak))]
            assert holders == [system.name], peak


def test_spheres_are_exactly_the_voxels_within_the_radius() -> None:
    grid = COARSE
    places = _places(grid)
    drawn = masks(grid, by="region", radius_mm=7.0)
    assert set(drawn) == set(REGIONS)
    for name, region in REGIONS.items():
        squared = [((places - _xyz(peak)) ** 2).sum(axis=-1) for peak in region.leading]
        radius = min(7.0, region.largest_radius_mm)
        np.testing.assert_array_equal(drawn[name], np.min(squared, axis=0) <= radius**2)


@pytest.mark.parametrize("name", ["AI", "TP", "VTA"])
def test_a_smooth_map_is_the_chance_that_its_sources_make(name: str) -> None:
    places, region = _places(COARSE), REGIONS[name]
    width = min(9.0, region.largest_radius_mm)
    whole = np.zeros(COARSE.shape)
    for side in ("left", "right") if not region.medial else ("",):
        peaks = [p for p in region.peaks if not side or p.hemisphere == side]
        absent = np.ones(COARSE.shape)
        for source in {peak.source for peak in peaks}:
            nearest = np.min(
                [((places - _xyz(p)) ** 2).sum(axis=-1) for p in peaks if p.source == source],
                axis=0,
            )
            sigma = width / np.sqrt(8 * np.log(2))
            absent *= 1 - WEIGHTS[source.kind] * np.exp(-nearest / (2 * sigma**2))
        whole = np.maximum(whole, 1 - absent)
    drawn = masks(COARSE, by="region", shape="probability", fwhm_mm=9.0)[name]
    there = drawn > 0
    ratio = drawn[there] / whole[there]
    # one factor for each side brings its largest value to 1
    assert len(np.unique(np.round(ratio, 4))) == (1 if region.medial else 2)
    assert 0 < drawn.max() <= 1
    assert np.corrcoef(drawn.ravel(), whole.ravel())[0, 1] > 0.99


def test_a_smooth_map_reaches_one_and_ends_somewhere() -> None:
    fine = Grid(
        shape=(181, 217, 181),
        affine=np.array([[1.0, 0, 0, -90], [0, 1, 0, -126], [0, 0, 1, -72], [0, 0, 0, 1]]),
    )
    for name, mask in masks(fine, by="hemisphere", shape="probability").items():
        assert mask.max() == pytest.approx(1.0, abs=1e-6), name
        assert mask[mask > 0].min() >= 0.05
        assert (mask > 0).mean() < 0.01


def test_meta_analyses_weigh_more_than_studies() -> None:
    assert WEIGHTS["meta-analysis"] > WEIGHTS["study"]
    ai = masks(MNI, by="region", shape="probability")["AI"]
    # a place that both meta-analyses report, and one that a single study does
    assert _at(ai, MNI, (-42, 20, -2)) > 0.9
    assert _at(ai, MNI, (-28, 22, -12)) < 0.6


@pytest.mark.parametrize("shape", ["sphere", "probability"])
def test_regions_make_up_their_system_and_sides_their_region(shape: str) -> None:
    whole, parts, sides = (
        masks(COARSE, by=by, shape=shape)  # type: ignore[arg-type]
        for by in ("system", "region", "hemisphere")
    )
    for system in SYSTEMS:
        own = np.max([parts[region.name] for region in system.regions], axis=0)
        np.testing.assert_array_equal(whole[system.name], own)
    np.testing.assert_array_equal(parts["AI"], np.maximum(sides["AI left"], sides["AI right"]))
    np.testing.assert_array_equal(parts["ACC"], sides["ACC"])
    x = _places(COARSE)[..., 0]
    assert x[sides["AI left"] > 0].max() < 0 < x[sides["AI right"] > 0].min()


def test_a_mask_lies_where_it_should_whatever_the_grid() -> None:
    turned = Grid(  # axes swapped and oblique, as a scanner may store them
        shape=(70, 80, 70),
        affine=np.array(
            [[0, -0.5, 2.9, -80], [2.9, 0.5, 0, -125], [0.3, 2.9, 0.5, -85], [0, 0, 0, 1]]
        ),
    )
    for name, fine in masks(MNI, by="region").items():
        middles = []
        for grid, mask in ((MNI, fine), (turned, masks(turned, by="region")[name])):
            assert mask.dtype == np.float32
            middles.append(_places(grid)[mask > 0].mean(axis=0))
        np.testing.assert_allclose(middles[0], middles[1], atol=1.5, err_msg=name)


def test_what_lies_beyond_the_field_of_view_counts_as_missing() -> None:
    slab = Grid(shape=(91, 109, 40), affine=MNI.affine)  # ends at z = 6 mm
    whole, cut = draw(MNI, by="region"), draw(slab, by="region")
    assert all(mask.inside == pytest.approx(1.0) for mask in whole.values())
    for name, mask in cut.items():
        share = whole[name].values[..., :40].sum() / whole[name].values.sum()
        assert mask.inside == pytest.approx(float(share)), name
    assert cut["PMC"].inside == 0.0
    assert 0.5 < cut["AI"].inside < 1.0


def test_a_small_nucleus_keeps_a_small_sphere() -> None:
    peak = REGIONS["VTA"].peaks[0]
    for shape in ("sphere", "probability"):
        mask = masks(MNI, shape=shape)["empathic-concern"]  # type: ignore[arg-type]
        assert _at(mask, MNI, (peak.x, peak.y - 7, peak.z)) == 0


@pytest.mark.parametrize("width_mm", [0.0, -8.0, 31.0, float("nan")])
def test_an_impossible_width_is_refused(width_mm: float) -> None:
    with pytest.raises(UsageError, match="radius"):
        masks(MNI, radius_mm=width_mm)
    with pytest.raises(UsageError, match="Gaussian"):
        masks(MNI, fwhm_mm=width_mm)


def test_unknown_kinds_of_masks_are_refused() -> None:
    with pytest.raises(UsageError, match=r"by is 'lobe'; allowed: system, region"):
        masks(MNI, by="lobe")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"shape is 'cube'; allowed: sphere, probability"):
        masks(MNI, shape="cube")  # type: ignore[arg-type]


def test_a_grid_that_is_not_in_mni_space_is_refused() -> None:
    corner = Grid(shape=MNI.shape, affine=np.diag([2.0, 2, 2, 1]))
    with pytest.raises(ImageError, match="should lie within"):
        masks(corner)
    elsewhere = np.eye(4)
    elsewhere[:3, 3] = 200
    with pytest.raises(ImageError, match="No region"):
        masks(Grid(shape=(20, 20, 20), affine=elsewhere))


def test_overlaps_are_counted_in_voxels() -> None:
    grid = Grid(shape=(4, 1, 1), affine=np.diag([2.0, 2, 2, 1]))
    one, other, far = (np.array(m, dtype=np.float32).reshape(4, 1, 1) for m in _ROWS)
    (found,) = overlaps({"one": one, "other": other, "far": far}, grid)
    assert (found.one, found.other) == ("one", "other")
    assert found.shared_mm3 == pytest.approx(8 * 1.5)
    assert found.dice == pytest.approx(2 * 1.5 / (2 + 2.5))
    assert (found.of_one, found.of_other) == pytest.approx((1.5 / 2, 1.5 / 2.5))
    with pytest.raises(UsageError, match="shape"):
        overlaps({"one": one}, MNI)


_ROWS = ([1, 1, 0, 0], [1, 0.5, 1, 0], [0, 0, 0, 1])


def test_concern_lies_in_places_of_reward_and_the_insula_in_those_of_effort() -> None:
    both = masks(MNI, by="region") | masks(MNI, by="confound")
    shared = {(pair.one, pair.other): pair.of_one for pair in overlaps(both, MNI)}
    assert shared["VS", "reward"] == pytest.approx(1.0)  # by construction, and said so
    assert any("its own peaks come from value" in c for c in REGIONS["VS"].confounds)
    assert shared["AI", "regulation-effort"] > 0.15
    assert ("TPJ", "reward") not in shared


def test_systems_do_not_overlap_at_the_usual_radius_and_say_so_at_a_large_one() -> None:
    assert overlaps(masks(MNI), MNI) == ()
    (shared,) = overlaps(masks(MNI, radius_mm=20.0), MNI)  # no region grows beyond 12 mm
    assert shared.dice < 0.01
