"""Decoding against a slow computation that shares nothing with ours but the motion estimates.

The slow way: reslice every volume with a full cubic spline, smooth it, regress the nuisance out
of every voxel over the volumes so far, and take the dot product with the unsmoothed weights.
"""

import importlib.util
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage

from empatune.numerics import recursion, rigid
from empatune.numerics.design import drift_columns
from empatune.numerics.expression import express, prepare_weights
from empatune.numerics.realignment import estimate, prepare_reference

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
FWHM_MM = 6.0
RIDGE = 1e-6
N_VOLUMES = 120  # the slow way takes long
MAPS = (
    "Ashar_2017_empathic_care_marker",
    "Ashar_2017_empathic_distress_marker",
    "bmrk4_VPS_unthresholded",
    "NS_vicarious_pain_pattern_unthresholded",
    "FE_vicarious_pain_pattern_unthresholded",
    "General_vicarious_pain_pattern_unthresholded",
)


def real_runs():
    spec = importlib.util.spec_from_file_location(
        "benchmarks_real_runs", BENCHMARKS / "real_runs.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def placed_maps(shared, image, affine):
    """The real maps, their centre of mass on that of the head: rough, and good enough here."""
    i, j, k = np.array(ndimage.center_of_mass(image > 0.25 * np.percentile(image, 98)))
    centre = affine[:3, :3] @ [i, j, k] + affine[:3, 3]
    to_mni = np.eye(4)
    to_mni[:3, 3] = np.array([0.0, -18.0, 10.0]) - centre
    maps = []
    for name in MAPS:
        loaded = nib.load(shared / "signatures" / f"{name}.nii.gz")
        data = np.nan_to_num(np.squeeze(loaded.get_fdata()))
        there = np.linalg.inv(loaded.affine) @ to_mni @ affine
        maps.append(
            ndimage.affine_transform(data, there[:3, :3], there[:3, 3], image.shape, order=1)
        )
    return np.array(maps)


def reach_of_smoothing(carrying, affine):
    """Voxels that smoothing mixes into those that carry weight: a kernel ends after 4 SD."""
    sizes = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    radius = np.ceil(4 * FWHM_MM / 2.3548 / sizes).astype(int)
    return ndimage.maximum_filter(carrying, 2 * radius + 1)


def resliced_and_smoothed(volume, affine, motion, near):
    there = np.linalg.inv(affine) @ rigid.matrix(motion) @ affine
    voxels = np.array(np.nonzero(near))
    places = there[:3, :3] @ voxels + there[:3, 3:]
    values = ndimage.map_coordinates(volume.astype(float), places, order=3, mode="mirror")
    last = np.array(volume.shape)[:, None] - 1
    values[((places < -0.5) | (places > last + 0.5)).any(axis=0)] = 0  # beyond the outer faces
    resliced = np.zeros(volume.shape)
    resliced[near] = values
    sizes = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    return ndimage.gaussian_filter(resliced, FWHM_MM / 2.3548 / sizes, mode="constant")


def design(motions, tr_s):
    n = len(motions)
    arc = np.array([1, 1, 1, 50, 50, 50])
    change = np.diff(motions, axis=0, prepend=motions[:1])
    return np.hstack([np.ones((n, 1)), drift_columns(n, tr_s), motions * arc, change * arc])


def voxelwise_cleaned(images, rows):
    """Each volume without the nuisance that all volumes up to it tell of, voxel by voxel."""
    cleaned = np.empty_like(images)
    for now in range(len(images)):
        past = rows[: now + 1]
        gram = past.T @ past + RIDGE * np.eye(rows.shape[1])
        answer = np.linalg.solve(gram, rows[now])
        cleaned[now] = images[now] - (past @ answer) @ images[: now + 1]
    return cleaned


@pytest.mark.slow
@pytest.mark.parametrize(("run", "tr_s"), [("siemens_nf_run", 2.0), ("siemens_objects_run-1", 2.0)])
def test_every_signature_equals_the_slow_computation(shared, testdata, run, tr_s):
    runs = real_runs()
    volumes, affine = runs.mosaics(testdata / runs.RUNS[run], N_VOLUMES)
    maps = placed_maps(shared, volumes[0], affine)
    weights = prepare_weights(maps, affine, fwhm_mm=FWHM_MM)
    reference, motion, motions, responses = (
        prepare_reference(volumes[0], affine),
        np.zeros(6),
        [],
        [],
    )
    for volume in volumes:
        motion = estimate(volume, reference, motion).parameters
        motions.append(motion)
        responses.append(express(volume, weights, rigid.matrix(motion))[0])
    rows = design(np.array(motions), tr_s)

    fit, ours = recursion.initial(rows.shape[1], len(maps), ridge=RIDGE), []
    nuisance = np.arange(rows.shape[1])
    for row, response in zip(rows, responses, strict=True):
        fit = recursion.update(fit, row, response)
        ours.append(recursion.clean(fit, row, response, nuisance_columns=nuisance)[0])

    carrying = np.abs(maps).any(axis=0)
    near = reach_of_smoothing(carrying, affine)
    images = np.array(
        [
            resliced_and_smoothed(volume, affine, motion, near)[carrying]
            for volume, motion in zip(volumes, motions, strict=True)
        ]
    )
    slow = voxelwise_cleaned(images, rows) @ maps[:, carrying].T
    settled = slice(2 * rows.shape[1], None)  # before, the regression explains nearly everything
    for name, fast, true in zip(MAPS, np.array(ours).T, slow.T, strict=True):
        r = np.corrcoef(fast[settled], true[settled])[0, 1]
        assert r > 0.999, f"{name}: r = {r:.5f}"
