"""Facts of the published maps, and dot products against a peer's."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
from nilearn.maskers import NiftiMasker

from empatune.core import Grid
from empatune.signatures import CATALOGUE, Signature, load, prepare_expression
from empatune.signatures.lattice import align

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def maps(shared: Path) -> dict[str, Signature]:
    return {name: load(shared / "signatures" / each.file) for name, each in CATALOGUE.items()}


def _correlation(first: Signature, second: Signature) -> float:
    moved = align(second.grid, first.grid).place(second.weights, first.grid.shape)
    both = (first.weights != 0) & (moved != 0)
    return float(np.corrcoef(first.weights[both], moved[both])[0, 1])


@pytest.mark.parametrize(
    ("first", "second", "published"),
    [
        ("vps", "pines", 0.034),  # Krishnan et al. 2016, doi 10.7554/eLife.15166: 0.03
        ("general-vicarious-pain", "vps", 0.04),  # Zhou et al. 2020, doi 10.7554/eLife.56929
        ("ns-vicarious-pain", "fe-vicarious-pain", 0.170),  # the same
        ("general-vicarious-pain", "ns-vicarious-pain", 0.587),  # the same
        ("general-vicarious-pain", "fe-vicarious-pain", 0.702),  # the same
        ("care", "distress", 0.215),  # computed from the maps of Ashar et al. 2017
    ],
)
def test_maps_correlate_as_published(
    maps: dict[str, Signature], first: str, second: str, published: float
) -> None:
    assert _correlation(maps[first], maps[second]) == pytest.approx(published, abs=0.005)


@pytest.mark.parametrize(
    ("centre", "care", "distress"), [((-8, 8, -6), 1.81, -0.45), ((10, 14, -4), 0.86, 0.11)]
)
def test_the_ventral_striatum_speaks_for_care(
    maps: dict[str, Signature], centre: tuple[int, ...], care: float, distress: float
) -> None:
    for name, expected in (("care", care), ("distress", distress)):
        weights, grid = maps[name].weights, maps[name].grid
        world = np.moveaxis(np.indices(grid.shape), 0, -1) @ grid.affine[:3, :3].T
        near = ((world + grid.affine[:3, 3] - centre) ** 2).sum(axis=-1) <= 8**2
        sphere = weights[near & (weights != 0)].mean() / weights[weights != 0].std()
        assert sphere == pytest.approx(expected, abs=0.01), name


@pytest.mark.parametrize("name", ["care", "vps", "general-vicarious-pain", "pines"])
def test_dot_products_equal_the_peers_where_it_is_right(
    shared: Path, maps: dict[str, Signature], name: str
) -> None:
    path = shared / "data" / "maps" / "self_pain" / "study-10.nii.gz"
    image = nibabel.load(path)
    grid = Grid(shape=image.shape, affine=image.affine)
    weights = align(maps[name].grid, grid).place(maps[name].weights, grid.shape)
    mask = nibabel.Nifti1Image((weights != 0).astype(np.int8), grid.affine)
    values = NiftiMasker(mask_img=mask, standardize=None).fit().transform(image)
    expected = values.ravel().astype(float) @ weights[weights != 0].astype(float)
    dot = prepare_expression([maps[name]], grid).row(np.asarray(image.dataobj))[0, 0]
    order = np.argwhere(weights != 0)
    assert len(order) == values.size
    assert dot == pytest.approx(expected, rel=1e-6)
