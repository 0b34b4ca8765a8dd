"""A whole study through Dask, with all that goes wrong in one."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import nibabel
import nilearn.image
import numpy as np
import pandas as pd
import pytest
from zlib_ng import gzip_ng

from empatune.bids import SeriesLayout, write_image, write_series
from empatune.bids.derivatives import Selection, find_runs
from empatune.cli import run as empatune
from empatune.core import Grid
from empatune.decoding.cluster import ClusterSettings
from empatune.decoding.collection import collect
from empatune.decoding.outcome import Outcome, read_status
from empatune.decoding.settings import DecodingSettings
from empatune.decoding.study import decode_study
from empatune.errors import DecodingError
from empatune.simulation.study import SimulatedStudySettings, simulate_study

SETTINGS = SimulatedStudySettings(n_trials=8, n_volumes=60, step_mm=12.0)
N_RUNS = 40


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "bids"
    simulate_study(folder, SETTINGS)
    return folder


@pytest.fixture(scope="module")
def broken(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the same study with six runs that cannot be decoded."""
    folder = tmp_path_factory.mktemp("broken") / "bids"
    shutil.copytree(study, folder)
    image = bold(folder, "01", 1)
    image.write_bytes(image.read_bytes()[:-5_000])
    damaged = bytearray(bold(folder, "01", 2).read_bytes())
    middle = len(damaged) // 2
    damaged[middle : middle + 9] = bytes(byte ^ 0xFF for byte in damaged[middle : middle + 9])
    bold(folder, "01", 2).write_bytes(damaged)
    confounds(folder, "02", 1).unlink()
    for person, text in (
        ("03", "onset\tduration\ttrial_type\n900\t6\tneutral\n"),
        ("04", "start\tduration\n1\t6\n"),
        ("05", "onset\tduration\ttrial_type\n"),
    ):
        events(folder, person, 1).write_text(text)
    return folder


FAULTS = {
    "sub-01_task-stories_run-1": "ends within|damaged",
    "sub-01_task-stories_run-2": "damaged",
    "sub-02_task-stories_run-1": "no confounds file",
    "sub-03_task-stories_run-1": "does not fit the run",
    "sub-04_task-stories_run-1": "no column onset",
    "sub-05_task-stories_run-1": "holds no events",
}


def bold(folder: Path, person: str, run: int) -> Path:
    found = (folder / "derivatives/fmriprep").glob(
        f"sub-{person}/func/*run-{run}_*preproc_bold.nii.gz"
    )
    return next(iter(found))


def confounds(folder: Path, person: str, run: int) -> Path:
    name = f"sub-{person}_task-stories_run-{run}_desc-confounds_timeseries.tsv"
    return folder / "derivatives/fmriprep" / f"sub-{person}" / "func" / name


def events(folder: Path, person: str, run: int) -> Path:
    return folder / f"sub-{person}/func/sub-{person}_task-stories_run-{run}_events.tsv"


def maps(folder: Path) -> list[str]:
    return [str(folder / f"derivatives/truth/{name}.nii.gz") for name in ("care", "distress")]


def failed(outcomes: tuple[Outcome, ...]) -> dict[str, str]:
    return {each.run: each.why for each in outcomes if each.status == "failed"}


