"""A real participant, registered once for all tests of preparation."""

from __future__ import annotations

import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

from empatune.core import Grid, Volume
from empatune.errors import CoverageWarning
from empatune.preparation import FieldTransform, Prepared, Registration, prepare
from empatune.preparation.brain import find_brain
from empatune.preparation.transforms import Reference
from empatune.realtime.sources import open_source
from empatune.signatures import Signature, load
from empatune.typing import Float32Array


@pytest.fixture(scope="session")
def volumes(testdata: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Volume]:
    """The first volumes of a real neurofeedback run, dummies dropped."""
    series = testdata / "siemens_nf_run" / "dicoms"
    source = open_source(f"replay:{series}?pace=0", spool=tmp_path_factory.mktemp("spool"))
    source.open()
    stop = threading.Event()
    found = []
    for message in source.messages(stop):
        if isinstance(message, Volume):
            found.append(message)
        if len(found) == 12:
            stop.set()
    source.close()
    return found[3:12]


@pytest.fixture(scope="session")
def grid(volumes: list[Volume]) -> Grid:
    """The grid of the real run."""
    return volumes[0].grid


@pytest.fixture(scope="session")
def images(volumes: list[Volume]) -> Float32Array:
    """The intensities of the real volumes."""
    return np.stack([volume.intensities() for volume in volumes])


@pytest.fixture(scope="session")
def signatures(shared: Path) -> list[Signature]:
    """Published maps on two different grids."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMPATUNE_DATA", str(shared))
        return [load("care"), load("distress"), load("pines")]


class Remembered:
    """An aligner that registers once and remembers the answer."""

    method = "ants-fast"

    def __init__(self) -> None:
        self.found: FieldTransform | None = None

    def align(self, reference: Reference) -> FieldTransform:
        if self.found is None:
            self.found = Registration(quality="fast").align(reference)
        return self.found


@pytest.fixture(scope="session")
def aligner() -> Remembered:
    """The registration of the real participant, done when first asked for."""
    pytest.importorskip("ants")
    return Remembered()


@pytest.fixture(scope="session")
def reference(images: Float32Array, grid: Grid) -> Reference:
    """The real participant's mean image and brain."""
    mean = images.mean(axis=0)
    return Reference(image=mean, brain=find_brain(mean, grid), grid=grid)


@pytest.fixture(scope="session")
def prepared(
    images: Float32Array, grid: Grid, signatures: list[Signature], aligner: Remembered
) -> Prepared:
    """The real participant, prepared."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CoverageWarning)  # PINES reaches beyond any brain
        return prepare(images, grid, signatures, aligner=aligner)
