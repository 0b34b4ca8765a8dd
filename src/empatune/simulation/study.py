"""A simulated study on disk: a BIDS data set with derivatives as fMRIPrep leaves them.

Care and distress of every trial are drawn from condition, motive and person, and written beside
the data. That decoding finds them again is a recovery test, and no evidence on people.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy import ndimage, signal

from empatune.bids import VERSION, SeriesLayout, write_image, write_series
from empatune.numerics.design import convolved_boxcars, drift_columns
from empatune.simulation import head as heads
from empatune.simulation.confounds import confounds
from empatune.simulation.motion import MotionSettings, trajectory
from empatune.simulation.patterns import expression
from empatune.simulation.signatures import synthetic
from empatune.typing import Array, FloatArray, JsonObject

SPACE = "MNI152NLin6Asym"
STATES = ("care", "distress")
LEVEL = 1000.0
"""Brightness of grey matter."""

_EFFECTS = {
    "suffering": (1.0, 0.8),
    "neutral": (0.0, 0.0),
    "approach": (0.4, 0.0),
    "avoidance": (-0.4, 0.4),
}
"""What condition and motive add to care and distress [percent of the signal]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedStudySettings:
    """Size and strength of a simulated study.

    Parameters
    ----------
    n_people, n_runs : int
        Participants, and runs of each.
    n_trials, n_volumes : int
        Trials and volumes of a run.
    step_mm : float
        Size of the voxels [mm].
    tr_s : float
        Repetition time [s].
    trial_s : float
        Length of a trial [s].
    person_sd, trial_sd : float
        Spread of people and trials around the condition's mean [percent of the signal].
    noise_percent : float
        Spread of a voxel's noise [percent of the signal].
    seed : int
        Seed of everything.
    """

    n_people: int = 20
    n_runs: int = 2
    n_trials: int = 12
    n_volumes: int = 100
    step_mm: float = 4.0
    tr_s: float = 2.0
    trial_s: float = 6.0
    person_sd: float = 0.4
    trial_sd: float = 0.3
    noise_percent: float = 1.0
    seed: int = 0


