"""One simulated person with two runs, and maps that describe them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from empatune.bids.derivatives import RunFiles, find_runs
from empatune.simulation.study import SimulatedStudySettings, simulate_study

STEM = "sub-01_task-stories_run-"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("person") / "bids"
    settings = SimulatedStudySettings(n_people=1, n_trials=8, n_volumes=60, step_mm=10.0)
    simulate_study(folder, settings)
    return folder


@pytest.fixture
def person(made: Path, tmp_path: Path) -> Path:
    """Give a copy of the data set that a test may break."""
    return Path(shutil.copytree(made, tmp_path / "bids"))


@pytest.fixture
def maps(made: Path) -> list[str]:
    return [str(made / f"derivatives/truth/{name}.nii.gz") for name in ("care", "distress")]


@pytest.fixture
def first_run(person: Path) -> Callable[[], RunFiles]:
    return lambda: find_runs(person, person / "derivatives/fmriprep")[0]
