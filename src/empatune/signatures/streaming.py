"""Scoring any number of image files: some are read at a time, and memory stays what it was."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

import nibabel
import numpy as np

from empatune.core import Grid
from empatune.errors import ImageError
from empatune.numerics.threads import one_thread
from empatune.signatures.expression import (
    MEASURES,
    Expresser,
    ExpressionSettings,
    Scores,
    prepare_expression,
    warn_of_coverage,
)
from empatune.signatures.images import ImageFile, Layout, layout_of
from empatune.signatures.signature import Signature, load
from empatune.typing import Array, FloatArray, JsonObject

_N_GRIDS = 4
"""How many grids are held ready; more than a study has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageScores:
    """The scores of one image, or of every volume of one series.

    Parameters
    ----------
    image : str
        The image's path, or its place among the images for one that has none.
    scores : Scores
        One row a volume.
    """

    image: str
    scores: Scores

    def rows(self) -> Iterator[JsonObject]:
        """Return the scores as rows of a table.

        Yields
        ------
        dict
            Keys ``image``, ``volume``, ``signature``, ``dot``, ``cosine``, ``correlation``,
            ``coverage_voxels``, ``coverage_weight``.
        """
        columns = (*MEASURES, "coverage_voxels", "coverage_weight")
        for volume in range(len(self.scores.dot)):
            for number, name in enumerate(self.scores.signatures):
                row: JsonObject = {"image": self.image, "volume": volume, "signature": name}
                for column in columns:
                    row[column] = float(getattr(self.scores, column)[volume, number])
                yield row


def express(
    images: Iterable[str | Path | Any],
    signatures: Sequence[str | Path | Signature],
    *,
    settings: ExpressionSettings | None = None,
    volumes: bool = False,
    n_threads: int | None = None,
) -> Iterator[ImageScores]:
    """Score images, whatever their grids and however many.

    Parameters
    ----------
    images : iterable of str, Path or nibabel image
        Images in MNI space.
    signatures : sequence of str, Path or Signature
        Names of the catalogue, paths of weight maps, or signatures.
    settings : ExpressionSettings, optional
        How to compare.
    volumes : bool
        Whether 4D series are allowed; each of their volumes is scored.
    n_threads : int, optional
        How many images to read at a time; as many as there are processors, at most 4.

    Yields
    ------
    ImageScores
        The scores of one image after the other, in the order given.

    Raises
    ------
    ImageError
        If an image is damaged, empty, 4D where 3D is meant, or not in MNI space.
    SignatureError
        If a signature cannot be loaded.

    Warns
    -----
    CoverageWarning
        At the end, if images hold too little of a signature.
    """
    settings = settings or ExpressionSettings()
    prepared = _Prepared(signatures, settings)
    score = partial(_score, prepared=prepared, volumes=volumes)
    coverage: list[FloatArray] = []
    names: tuple[str, ...] = ()
    with one_thread():
        for scored in _ahead(score, enumerate(images), n_threads or min(4, os.cpu_count() or 1)):
            coverage.append(scored.scores.coverage)
            names = scored.scores.signatures
            yield scored
    warn_of_coverage(coverage, names, min_coverage=settings.min_coverage)


class _Prepared:
    """Signatures in the grids of the latest images, shared by threads.

    Maps are loaded when a new grid comes, and not kept: they would be most of the memory.
    """

    def __init__(
        self, signatures: Sequence[str | Path | Signature], settings: ExpressionSettings
    ) -> None:
        self._signatures = signatures
        self._settings = settings
        self._ready: list[Expresser] = []
        self._lock = Lock()

    def expresser(self, grid: Grid) -> Expresser:
        with self._lock:
            for ready in self._ready:
                if ready.grid.matches(grid):
                    return ready
            loaded = (
                each if isinstance(each, Signature) else load(each) for each in self._signatures
            )
            new = prepare_expression(loaded, grid, settings=self._settings)
            self._ready = [new, *self._ready][:_N_GRIDS]
            return new


def _ahead(
    score: Any, numbered: Iterator[tuple[int, Any]], n_threads: int
) -> Iterator[ImageScores]:
    """Score some images at a time and give them out in order."""
    with ThreadPoolExecutor(n_threads) as pool:
        waiting: deque[Future[ImageScores]] = deque(
            pool.submit(score, *each) for each in islice(numbered, 2 * n_threads)
        )
        try:
            while waiting:
                scored = waiting.popleft().result()
                waiting.extend(pool.submit(score, *each) for each in islice(numbered, 1))
                yield scored
        finally:
            for future in waiting:
                future.cancel()


def _score(number: int, image: Any, *, prepared: _Prepared, volumes: bool) -> ImageScores:
    if isinstance(image, str | Path) and str(image).endswith((".nii", ".nii.gz")):
        with ImageFile(Path(image)) as file:
            return _rows(str(image), file.layout, file.volumes(), prepared, volumes=volumes)
    label = str(image) if isinstance(image, str | Path) else str(number)
    try:
        loaded = nibabel.load(image) if isinstance(image, str | Path) else image
        layout = layout_of(loaded.header, shape=loaded.shape, affine=loaded.affine)
    except ImageError as problem:
        raise ImageError(f"{label}: {problem}.") from problem
    except Exception as problem:  # nibabel raises many kinds
        raise ImageError(f"{label} cannot be read as an image: {problem}") from problem
    return _rows(label, layout, _volumes_of(loaded, layout), prepared, volumes=volumes)


def _volumes_of(image: Any, layout: Layout) -> Iterator[Array]:
    for number in range(layout.n_volumes):
        taken = image.slicer[..., number].dataobj if layout.is_series else image.dataobj
        yield np.asarray(taken).reshape(layout.grid.shape)


def _rows(
    label: str, layout: Layout, volumes_read: Iterator[Array], prepared: _Prepared, *, volumes: bool
) -> ImageScores:
    if layout.is_series and not volumes:
        raise ImageError(
            f"{label} is a series of {layout.n_volumes} volumes where one 3D image is meant. To "
            "score each of its volumes, say so (volumes=True, --volumes)."
        )
    try:
        expresser = prepared.expresser(layout.grid)
    except ImageError as problem:
        raise ImageError(f"{label}: {problem}") from problem
    rows = [
        expresser.row(volume, slope=layout.slope, intercept=layout.intercept)
        for volume in volumes_read
    ]
    scores = expresser.collect(np.array(rows))
    if not layout.is_series and not scores.coverage_voxels.any():
        raise ImageError(
            f"{label} has no value but 0 and NaN in any of the signatures: it is empty there."
        )
    return ImageScores(image=label, scores=scores)
