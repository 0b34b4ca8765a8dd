"""One run decoded: volumes with and without events, spikes, and files that do not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
import pytest
from nilearn.signal import clean

from empatune.bids.derivatives import RunFiles
from empatune.decoding.run import decode_run
from empatune.decoding.settings import DecodingSettings
from empatune.errors import DecodingError, EmpatuneError, UsageError
from empatune.signatures import load, prepare_expression

VOLUMES = DecodingSettings(estimates="volumes", confounds=("motion:basic",))
Opened = Callable[[], RunFiles]


def test_volumes_equal_those_that_nilearn_cleans(first_run: Opened, maps: list[str]) -> None:
    run = first_run()
    signatures = [load(path) for path in maps]
    scores = decode_run(run, signatures, VOLUMES)
    image = nibabel.load(run.bold)
    brain = nibabel.load(run.mask).get_fdata() > 0
    values = image.get_fdata()[brain].T
    names = [f"{kind}_{axis}" for kind in ("trans", "rot") for axis in "xyz"]
    cleaned = clean(
        values,
        confounds=pd.read_csv(run.confounds, sep="\t")[names].to_numpy(),
        detrend=False,
        standardize=None,
        filter="cosine",
        high_pass=1 / 128,
        t_r=2.0,
        standardize_confounds=True,
    )
    expresser = prepare_expression(signatures, scores_grid(image))
    space = np.zeros((*brain.shape, len(values)))
    space[brain] = (cleaned - cleaned.mean(axis=0)).T * 100 / values.mean()
    expected = expresser.scores(np.moveaxis(space, -1, 0))
    dots = [i for i, measure in enumerate(scores.measures) if measure == "dot"]
    assert scores.volumes is not None
    np.testing.assert_allclose(scores.volumes[:, dots], expected.dot, rtol=1e-6, atol=1e-7)


def scores_grid(image):
    from empatune.core import Grid

    return Grid(shape=image.shape[:3], affine=image.affine)


def test_a_trial_of_volumes_is_the_mean_of_its_window(first_run: Opened, maps: list[str]) -> None:
    scores = decode_run(first_run(), [load(path) for path in maps], VOLUMES)
    times = 1 + 2 * np.arange(60)
    assert scores.volumes is not None
    for row, onset in zip(scores.scores, scores.trials.onset, strict=True):
        within = (times >= onset + 5) & (times < onset + 11)
        np.testing.assert_allclose(row, scores.volumes[within].mean(axis=0), rtol=1e-12)


def test_rest_has_volumes_and_no_trials(first_run: Opened, maps: list[str]) -> None:
    signatures = [load(path) for path in maps]
    with_events = decode_run(first_run(), signatures, VOLUMES)
    rest = decode_run(replace(first_run(), events=None), signatures, VOLUMES)
    assert rest.scores.shape == (0, len(rest.names))
    np.testing.assert_array_equal(rest.volumes, with_events.volumes)
    assert any("no events" in note for note in rest.notes)
    for estimates in ("lss", "lsa"):
        with pytest.raises(DecodingError, match="--estimates volumes"):
            decode_run(
                replace(first_run(), events=None),
                signatures,
                DecodingSettings(estimates=estimates, confounds=("none",)),
            )


def test_a_volume_that_a_spike_takes_out_has_no_score(first_run: Opened, maps: list[str]) -> None:
    run = first_run()
    assert run.confounds is not None
    table = pd.read_csv(run.confounds, sep="\t")
    table["motion_outlier00"] = np.eye(60)[23]
    table["motion_outlier01"] = np.eye(60)[59]
    table.to_csv(run.confounds, sep="\t", index=False, na_rep="n/a")
    signatures = [load(path) for path in maps]
    settings = replace(VOLUMES, confounds=("motion:basic", "motion_outlier*"))
    scores = decode_run(run, signatures, settings)
    assert scores.volumes is not None
    lost = np.isnan(scores.volumes).all(axis=1)
    np.testing.assert_array_equal(np.flatnonzero(lost), [23, 59])
    assert np.isfinite(scores.scores).all()
    assert scores.coverage_voxels.min() > 0  # of volumes that are there
    assert any("2 volumes were taken out as spikes" in note for note in scores.notes)


def test_estimates_are_the_same_whatever_the_block(
    first_run: Opened, maps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    signatures = [load(path) for path in maps]
    whole = decode_run(first_run(), signatures, DecodingSettings())
    monkeypatch.setattr("empatune.decoding.run.BLOCK", 7)
    monkeypatch.setattr("empatune.decoding.run.LARGEST", 1)  # one map at a time
    np.testing.assert_allclose(
        decode_run(first_run(), signatures, DecodingSettings()).scores, whole.scores, rtol=1e-9
    )


def test_files_that_do_not_fit_are_named(first_run: Opened, maps: list[str], person: Path) -> None:
    run = first_run()
    signatures = [load(path) for path in maps]

    def refused(run: RunFiles, **settings) -> str:
        with pytest.raises(EmpatuneError) as problem:
            decode_run(run, signatures, DecodingSettings(**settings))
        return str(problem.value)

    assert "no preprocessed series" in refused(replace(run, bold=None))
    assert "desc-brain_mask.nii.gz" in refused(replace(run, mask=None))
    assert "RepetitionTime" in refused(replace(run, metadata={"RepetitionTime": 2000}))
    assert "broken" in refused(replace(run, metadata={"Damaged": "broken"}))
    assert "nothing of 60 volumes" in refused(run, high_pass_s=4.1)
    assert "--high-pass" in refused(run, high_pass_s=3)
    assert run.mask is not None
    mask = nibabel.load(run.mask)
    other = person / "mask.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.asarray(mask.dataobj)[1:], mask.affine), other)
    assert "does not lie in the grid" in refused(replace(run, mask=other))
    nibabel.save(nibabel.Nifti1Image(0 * np.asarray(mask.dataobj), mask.affine), other)
    assert "is empty" in refused(replace(run, mask=other))
    other.write_bytes(b"no image")
    assert "cannot be read" in refused(replace(run, mask=other))
    assert run.bold is not None
    image = nibabel.load(run.bold)
    affine = image.affine.copy()
    affine[0, 3] += 60  # not about the midline
    moved = person / "moved.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.asarray(image.dataobj), affine), moved)
    nibabel.save(nibabel.Nifti1Image(np.asarray(mask.dataobj), affine), other)
    assert "MNI" in refused(replace(run, bold=moved, mask=other))
    demeaned = np.asarray(image.dataobj, dtype=np.float32)
    demeaned -= demeaned.mean(axis=3, keepdims=True)
    nibabel.save(nibabel.Nifti1Image(demeaned, image.affine), moved)
    assert "--scaling none" in refused(replace(run, bold=moved))


def test_a_sidecar_that_is_no_json_is_named(
    first_run: Opened, maps: list[str], person: Path
) -> None:
    next(person.glob("sub-01/func/*run-1_bold.json")).write_text("{")
    with pytest.raises(DecodingError, match=r"bold\.json cannot be read"):
        decode_run(first_run(), [load(path) for path in maps], DecodingSettings())


@pytest.mark.parametrize(
    "wrong",
    [{"estimates": "both"}, {"hrf": "mine"}, {"high_pass_s": -1}, {"confounds": ("compcor:x",)}],
)
def test_settings_that_are_not_allowed_are_refused(wrong) -> None:
    with pytest.raises(UsageError):
        DecodingSettings(**wrong)


def test_settings_are_json() -> None:
    assert json.loads(json.dumps(DecodingSettings().to_json()))["confounds"] == ["motion"]
