"""A simulated paradigm on disk: valid, scaled, equal for equal seeds, and honest about the truth."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
import pytest

from empatune.bids.derivatives import find_runs
from empatune.errors import ParadigmError, UsageError
from empatune.paradigms import Response, load
from empatune.simulation.answers import answer
from empatune.simulation.brain import Activity, Brain, BrainSettings
from empatune.simulation.cohort import simulate_cohort
from empatune.simulation.experiment import ExperimentSettings, simulate_experiment
from empatune.simulation.regions import scanned_runs
from empatune.simulation.signatures import synthetic

BRAIN = BrainSettings(voxel_mm=(12.0, 12.0, 12.0))
HEIN = load("hein-2010")


def simulate(folder: Path, **settings: object) -> Path:
    simulate_experiment(HEIN, folder, settings=ExperimentSettings(n=2, brain=BRAIN, **settings))
    return folder


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(tmp_path_factory.mktemp("scanned") / "bids", kind="brain", seed=1)


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def events(folder: Path) -> pd.DataFrame:
    parts = [
        pd.read_csv(path, sep="\t", na_values="n/a").assign(file=path.name)
        for path in sorted(folder.glob("sub-*/**/*_events.tsv"))
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("place", ["", "derivatives/regions", "derivatives/truth"])
def test_the_official_validator_finds_no_error(scanned: Path, place: str) -> None:
    validator = Path(sys.executable).with_name("bids-validator-deno")
    done = subprocess.run(
        [str(validator), "--json", str(scanned / place)],
        capture_output=True,
        text=True,
        check=False,
    )
    issues = json.loads(done.stdout)["issues"]["issues"]
    assert [issue for issue in issues if issue["severity"] == "error"] == []


def test_everybody_answers_once_a_trial_on_the_scale(scanned: Path) -> None:
    table = events(scanned)
    watched = table[table["response_unpleasant"].notna()]
    assert len(watched) == 2 * 2 * 40
    assert set(watched["phase"]) == {"outcome"}  # beside the brain's response
    assert not watched["condition"].str.endswith("choice").any()
    ratings = watched["response_unpleasant"]
    assert (ratings == ratings.round()).all()
    assert ratings.between(-4, 4).all()
    pain = watched["condition"].isin(["in_pain", "out_pain"])
    assert ratings[pain].mean() > ratings[~pain].mean()
    helped = table["response_helped"].dropna()
    assert len(helped) == 2 * 2 * 20
    assert set(helped) == {"leave", "take half the pain"}


def test_what_nobody_knows_is_apart(scanned: Path) -> None:
    people = pd.read_csv(scanned / "participants.tsv", sep="\t")
    assert list(people["participant_id"]) == ["sub-001", "sub-002"]
    assert "empathic_concern" in people
    assert "coupling" not in people
    assert "coupling" in pd.read_csv(scanned / "derivatives/truth/parameters.tsv", sep="\t")
    raw = {path.name for path in scanned.glob("sub-*/**/*") if path.is_file()}
    assert not any("concern" in name for name in raw)
    trials = pd.read_csv(scanned / "derivatives/truth/trials.tsv", sep="\t")
    assert len(trials) == 2 * 2 * 60
    told = json.loads((scanned / "dataset_description.json").read_text("utf-8"))
    assert "no person took part" in told["Name"]


def test_runs_are_complete_and_long_enough(scanned: Path) -> None:
    runs = find_runs(scanned, scanned / "derivatives/fmriprep")
    assert len(runs) == 2 * 2 * 2
    for run in runs:
        assert None not in (run.bold, run.mask, run.confounds, run.events)
        image = nibabel.load(run.bold)
        brain = nibabel.load(run.mask).get_fdata() > 0
        assert 500 < image.get_fdata()[brain].mean() < 1500
        n_volumes = image.shape[3]
        assert len(pd.read_csv(run.confounds, sep="\t")) == n_volumes
        names = list((scanned / "derivatives/regions").glob(f"**/{run.stem}_*timeseries.tsv"))
        assert len(pd.read_csv(names[0], sep="\t")) == n_volumes
        last = pd.read_csv(run.events, sep="\t").iloc[-1]
        assert last["onset"] + last["duration"] < 2.0 * n_volumes


def test_equal_seeds_make_equal_bits_whatever_the_workers(scanned: Path, tmp_path: Path) -> None:
    again = simulate(tmp_path / "again", kind="brain", seed=1, workers=2)
    assert contents(again) == contents(scanned)


def test_other_seeds_make_other_people(tmp_path: Path) -> None:
    one = events(simulate(tmp_path / "one", seed=1))
    other = events(simulate(tmp_path / "other", seed=2))
    assert not one["response_unpleasant"].equals(other["response_unpleasant"])
    assert not one["onset"].equals(other["onset"])


def test_kinds_meet_the_same_people(scanned: Path, tmp_path: Path) -> None:
    alone = contents(simulate(tmp_path / "alone", seed=1))
    whole = contents(scanned)
    assert len(alone) < len(whole)
    alone.pop("README"), whole.pop("README")
    assert alone == {name: whole[name] for name in alone}


def test_a_parameter_that_is_set_acts(tmp_path: Path) -> None:
    free = simulate_cohort(HEIN, n=30, seed=1)
    cut = simulate_cohort(HEIN, n=30, seed=1, parameters={"concern": 0.0})
    assert (cut.people["concern"] == 0).all()
    np.testing.assert_array_equal(cut.people["sharing"], free.people["sharing"])
    assert cut.simulated.seen.components.concern.max() == 0


@pytest.mark.parametrize(
    ("response", "states", "ticked"),
    [
        (Response(of="care", low=0, high=10), [-1, 0, 1.5, 3, 9], [0, 0, 5, 10, 10]),
        (Response(of="empathy", low=-4, high=4), [-9, 0, 1.5, 3], [-4, 0, 2, 4]),
        (Response(of="closeness", low=1, high=7), [-3, 0, 3, 5], [1, 4, 7, 7]),
        (Response(of="points", low=0, high=1), [0.123, 2], [0.12, 1]),
        (Response(of="distress", low=-9, high=-1), [0, 1.2], [-9, -1]),
        (Response(of="help"), [0, 1], ["no", "yes"]),
        (Response(of="help", options=("leave", "stay")), [1, 0], ["stay", "leave"]),
    ],
)
def test_states_are_put_on_the_scale(
    response: Response, states: list[float], ticked: list[object]
) -> None:
    assert answer(response, np.array(states, dtype=float)).tolist() == ticked


def test_a_state_shows_where_its_map_has_weight() -> None:
    """Loadings of care alone, so that what differs between volumes is its pattern."""
    quiet = BrainSettings(voxel_mm=(8.0, 8.0, 8.0), sight_percent=0.0, state_percent=50.0)
    brain = Brain(quiet, care=synthetic("care"), distress=synthetic("distress"))
    care = np.repeat([0.0, 1.0], 20)
    activity = Activity(care=care, distress=0 * care, sight=0 * care, regions={})
    courses = brain.courses(activity, tr_s=2.0, rng=np.random.default_rng(0))
    images = np.stack(list(brain.volumes(courses, np.random.default_rng(1))))
    change = (images[20:].mean(axis=0) - images[:20].mean(axis=0))[brain.head.brain]
    pattern = brain._maps[0]
    inside = brain.head.brain.reshape(-1)[brain._flat]
    assert np.corrcoef(change, pattern[inside])[0, 1] > 0.9


def test_runs_of_other_lengths_are_scanned_to_their_end() -> None:
    cohort = simulate_cohort(load("valk-2017"), n=4, seed=0)
    runs = scanned_runs(cohort.layout, cohort.paradigm, tr_s=2.0, seed=1)
    assert {run.person for run in runs} == {0, 1, 2, 3}
    for run in runs:
        end = cohort.layout.table.iloc[run.rows[-1]]
        assert run.n_volumes * 2.0 >= end["onset"] + end["duration"]


def test_bad_input_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no parameter 'cocern'\. Did you mean 'concern'"):
        simulate(tmp_path / "a", parameters={"cocern": 1.0})
    with pytest.raises(UsageError, match="concern is -1; allowed is 0 or more"):
        simulate(tmp_path / "a", parameters={"concern": -1.0})
    alone, scans = ExperimentSettings(n=1), ExperimentSettings(kind="regions")
    with pytest.raises(ParadigmError, match="groups"):
        simulate_experiment(load("klimecki-2014"), tmp_path / "a", settings=alone)
    with pytest.raises(UsageError, match="Nobody is scanned in shaw-1994"):
        simulate_experiment(load("shaw-1994"), tmp_path / "a", settings=scans)
    with pytest.raises(UsageError, match="repetition time is 0"):
        ExperimentSettings(tr_s=0.0)
    with pytest.raises(UsageError, match="kind is 'all'"):
        ExperimentSettings(kind="all")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        simulate(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
