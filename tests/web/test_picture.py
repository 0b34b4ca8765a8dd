from __future__ import annotations

import itertools
import json
import struct
import threading

import numpy as np
import pytest

from empatune.core import Grid, Provenance, Volume
from empatune.web.picture import MAXIMUM_TILES, Painter, Tiling, overlay, paint

TURNS = [
    (order, signs)
    for order in itertools.permutations(range(3))
    for signs in itertools.product((1, -1), repeat=3)
]


def turned_grid(order: tuple[int, ...], signs: tuple[int, ...]) -> Grid:
    """A grid of 20 x 24 x 16 voxels in the world, stored in any order and direction."""
    linear = np.zeros((3, 3))
    for axis, (world, sign) in enumerate(zip(order, signs, strict=True)):
        linear[world, axis] = 3.0 * sign
    shape = tuple((20, 24, 16)[world] for world in order)
    affine = np.eye(4)
    affine[:3, :3] = linear
    affine[:3, 3] = -linear @ ((np.array(shape) - 1) / 2)
    return Grid(shape=shape, affine=affine)


def volume(stored: np.ndarray, grid: Grid, index: int = 5) -> Volume:
    return Volume(
        stored=stored,
        grid=grid,
        index=index,
        tr_s=2.0,
        received_ns=0,
        provenance=Provenance(source="replay", kind="nifti", series="s"),
    )


def unpack(packed: bytes, dtype: type) -> tuple[dict[str, object], np.ndarray]:
    (length,) = struct.unpack_from("<I", packed)
    header = json.loads(packed[4 : 4 + length])
    pixels = np.frombuffer(packed, dtype, offset=4 + length)
    return header, pixels.reshape(header["n"], header["height"], header["width"])


@pytest.mark.parametrize(("order", "signs"), TURNS)
def test_left_is_left_and_front_is_up_however_the_scanner_stores(
    order: tuple[int, ...], signs: tuple[int, ...]
) -> None:
    grid = turned_grid(order, signs)
    spot = np.linalg.inv(grid.affine) @ [-25.5, 31.5, 19.5, 1]  # left, front, top
    stored = np.zeros(grid.shape, np.int16)
    stored[tuple(spot[:3].round().astype(int))] = 1000
    tiles = Tiling.of(grid).cut(stored)
    plane, row, column = np.unravel_index(tiles.argmax(), tiles.shape)
    assert tiles.shape == (16, 24, 20)
    assert (plane, row, column) == (14, 1, 1)


def test_heights_are_world_heights() -> None:
    grid = turned_grid((0, 1, 2), (1, 1, -1))
    heights = Tiling.of(grid).heights_mm
    assert heights == pytest.approx(np.arange(-22.5, 23, 3))


def test_many_slices_are_thinned_evenly_and_the_brain_fills_the_tiles() -> None:
    grid = Grid(shape=(60, 60, 72), affine=np.diag([2.0, 2.0, 2.0, 1.0]))
    brain = np.zeros(grid.shape, bool)
    brain[10:40, 20:50, 4:70] = True
    tiling = Tiling.of(grid, brain=brain)
    assert len(tiling.planes) <= MAXIMUM_TILES
    assert set(np.diff(tiling.planes)) == {3}
    assert tiling.planes[0] >= 4
    assert tiling.planes[-1] < 70
    assert (tiling.x, tiling.y) == (slice(8, 42), slice(18, 52))


def test_a_picture_uses_the_whole_grey_scale_and_survives_what_is_not_a_number() -> None:
    grid = turned_grid((0, 1, 2), (1, 1, 1))
    values = np.linspace(-5, 900, grid.n_voxels, dtype=np.float32).reshape(grid.shape).copy()
    values[0, 0, 0] = np.nan
    header, tiles = unpack(paint(volume(values, grid), Tiling.of(grid)), np.uint8)
    assert header["volume"] == 5
    assert (tiles.min(), tiles.max()) == (0, 255)
    assert header["pixel_mm"] == [3.0, 3.0]


def test_a_flat_volume_is_a_picture_too() -> None:
    grid = turned_grid((0, 1, 2), (1, 1, 1))
    _, tiles = unpack(paint(volume(np.ones(grid.shape, np.int16), grid), Tiling.of(grid)), np.uint8)
    assert not tiles.any()


def test_an_overlay_keeps_the_sign_of_the_weights() -> None:
    grid = turned_grid((0, 1, 2), (1, 1, 1))
    weights = np.zeros(grid.shape, np.float32)
    weights[:10], weights[10:] = -2e-4, 1e-4
    header, tiles = unpack(overlay(weights, Tiling.of(grid)), np.int8)
    assert header["volume"] == -1
    assert set(np.unique(tiles[:, :, :10])) == {-127}
    assert set(np.unique(tiles[:, :, 10:])) == {63}
    assert not unpack(overlay(weights * 0, Tiling.of(grid)), np.int8)[1].any()


def test_the_painter_skips_what_is_old() -> None:
    grid = turned_grid((0, 1, 2), (1, 1, 1))
    painted, done = [], threading.Event()

    def keep(picture: bytes) -> None:
        painted.append(unpack(picture, np.uint8)[0]["volume"])
        if painted[-1] == 19:
            done.set()

    painter = Painter(keep, lambda overlays: None)
    for index in range(20):
        painter.see(volume(np.ones(grid.shape, np.int16), grid, index))
    painter.start()
    assert done.wait(10)
    painter.stop()
    assert painted == [19]
