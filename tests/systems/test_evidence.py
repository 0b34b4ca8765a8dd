"""What a statistical map shows in the systems, beside random places of the same map."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
from scipy import ndimage

from empatune.core import Grid
from empatune.errors import ImageError, UsageError
from empatune.systems import masks
from empatune.systems.evidence import Finding, find_evidence, grey_matter
from empatune.typing import Array

GRID = Grid(
    shape=(46, 55, 46),
    affine=np.array([[-4.0, 0, 0, 90], [0, 4, 0, -126], [0, 0, 4, -72], [0, 0, 0, 1]]),
)


@pytest.fixture(scope="module")
def grey() -> Array:
    return grey_matter(GRID)


def _noise(seed: int, grey: Array) -> Array:
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.standard_normal(GRID.shape), 1.5)
    inside = ndimage.binary_dilation(grey, iterations=3)
    return np.where(inside, smooth / smooth.std(), np.nan)


def _by_name(found: tuple[Finding, ...]) -> dict[str, Finding]:
    return {each.name: each for each in found}


def test_grey_matter_lies_in_the_cortex_and_not_in_white_matter_or_air(grey: Array) -> None:
    assert 0.1 < grey.mean() < 0.3
    for place, expected in (((-40, 22, 0), True), ((24, -30, 30), False), ((0, 0, 100), False)):
        i, j, k = np.rint(np.linalg.inv(GRID.affine)[:3] @ (*place, 1)).astype(int)
        assert bool(grey[i, j, k]) == expected, place


def test_an_effect_put_into_one_region_is_found_there_and_nowhere_else(grey: Array) -> None:
    values = _noise(1, grey) + 3.0 * (masks(GRID, by="hemisphere")["TPJ left"] > 0)
    found = _by_name(find_evidence(values, GRID, grey, rng=np.random.default_rng(0), n_random=500))
    assert found["TPJ left"].p < 0.005
    assert found["TPJ left"].above > 0.3
    others = set(masks(GRID, by="hemisphere")) - {"TPJ left"}
    assert min(found[name].p for name in others) > 0.005
    x, y, z = found["TPJ"].peak_mm
    assert np.hypot(x + 50, np.hypot(y + 57, z - 22)) < 20
    assert found["TPJ"].peak == found["TPJ left"].peak
    assert found["mentalizing"].peak == found["TPJ"].peak


def test_the_numbers_of_a_region_are_those_of_its_voxels(grey: Array) -> None:
    values = _noise(2, grey)
    found = find_evidence(
        values, GRID, grey, rng=np.random.default_rng(0), n_random=100, threshold=1.0
    )
    sides = masks(GRID, by="hemisphere")
    for name in ("AI left", "ACC", "VS right"):
        inside = values[(sides[name] > 0) & np.isfinite(values)]
        each = _by_name(found)[name]
        assert each.mean == pytest.approx(inside.mean())
        assert each.peak == pytest.approx(inside.max())
        assert each.above == pytest.approx((inside > 1).mean())
        assert each.below == pytest.approx((inside < -1).mean())
        assert each.coverage == pytest.approx(len(inside) / (sides[name] > 0).sum())
    assert [each.name for each in found][:4] == ["experience-sharing", "ACC", "AI", "AI left"]


def test_without_an_effect_p_is_as_often_small_as_it_says(grey: Array) -> None:
    p = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        found = find_evidence(_noise(100 + seed, grey), GRID, grey, rng=rng, n_random=200)
        p += [each.p for each in found if each.name in ("ACC", "PMC left", "TPJ right", "mOFC")]
    assert 0.3 < np.mean(p) < 0.7
    assert np.mean(np.array(p) <= 0.1) <= 0.25


def test_zeros_are_missing_unless_they_count(grey: Array) -> None:
    values = np.maximum(_noise(3, grey), 0)  # as a map whose negative half was cut
    rng = np.random.default_rng
    counted = _by_name(
        find_evidence(values, GRID, grey, rng=rng(0), n_random=100, zeros_count=True)
    )
    inside = values[(masks(GRID, by="region")["ACC"] > 0) & np.isfinite(values)]
    assert (inside == 0).any()
    assert counted["ACC"].mean == pytest.approx(inside.mean())
    with pytest.raises(UsageError, match="too few places"):
        find_evidence(values, GRID, grey, rng=rng(0), n_random=100)


def test_the_same_seed_gives_the_same_numbers(grey: Array) -> None:
    values = _noise(4, grey)
    one, other = (
        find_evidence(values, GRID, grey, rng=np.random.default_rng(5), n_random=100)
        for _ in range(2)
    )
    assert one == other


def test_maps_that_cannot_be_compared_are_refused(grey: Array) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ImageError, match="shape"):
        find_evidence(np.zeros((3, 3, 3)), GRID, grey, rng=rng)
    with pytest.raises(ImageError, match="no value but 0 and NaN"):
        find_evidence(np.zeros(GRID.shape), GRID, grey, rng=rng)
    with pytest.raises(UsageError, match="at least 100"):
        find_evidence(_noise(0, grey), GRID, grey, rng=rng, n_random=10)
    few = np.full(GRID.shape, np.nan)
    few[20:25, 20:25, 20:25] = 1
    with pytest.raises(UsageError, match="whole brain"):
        find_evidence(few, GRID, grey, rng=rng)


@pytest.mark.shared
def test_seen_pain_shows_in_mentalizing_and_the_right_insula_and_not_in_the_cingulate(
    shared: Path,
) -> None:
    image = nibabel.load(shared / "data" / "maps" / "observed_pain_group_tmap.nii.gz")
    grid = Grid(shape=image.shape, affine=image.affine)
    found = _by_name(
        find_evidence(
            np.asarray(image.dataobj),
            grid,
            grey_matter(grid),
            rng=np.random.default_rng(0),
            threshold=3.28,
            zeros_count=True,
            n_random=500,
        )
    )
    assert found["TPJ left"].mean == pytest.approx(3.55, abs=0.05)
    assert found["TPJ right"].mean == pytest.approx(2.64, abs=0.05)
    assert found["TPJ"].peak == pytest.approx(6.21, abs=0.01)
    assert found["mentalizing"].p < 0.01
    assert found["AI right"].mean == pytest.approx(2.25, abs=0.05)
    assert found["AI right"].peak_mm == (38, 28, -4)
    assert found["AI right"].p < 0.05 < found["AI left"].p
    # absent: cingulate, premotor and parietal regions of experience sharing
    assert found["ACC"].mean < 0.3
    assert found["ACC"].peak < 2
    assert found["IPL"].peak < 1.5
    assert found["experience-sharing"].p > 0.05
