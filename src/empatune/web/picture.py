"""Pictures of the newest volume: axial slices as grey bytes, painted behind the values.

The browser gets raw bytes and blends the weights over them itself: no codec costs time while
the next volume is being decoded, and a change of overlay needs no word from the server.
"""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import nibabel
import numpy as np
from numpy.typing import NDArray

from empatune.core import Grid, Volume
from empatune.realtime.listener import Overview
from empatune.typing import Array, BoolArray

MAXIMUM_TILES = 24
"""Slices of a picture: as many as can be told apart on a screen."""

_MARGIN = 2
_PATIENCE_S = 0.15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tiling:
    """How a volume is cut into axial tiles: front up, the person's left on the left.

    Parameters
    ----------
    orientation : ndarray, shape (3, 2)
        Brings voxel axes to right, front, top; see `nibabel.orientations`.
    x, y : slice
        The part of each slice that is shown.
    planes : tuple of int
        The slices that are shown, from below.
    heights_mm : tuple of float
        World height of the middle of each slice [mm].
    pixel_mm : tuple of float
        Width and height of a pixel [mm].
    """

    orientation: NDArray[np.float64]
    x: slice
    y: slice
    planes: tuple[int, ...]
    heights_mm: tuple[float, ...]
    pixel_mm: tuple[float, float]

    @classmethod
    def of(cls, grid: Grid, *, brain: BoolArray | None = None) -> Tiling:
        """Choose the tiles of a grid.

        Parameters
        ----------
        grid : Grid
            Where the voxels lie.
        brain : ndarray, shape (n_i, n_j, n_k), bool, optional
            The part that matters; everything if not given.

        Returns
        -------
        Tiling
            At most `MAXIMUM_TILES` slices, evenly spread.
        """
        orientation = nibabel.orientations.io_orientation(grid.affine)
        mask = np.ones(grid.shape, bool) if brain is None or not brain.any() else brain
        turned = nibabel.orientations.apply_orientation(mask, orientation)
        x, y, z = (_extent(turned.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1)))
        n_tiles = min(MAXIMUM_TILES, z.stop - z.start)
        planes = np.linspace(z.start, z.stop - 1, n_tiles).round().astype(int)
        to_grid = nibabel.orientations.inv_ornt_aff(orientation, grid.shape)
        affine = grid.affine @ to_grid
        middle = ((x.start + x.stop) / 2, (y.start + y.stop) / 2)
        sizes = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
        return cls(
            orientation=orientation,
            x=x,
            y=y,
            planes=tuple(int(plane) for plane in planes),
            heights_mm=tuple(float((affine @ [*middle, plane, 1])[2]) for plane in planes),
            pixel_mm=(float(sizes[0]), float(sizes[1])),
        )

    def cut(self, values: Array) -> Array:
        """Cut an array of the grid into tiles.

        Parameters
        ----------
        values : ndarray, shape (n_i, n_j, n_k)
            Any values.

        Returns
        -------
        ndarray, shape (n_tiles, height, width)
            The tiles, C-contiguous.
        """
        turned = nibabel.orientations.apply_orientation(values, self.orientation)
        shown = turned[self.x, self.y][:, ::-1, list(self.planes)]
        return np.ascontiguousarray(shown.transpose(2, 1, 0))

    def pack(self, tiles: Array, *, volume: int) -> bytes:
        """Put tiles and their description into one message.

        Parameters
        ----------
        tiles : ndarray, shape (n_tiles, height, width), uint8 or int8
            The tiles.
        volume : int
            Index of the volume; -1 for an overlay.

        Returns
        -------
        bytes
            Length of the header (32 bits, little endian), header as JSON, pixels.
        """
        header = {
            "volume": volume,
            "n": tiles.shape[0],
            "height": tiles.shape[1],
            "width": tiles.shape[2],
            "pixel_mm": self.pixel_mm,
            "heights_mm": [round(height, 1) for height in self.heights_mm],
        }
        words = json.dumps(header, separators=(",", ":")).encode()
        words += b" " * (-len(words) % 4)
        return struct.pack("<I", len(words)) + words + tiles.tobytes()


