"""Simulated runs beside real ones: tSNR, memory, smoothness, motion spectra.

    python benchmarks/realism.py --out docs/gallery/realism.png

The real runs are raw images of the test data. All are measured alike: brain voxels, detrended by
a line and cosines below 1/128 Hz. Motion is what our realignment finds in the images; for whole
brains, which are made as preprocessing leaves them, it is what the confounds say.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import nibabel
import numpy as np
from nilearn.masking import compute_epi_mask
from scipy import signal

from empatune.numerics import realignment
from empatune.numerics.design import drift_columns
from empatune.realtime.sources.reader import read_pieces
from empatune.signatures import Signature
from empatune.simulation import scan
from empatune.simulation.brain import Activity, Brain, BrainSettings
from empatune.simulation.participant import ParticipantSettings, SimulatedParticipant
from empatune.simulation.signatures import synthetic
from real_runs import mosaics

DATA = Path.home() / ".cache" / "empatune-testdata"
N_VOLUMES = 150
SKIPPED = 4
"""First volumes, before the signal is steady."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A run as arrays, and its motion if that is known."""

    name: str
    volumes: np.ndarray
    affine: np.ndarray
    tr_s: float
    motion: np.ndarray | None = None


def all_runs() -> Iterator[Series]:
    """Give every run that is compared, real ones first."""
    for name, folder, title, tr_s in (
        ("siemens_nf_run", "dicoms", "Siemens, neurofeedback", 1.97),
        ("siemens_objects_run-1", "", "Siemens, objects", 2.0),
    ):
        volumes, affine = mosaics(DATA / name / folder, N_VOLUMES + SKIPPED)
        yield Series(name=title, volumes=volumes[SKIPPED:], affine=affine, tr_s=tr_s)
    yield philips()
    maps = {name: synthetic(name) for name in ("care", "distress")}
    yield participant(maps)
    yield brain(maps)


def philips() -> Series:
    """Read the Philips run, one object a slice."""
    slices: dict[int, list[tuple[float, np.ndarray]]] = {}
    files = sorted((DATA / "philips_localizer" / "dicoms").iterdir())
    for file in files:
        piece = read_pieces(file.read_bytes())[0]
        if piece.volume is not None and SKIPPED <= piece.volume < SKIPPED + N_VOLUMES:
            slope, intercept = piece.scaling[0]
            image = slope * piece.pixels[0].astype(np.float32) + intercept
            slices.setdefault(piece.volume, []).append((piece.positions_mm[0, 2], image))
    stacked = [
        np.stack([image for _, image in sorted(slices[n], key=lambda one: one[0])]) for n in sorted(slices)
    ]  # fmt: skip
    volumes = np.stack(stacked).transpose(0, 3, 2, 1)
    affine = np.diag([*piece.pixel_mm, piece.spacing_mm, 1.0])
    return Series(name="Philips, localizer", volumes=volumes, affine=affine, tr_s=2.0)


def participant(maps: dict[str, Signature]) -> Series:
    """Scan the participant of the loop, raw."""
    settings = ParticipantSettings(seed=3)
    person = SimulatedParticipant(settings, maps, n_volumes=N_VOLUMES)
    volumes = np.stack(list(scan.volumes(person, scan.blocks(N_VOLUMES, 2.0))))
    return Series(
        name="simulated, loop", volumes=volumes.astype(np.float32), affine=person.grid.affine, tr_s=2.0
    )  # fmt: skip


