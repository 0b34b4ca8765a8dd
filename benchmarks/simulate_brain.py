"""Speed of a simulated whole-brain run on disk, against a plain numpy loop with the same output.

    OMP_NUM_THREADS=1 python benchmarks/simulate_brain.py --volumes 300 --plain-volumes 30

Both draw the same numbers and write a gzipped NIfTI. The plain loop adds map after map to every
volume in double precision and saves with nibabel; its time is scaled to the volumes of ours. Images
may differ by 1 in 1000, where rounding falls on the other side.
"""

# ruff: noqa: SLF001  the plain loop takes the same maps

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import nibabel
import numpy as np
from scipy import ndimage
from threadpoolctl import threadpool_limits

from empatune.bids import SeriesLayout, write_series
from empatune.simulation.brain import Activity, Brain, BrainSettings, Courses
from empatune.simulation.signatures import synthetic

SETTINGS = BrainSettings(voxel_mm=(2.75, 2.75, 2.8), shape=(80, 80, 50))
TR_S = 2.0


def ours(brain: Brain, courses: Courses, path: Path) -> None:
    layout = SeriesLayout(
        grid=brain.head.grid,
        n_volumes=len(courses.loadings),
        dtype=np.dtype(np.int16),
        slope=1.0,
        intercept=0.0,
        tr_s=TR_S,
    )
    write_series(path, layout, brain.volumes(courses, np.random.default_rng(1)))


def plain(brain: Brain, courses: Courses, path: Path) -> None:
    """Make the same run, one map of one volume after the other."""
    rng, shape = np.random.default_rng(1), brain.head.grid.shape

    def local() -> np.ndarray:
        field = rng.standard_normal(shape, dtype=np.float32)
        return ndimage.gaussian_filter(field, brain._sigma, mode="wrap", truncate=2.0) * brain._gain

    def whole(values: np.ndarray) -> np.ndarray:
        image = np.zeros(shape)
        image.reshape(-1)[brain._flat] = values
        return image

    maps = [whole(one) for one in brain._maps]
    rest, unrest, thermal = (whole(one) for one in (brain._rest, brain._unrest, brain._thermal))
    memory = SETTINGS.noise.local_memory
    noise, volumes = local(), []
    for loadings in courses.loadings:
        image = rest + unrest * noise
        for loading, one in zip(loadings, maps, strict=True):
            image = image + float(loading) * one
        image += thermal * whole(rng.standard_normal(len(brain._flat), dtype=np.float32))
        volumes.append(np.rint(np.maximum(image, 0)).astype(np.int16))
        noise = memory * noise + np.sqrt(1 - memory**2) * local()
    nibabel.save(nibabel.Nifti1Image(np.stack(volumes, axis=3), brain.head.grid.affine), path)


def timed(work, *given: object) -> float:
    began = time.perf_counter()
    work(*given)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--volumes", type=int, default=300)
    parser.add_argument("--plain-volumes", type=int, default=30)
    given = parser.parse_args()
    began = time.perf_counter()
    brain = Brain(SETTINGS, care=synthetic("care"), distress=synthetic("distress"))
    maps_s = time.perf_counter() - began
    task = (np.arange(given.volumes) // 8) % 2.0
    activity = Activity(care=task, distress=task, sight=task, regions={"AI": task})
    courses = brain.courses(activity, tr_s=TR_S, rng=np.random.default_rng(0))
    few = Courses(
        loadings=courses.loadings[: given.plain_volumes],
        places=courses.places[: given.plain_volumes],
    )
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        paths = [Path(folder) / f"{name}.nii.gz" for name in ("ours", "few", "plain")]
        ours_s = timed(ours, brain, courses, paths[0])
        cpu = time.process_time()
        ours(brain, few, paths[1])
        cpu = (time.process_time() - cpu) / given.plain_volumes * given.volumes
        plain_s = timed(plain, brain, few, paths[2]) / given.plain_volumes * given.volumes
        a, b = (np.asarray(nibabel.load(path).dataobj) for path in paths[1:])
        megabytes = paths[0].stat().st_size / 1e6
    apart = np.abs(a.astype(int) - b)
    assert apart.max() <= 1, apart.max()
    result = {
        "grid": "x".join(map(str, SETTINGS.grid.shape)),
        "volumes": given.volumes,
        "head_voxels": len(brain._flat),
        "maps_s": round(maps_s, 2),
        "ours_s": round(ours_s, 2),
        "ours_cpu_s": round(cpu, 2),
        "plain_s": round(plain_s, 2),
        "ratio": round(plain_s / ours_s, 2),
        "differ_by_1": float((apart == 1).mean()),
        "megabytes": round(megabytes),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
