"""Show what nltools gets wrong without a word: run it with an interpreter that has nltools.

    pip install nltools==0.5.1 nilearn==0.11.1      # in an environment of its own, numpy < 1.24
    PYTHON benchmarks/nltools_errors.py [SHARED]

It needs the published maps (../shared) and nothing of empatune. What empatune does instead is in
tests/golden/test_signature_facts.py and tests/golden/test_silent_errors_of_peers.py.
"""

from __future__ import annotations

import sys
import warnings
from contextlib import redirect_stdout
from pathlib import Path

import nibabel
import nilearn
import numpy as np
from nltools.data import Brain_Data

SHARED = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "shared"
MAPS = SHARED / "signatures"
CARE = MAPS / "Ashar_2017_empathic_care_marker.nii.gz"


def main() -> None:
    print(f"nltools 0.5.1, nilearn {nilearn.__version__}, numpy {np.__version__}")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with redirect_stdout(sys.stderr):
            lines = [*_lists(), *_places(), *_masks(), *_coverage()]
    for line in lines:
        print(line)
    words = ("coverage", "missing voxel", "field of view", "misplace", "different mask")
    told = {str(each.message) for each in caught if any(w in str(each.message) for w in words)}
    print(f"warnings about any of this: {sorted(told) or 'none'}")


def _lists() -> list[str]:
    """Load three images, which should be three rows."""
    shape = Brain_Data([str(CARE)] * 3).shape()
    verdict = "right" if len(shape) == 2 else "WRONG: run together to one vector"
    return [f"a list of three images becomes {shape}: {verdict}"]


def _places() -> list[str]:
    """Compare every map in the default mask with its voxels at their world coordinates."""
    lines = []
    for path in sorted(MAPS.glob("*.nii.gz")):
        loaded = Brain_Data(str(path))
        mask = loaded.mask.get_fdata() > 0
        got = loaded.to_nifti().get_fdata().reshape(mask.shape)
        placed = _placed(path, mask.shape, loaded.mask.affine)
        expected = np.where(mask, placed, 0)
        lost = 1 - (expected**2).sum() / (placed**2).sum()
        place = "right"
        if not np.allclose(got, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max()):
            shift = np.linalg.norm(loaded.mask.affine[:3, :3] @ _shift(got, expected))
            r = np.corrcoef(got[mask], expected[mask])[0, 1]
            place = f"WRONG: off by {shift:.0f} mm, r {r:.2f} with the map at its place"
        lines.append(f"{path.name[:44]:44} {place}; outside the mask: {lost:.0%} of weight energy")
    return lines


def _masks() -> list[str]:
    """Compare the left half of a map with its right half: they have no voxel in common."""
    brain = Brain_Data(str(CARE)).mask
    values = brain.get_fdata() > 0
    left = values.copy()
    left[45:] = False
    right = left[::-1]
    halves = [nibabel.Nifti1Image(half.astype("f4"), brain.affine) for half in (left, right)]
    image = nibabel.load(CARE)
    one, other = (Brain_Data(image, mask=half) for half in halves)
    common, cosine = int((left & right).sum()), float(one.similarity(other, method="cosine"))
    verdict = "right" if not np.isfinite(cosine) else "WRONG: voxels are paired by their number"
    return [f"masks of one size with {common} voxels in common: cosine {cosine:.3f}: {verdict}"]


def _coverage() -> list[str]:
    """Score care without what lies below z = 0 mm, which turns the sign."""
    care = Brain_Data(str(CARE))
    mask = care.mask.get_fdata() > 0
    low = (np.indices(mask.shape)[2] * 2 - 72 < 0)[mask]
    whole = np.where(low, 1.0, -0.2) * np.sign(care.data)
    scores = []
    for values in (whole, np.where(low, 0, whole)):
        image = Brain_Data(str(CARE))
        image.data = values
        scores.append(float(image.similarity(care, method="dot_product")))
    share = (~low)[care.data != 0].mean()
    return [f"care, whole and with {share:.0%} of its voxels: {scores[0]:.3g} and {scores[1]:.3g}"]


def _placed(path: Path, shape: tuple[int, ...], affine: np.ndarray) -> np.ndarray:
    image = nibabel.load(path)
    values = np.nan_to_num(image.get_fdata())
    where = np.argwhere(values != 0)
    world = where @ image.affine[:3, :3].T + image.affine[:3, 3]
    there = np.rint((world - affine[:3, 3]) @ np.linalg.inv(affine[:3, :3]).T).astype(int)
    inside = ((there >= 0) & (there < shape)).all(axis=1)
    placed = np.zeros(shape)
    placed[tuple(there[inside].T)] = values[tuple(where[inside].T)]
    return placed


def _shift(got: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Voxels by which one image is moved against another: the peak of their correlation."""
    together = np.fft.ifftn(np.fft.fftn(got) * np.conj(np.fft.fftn(expected))).real
    peak = np.array(np.unravel_index(together.argmax(), together.shape))
    return np.where(peak > np.array(got.shape) // 2, peak - got.shape, peak)


if __name__ == "__main__":
    main()
