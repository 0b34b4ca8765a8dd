"""Signals of regions out of fMRIPrep's images."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest

from empatune.bids import read_rows
from empatune.core import Grid
from empatune.decoding.connections.assembly import assemble, group_runs
from empatune.decoding.connections.finding import find_recordings
from empatune.decoding.connections.images import draw_region
from empatune.decoding.connections.reading import loads
from empatune.decoding.connections.recordings import Choice, Recording
from empatune.decoding.connections.records import RegionPart
from empatune.decoding.connections.settings import ReadingSettings
from empatune.decoding.connections.signals import read_run
from empatune.errors import DecodingError
from empatune.systems import masks

RUN = "derivatives/fmriprep/sub-01/func/sub-01_task-stories_run-1"
BOLD = f"{RUN}_space-MNI152NLin6Asym_desc-preproc_bold"
AI = RegionPart(mm=(36, 20, 0), radius_mm=16)


@pytest.fixture
def recording(person: Path) -> Recording:
    return find_recordings(person, choice=Choice(only=("run-1",)))[0]


def signals_of(recording: Recording, folder: Path, **options: object) -> np.ndarray:
    regions = {"AI": options.pop("part", AI)}
    settings = ReadingSettings(**options)  # type: ignore[arg-type]
    return read_run(recording, regions, settings, folder=folder).signals[:, 0]


def test_a_sphere_is_the_mean_of_its_voxels_in_percent(recording: Recording, person: Path) -> None:
    image = nibabel.load(person / f"{BOLD}.nii.gz")
    values = np.asarray(image.dataobj, dtype=float)
    inside = (
        np.asarray(
            nibabel.load(person / f"{BOLD.replace('preproc_bold', 'brain_mask')}.nii.gz").dataobj
        )
        > 0
    )
    places = np.moveaxis(np.indices(values.shape[:3]), 0, -1)
    world = nibabel.affines.apply_affine(image.affine, places)
    chosen = (((world - (36, 20, 0)) ** 2).sum(axis=-1) <= 16**2) & inside
    mean = values[chosen].mean(axis=0)
    found = signals_of(recording, person)
    np.testing.assert_allclose(found, 100 * (mean / mean.mean() - 1), atol=1e-4)
    raw = signals_of(recording, person, scaling="none")
    np.testing.assert_allclose(raw, mean, rtol=1e-6)


def test_a_mask_image_is_the_sphere_that_it_holds(recording: Recording, person: Path) -> None:
    image = nibabel.load(person / f"{BOLD}.nii.gz")
    grid = Grid(shape=image.shape[:3], affine=image.affine)
    mask = draw_region("AI", AI, grid, folder=person)
    nibabel.save(nibabel.Nifti1Image(mask.values, image.affine), person / "mine.nii.gz")
    found = signals_of(recording, person, part=RegionPart(mask="mine.nii.gz"))
    np.testing.assert_allclose(found, signals_of(recording, person), atol=1e-6)


def test_names_of_systems_give_their_masks_and_sides(recording: Recording, person: Path) -> None:
    image = nibabel.load(person / f"{BOLD}.nii.gz")
    grid = Grid(shape=image.shape[:3], affine=image.affine)
    for name, by, label in (("ACC", "region", "ACC"), ("AI right", "hemisphere", "AI right")):
        mask = draw_region("x", RegionPart(system=name), grid, folder=person)
        np.testing.assert_array_equal(mask.values, masks(grid, by=by)[label])
    alone = draw_region("ACC", RegionPart(), grid, folder=person)
    np.testing.assert_array_equal(alone.values, masks(grid, by="region")["ACC"])


def test_the_eigenvariate_is_the_course_that_voxels_share_at_their_root_mean_square(
    recording: Recording, person: Path
) -> None:
    path = person / f"{BOLD}.nii.gz"
    image = nibabel.load(path)
    rng = np.random.default_rng(0)
    course, weights = rng.standard_normal(60), rng.uniform(-1, 3, image.shape[:3])
    values = 1000 + weights[..., None] * (course - course.mean())
    nibabel.save(nibabel.Nifti1Image(values.astype(np.float32), image.affine, image.header), path)
    grid = Grid(shape=image.shape[:3], affine=image.affine)
    brain = np.asarray(
        nibabel.load(path.with_name(path.name.replace("preproc_bold", "brain_mask"))).dataobj
    )
    inside = (draw_region("AI", AI, grid, folder=person).values > 0) & (brain > 0)
    run = read_run(recording, {"AI": AI}, ReadingSettings(summary="eigenvariate"), folder=person)
    left = course - run.nuisance @ (run.nuisance.T @ course)
    expected = 0.1 * np.sqrt(np.mean(weights[inside] ** 2)) * left
    np.testing.assert_allclose(run.signals[:, 0], expected, atol=1e-4)


def test_motion_drift_and_the_slice_time_go_with_the_signals(person: Path) -> None:
    text = "[regions.AI]\nmm = [36, 20, 0]\nradius_mm = 16\n[regions.ACC]\ndelay_s = 0.5\n"
    text += '[inputs.suffering]\n[networks.a]\ndriven = { suffering = ["AI"] }\n'
    sidecar = person / f"{BOLD}.json"
    told = json.loads(sidecar.read_text())
    sidecar.write_text(json.dumps(told | {"StartTime": 0.9}))
    settings = ReadingSettings(per="run", high_pass_s=60)
    (group,) = group_runs(find_recordings(person, choice=Choice(only=("run-1",))), settings)
    series, facts = assemble(group, loads(text), settings, folder=person)
    motion = read_rows(person / f"{RUN}_desc-confounds_timeseries.tsv")
    course = np.array([float(row["trans_x"]) for row in motion])
    left = course - series.confounds @ (series.confounds.T @ course)
    assert np.abs(left).max() < 1e-9 * np.abs(course).max()
    assert series.confounds.shape[1] == 1 + 4 + 6
    np.testing.assert_allclose(series.delays_s, [0.9, 0.5])
    assert series.bin_s * 16 == series.tr_s == 2.0
    assert facts["Runs"]["sub-01_task-stories_run-1"]["Coverage"]["AI"] > 0.9


BAD_PLACES = [
    (RegionPart(mm=(0, -60, -100)), r"Too little of AI \(0%\) lies in the brain"),
    (RegionPart(mm=(0, 90, 0)), r"Too little of AI \(\d+%\) lies in the brain"),
    (RegionPart(system="amygdala left right"), "Nothing says where the region 'AI' lies"),
    (RegionPart(system="ACC left"), "ACC lies at the midline and has no left side"),
    (RegionPart(mask="none.nii"), "cannot be read"),
]


@pytest.mark.parametrize(("part", "message"), BAD_PLACES)
def test_a_region_that_is_not_there_is_named(
    recording: Recording, person: Path, part: RegionPart, message: str
) -> None:
    with pytest.raises(DecodingError, match=message):
        signals_of(recording, person, part=part)


def test_two_tellings_of_a_tr_are_told_and_one_can_be_chosen(person: Path) -> None:
    sidecar = person / f"{BOLD}.json"
    told = json.loads(sidecar.read_text())
    sidecar.write_text(json.dumps(told | {"RepetitionTime": 1.5}))
    (recording,) = find_recordings(person, choice=Choice(only=("run-1",)))
    with pytest.raises(DecodingError, match=r"the sidecar 1.5 s and the image's header 2 s.*--tr"):
        signals_of(recording, person)
    assert signals_of(recording, person, tr_s=2.0).shape == (60,)


def test_a_demeaned_series_has_no_percent(recording: Recording, person: Path) -> None:
    path = person / f"{BOLD}.nii.gz"
    image = nibabel.load(path)
    values = np.asarray(image.dataobj, dtype=np.float32)
    values -= values.mean(axis=-1, keepdims=True)
    values += 0.01 * np.arange(60, dtype=np.float32)
    nibabel.save(
        nibabel.Nifti1Image(values - values.mean(-1, keepdims=True), image.affine, image.header),
        path,
    )
    with pytest.raises(DecodingError, match="demeaned or are empty"):
        signals_of(recording, person)


def test_signals_among_the_derivatives_go_with_the_raw_events(person: Path, tmp_path: Path) -> None:
    """As `empatune simulate --kind regions` leaves them."""
    folder = person / "derivatives/regions/sub-01/func"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    rows = ["\t".join(f"{v:.3f}" for v in row) for row in rng.standard_normal((60, 2))]
    stem = folder / "sub-01_task-stories_run-1_desc-regions_timeseries"
    Path(f"{stem}.tsv").write_text("AI\tACC\n" + "\n".join(rows) + "\n")
    Path(f"{stem}.json").write_text('{"SamplingFrequency": 0.5, "StartTime": 1.0}')
    (recording,) = find_recordings(person, derivatives=person / "derivatives/regions")
    assert recording.events == person / "sub-01/func/sub-01_task-stories_run-1_events.tsv"
    run = read_run(
        recording, {"ACC": RegionPart()}, ReadingSettings(high_pass_s=0), folder=tmp_path
    )
    np.testing.assert_allclose(run.signals[:, 0], [float(row.split("\t")[1]) for row in rows])
    assert (run.tr_s, run.delay_s, run.nuisance.shape) == (2.0, 1.0, (60, 1))
