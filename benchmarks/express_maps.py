"""Score 100 images on 6 signatures: time and memory against nilearn and mere reading.

    python benchmarks/express_maps.py [--images 100] [--rounds 5] [--json FILE]
                                      [--nltools-python PYTHON]

Images are a real map plus noise, 91 x 109 x 91, compressed. Every contender is a process of its own
in every round, rounds are interleaved, and medians are compared. A contender's time is that of the
work, without the start of the interpreter and imports. Needs EMPATUNE_DATA or ../shared.

nltools 0.5.1 wants numpy < 1.24, so it lives in an environment of its own: make one with
`pip install nltools==0.5.1 nilearn==0.11.1` and give its interpreter, or set NLTOOLS_PYTHON. With
nilearn 0.12 or newer it runs a list of images together to one vector.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
NAMES = ("care", "distress", "vps", "general-vicarious-pain", "pines", "siips1")

COMMON = """
import json, os, sys, time, warnings
warnings.simplefilter("ignore")
paths, maps = json.loads(sys.argv[1]), json.loads(sys.argv[2])
def told(start, result):
    with open("/proc/self/status") as file:  # unlike ru_maxrss, not that of the parent too
        peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024
    print(json.dumps({"time_s": time.perf_counter() - start, "peak_mb": peak, "dots": result}))
"""

CONTENDERS = {
    "empatune": """
from empatune.signatures import express
start = time.perf_counter()
told(start, [each.scores.dot[0].tolist() for each in express(paths, maps)])
""",
    "reading, as empatune": """
from concurrent.futures import ThreadPoolExecutor
from zlib_ng import gzip_ng
def read(path):
    with gzip_ng.open(path) as file:
        return len(file.read())
start = time.perf_counter()
with ThreadPoolExecutor(os.cpu_count()) as pool:
    list(pool.map(read, paths))
told(start, None)
""",
    "reading, nibabel": """
import nibabel, numpy
start = time.perf_counter()
for path in paths:
    numpy.asarray(nibabel.load(path).dataobj)
told(start, None)
""",
    "nilearn": """
import nibabel, numpy
from nilearn.image import resample_to_img
from nilearn.maskers import NiftiMasker
start = time.perf_counter()
first = nibabel.load(paths[0])
dots = []
for name in maps:
    weights = resample_to_img(name, first, interpolation="nearest", force_resample=True,
                              copy_header=True)
    mask = nibabel.Nifti1Image((weights.get_fdata() != 0).astype("int8"), first.affine)
    masker = NiftiMasker(mask_img=mask, standardize=None).fit()
    w, y = masker.transform(weights).ravel(), masker.transform(paths)
    dots.append(y @ w)
    cosine = dots[-1] / numpy.linalg.norm(w) / numpy.linalg.norm(y, axis=1)
told(start, numpy.array(dots).T.tolist())
""",
    "nilearn, one mask": """
import nibabel, numpy
from nilearn.image import resample_to_img
from nilearn.maskers import NiftiMasker
start = time.perf_counter()
first = nibabel.load(paths[0])
weights = [resample_to_img(name, first, interpolation="nearest", force_resample=True,
                           copy_header=True).get_fdata() for name in maps]
union = nibabel.Nifti1Image(numpy.any([w != 0 for w in weights], axis=0).astype("int8"),
                            first.affine)
masker = NiftiMasker(mask_img=union, standardize=None).fit()
y = masker.transform(paths)
inside = union.get_fdata() > 0
w = numpy.array([each[inside] for each in weights])
dots = y @ w.T
norms = numpy.sqrt((y**2) @ (w != 0).T)
cosine = dots / norms / numpy.linalg.norm(w, axis=1)
told(start, dots.tolist())
""",
    "nltools": """
from contextlib import redirect_stdout
from nltools.data import Brain_Data
start = time.perf_counter()
dots = []
with redirect_stdout(sys.stderr):
    images = Brain_Data(paths)
    for name in maps:
        weights = Brain_Data(name)
        dots.append(images.similarity(weights, method="dot_product").tolist())
        cosine = images.similarity(weights, method="cosine")
