"""Runs found among fabricated files: entities, spaces, inheritance, what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from empatune.bids.derivatives import RunFiles, Selection, find_inherited, find_runs
from empatune.errors import DatasetError

SPACE = "space-MNI152NLin2009cAsym"


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}" if path.suffix == ".json" else "", encoding="utf-8")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "bids"
    touch(folder, "dataset_description.json")
    for person in ("01", "02"):
        touch(folder, f"sub-{person}/func/sub-{person}_task-a_run-1_bold.nii.gz")
    touch(folder, "task-a_events.tsv", "sub-02/func/sub-02_task-a_run-1_events.tsv")
    return folder


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "prep"
    touch(folder, "dataset_description.json")
    for person in ("01", "02"):
        stem = f"sub-{person}/func/sub-{person}_task-a_run-1"
        touch(
            folder,
            f"{stem}_{SPACE}_desc-preproc_bold.nii.gz",
            f"{stem}_{SPACE}_desc-brain_mask.nii.gz",
            f"{stem}_desc-confounds_timeseries.tsv",
            f"{stem}_desc-preproc_bold.nii.gz",  # in the participant's own space
        )
    return folder


def test_every_run_comes_with_its_files(raw: Path, made: Path) -> None:
    first, second = find_runs(raw, made)
    assert [run.stem for run in (first, second)] == ["sub-01_task-a_run-1", "sub-02_task-a_run-1"]
    assert first.folder == Path("sub-01/func")
    assert first.space == "MNI152NLin2009cAsym"
    for run in (first, second):
        assert run.bold is not None
        assert run.mask is not None
        assert run.confounds is not None
        assert run.bold.name == f"{run.stem}_{SPACE}_desc-preproc_bold.nii.gz"
    assert first.events == raw / "task-a_events.tsv"  # inherited
    assert second.events == raw / "sub-02/func/sub-02_task-a_run-1_events.tsv"  # the nearest


def test_missing_files_are_none(raw: Path, made: Path) -> None:
    (made / "sub-01/func/sub-01_task-a_run-1_desc-confounds_timeseries.tsv").unlink()
    (made / f"sub-01/func/sub-01_task-a_run-1_{SPACE}_desc-brain_mask.nii.gz").unlink()
    (raw / "task-a_events.tsv").unlink()
    first, _ = find_runs(raw, made)
    assert (first.confounds, first.mask, first.events) == (None, None, None)


def test_a_raw_run_that_was_not_preprocessed_is_listed(raw: Path, made: Path) -> None:
    touch(raw, "sub-02/func/sub-02_task-a_run-2_bold.nii.gz", "sub-02/func/sub-02_task-b_bold.nii")
    runs = find_runs(raw, made)
    assert [run.stem for run in runs if run.bold is None] == ["sub-02_task-a_run-2"]


def test_older_confounds_and_plain_nifti_are_found(raw: Path, made: Path) -> None:
    stem = made / "sub-01/func/sub-01_task-a_run-1"
    old = Path(f"{stem}_desc-confounds_timeseries.tsv")
    old.rename(f"{stem}_desc-confounds_regressors.tsv")
    mask = Path(f"{stem}_{SPACE}_desc-brain_mask.nii.gz")
    mask.rename(str(mask).removesuffix(".gz"))
    first, _ = find_runs(raw, made)
    assert first.confounds is not None
    assert first.confounds.name.endswith("regressors.tsv")
    assert first.mask is not None
    assert first.mask.suffix == ".nii"


def test_sidecars_add_up_from_the_farthest_to_the_nearest(raw: Path, made: Path) -> None:
    (raw / "task-a_bold.json").write_text(json.dumps({"RepetitionTime": 2.0, "EchoTime": 0.03}))
    near = made / f"sub-01/func/sub-01_task-a_run-1_{SPACE}_desc-preproc_bold.json"
    near.write_text(json.dumps({"RepetitionTime": 1.5, "StartTime": 0.7}))
    first, second = find_runs(raw, made)
    assert first.metadata == {"RepetitionTime": 1.5, "EchoTime": 0.03, "StartTime": 0.7}
    assert second.metadata == {"RepetitionTime": 2.0, "EchoTime": 0.03}
    near.write_text("{")
    assert "cannot be read" in str(find_runs(raw, made)[0].metadata["Damaged"])


def test_the_space_that_maps_were_made_in_comes_first(raw: Path, made: Path) -> None:
    for person in ("01", "02"):
        touch(
            made,
            f"sub-{person}/func/sub-{person}_task-a_run-1_space-MNI152NLin6Asym_desc-preproc_bold.nii.gz",
        )
    assert {run.space for run in find_runs(raw, made)} == {"MNI152NLin6Asym"}
    chosen = Selection(space="MNI152NLin2009cAsym")
    assert {run.space for run in find_runs(raw, made, selection=chosen)} == {chosen.space}
    with pytest.raises(DatasetError, match=r"spaces found: .*MNI152NLin6Asym"):
        find_runs(raw, made, selection=Selection(space="MNIPediatricAsym"))


def test_sessions_tasks_and_people_are_chosen(tmp_path: Path, made: Path) -> None:
    raw = tmp_path / "raw"
    touch(raw, "dataset_description.json")
    for session in ("pre", "post"):
        for task in ("a", "rest"):
            touch(
                made,
                f"sub-03/ses-{session}/func/"
                f"sub-03_ses-{session}_task-{task}_{SPACE}_desc-preproc_bold.nii.gz",
            )

    def found(**words: tuple[str, ...]) -> list[str]:
        return [run.stem for run in find_runs(raw, made, selection=Selection(**words))]

    assert found(participants=("sub-03",), sessions=("ses-pre",), tasks=("rest",)) == [
        "sub-03_ses-pre_task-rest"
    ]
    assert len(found(participants=("03",))) == 4
    assert len(found(tasks=("task-a",))) == 4
    with pytest.raises(DatasetError, match="no run of sub-04; it has sub-03"):
        found(participants=("03", "04"))
    with pytest.raises(DatasetError, match="spaces found: none"):
        found(tasks=("films",))


def test_the_same_run_twice_asks_for_the_resolution(raw: Path, made: Path) -> None:
    touch(made, f"sub-01/func/sub-01_task-a_run-1_{SPACE}_res-2_desc-preproc_bold.nii.gz")
    with pytest.raises(DatasetError, match="--resolution"):
        find_runs(raw, made)


def test_the_resolution_that_was_asked_for_is_taken(raw: Path, made: Path) -> None:
    for resolution in ("1", "2"):
        touch(
            made,
            f"sub-05/func/sub-05_task-a_{SPACE}_res-{resolution}_desc-preproc_bold.nii.gz",
        )
    selection = Selection(participants=("05",), resolution="2")
    (run,) = find_runs(raw, made, selection=selection)
    assert run.resolution == "2"
    assert run.bold is not None
    assert "_res-2_" in run.bold.name
    with pytest.raises(DatasetError, match=r"'res-3'; there are: 1, 2"):
        find_runs(raw, made, selection=Selection(participants=("05",), resolution="res-3"))


def test_a_folder_that_is_no_data_set_is_refused(raw: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"has no dataset_description\.json"):
        find_runs(raw, tmp_path)


def test_inheritance_takes_only_files_that_fit(raw: Path) -> None:
    touch(raw, "task-b_events.tsv", "sub-01/sub-01_task-a_events.tsv", "acq-x_task-a_events.tsv")
    run = RunFiles(entities={"sub": "01", "task": "a", "run": "1"})
    found = find_inherited(raw, run, suffix="events", extension=".tsv")
    assert [path.name for path in found] == ["task-a_events.tsv", "sub-01_task-a_events.tsv"]
