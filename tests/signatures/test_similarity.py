from __future__ import annotations

import numpy as np
import pytest

from empatune.core import Grid
from empatune.errors import UsageError
from empatune.signatures import Signature, load
from empatune.signatures.similarity import COMMON, ELSEWHERE, compare, label_regions
from empatune.systems import SYSTEMS


@pytest.fixture
def published(shared, monkeypatch):
    monkeypatch.setenv("EMPATUNE_DATA", str(shared))
    return load


def _map(name, seed=0, grid=COMMON, share=1.0):
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=grid.shape) * (rng.random(grid.shape) < share)
    return Signature(name=name, weights=weights.astype(np.float32), grid=grid)


def _row(found, place, one=None, other=None):
    return next(
        row
        for row in found.similarities
        if row.place == place and one in (None, row.one) and other in (None, row.other)
    )


def test_published_similarities_and_local_weights_reproduce(published):
    found = compare([published(name) for name in ("care", "distress", "vps", "pines")])
    care = _row(found, "whole map", "care", "distress")
    assert (care.n_voxels, round(care.correlation, 3)) == (206_777, 0.215)
    assert _row(found, "whole map", "vps", "pines").correlation == pytest.approx(0.034, abs=5e-4)
    mean = {(s.name, s.region): s.mean for s in found.shares}
    # ventral striatum leans to care; anterior insula against VPS, medial prefrontal cortex for it
    assert mean["care", "VS"] > 1.2
    assert abs(mean["distress", "VS"]) < 0.1
    assert mean["vps", "AI"] < -0.15
    assert mean["vps", "mPFC"] > 0.5


@pytest.mark.parametrize(
    ("name", "peak", "expected"),
    [
        ("care", (-8, 8, -6), 1.81),
        ("distress", (-8, 8, -6), -0.45),
        ("care", (10, 14, -4), 0.86),
        ("distress", (10, 14, -4), 0.11),
        ("vps", (-40, 22, 0), -0.94),
        ("vps", (39, 23, -4), -0.87),
    ],
)
def test_weights_around_published_peaks_reproduce(published, name, peak, expected):
    """facts of the maps: mean weight in a sphere of 8 mm, in standard deviations of the map."""
    found = published(name)
    voxels = np.argwhere(found.weights != 0)
    world = voxels @ found.grid.affine[:3, :3].T + found.grid.affine[:3, 3]
    near = ((world - peak) ** 2).sum(axis=1) <= 64
    weights = found.weights[tuple(voxels.T)].astype(np.float64)
    assert weights[near].mean() / weights.std() == pytest.approx(expected, abs=0.005)


def test_maps_agree_with_numpy_in_joint_voxels_and_in_all():
    one, other = _map("one", 0, share=0.6), _map("other", 1, share=0.6)
    a, b = one.weights.astype(float), other.weights.astype(float)
    for voxels, mask in (("joint", (a != 0) & (b != 0)), ("union", (a != 0) | (b != 0))):
        row = _row(compare([one, other], voxels=voxels), "whole map")
        assert row.n_voxels == mask.sum()
        assert row.correlation == pytest.approx(np.corrcoef(a[mask], b[mask])[0, 1])
        expected = a[mask] @ b[mask] / np.linalg.norm(a[mask]) / np.linalg.norm(b[mask])
        assert row.cosine == pytest.approx(expected)


def test_a_flipped_box_of_the_same_map_is_the_same_map():
    one = _map("one")
    affine = COMMON.affine @ np.array(
        [[-1, 0, 0, 90], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=float
    )
    grid = Grid(shape=COMMON.shape, affine=affine)
    flipped = Signature(name="flipped", weights=one.weights[::-1], grid=grid)
    found = compare([one, flipped])
    assert found.interpolated == ()
    assert all(row.correlation == pytest.approx(1) for row in found.similarities)


def test_a_map_off_the_lattice_is_interpolated_and_named():
    affine = np.diag([3.0, 3.0, 3.0, 1.0])
    affine[:3, 3] = (-90, -126, -72)
    coarse = _map("coarse", grid=Grid(shape=(61, 73, 61), affine=affine))
    assert compare([_map("one"), coarse]).interpolated == ("coarse",)


def test_regions_share_no_voxel_and_shares_add_up_to_one():
    regions = label_regions(COMMON, 12.0)
    assert len(regions) == sum(len(system.regions) for system in SYSTEMS)
    assert np.sum(list(regions.values()), axis=0).max() == 1
    found = compare([_map("one"), _map("other", 1)], radius_mm=12.0)
    for name in found.names:
        mine = [share for share in found.shares if share.name == name]
        assert sum(share.positive for share in mine) == pytest.approx(1)
        assert sum(share.volume for share in mine) == pytest.approx(1)
        assert mine[-1].system == ELSEWHERE


def test_weight_in_one_region_only_is_found_there():
    regions = label_regions(COMMON, 8.0)
    inside = regions["empathic-concern", "VS"]
    weights = np.where(inside, 1.0, -1e-3 * ~inside).astype(np.float32)
    one = Signature(name="one", weights=weights, grid=COMMON)
    share = {s.region: s for s in compare([one, _map("other")]).shares if s.name == "one"}
    assert share["VS"].positive == 1
    assert share["VS"].n_voxels == inside.sum()
    assert share["AI"].positive == 0


def test_a_region_outside_a_map_has_no_similarity():
    low = np.zeros(COMMON.shape, dtype=np.float32)
    low[:, :, :10] = 1 + np.random.default_rng(0).random((91, 109, 10))
    one = Signature(name="one", weights=low, grid=COMMON)
    row = _row(compare([one, _map("other")]), "empathic-concern: VS")
    assert row.n_voxels == 0
    assert np.isnan(row.cosine)
    assert np.isnan(row.correlation)


@pytest.mark.parametrize(
    ("maps", "settings", "words"),
    [
        (["one"], {}, "at least two maps"),
        (["one", "one"], {}, "names of their own"),
        (["one", "two"], {"voxels": "all"}, "allowed are joint and union"),
        (["one", "two"], {"radius_mm": 0}, "allowed are 1 to 30 mm"),
    ],
)
def test_what_cannot_be_compared_is_refused(maps, settings, words):
    with pytest.raises(UsageError, match=words):
        compare([_map(name) for name in maps], **settings)