told(start, [list(each) for each in zip(*dots)])
""",
}
"""Every contender as a program: its time starts after the imports."""


def main() -> int:
    """Run the contenders and tell whether the targets are reached."""
    asked = _arguments()
    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        paths, maps = _images(Path(folder), asked.images), _maps()
        runs: dict[str, list[dict]] = {}
        for _ in range(asked.rounds):
            for name, program in CONTENDERS.items():
                python = asked.nltools_python if name == "nltools" else sys.executable
                if python and (not asked.only or name in asked.only):
                    runs.setdefault(name, []).append(_run(python, program, paths, maps))
    times = {name: statistics.median(run["time_s"] for run in each) for name, each in runs.items()}
    peaks = {name: statistics.median(run["peak_mb"] for run in each) for name, each in runs.items()}
    ours = np.array(runs["empatune"][0]["dots"])
    print(f"{'':24}{'time [s]':>10}{'x':>8}{'peak [MB]':>12}{'worst difference':>20}")
    for name in runs:
        peer = runs[name][0]["dots"]
        worst = "" if peer is None else f"{np.abs(np.array(peer) / ours - 1).max():.1e}"
        ratio = times[name] / times["empatune"]
        print(f"{name:24}{times[name]:10.2f}{ratio:8.2f}{peaks[name]:12.0f}{worst:>20}")
    verdicts = _verdicts(times, peaks)
    for what, reached in verdicts.items():
        print(f"{'reached' if reached else 'MISSED ':8} {what}")
    if asked.json:
        result = {"times_s": times, "peaks_mb": peaks, "verdicts": verdicts}
        asked.json.write_text(json.dumps(result, indent=1))
    return 0 if all(verdicts.values()) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--nltools-python", default=os.environ.get("NLTOOLS_PYTHON"))
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, help="Run these contenders.")
    return parser.parse_args()


def _shared() -> Path:
    return Path(os.environ.get("EMPATUNE_SHARED", HERE.parents[1] / "shared"))


def _maps() -> list[str]:
    from empatune.signatures import CATALOGUE

    return [str(_shared() / "signatures" / CATALOGUE[name].file) for name in NAMES]


def _images(folder: Path, n_images: int) -> list[str]:
    import nibabel
    import numpy as np

    source = nibabel.load(_shared() / "data" / "maps" / "self_pain" / "study-10.nii.gz")
    values = np.asarray(source.dataobj)
    rng = np.random.default_rng(0)
    paths = []
    for number in range(n_images):
        noise = rng.normal(scale=values.std(), size=values.shape)
        noisy = np.where(values != 0, values + noise, 0).astype(np.float32)
        path = folder / f"{number:03d}.nii.gz"
        nibabel.save(nibabel.Nifti1Image(noisy, source.affine), path)
        paths.append(str(path))
    return paths


def _run(python: str, program: str, paths: list[str], maps: list[str]) -> dict:
    done = subprocess.run(
        [python, "-c", COMMON + program, json.dumps(paths), json.dumps(maps)],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def _verdicts(times: dict[str, float], peaks: dict[str, float]) -> dict[str, bool]:
    ours = times["empatune"]
    faster = {"nilearn": 8, "nilearn, one mask": 8, "nltools": 5}
    verdicts = {"150 MB": peaks["empatune"] <= 150}
    for peer, factor in faster.items():
        if peer in times:
            verdicts[f"{factor} x {peer}"] = times[peer] >= factor * ours
            verdicts[f"a fifth of the memory of {peer}"] = peaks["empatune"] <= peaks[peer] / 5
    for reading in ("reading, as empatune", "reading, nibabel"):
        if reading in times:
            verdicts[f"1.5 x {reading}"] = ours <= 1.5 * times[reading]
    return verdicts


if __name__ == "__main__":
    sys.exit(main())
