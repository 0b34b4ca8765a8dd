"""Where points of MNI space go."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from empatune.core import Grid
from empatune.errors import PreparationError
from empatune.preparation import AffineTransform, FieldTransform

MATRIX = np.array([[0.9, 0.1, 0, 4], [-0.1, 0.9, 0, -7], [0, 0.05, 1.1, 12], [0, 0, 0, 1]])
POINTS = np.array([[0.0, 0, 0], [-8, 8, -6], [40, 22, 3]])


def test_an_affine_moves_points() -> None:
    moved = AffineTransform(matrix=MATRIX).to_epi(POINTS)
    np.testing.assert_allclose(moved[0], (4, -7, 12))
    np.testing.assert_allclose(moved[1], (-7.2 + 0.8 + 4, 0.8 + 7.2 - 7, 0.4 - 6.6 + 12))


def test_a_field_says_what_its_affine_says() -> None:
    grid = Grid(shape=(20, 20, 20), affine=np.diag([8.0, 8, 8, 1]) - np.eye(4, k=3) * 76)
    lattice = np.indices(grid.shape).transpose(1, 2, 3, 0) @ grid.affine[:3, :3].T
    lattice = lattice + grid.affine[:3, 3]
    affine = AffineTransform(matrix=MATRIX)
    displacement = affine.to_epi(lattice.reshape(-1, 3)).reshape(lattice.shape) - lattice
    field = FieldTransform(grid=grid, displacement_mm=displacement.astype(np.float32))
    inside = np.array([[0.0, 3, 9], [-30, 20, 11]])
    points = inside + grid.affine[:3, 3] + 76
    np.testing.assert_allclose(field.to_epi(points), affine.to_epi(points), atol=1e-3)


def test_an_affine_is_read_from_text(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "mni_to_epi.txt", MATRIX)
    transform = AffineTransform.from_text(tmp_path / "mni_to_epi.txt")
    np.testing.assert_allclose(transform.matrix, MATRIX)
    assert transform.describe()["origin"] == "mni_to_epi.txt"
    assert transform.method == "affine"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("1 0 0 x\n", "cannot be read as a matrix"),
        ("1 0 0 0\n0 1 0 0\n0 0 1 0\n", "4 x 4"),
        ("1 0 0 0\n0 1 0 0\n0 0 0 0\n0 0 0 1\n", "singular"),
        ("1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 1 1\n", "last row"),
        ("1 0 0 nan\n0 1 0 0\n0 0 1 0\n0 0 0 1\n", "finite"),
    ],
)
def test_what_is_no_affine_is_refused(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "matrix.txt"
    path.write_text(content, "utf-8")
    with pytest.raises(PreparationError, match=words):
        AffineTransform.from_text(path)
