"""How strongly images express signatures: dot product, cosine and correlation, with coverage."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from empatune.core import Grid
from empatune.core.space import check_space
from empatune.errors import CoverageWarning, ImageError, UsageError
from empatune.numerics.spreading import reach
from empatune.signatures.placement import Placement, place
from empatune.signatures.signature import Signature
from empatune.typing import Array, FloatArray

Policy = Literal["exclude", "count"]
Direction = Literal["weights-to-image", "image-to-weights"]

MEASURES = ("dot", "cosine", "correlation")
"""What can be said about an image and a signature, in the order of the tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionSettings:
    """How images are compared with signatures.

    Parameters
    ----------
    policy : {"exclude", "count"}
        What happens to the voxels of a signature that an image misses: outside its field of view,
        not finite, or exactly 0. With ``exclude`` they take no part: norms and means are those of
        the voxels that are present. With ``count`` they count as voxels with the value 0: norms
        and means are those of the whole signature. The dot product is the same.
    direction : {"weights-to-image", "image-to-weights"}
        Which side moves where image and signature do not share a lattice. Weights are spread so
        that their sum stays the same, and dot products of images with voxels of 2 and 3 mm
        compare. Images are interpolated linearly; a value that rests on a missing voxel is missing.
    min_coverage : float
        Below this share of voxels or of weight energy (the sum of squared weights), warn.
    min_overlap : float
        Refuse images whose field of view holds less than this share of a signature's voxels: they
        are hardly in MNI space. Lower it for slabs.
    check_space : bool
        Refuse images that do not lie about the midline as an image in MNI space does.

    Raises
    ------
    UsageError
        If a setting is not one of those allowed.
    """

    policy: Policy = "exclude"
    direction: Direction = "weights-to-image"
    min_coverage: float = 0.9
    min_overlap: float = 0.5
    check_space: bool = True

    def __post_init__(self) -> None:
        for name, allowed in (("policy", get_args(Policy)), ("direction", get_args(Direction))):
            given = getattr(self, name)
            if given not in allowed:
                raise UsageError(f"{name} is '{given}'; allowed: {', '.join(allowed)}.")
        for name in ("min_coverage", "min_overlap"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name} is {getattr(self, name)}; allowed: 0 to 1.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """How strongly images express signatures.

    Parameters
    ----------
    signatures : tuple of str
        Their names.
    dot : ndarray, shape (n_images, n_signatures), float64
        Sum of weight times value over the voxels that are present.
    cosine : ndarray, shape (n_images, n_signatures), float64
        The dot product over the norms of weights and image, both over the signature's voxels.
    correlation : ndarray, shape (n_images, n_signatures), float64
        Pearson's r of weights and image over the signature's voxels.
    coverage_voxels : ndarray, shape (n_images, n_signatures), float64
        Share of the signature's voxels that are present, 0 to 1.
    coverage_weight : ndarray, shape (n_images, n_signatures), float64
        Share of the sum of its squared weights that is present, 0 to 1.
    """

    signatures: tuple[str, ...]
    dot: FloatArray
    cosine: FloatArray
    correlation: FloatArray
    coverage_voxels: FloatArray
    coverage_weight: FloatArray

    @property
    def coverage(self) -> FloatArray:
        """The smaller of both coverages, shape (n_images, n_signatures)."""
        return np.minimum(self.coverage_voxels, self.coverage_weight)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expresser:
    """Signatures, ready to score any number of images that lie in one grid.

    Parameters
    ----------
    signatures : tuple of str
        Their names.
    grid : Grid
        The images' grid.
    settings : ExpressionSettings
        How to compare.
    placement : Placement
        The weights in the grid in which dot products are taken.
    working : Grid
        That grid: the images' own, or the signatures' if images are brought to them.
    """

    signatures: tuple[str, ...]
    grid: Grid
    settings: ExpressionSettings
    placement: Placement
    working: Grid

    def scores(self, images: Array) -> Scores:
        """Score images.

        Parameters
        ----------
        images : ndarray, shape (n_images, n_i, n_j, n_k)
            Values in the grid; NaN or 0 where there is none.

        Returns
        -------
        Scores
            One row an image. An image without any voxel of a signature has NaN and coverage 0.

        Raises
        ------
        ImageError
            If the images do not have the shape of the grid.
        """
        if images.ndim != 4 or images.shape[1:] != self.grid.shape:
            raise ImageError(
                f"The images have shape {images.shape}; expected (n_images, "
                f"{', '.join(map(str, self.grid.shape))})."
            )
        rows = np.array([self.row(image) for image in images])
        return self.collect(rows.reshape(len(images), 5, len(self.signatures)))

    def row(self, image: Array, *, slope: float = 1.0, intercept: float = 0.0) -> FloatArray:
        """Score one image as it is stored.

        Parameters
        ----------
        image : ndarray, shape (n_i, n_j, n_k)
            Stored values of any type; fastest where the first axis is contiguous.
        slope, intercept : float
            Scaling: value = slope * stored + intercept.

        Returns
        -------
        ndarray, shape (5, n_signatures), float64
            Dot, cosine, correlation, coverage of voxels and of weight energy.
        """
        if self.working is not self.grid:
            image = _bring(image * slope + intercept, self.grid, self.working)
            slope, intercept = 1.0, 0.0
        values = image.ravel(order="F").take(self.placement.voxels).astype(np.float64)
        if slope != 1.0 or intercept != 0.0:
            values = values * slope + intercept
        return _measure(values, self.placement, self.settings.policy)

    def collect(self, rows: FloatArray) -> Scores:
        """Name the parts of rows.

        Parameters
        ----------
        rows : ndarray, shape (n_images, 5, n_signatures)
            From `row`.

        Returns
        -------
        Scores
            The same numbers.
        """
        dot, cosine, correlation, voxels, weight = np.moveaxis(rows, 1, 0)
        return Scores(
            signatures=self.signatures,
            dot=dot,
            cosine=cosine,
            correlation=correlation,
            coverage_voxels=voxels,
            coverage_weight=weight,
        )


