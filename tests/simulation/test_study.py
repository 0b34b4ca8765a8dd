"""The simulated study on disk: equal for equal seeds, complete, and with the truth in it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
import pytest

from empatune.bids.derivatives import find_runs
from empatune.simulation.study import LEVEL, SimulatedStudySettings, simulate_study

SETTINGS = SimulatedStudySettings(n_people=2, n_trials=8, n_volumes=40, step_mm=12.0)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "bids"
    simulate_study(folder, SETTINGS)
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_run_is_complete(study: Path) -> None:
    runs = find_runs(study, study / "derivatives/fmriprep")
    assert [run.stem for run in runs] == [
        f"sub-{person}_task-stories_run-{run}" for person in ("01", "02") for run in (1, 2)
    ]
    for run in runs:
        assert None not in (run.bold, run.mask, run.confounds, run.events)
        assert run.metadata["RepetitionTime"] == 2.0
        image = nibabel.load(run.bold)
        assert image.shape[3] == 40
        assert image.header.get_zooms()[3] == 2.0
        brain = nibabel.load(run.mask).get_fdata() > 0
        assert 0.3 * LEVEL < image.get_fdata()[brain].mean() < 3 * LEVEL
        confounds = pd.read_csv(run.confounds, sep="\t", na_values="n/a")
        assert len(confounds) == 40
        assert confounds.isna().sum().sum() == 12  # the first value of every derivative
        events = pd.read_csv(run.events, sep="\t")
        assert len(events) == 8
        assert events.onset.is_monotonic_increasing
        assert events.onset.iloc[-1] + SETTINGS.trial_s < 80


def test_the_design_is_balanced_and_the_truth_beside_it(study: Path) -> None:
    truth = pd.read_csv(study / "derivatives/truth/truth.tsv", sep="\t", dtype={"participant": str})
    assert len(truth) == 2 * 2 * 8
    for (person, run), states in truth.groupby(["participant", "run"]):
        path = study / f"sub-{person}/func/sub-{person}_task-stories_run-{run}_events.tsv"
        events = pd.read_csv(path, sep="\t")
        assert (events.groupby(["trial_type", "motive"]).size() == 2).all()
        suffering = (events.trial_type == "suffering").to_numpy()
        assert states.care[suffering].mean() > states.care[~suffering].mean()


def test_equal_seeds_make_equal_studies_and_others_do_not(study: Path, tmp_path: Path) -> None:
    simulate_study(tmp_path / "again", SETTINGS)
    assert contents(tmp_path / "again") == contents(study)
    simulate_study(tmp_path / "other", SimulatedStudySettings(**{**facts(), "seed": 1}))
    other = contents(tmp_path / "other")
    changed = {name for name, digest in contents(study).items() if other[name] != digest}
    assert sum(name.endswith("preproc_bold.nii.gz") for name in changed) == 4


def facts() -> dict[str, float]:
    names = ("n_people", "n_trials", "n_volumes", "step_mm")
    return {name: getattr(SETTINGS, name) for name in names}


def test_a_person_does_not_depend_on_how_many_there_are(study: Path, tmp_path: Path) -> None:
    simulate_study(tmp_path / "one", SimulatedStudySettings(**{**facts(), "n_people": 1}))
    first = contents(tmp_path / "one")
    mine = {name for name in first if "sub-01" in name}
    assert mine
    assert all(contents(study)[name] == first[name] for name in mine)


def test_it_says_that_nobody_was_scanned(study: Path) -> None:
    for folder in ("", "derivatives/fmriprep", "derivatives/truth"):
        told = json.loads((study / folder / "dataset_description.json").read_text("utf-8"))
        assert "no person was scanned" in told["Name"]
    assert np.isfinite(nibabel.load(study / "derivatives/truth/care.nii.gz").get_fdata()).all()
