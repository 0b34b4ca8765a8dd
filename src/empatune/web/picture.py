"""Pictures of the newest volume: axial slices as grey bytes, painted behind the values.

The browser gets raw bytes and blends the weights over them itself: no codec costs time while
the next volume is being decoded, and a change of overlay needs no word from the server.
"""

from __future__ import annotations

import json
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import SimpleQueue

import nibabel
import numpy as np
from numpy.typing import NDArray

from empatune.core import Grid, Volume
from empatune.realtime.listener import Overview
from empatune.typing import Array, BoolArray

MAXIMUM_TILES = 30
"""Slices of a picture: as many as can be told apart on a screen."""

LAG_S = 0.03
"""How long painting waits after a volume [s]: its values go to the pages first."""

_MARGIN = 2


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
        x = _extent(turned.any(axis=(1, 2)), _MARGIN)
        y = _extent(turned.any(axis=(0, 2)), _MARGIN)
        z = _extent(turned.any(axis=(0, 1)), 0)
        stride = -(-(z.stop - z.start) // MAXIMUM_TILES)
        first = z.start + (z.stop - z.start - 1) % stride // 2
        planes = tuple(range(first, z.stop, stride))
        to_grid = nibabel.orientations.inv_ornt_aff(orientation, grid.shape)
        affine = grid.affine @ to_grid
        middle = ((x.start + x.stop) / 2, (y.start + y.stop) / 2)
        sizes = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
        return cls(
            orientation=orientation,
            x=x,
            y=y,
            planes=planes,
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
    tiles = np.nan_to_num(tiling.cut(volume.stored).astype(np.float32))
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
    """A thread that paints the newest volume, a little behind its values; older ones are skipped.

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
        self._inbox: SimpleQueue[Overview | Volume | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="empatune-painter", daemon=True)

    def start(self) -> None:
        """Begin to wait for work."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is not painted yet is dropped."""
        self._inbox.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def prepare(self, overview: Overview) -> None:
        """Take the brain and the weights.

        Parameters
        ----------
        overview : Overview
            What is known about the session.
        """
        self._inbox.put(overview)

    def see(self, volume: Volume) -> None:
        """Take a volume; it replaces one that was not painted yet.

        Parameters
        ----------
        volume : Volume
            The newest volume.
        """
        self._inbox.put(volume)

    def _run(self) -> None:
        grid: Grid | None = None
        tiling: Tiling | None = None
        while (newest := self._newest()) is not None:
            overview, volume = newest
            if overview is not None:
                grid, tiling = overview.grid, Tiling.of(overview.grid, brain=overview.brain)
                self._on_overlays(_overlays(overview, tiling))
            if volume is None:
                continue
            if grid is None or tiling is None or not grid.matches(volume.grid, tolerance_mm=1.0):
                grid, tiling = volume.grid, Tiling.of(volume.grid)
            self._on_picture(paint(volume, tiling))

    def _newest(self) -> tuple[Overview | None, Volume | None] | None:
        """Wait for work; return the newest of each kind, or None at the end."""
        items = [self._inbox.get()]
        time.sleep(LAG_S)
        while not self._inbox.empty():
            items.append(self._inbox.get())
        if None in items:
            return None
        overviews = [item for item in items if isinstance(item, Overview)]
        volumes = [item for item in items if isinstance(item, Volume)]
        return overviews[-1] if overviews else None, volumes[-1] if volumes else None


def _overlays(overview: Overview, tiling: Tiling) -> dict[str, bytes]:
    return {
        name: overlay(weights, tiling)
        for name, weights in overview.weights.items()
        if name not in overview.systems
    }


def _extent(used: BoolArray, margin: int) -> slice:
    places = np.flatnonzero(used)
    start = max(0, int(places[0]) - margin)
    return slice(start, min(len(used), int(places[-1]) + margin + 1))