def prepare_expression(
    signatures: Iterable[Signature], grid: Grid, *, settings: ExpressionSettings | None = None
) -> Expresser:
    """Bring signatures and a grid of images together, once for any number of images.

    Parameters
    ----------
    signatures : iterable of Signature
        The signatures, of different names.
    grid : Grid
        The images' grid in MNI space.
    settings : ExpressionSettings, optional
        How to compare.

    Returns
    -------
    Expresser
        Scores images in that grid.

    Raises
    ------
    ImageError
        If the grid is not one of MNI space, or holds too little of a signature.
    UsageError
        If there is no signature, or two have the same name.
    """
    settings = settings or ExpressionSettings()
    if settings.check_space:
        check_space(grid)
    if settings.direction == "image-to-weights":
        signatures = tuple(signatures)  # they may be placed twice
    placement = place(signatures, grid)
    overlap = placement.inside[3] / placement.totals[3]
    for name, share in zip(placement.names, overlap, strict=True):
        if share < settings.min_overlap:
            raise ImageError(
                f"The image's field of view holds {share:.0%} of the voxels of signature '{name}': "
                "is it in MNI space? If it is a slab, lower min_overlap "
                f"(now {settings.min_overlap:g})."
            )
    working = grid
    if settings.direction == "image-to-weights" and placement.shares is not None:
        working = _common([signature.grid for signature in signatures])
        placement = place(signatures, working)
    return Expresser(
        signatures=placement.names,
        grid=grid,
        settings=settings,
        placement=placement,
        working=working,
    )


def warn_of_coverage(
    coverage: Sequence[FloatArray], signatures: Sequence[str], *, min_coverage: float
) -> None:
    """Warn of signatures of which images hold too little.

    Parameters
    ----------
    coverage : sequence of ndarray, shape (n_images, n_signatures)
        Coverage, see `Scores.coverage`, in any number of parts.
    signatures : sequence of str
        The signatures' names.
    min_coverage : float
        Warn below this share.
    """
    if not coverage:
        return
    for name, shares in zip(signatures, np.concatenate(coverage).T, strict=True):
        n_low = int((shares < min_coverage).sum())
        if n_low:
            warnings.warn(
                f"{n_low} of {len(shares)} images hold less than {min_coverage:.0%} of signature "
                f"'{name}' (the least: {shares.min():.1%}). Missing weights change a score and can "
                "turn its sign: compare such images with others only if they miss the same voxels.",
                CoverageWarning,
                stacklevel=3,
            )


def _measure(values: FloatArray, placement: Placement, policy: Policy) -> FloatArray:
    """Five rows, one column a signature: the three measures and the two coverages."""
    missing = (values == 0) | ~np.isfinite(values)
    here = placement.inside
    if missing.any():
        values[missing] = 0.0
        here = placement.without(missing)
    n, weight, energy, _ = placement.totals if policy == "count" else here
    dot = placement.weights @ values
    total = placement.belongs @ np.add.reduceat(values, placement.starts)
    values *= values  # in place: two threads at it are most of the memory that images take
    power = placement.belongs @ np.add.reduceat(values, placement.starts)
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = dot / np.sqrt(energy * power)
        spread = (energy - weight**2 / n) * (power - total**2 / n)
        correlation = (dot - weight * total / n) / np.sqrt(spread)
    absent = here[0] < 0.5
    scores = np.array([dot, cosine, correlation])
    scores[:, absent] = np.nan
    shares = np.clip(here[[3, 2]] / placement.totals[[3, 2]], 0.0, 1.0)
    return np.vstack([scores, shares])


def _bring(image: Array, grid: Grid, working: Grid) -> Array:
    """Interpolate an image; NaN where a value would rest on a missing voxel."""
    from empatune.numerics.resampling import resample  # loads scipy, which few need here

    values = np.asarray(image, dtype=np.float64)
    present = np.isfinite(values) & (values != 0)
    moved, share = (
        resample(
            each,
            grid.affine,
            to_affine=working.affine,
            to_shape=working.shape,
            order=1,
        )
        for each in (np.where(present, values, 0.0), present)
    )
    return np.where(share > 1 - 1e-6, moved, np.nan)


def _common(grids: Sequence[Grid]) -> Grid:
    """One grid on the lattice of the first that holds all."""
    affine = grids[0].affine
    to_first = np.linalg.inv(affine)
    boxes = [reach(each.shape, to_first @ each.affine) for each in grids]
    start = np.min([box[0] for box in boxes], axis=0)
    stop = np.max([box[1] for box in boxes], axis=0)
    moved = affine.copy()
    moved[:3, 3] = affine[:3, :3] @ start + affine[:3, 3]
    return Grid(shape=tuple(stop - start), affine=moved)