def simulate_study(folder: Path, settings: SimulatedStudySettings | None = None) -> Path:
    """Write a simulated study.

    Parameters
    ----------
    folder : Path
        The raw data set that is made; derivatives lie in ``derivatives/fmriprep``, the truth and
        the synthetic signatures in ``derivatives/truth``.
    settings : SimulatedStudySettings, optional
        Size and strength.

    Returns
    -------
    Path
        The folder of the derivatives.
    """
    settings = settings or SimulatedStudySettings()
    derivatives, truth = folder / "derivatives" / "fmriprep", folder / "derivatives" / "truth"
    _describe(folder, kind="raw")
    _describe(derivatives, kind="derivative")
    _describe(truth, kind="derivative")
    for name in STATES:
        signature = synthetic(name)
        write_image(truth / f"{name}.nii.gz", signature.weights, signature.grid)
    head = heads.load(settings.step_mm)
    patterns = np.stack([expression(synthetic(name), head) for name in STATES])
    lines = ["participant\trun\ttrial\tcare\tdistress"]
    for person in range(1, settings.n_people + 1):
        rng = np.random.default_rng([settings.seed, person])
        own = settings.person_sd * rng.standard_normal(2)
        for run in range(1, settings.n_runs + 1):
            stem = f"sub-{person:02d}_task-stories_run-{run}"
            states = _run(folder, stem, own, patterns, settings, rng)
            lines += [
                f"{person:02d}\t{run}\t{trial}\t{care:.6f}\t{distress:.6f}"
                for trial, (care, distress) in enumerate(states, start=1)
            ]
    (truth / "truth.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return derivatives


def _describe(folder: Path, *, kind: str) -> None:
    facts: JsonObject = {
        "Name": "Simulated study of empathy: no person was scanned",
        "BIDSVersion": VERSION,
        "DatasetType": kind,
        "GeneratedBy": [{"Name": "empatune simulation"}],
    }
    _json(folder / "dataset_description.json", facts)
    (folder / "README").write_text("Made by the simulation of empatune.\n", encoding="utf-8")


def _json(path: Path, content: JsonObject) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _run(
    folder: Path,
    stem: str,
    own: FloatArray,
    patterns: Array,
    settings: SimulatedStudySettings,
    rng: np.random.Generator,
) -> FloatArray:
    """Write the files of a run; return care and distress of its trials."""
    raw = folder / stem.split("_", maxsplit=1)[0] / "func"
    made = folder / "derivatives" / "fmriprep" / stem.split("_", maxsplit=1)[0] / "func"
    for place in (raw, made):
        place.mkdir(parents=True, exist_ok=True)
    words = _words(settings.n_trials, rng)
    means = np.array([np.add(_EFFECTS[a], _EFFECTS[b]) for a, b in words])
    states = means + own + settings.trial_sd * rng.standard_normal(means.shape)
    gap = (settings.n_volumes * settings.tr_s - 14 - settings.trial_s) / settings.n_trials
    onsets = 6 + gap * np.arange(settings.n_trials) + rng.uniform(0, 0.25 * gap, settings.n_trials)
    _write_events(raw / f"{stem}_events.tsv", onsets, words, states, settings, rng)
    places = trajectory(
        settings.n_volumes,
        settings.tr_s,
        breath=np.zeros(settings.n_volumes),
        settings=MotionSettings(),
        rng=rng,
    )
    table = made / f"{stem}_desc-confounds_timeseries.tsv"
    table.write_text(confounds(places), encoding="utf-8")
    volumes = _volumes(onsets, states, places, patterns, settings, rng)
    head = heads.load(settings.step_mm)
    layout = SeriesLayout(
        grid=head.grid,
        n_volumes=settings.n_volumes,
        dtype=np.dtype(np.int16),
        slope=1.0,
        intercept=0.0,
        tr_s=settings.tr_s,
    )
    image = made / f"{stem}_space-{SPACE}_desc-preproc_bold.nii.gz"
    write_series(image, layout, volumes)
    write_image(made / f"{stem}_space-{SPACE}_desc-brain_mask.nii.gz", head.brain, head.grid)
    timing: JsonObject = {"RepetitionTime": settings.tr_s, "TaskName": "stories"}
    _json(raw / f"{stem}_bold.json", timing)
    _json(
        image.with_name(image.name.replace(".nii.gz", ".json")), {**timing, "SkullStripped": False}
    )
    (raw / f"{stem}_bold.nii.gz").unlink(missing_ok=True)
    os.link(image, raw / f"{stem}_bold.nii.gz")
    return states


def _words(n_trials: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    cells = [(a, b) for a in ("suffering", "neutral") for b in ("approach", "avoidance")]
    order = rng.permutation(n_trials)
    return [cells[place % len(cells)] for place in order]


def _write_events(
    path: Path,
    onsets: FloatArray,
    words: list[tuple[str, str]],
    states: FloatArray,
    settings: SimulatedStudySettings,
    rng: np.random.Generator,
) -> None:
    lines = ["onset\tduration\ttrial_type\tmotive\ttarget\trating"]
    for onset, (condition, motive), (care, _) in zip(onsets, words, states, strict=True):
        target = rng.choice(["ingroup", "outgroup"])
        rating = care + 0.3 * rng.standard_normal()
        lines.append(
            f"{onset:.3f}\t{settings.trial_s:g}\t{condition}\t{motive}\t{target}\t{rating:.3f}"
        )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@lru_cache(maxsize=1)
def _edges(step_mm: float) -> Array:
    """Give the slopes of the brightness, which motion turns into signal [1 / mm]."""
    smooth = ndimage.gaussian_filter(heads.load(step_mm).contrast, 1.0)
    return np.stack(np.gradient(smooth)) / step_mm


def _volumes(
    onsets: FloatArray,
    states: FloatArray,
    places: FloatArray,
    patterns: Array,
    settings: SimulatedStudySettings,
    rng: np.random.Generator,
) -> list[Array]:
    head = heads.load(settings.step_mm)
    courses = np.stack(
        [
            convolved_boxcars(
                [onset], [settings.trial_s], n_volumes=settings.n_volumes, tr_s=settings.tr_s
            )
            for onset in onsets
        ]
    )
    felt = states.T @ courses  # (n_states, n_volumes)
    drift = drift_columns(settings.n_volumes, settings.tr_s) @ rng.standard_normal(
        (drift_columns(settings.n_volumes, settings.tr_s).shape[1], 1)
    )
    unrest = rng.standard_normal((settings.n_volumes, *head.grid.shape)).astype(np.float32)
    unrest = signal.lfilter([np.sqrt(1 - 0.3**2)], [1, -0.3], unrest, axis=0)
    shift = np.tensordot(places[:, :3], _edges(settings.step_mm), axes=1)
    percent = (
        np.tensordot(felt.T, patterns, axes=1)
        + drift[:, :, None, None]
        + settings.noise_percent * unrest
    )
    brightness = LEVEL * (head.contrast * (1 + 0.01 * percent) + 0.2 * shift)
    return list(np.round(brightness).astype(np.int16))