def paint(volume: Volume, tiling: Tiling) -> bytes:
    """Turn a volume into a message for the operator's page.

    Parameters
    ----------
    volume : Volume
        The volume.
    tiling : Tiling
        How it is cut.

    Returns
    -------
    bytes
        A packed picture of 8-bit greys.
    """
    tiles = tiling.cut(volume.stored).astype(np.float32)
    low, high = np.percentile(tiles[:, ::3, ::3], (2, 99.7))
    span = max(float(high - low), 1e-6)
    grey = np.clip((tiles - np.float32(low)) * np.float32(255 / span), 0, 255).astype(np.uint8)
    return tiling.pack(grey, volume=volume.index)


def overlay(weights: Array, tiling: Tiling) -> bytes:
    """Turn a weight map into a message for the operator's page.

    Parameters
    ----------
    weights : ndarray, shape (n_i, n_j, n_k)
        The map in the grid of the volumes.
    tiling : Tiling
        How it is cut.

    Returns
    -------
    bytes
        A packed picture of signed 8-bit weights; 127 is the 99th percentile of their size.
    """
    sizes = np.abs(weights[weights != 0])
    top = float(np.percentile(sizes, 99)) if sizes.size else 1.0
    scaled = np.clip(tiling.cut(weights) * (127 / max(top, 1e-30)), -127, 127)
    return tiling.pack(scaled.astype(np.int8), volume=-1)


class Painter:
    """A thread that paints the newest volume once its values were shown; older ones are skipped.

    Parameters
    ----------
    on_picture : callable
        Takes a packed picture.
    on_overlays : callable
        Takes packed overlays by name.
    """

    def __init__(
        self,
        on_picture: Callable[[bytes], None],
        on_overlays: Callable[[Mapping[str, bytes]], None],
    ) -> None:
        self._on_picture = on_picture
        self._on_overlays = on_overlays
        self._changed = threading.Condition()
        self._overview: Overview | None = None
        self._volume: Volume | None = None
        self._shown = threading.Event()
        self._over = False
        self._thread = threading.Thread(target=self._work, name="empatune-painter", daemon=True)

    def start(self) -> None:
        """Begin to wait for work."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is not painted yet is dropped."""
        with self._changed:
            self._over = True
            self._changed.notify()
        self._shown.set()
        if self._thread.is_alive():
            self._thread.join()

    def prepare(self, overview: Overview) -> None:
        """Take the brain and the weights.

        Parameters
        ----------
        overview : Overview
            What is known about the session.
        """
        with self._changed:
            self._overview = overview
            self._changed.notify()

    def see(self, volume: Volume) -> None:
        """Take a volume; it replaces one that was not painted yet.

        Parameters
        ----------
        volume : Volume
            The newest volume.
        """
        with self._changed:
            self._volume = volume
            self._shown.clear()
            self._changed.notify()

    def release(self) -> None:
        """Learn that the values of the newest volume are with the pages: painting may begin."""
        self._shown.set()

    def _work(self) -> None:
        tiling: Tiling | None = None
        grid: Grid | None = None
        while True:
            overview, volume = self._take()
            if overview is not None:
                grid, tiling = overview.grid, Tiling.of(overview.grid, brain=overview.brain)
                names = [name for name in overview.weights if name not in overview.systems]
                self._on_overlays({n: overlay(overview.weights[n], tiling) for n in names})
            if volume is None and overview is None:
                return
            if volume is None:
                continue
            if grid is None or tiling is None or not grid.matches(volume.grid, tolerance_mm=1.0):
                grid, tiling = volume.grid, Tiling.of(volume.grid)
            self._shown.wait(_PATIENCE_S)
            self._on_picture(paint(volume, tiling))

    def _take(self) -> tuple[Overview | None, Volume | None]:
        with self._changed:
            self._changed.wait_for(lambda: self._over or self._overview or self._volume)
            taken = (None, None) if self._over else (self._overview, self._volume)
            self._overview = self._volume = None
        return taken


def _extent(used: BoolArray) -> slice:
    places = np.flatnonzero(used)
    start = max(0, int(places[0]) - _MARGIN)
    return slice(start, min(len(used), int(places[-1]) + _MARGIN + 1))
