"""Signatures in the grid of an image: which voxels carry weight, and how much of each map is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from empatune.core import Grid
from empatune.core.space import world_box
from empatune.errors import ImageError, UsageError
from empatune.numerics.spreading import reach, spread
from empatune.signatures.lattice import align
from empatune.signatures.signature import Signature
from empatune.typing import Array, BoolArray, Float32Array, FloatArray, IntArray

_N_KNOWN = 32
"""Patterns of missing voxels to remember."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placement:
    """Weights of several signatures at the voxels of an image that carry any.

    Voxels that belong to the same signatures stand together, so that sums over a signature's
    voxels are sums of a few runs.

    Parameters
    ----------
    names : tuple of str
        The signatures' names.
    voxels : ndarray, shape (n_voxels,), int64
        Where they lie in the image, counted with the first axis fastest.
    weights : ndarray, shape (n_signatures, n_voxels), float64
        Weights; sums over the image are those of the signatures, whatever the voxel size.
    shares : ndarray, shape (n_signatures, n_voxels), float32, or None
        How many voxels of the signature each voxel stands for; None if one or none.
    starts : ndarray, shape (n_runs,), int64
        Where each run of voxels starts.
    belongs : ndarray, shape (n_signatures, n_runs), float64
        1 where the run's voxels belong to the signature, else 0.
    totals : ndarray, shape (4, n_signatures), float64
        Of the whole signature, inside the field of view or not: how many image voxels it has, sum
        of its weights, sum of their squares, how many voxels of its own it has.
    inside : ndarray, shape (4, n_signatures), float64
        The same of the part inside the field of view.
    """

    names: tuple[str, ...]
    voxels: IntArray
    weights: FloatArray
    shares: Float32Array | None
    starts: IntArray
    belongs: FloatArray
    totals: FloatArray
    inside: FloatArray = field(init=False)
    _known: dict[bytes, FloatArray] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        everything = np.ones(len(self.voxels), dtype=np.bool_)
        object.__setattr__(self, "inside", self._part(everything))

    def without(self, missing: BoolArray) -> FloatArray:
        """Return what `inside` says, without the voxels that an image misses.

        Parameters
        ----------
        missing : ndarray, shape (n_voxels,), bool
            Which voxels are missing.

        Returns
        -------
        ndarray, shape (4, n_signatures), float64
            Image voxels, sum of weights, sum of squared weights, own voxels.
        """
        key = np.packbits(missing).tobytes()
        part = self._known.get(key)  # images of one study mostly miss the same voxels
        if part is None:
            part = self._part(missing)
            if len(self._known) < _N_KNOWN:
                self._known[key] = part
        rest: FloatArray = self.inside - part
        return rest

    def _part(self, chosen: BoolArray) -> FloatArray:
        count = self.belongs @ np.add.reduceat(chosen, self.starts, dtype=np.float64)
        where = np.flatnonzero(chosen)
        sums = np.zeros((2, len(self.weights)))
        for number, weights in enumerate(self.weights):
            some = weights[where]
            sums[:, number] = some.sum(), some @ some
        own = count if self.shares is None else self.shares[:, where].sum(axis=1, dtype=np.float64)
        return np.array([count, *sums, own])


