"""Signals of the component systems and their regions, from any number of image files."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel
import numpy as np

from empatune.core import Grid
from empatune.errors import CoverageWarning, ImageError, UsageError
from empatune.signatures.images import ImageFile, Layout, layout_of
from empatune.systems import By, Mask, Shape, draw
from empatune.typing import Array, FloatArray, IntArray, JsonObject

_N_GRIDS = 4
"""How many grids are held ready; more than a study has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractionSettings:
    """Which signals are taken out of images.

    Parameters
    ----------
    by : tuple of {"system", "region", "hemisphere", "confound"}
        What gets a signal of its own, see `empatune.systems.masks`.
    shape : {"sphere", "probability"}
        Means over spheres, or means weighted by a smooth map.
    radius_mm, fwhm_mm : float
        Size of the spheres, or of the Gaussians at half their height [mm].
    zeros_count : bool
        Whether 0 is a value and NaN alone is missing, as in maps whose negative half was cut to 0.
    min_coverage : float
        Warn if an image holds less than this share of a mask.

    Raises
    ------
    UsageError
        If nothing is asked for, or the share is not between 0 and 1.
    """

    by: tuple[By, ...] = ("system", "region")
    shape: Shape = "sphere"
    radius_mm: float = 8.0
    fwhm_mm: float = 10.0
    zeros_count: bool = False
    min_coverage: float = 0.9

    def __post_init__(self) -> None:
        if not self.by:
            raise UsageError("Say what to extract: system, region, hemisphere or confound.")
        if not 0 <= self.min_coverage <= 1:
            raise UsageError(f"min_coverage is {self.min_coverage}; allowed: 0 to 1.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegionSignals:
    """The signals of one image, or of every volume of one series.

    Parameters
    ----------
    image : str
        The image's path, or its place among the images for one that has none.
    names : tuple of str
        Systems, regions or sides of regions.
    means : ndarray, shape (n_volumes, n_names)
        Weighted mean over the voxels that are present; NaN where there is none.
    coverage : ndarray, shape (n_volumes, n_names)
        Share of the mask that is present, 0 to 1.
    """

    image: str
    names: tuple[str, ...]
    means: FloatArray
    coverage: FloatArray

    def rows(self) -> Iterator[JsonObject]:
        """Return the signals as rows of a table.

        Yields
        ------
        dict
            Keys ``image``, ``volume``, ``name``, ``mean`` and ``coverage``.
        """
        for volume, pair in enumerate(zip(self.means, self.coverage, strict=True)):
            for name, mean, share in zip(self.names, *pair, strict=True):
                yield {
                    "image": self.image,
                    "volume": volume,
                    "name": name,
                    "mean": float(mean),
                    "coverage": float(share),
                }


def extract(
    images: Iterable[str | Path | Any],
    *,
    settings: ExtractionSettings | None = None,
    volumes: bool = False,
) -> Iterator[RegionSignals]:
    """Take the signals of component systems out of images, whatever their grids.

    Masks are drawn in each image's own grid, so that nothing is interpolated. Voxels that are not
    finite are missing, and so are those of exactly 0 unless the settings say otherwise.

    Parameters
    ----------
    images : iterable of str, Path or nibabel image
        Images in MNI space.
    settings : ExtractionSettings, optional
        Which signals.
    volumes : bool
        Whether 4D series are allowed; each of their volumes has signals.

    Yields
    ------
    RegionSignals
        The signals of one image after the other, in the order given.

    Raises
    ------
    ImageError
        If an image is damaged, 4D where 3D is meant, or not in MNI space.

    Warns
    -----
    CoverageWarning
        At the end, if images hold too little of a mask.
    """
    settings = settings or ExtractionSettings()
    ready: list[_Extractor] = []
    lowest: dict[str, list[float]] = {}
    for number, image in enumerate(images):
        with _opened(image, number) as (label, layout, stored):
            if layout.is_series and not volumes:
                raise ImageError(
                    f"{label} is a series of {layout.n_volumes} volumes where one 3D image is "
                    "meant. To take each of its volumes, say so (volumes=True, --volumes)."
                )
            extractor = _extractor(layout.grid, ready, settings, label)
            signals = extractor.signals(label, layout, stored)
        yield signals
        for name, share in zip(signals.names, signals.coverage.min(axis=0), strict=True):
            lowest.setdefault(name, []).append(float(share))
    for name, shares in lowest.items():
        n_low = sum(share < settings.min_coverage for share in shares)
        if n_low:
            warnings.warn(
                f"{n_low} of {len(shares)} images hold less than {settings.min_coverage:.0%} of "
                f"{name} (the least: {min(shares):.0%}): compare them only with images that miss "
                "the same voxels.",
                CoverageWarning,
                stacklevel=2,
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Extractor:
    """Masks in one grid, as weights of the voxels that any of them holds."""

    grid: Grid
    names: tuple[str, ...]
    voxels: IntArray
    weights: FloatArray
    totals: FloatArray
    zeros_count: bool

    def signals(self, label: str, layout: Layout, stored: Iterator[Array]) -> RegionSignals:
        means, coverage = [], []
        for volume in stored:
            values = volume.ravel(order="F").take(self.voxels).astype(np.float64)
            values = values * layout.slope + layout.intercept
            present = np.isfinite(values) & ((values != 0) | self.zeros_count)
            found = self.weights @ present
            with np.errstate(invalid="ignore"):
                means.append(self.weights @ np.where(present, values, 0.0) / found)
            coverage.append(found / self.totals)
        return RegionSignals(
            image=label, names=self.names, means=np.array(means), coverage=np.array(coverage)
        )


def _extractor(
    grid: Grid, ready: list[_Extractor], settings: ExtractionSettings, label: str
) -> _Extractor:
    for known in ready:
        if known.grid.matches(grid):
            return known
    try:
        drawn = _draw(grid, settings)
    except ImageError as problem:
        raise ImageError(f"{label}: {problem}") from problem
    flat = np.stack([mask.values.ravel(order="F") for mask in drawn.values()])
    voxels = np.flatnonzero(flat.any(axis=0))
    new = _Extractor(
        grid=grid,
        names=tuple(drawn),
        voxels=voxels,
        weights=flat[:, voxels].astype(np.float64),
        totals=np.array([mask.total for mask in drawn.values()]),
        zeros_count=settings.zeros_count,
    )
    ready[:] = [new, *ready][:_N_GRIDS]
    return new


def _draw(grid: Grid, settings: ExtractionSettings) -> dict[str, Mask]:
    drawn: dict[str, Mask] = {}
    for by in settings.by:
        drawn |= draw(
            grid,
            by=by,
            shape=settings.shape,
            radius_mm=settings.radius_mm,
            fwhm_mm=settings.fwhm_mm,
        )
    return drawn


@contextmanager
def _opened(image: Any, number: int) -> Iterator[tuple[str, Layout, Iterator[Array]]]:
    if isinstance(image, str | Path) and str(image).endswith((".nii", ".nii.gz")):
        with ImageFile(Path(image)) as file:
            yield str(image), file.layout, file.volumes()
        return
    label = str(image) if isinstance(image, str | Path) else str(number)
    try:
        loaded: Any = nibabel.load(image) if isinstance(image, str | Path) else image
        layout = layout_of(loaded.header, shape=loaded.shape, affine=loaded.affine)
    except ImageError as problem:
        raise ImageError(f"{label}: {problem}.") from problem
    except Exception as problem:  # nibabel raises many kinds
        raise ImageError(f"{label} cannot be read as an image: {problem}") from problem
    yield label, layout, (_volume(loaded, layout, each) for each in range(layout.n_volumes))


def _volume(loaded: Any, layout: Layout, number: int) -> Array:
    taken = loaded.slicer[..., number].dataobj if layout.is_series else loaded.dataobj
    return np.asarray(taken).reshape(layout.grid.shape)
