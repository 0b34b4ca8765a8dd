"""Simulate a small study of learning for the tutorials on behaviour.

    python learning_study.py study            # choices alone
    python learning_study.py study --scans    # and what a scanner would have seen of eight people

Twenty people choose between two cues that earn points for themselves, for another person, or for
nobody. They learn fastest for themselves. With --scans, the anterior insula (AI) follows their
prediction errors, and IPL answers to every outcome alike. Nothing here is data: what an analysis
finds is what these lines put in.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

from empatune.behaviour.agents import Agent
from empatune.behaviour.catalogue import find_model

N_PEOPLE, N_SCANNED, N_BLOCKS, N_TRIALS = 20, 8, 3, 16
RECIPIENTS = ("self", "other", "none")
RATES = {"self": 0.35, "other": 0.2, "none": 0.15}
SPREAD, PRECISION, GOOD = 0.6, 5.0, 0.75
TR_S, TRIAL_S, VOXEL_MM, NOISE = 2.0, 9.0, 8, 1.0
"""Repetition time, length of a trial [s]; voxel [mm]; noise of a volume [percent of the mean]."""


def choices_of(person: int, rng: np.random.Generator) -> pd.DataFrame:
    """Let one simulated person do nine blocks, three in each run."""
    model = find_model("learning-rates")
    scaled = {
        name: np.log(rate / (1 - rate)) + SPREAD * rng.normal() for name, rate in RATES.items()
    }
    values = {f"rate_{name}": 1 / (1 + np.exp(-one)) for name, one in scaled.items()}
    values["precision"] = PRECISION * np.exp(0.3 * rng.normal())
    agent, rows = Agent(model, values, seed=person), []
    for block in range(N_BLOCKS * len(RECIPIENTS)):
        run, recipient = block // 3 + 1, (block + person) % 3
        for trial in range(N_TRIALS):
            given = {"block": block, "recipient": recipient}
            choice = agent.respond(given)["choice"]
            earns = (rng.random(2) < (1 - GOOD, GOOD)).astype(int)
            outcome = earns[int(choice)]
            missed = rng.random() < 0.01
            over = {**given, "choice": choice, "outcome": outcome, "answered": not missed}
            error = agent.learn(over)["prediction_error"]
            rows.append(
                (run, block + 1, trial + 1, recipient, choice, outcome, *earns, missed, error)
            )
    names = ["run", "block", "trial", "recipient", "choice", "outcome", "if_0", "if_1", "missed"]
    names.append("error")
    return pd.DataFrame(rows, columns=names)


def write_choices(folder: Path, people: list[pd.DataFrame]) -> None:
    """Write choices as a laboratory might have them, under names and codes of its own."""
    parts = []
    for number, done in enumerate(people, start=1):
        part = done[["run", "block", "trial"]].copy()
        part.insert(0, "subject", f"{number:02d}")
        part["who"] = done["recipient"] + 1
        part["chosen"] = done["choice"].where(~done["missed"]).astype("Int64")
        part["points"] = done["outcome"].where(~done["missed"]).astype("Int64")
        part[["outcome_0", "outcome_1"]] = done[["if_0", "if_1"]]
        parts.append(part)
    pd.concat(parts).to_csv(folder / "choices.csv", index=False)


def events_of(done: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Make a run's events: a cue of 3 s, later an outcome of 1 s."""
    onset = 6 + TRIAL_S * np.arange(len(done))
    cue = pd.DataFrame({"onset": onset, "duration": 3.0, "trial_type": "cue"})
    outcome = pd.DataFrame(
        {
            "onset": onset + 3.5 + rng.uniform(0, 3, len(done)),
            "duration": 1.0,
            "trial_type": "outcome",
        }
    )
    for part in (cue, outcome):
        part["recipient"] = done["recipient"].map(dict(enumerate(RECIPIENTS))).to_numpy()
    return pd.concat([cue, outcome]).sort_values("onset").round(3)


def course_of(onset: np.ndarray, weight: np.ndarray, n_scans: int) -> np.ndarray:
    """Give the response of the blood to events of 1 s."""
    from nilearn.glm.first_level import compute_regressor

    events = np.vstack([onset, np.ones(len(onset)), weight])
    return compute_regressor(events, "glover", (np.arange(n_scans) + 0.5) * TR_S)[0][:, 0]


def write_scan(
    path: Path, events: pd.DataFrame, done: pd.DataFrame, rng: np.random.Generator
) -> None:
    """Write a run's images: AI follows prediction errors, IPL answers to every outcome alike."""
    from nilearn.datasets import load_mni152_brain_mask

    from empatune.bids import SeriesLayout, write_series
    from empatune.core import Grid
    from empatune.systems import draw

    brain = load_mni152_brain_mask(resolution=VOXEL_MM)
    inside = brain.get_fdata() > 0
    grid = Grid(shape=brain.shape, affine=brain.affine)
    regions = draw(grid, by="region", radius_mm=10.0)
    n_scans = int((6 + TRIAL_S * len(done) + 12) / TR_S)
    there = ~done["missed"].to_numpy()
    onset = events.loc[events["trial_type"] == "outcome", "onset"].to_numpy()[there]
    answers = course_of(onset, np.ones(len(onset)), n_scans)
    errors = course_of(onset, done["error"].to_numpy()[there], n_scans)
    noise = rng.normal(size=(n_scans + 1, int(inside.sum())))
    voxels = 100 + NOISE * (0.9 * noise[1:] + 0.44 * noise[:-1])
    for name, answer, follow in (("AI", 1.0, 1.5), ("IPL", 1.0, 0.0)):
        part = regions[name].values[inside] > 0
        voxels[:, part] += (answer * answers + follow * errors)[:, None]
    volumes = np.zeros((n_scans, *grid.shape), np.int16)
    volumes[:, inside] = np.rint(voxels * 100)
    layout = SeriesLayout(
        grid=grid, n_volumes=n_scans, dtype=volumes.dtype, slope=0.01, intercept=0.0, tr_s=TR_S
    )
    write_series(path, layout, volumes)


def write_bids(folder: Path, people: list[pd.DataFrame], rng: np.random.Generator) -> None:
    """Write events and images of the people who were scanned."""
    said = {"Name": "Simulated learners", "BIDSVersion": "1.10.0", "DatasetType": "raw"}
    (folder / "dataset_description.json").write_text(json.dumps(said))
    (folder / "task-learn_bold.json").write_text(
        json.dumps({"TaskName": "learn", "RepetitionTime": TR_S})
    )
    for number, done in enumerate(people[:N_SCANNED], start=1):
        place = folder / f"sub-{number:02d}" / "func"
        place.mkdir(parents=True, exist_ok=True)
        for run, part in done.groupby("run"):
            stem = f"sub-{number:02d}_task-learn_run-{run}"
            events = events_of(part, rng)
            events.to_csv(place / f"{stem}_events.tsv", sep="\t", index=False)
            write_scan(place / f"{stem}_bold.nii.gz", events, part, rng)


def main() -> None:
    """Write the study."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("folder", type=Path)
    words.add_argument("--scans", action="store_true", help="events and images, too")
    asked = words.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    people = [choices_of(person, rng) for person in range(N_PEOPLE)]
    write_choices(asked.folder, people)
    if asked.scans:
        write_bids(asked.folder, people, rng)
    print(asked.folder / "choices.csv")


if __name__ == "__main__":
    main()