def place(signatures: Iterable[Signature], grid: Grid) -> Placement:
    """Bring signatures to the grid of an image.

    On one lattice weights are moved exactly. Elsewhere each weight is spread over the image's
    voxels so that the dot product is the integral of the weights, constant within their voxels,
    with the image, linear between its voxels; the sum of the weights stays the same.

    Parameters
    ----------
    signatures : iterable of Signature
        The signatures; taken one after the other, so that a generator need not hold them all.
    grid : Grid
        The image's grid.

    Returns
    -------
    Placement
        Their weights in this grid.

    Raises
    ------
    ImageError
        If a signature has no voxel in common with the image.
    UsageError
        If there is no signature, or two have the same name.
    """
    parts = []
    member: list[Array] = []
    for number, signature in enumerate(signatures):
        part, inside = _part(signature, grid)
        parts.append(part)
        if number % 8 == 0:
            member.append(np.zeros(grid.n_voxels, dtype=np.uint8))
        member[-1] |= inside.astype(np.uint8) << (7 - number % 8)
    _check_names([part.name for part in parts])
    voxels = np.flatnonzero(np.any(member, axis=0))
    bits = np.stack([eight[voxels] for eight in member])
    order, starts = _runs(bits)
    mine = np.unpackbits(bits, axis=0, count=len(parts)).view(np.bool_)
    weights = np.empty((len(parts), len(voxels)))
    exact = all(part.shares is None for part in parts)
    shares = None if exact else np.empty(weights.shape, dtype=np.float32)
    for number, part in enumerate(parts):
        weights[number] = _filled(part.weights, mine[number])[order]
        if shares is not None:
            own = mine[number] if part.shares is None else _filled(part.shares, mine[number])
            shares[number] = own[order]
    return Placement(
        names=tuple(part.name for part in parts),
        voxels=voxels[order],
        weights=weights,
        shares=shares,
        starts=starts,
        belongs=mine[:, order[starts]].astype(np.float64),
        totals=np.array([part.totals for part in parts]).T,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    """One signature's weights and shares at its own voxels in an image, and its totals."""

    name: str
    weights: Array
    shares: Array | None
    totals: FloatArray


def _part(signature: Signature, grid: Grid) -> tuple[_Part, BoolArray]:
    weights, shares, totals = _move(signature, grid)
    inside = weights != 0
    if not inside.any():
        raise ImageError(
            f"Signature '{signature.name}' and the image have no voxel in common: the image "
            f"lies at {_extent(grid)}, the signature at {_extent(signature.grid)}. "
            "Bring the image to MNI space, or mend its header."
        )
    part = _Part(
        name=signature.name,
        weights=weights[inside],
        shares=None if shares is None else shares[inside],
        totals=totals,
    )
    return part, inside


def _check_names(names: Sequence[str]) -> None:
    if not names or len(set(names)) < len(names):
        raise UsageError(f"Signatures need different names; given: {', '.join(names) or 'none'}.")


def _filled(values: Array, where: BoolArray) -> Array:
    filled = np.zeros(where.shape, dtype=values.dtype)
    filled[where] = values
    return filled


def _move(signature: Signature, grid: Grid) -> tuple[Array, Array | None, FloatArray]:
    """Weights and shares as flat images with the first axis fastest, and totals."""
    weights = signature.weights
    alignment = align(signature.grid, grid)
    if alignment is None:
        return _spread(signature, grid)
    kept = weights[weights != 0].astype(np.float64)
    totals = np.array([kept.size, kept.sum(), kept @ kept, kept.size])
    return alignment.place(weights, grid.shape).ravel(order="F"), None, totals


def _spread(signature: Signature, grid: Grid) -> tuple[Array, Array | None, FloatArray]:
    matrix = np.linalg.inv(grid.affine) @ signature.grid.affine
    start, stop = reach(signature.grid.shape, matrix)
    both = np.stack([signature.weights, signature.weights != 0])
    weights, share = spread(both, matrix, start=tuple(start), stop=tuple(stop))
    weights = weights.astype(np.float32)
    absent = (share < 1e-9) | (weights == 0)
    share[absent] = weights[absent] = 0.0
    totals = np.array(
        [
            (weights != 0).sum(),
            weights.sum(dtype=float),
            (weights.astype(float) ** 2).sum(),
            share.sum(),
        ]
    )
    return _cut(weights, start, grid.shape), _cut(share, start, grid.shape), totals


def _cut(values: Array, start: IntArray, shape: tuple[int, int, int]) -> Array:
    """Cut or fill a box that starts somewhere to the shape of the image."""
    whole = np.zeros(shape, dtype=np.float32)
    first, last = np.maximum(start, 0), np.minimum(start + values.shape, shape)
    if (last > first).all():
        there = tuple(slice(a, b) for a, b in zip(first, last, strict=True))
        here = tuple(slice(a, b) for a, b in zip(first - start, last - start, strict=True))
        whole[there] = values[here]
    return whole.ravel(order="F")


def _runs(bits: Array) -> tuple[IntArray, IntArray]:
    """Sort voxels by the set of signatures to which they belong; tell where each set starts."""
    kind = np.zeros(bits.shape[1], dtype=np.int64)
    for eight in bits:
        kind = _renumbered(256 * kind + eight)
    sizes = np.bincount(kind)
    short = len(sizes) <= 1 << 16  # numpy sorts short integers in one pass
    order = np.argsort(kind.astype(np.uint16) if short else kind, kind="stable")
    return order, np.cumsum(sizes) - sizes


def _renumbered(numbers: IntArray) -> IntArray:
    """Replace numbers by 0, 1, 2, ... in their order."""
    there = np.bincount(numbers) > 0
    renumbered: IntArray = (np.cumsum(there) - 1)[numbers]
    return renumbered


def _extent(grid: Grid) -> str:
    return ", ".join(
        f"{axis} {low:.0f} to {high:.0f} mm"
        for axis, low, high in zip("xyz", *world_box(grid), strict=True)
    )