def problems(folder: Path) -> list[str]:
    program = Path(sysconfig.get_path("scripts")) / "bids-validator-deno"
    done = subprocess.run(
        [program, "--format", "json", "--max-rows", "-1", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    issues = json.loads(done.stdout)["issues"]["issues"]
    return [f"{i['code']} {i['location']}" for i in issues if i["severity"] == "error"]


@pytest.mark.slow
def test_bad_runs_are_named_and_the_group_result_is_made(
    broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(broken), str(tmp_path / "out"), "participant", "group", "--n-workers", "2"]
    for path in maps(broken):
        words += ["--signature", path]
    words += ["--contrast", "suffering - neutral", "--json"]
    assert empatune(["decode", *words]) == 1
    result = json.loads(capsys.readouterr().out)
    assert len(result["runs"]) == N_RUNS
    named = {each["run"]: each["why"] for each in result["group"]["failures"]}
    assert named.keys() == FAULTS.keys()
    for name, why in FAULTS.items():
        assert re.search(why, named[name]), named[name]
    assert result["group"]["n_people"] == 19
    assert result["group"]["n_runs"] == N_RUNS - len(FAULTS)
    page = Path(result["group"]["report"]).read_text(encoding="utf-8")
    assert all(name in page for name in FAULTS)
    assert problems(tmp_path / "out") == []
    assert not list((tmp_path / "out").rglob("*.part"))

    truth = pd.read_csv(
        broken / "derivatives/truth/truth.tsv", sep="\t", dtype={"participant": str, "run": str}
    )
    table = collect(tmp_path / "out", estimates="lss").merge(
        truth, on=["participant", "run", "trial"]
    )
    for name in ("care", "distress"):
        of = table[(table.signature == name) & (table.measure == "dot")]
        assert np.corrcoef(of.score, of[name])[0, 1] > 0.7

    mended = events(broken, "06", 1).read_text(encoding="utf-8")
    events(broken, "03", 1).write_text(mended)  # mended, the study goes on where it stopped
    for word in ("group", "--contrast", "suffering - neutral"):
        words.remove(word)
    words[words.index("--n-workers") + 1] = "1"
    assert empatune(["decode", *words]) == 1
    again = {each["run"]: each["status"] for each in json.loads(capsys.readouterr().out)["runs"]}
    assert again.pop("sub-03_task-stories_run-1") == "done"
    assert sorted(again.values()) == ["failed"] * 5 + ["kept"] * 34


@pytest.mark.slow
def test_a_killed_worker_costs_no_run(study: Path, tmp_path: Path) -> None:
    from distributed import Client, LocalCluster

    runs = find_runs(
        study, study / "derivatives/fmriprep", selection=Selection(participants=("01", "02"))
    )
    killed: list[int] = []
    with (
        LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",
            local_directory=tmp_path / "scratch",
            silence_logs=50,
        ) as cluster,
        Client(cluster) as client,
    ):

        def kill(_: Outcome) -> None:
            if not killed:
                killed.extend(client.run(os.getpid).values())
                for pid in killed:
                    os.kill(pid, signal.SIGKILL)

        outcomes = decode_study(
            runs,
            maps(study),
            tmp_path / "out",
            source=study / "derivatives/fmriprep",
            cluster=ClusterSettings(where=cluster.scheduler_address),
            progress=kill,
        )
    assert len(killed) == 1
    assert failed(outcomes) == {}
    assert collect(tmp_path / "out", estimates="lss").groupby(["participant", "run"]).ngroups == 4


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk that holds the reserve and little more; only root can."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=15900k", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("A small disk can be mounted by root only.")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.slow
def test_a_full_disk_is_named_and_the_group_result_is_made(
    study: Path, small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["decode", str(study), str(small_disk / "out"), "participant", "group", "--json"]
    words += ["--n-workers", "1"]
    for person in range(1, 11):
        words += ["--participant-label", f"{person:02d}"]
    for path in maps(study):
        words += ["--signature", path]
    assert empatune([*words, "--contrast", "suffering - neutral"]) == 1
    result = json.loads(capsys.readouterr().out)
    n_failed = sum(each["status"] == "failed" for each in result["runs"])
    assert 0 < n_failed < 20 - 4
    assert all("is full" in each["why"] for each in result["runs"] if each["status"] == "failed")
    assert result["group"]["n_runs"] == 20 - n_failed
    assert failed(read_status(small_disk / "out")).keys() == {
        each["run"] for each in result["group"]["failures"]
    }


def test_runs_made_in_different_ways_are_not_put_together(study: Path, tmp_path: Path) -> None:
    from empatune.decoding.job import Job, perform

    runs = find_runs(
        study, study / "derivatives/fmriprep", selection=Selection(participants=("01",))
    )
    for run, confound in zip(runs, ("motion", "motion:basic"), strict=True):
        job = Job(
            run=run,
            maps=tuple((path, "x") for path in maps(study)),
            settings=DecodingSettings(confounds=(confound,)),
            folder=tmp_path,
        )
        assert perform(job).status == "done"
    with pytest.raises(DecodingError, match="different settings"):
        collect(tmp_path, estimates="lss")


def test_a_worker_needs_far_less_memory_than_the_run(tmp_path: Path) -> None:
    """A run of 2 mm that takes 469 MiB in single precision is read in blocks."""
    import multiprocessing

    bids = tmp_path / "bids"
    simulate_study(bids, SimulatedStudySettings(n_people=1, n_runs=1, n_volumes=136, step_mm=12.0))
    (run,) = find_runs(bids, bids / "derivatives/fmriprep")
    assert run.mask is not None
    assert run.bold is not None
    coarse = nibabel.load(run.mask)
    affine = np.array([[-2.0, 0, 0, 90], [0, 2, 0, -126], [0, 0, 2, -72], [0, 0, 0, 1]])
    grid = Grid(shape=(91, 109, 91), affine=affine)
    fine = nilearn.image.resample_to_img(
        coarse,
        nibabel.Nifti1Image(np.zeros(grid.shape, dtype=np.int8), affine),
        interpolation="nearest",
        force_resample=True,
        copy_header=True,
    )
    brain = np.asarray(fine.dataobj) > 0
    write_image(run.mask, brain, grid)
    volume = np.where(brain, np.random.default_rng(0).integers(900, 1100, grid.shape), 0)
    size_mib = _write_run(run.bold, volume.astype(np.int16), grid, n_volumes=136)
    assert size_mib > 450
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        before, after = pool.apply(_peaks, (run, maps(bids), tmp_path))
    assert after.status == "done", after.why
    assert after.n_trials == 12
    assert after.memory_mib - before < 0.35 * size_mib


def _write_run(path: Path, volume: np.ndarray, grid: Grid, *, n_volumes: int) -> float:
    layout = SeriesLayout(
        grid=grid, n_volumes=1, dtype=volume.dtype, slope=1.0, intercept=0.0, tr_s=2.0
    )
    write_series(path, layout, [volume])
    header = bytearray(gzip.decompress(path.read_bytes())[:352])
    header[48:50] = n_volumes.to_bytes(2, "little")
    with gzip_ng.open(path, "wb", compresslevel=1) as file:
        file.write(bytes(header))
        for number in range(n_volumes):
            file.write((volume + number % 7).tobytes(order="F"))
    return volume.size * 4 * n_volumes / 2**20


def _peaks(run, names, folder):
    from dataclasses import replace

    from empatune.decoding.job import Job, _peak_mib, perform

    settings = DecodingSettings(confounds=("none",))
    maps = tuple((name, "x") for name in names)
    perform(Job(run=replace(run, bold=None), maps=maps, settings=settings, folder=folder))
    before = _peak_mib()  # with all that is imported
    return before, perform(Job(run=run, maps=maps, settings=settings, folder=folder))