def brain(maps: dict[str, Signature]) -> Series:
    """Make a run as `empatune simulate --kind brain` does."""
    made = Brain(BrainSettings(), care=maps["care"], distress=maps["distress"])
    rng = np.random.default_rng(3)
    task = np.convolve((np.arange(N_VOLUMES) // 8) % 2, np.ones(4) / 4, mode="same")
    activity = Activity(care=0.2 * task, distress=0.3 * task, sight=task, regions={})
    courses = made.courses(activity, tr_s=2.0, rng=rng)
    volumes = np.stack([one.astype(np.float32) for one in made.volumes(courses, rng)])
    return Series(
        name="simulated, study", volumes=volumes, affine=made.head.grid.affine, tr_s=2.0, motion=courses.places
    )  # fmt: skip


def measure(run: Series) -> dict[str, np.ndarray]:
    """Measure a run."""
    image = nibabel.Nifti1Image(run.volumes.mean(axis=0), run.affine)
    mask = np.asarray(compute_epi_mask(image).dataobj) > 0
    n = len(run.volumes)
    drift = np.column_stack([np.ones(n), drift_columns(n, run.tr_s)])
    flat = run.volumes.reshape(n, -1)
    fitted = drift @ np.linalg.lstsq(drift, flat, rcond=None)[0]
    rest = (flat - fitted).reshape(run.volumes.shape)
    spread = rest.std(axis=0)
    inside = mask & (spread > 0)
    voxels = rest[:, inside]
    lag = (voxels[1:] * voxels[:-1]).sum(axis=0) / (voxels**2).sum(axis=0)
    motion = run.motion if run.motion is not None else moved(run)
    mean = flat.mean(axis=0).reshape(mask.shape)[inside]
    whole = 100 * voxels.mean(axis=1).std() / mean.mean()
    return {
        "tsnr": mean / spread[inside],
        "lag1": lag,
        "fwhm_mm": smoothness(rest / np.where(spread > 0, spread, 1), inside, run.affine),
        "motion": motion,
        "global_percent": np.array(whole),
    }


def smoothness(rest: np.ndarray, inside: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """Estimate the smoothness along each axis from neighbours' differences [mm]."""
    sizes = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    found = []
    for axis in range(3):
        one, other = (
            np.delete(np.arange(rest.shape[axis + 1]), -1),
            np.arange(1, rest.shape[axis + 1]),
        )
        both = np.take(inside, one, axis) & np.take(inside, other, axis)
        a, b = np.take(rest, one, axis + 1)[:, both], np.take(rest, other, axis + 1)[:, both]
        r = (a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum())
        found.append(sizes[axis] * np.sqrt(-2 * np.log(2) / np.log(r)))
    return np.array(found)


def moved(run: Series) -> np.ndarray:
    """Realign a run; return translations [mm] and rotations [rad]."""
    reference = realignment.prepare_reference(run.volumes[0], run.affine)
    last = np.zeros(6)
    places = []
    for number, volume in enumerate(run.volumes):
        last = realignment.estimate(volume, reference, last, coarse=number == 0).parameters
        places.append(last)
    return np.array(places)


def displaced(motion: np.ndarray) -> np.ndarray:
    """Compute framewise displacement on a radius of 50 mm [mm]."""
    return np.abs(np.diff(motion, axis=0)) @ np.array([1, 1, 1, 50, 50, 50])


def line(run: Series, found: dict[str, np.ndarray]) -> str:
    """Tell a run's figures as a row of the table."""
    low, middle, high = np.percentile(found["tsnr"], [10, 50, 90])
    fd = np.percentile(displaced(found["motion"]), [50, 95])
    sizes = np.sqrt((run.affine[:3, :3] ** 2).sum(axis=0))
    voxels = " x ".join(f"{size:.3g}" for size in sizes)
    smooth = ", ".join(f"{one:.1f}" for one in found["fwhm_mm"])
    return (
        f"| {run.name} ({voxels} mm) | {middle:.0f} ({low:.0f} to {high:.0f}) | "
        f"{np.median(found['lag1']):.2f} | {smooth} | {float(found['global_percent']):.2f} | "
        f"{fd[0]:.2f} / {fd[1]:.2f} |"
    )


def draw(runs: list[Series], found: list[dict[str, np.ndarray]], out: Path) -> None:
    """Draw four panels, real runs in greys and simulated ones in colour."""
    mpl.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    shades = ["#444444", "#7d7d7d", "#b0b0b0", "#0072b2", "#d55e00"]
    figure, axes = plt.subplots(2, 2, figsize=(9, 6.4), layout="constrained")
    for run, values, shade in zip(runs, found, shades, strict=True):
        wide = 2.2 if run.name.startswith("simulated") else 1.6
        for axis, key, bins in (
            (axes[0, 0], "tsnr", np.linspace(0, 220, 56)),
            (axes[0, 1], "lag1", np.linspace(-0.5, 1, 61)),
        ):
            share, edges = np.histogram(values[key], bins, density=True)
            axis.plot((edges[1:] + edges[:-1]) / 2, share, color=shade, lw=wide, label=run.name)
        axes[1, 0].plot(range(3), values["fwhm_mm"], "o-", color=shade, lw=wide)
        motion = signal.detrend(values["motion"][:, :3], axis=0)
        hz, power = signal.welch(motion, 1 / run.tr_s, nperseg=64, axis=0)
        axes[1, 1].loglog(hz[1:], power.mean(axis=1)[1:], color=shade, lw=wide)
    axes[0, 0].set(
        xlabel="tSNR of brain voxels", ylabel="density", title="Temporal signal to noise"
    )
    axes[0, 1].set(xlabel="correlation with the volume before", title="Memory of the noise")
    axes[1, 0].set(xticks=range(3), xticklabels=["i", "j", "k"], ylim=(0, None))
    axes[1, 0].set(xlabel="axis of the images", ylabel="FWHM [mm]", title="Spatial smoothness")
    axes[1, 1].set(xlabel="frequency [Hz]", ylabel="mm² / Hz", title="Spectrum of translations")
    for axis in (axes[0, 0], axes[0, 1]):
        axis.set_yticks([])
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=5, frameon=False
    )
    figure.savefig(out, dpi=130)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", default="", help="measure runs of this name alone, draw nothing")
    given = parser.parse_args()
    runs, found = [], []
    for run in (
        all_runs() if not given.only else [brain({n: synthetic(n) for n in ("care", "distress")})]
    ):
        runs.append(run)
        found.append(measure(run))
        print(line(run, found[-1]), flush=True)
    if not given.only:
        draw(runs, found, given.out)


if __name__ == "__main__":
    main()
