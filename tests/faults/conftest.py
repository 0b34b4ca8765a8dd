"""A real run of single slices, cut short, and a rough preparation for it."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest

from empatune.core import Grid
from empatune.errors import EmpatuneWarning
from empatune.preparation import AffineTransform, prepare
from empatune.preparation.brain import find_brain
from empatune.preparation.template import load_template
from empatune.realtime import study as studies
from empatune.realtime.clock import SystemClock
from empatune.realtime.sources import open_source
from empatune.simulation.signatures import synthetic

N_VOLUMES = 24
N_SLICES = 35

STUDY = """
[study]
name = "faults"
[scanner]
n_volumes = {n_volumes}
[preparation]
folder = "{preparation}"
[protocol]
[[protocol.blocks]]
condition = "rest"
duration_s = 24
[[protocol.blocks]]
condition = "care"
duration_s = 24
feedback = true
"""


@pytest.fixture(scope="session")
def slices(testdata: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Link to the slices of the first volumes of the Philips run: 840 files."""
    folder, n_found = tmp_path_factory.mktemp("slices"), 0
    for path in sorted((testdata / "philips_localizer" / "dicoms").iterdir()):
        header = pydicom.dcmread(path, specific_tags=["TemporalPositionIdentifier"])
        if int(header.TemporalPositionIdentifier) <= N_VOLUMES:
            (folder / path.name).symlink_to(path)
            n_found += 1
        if n_found == N_VOLUMES * N_SLICES:  # the others are 4,600 headers to read
            break
    assert n_found == N_VOLUMES * N_SLICES
    return folder


@pytest.fixture(scope="session")
def rough_preparation(slices: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Place MNI roughly, by centres of mass: enough to decode, and quick."""
    from threading import Event

    from empatune.core import Volume

    base = tmp_path_factory.mktemp("rough")
    source = open_source(f"replay:{slices}?pace=0", spool=base / "spool", clock=SystemClock())
    source.open()
    volumes = [m for m in source.messages(Event()) if isinstance(m, Volume)][:4]
    source.close()
    image = np.mean([v.intensities() for v in volumes], axis=0)
    grid, template = volumes[0].grid, load_template()
    shift = np.eye(4)
    shift[:3, 3] = _centre(find_brain(image, grid), grid) - _centre(
        template.image > 0, template.grid
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EmpatuneWarning)
        prepared = prepare(
            image,
            grid,
            [synthetic("care"), synthetic("distress")],
            aligner=AffineTransform(matrix=shift, origin="centres of mass"),
        )
    prepared.save(base / "prepared")
    return base / "prepared"


@pytest.fixture
def fault_study(rough_preparation: Path) -> studies.Study:
    """Give the study of the cut run."""
    text = STUDY.format(n_volumes=N_VOLUMES, preparation=rough_preparation)
    return studies.loads(text, Path("faults.toml"))


def _centre(mask: np.ndarray, grid: Grid) -> np.ndarray:
    return grid.affine[:3, :3] @ np.argwhere(mask).mean(axis=0) + grid.affine[:3, 3]
