"""Simulated maps: the same for the same seed, and their states are found again."""

import numpy as np
import pandas as pd
import pytest

from empatune.signatures.training import Columns, TrainingSettings, read_table, train
from empatune.simulation.maps import CONDITIONS, SimulatedMapsSettings, simulate_maps

SETTINGS = SimulatedMapsSettings(n_people=8, step_mm=8.0, noise_sd=1.0)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return simulate_maps(tmp_path_factory.mktemp("maps"), SETTINGS)


def test_every_person_has_a_map_of_every_condition(table):
    frame = pd.read_csv(table)
    assert len(frame) == SETTINGS.n_people * len(CONDITIONS)
    assert all((table.parent / name).is_file() for name in frame["image"])
    mean = frame.groupby("condition")["distress"].mean()
    assert mean["suffering"] > mean["suffering-mild"] > mean["neutral"]


def test_the_same_seed_gives_the_same_maps(table, tmp_path):
    again = simulate_maps(tmp_path / "again", SETTINGS)
    assert again.read_text() == table.read_text()
    name = "sub-03_neutral.nii.gz"
    import nibabel as nib

    one, other = (np.asarray(nib.load(t.parent / name).dataobj) for t in (table, again))
    assert np.array_equal(one, other)


def test_ratings_are_recovered_in_people_left_out(table):
    columns = Columns(
        image="image",
        outcome="distress",
        group="participant",
        condition="condition",
        off_target=("own-reward",),
    )
    plain = TrainingSettings(method="ridge", n_bootstraps=0, n_permutations=0, n_resamples=100)
    found = train(read_table(table, columns), plain)
    assert found.results["r_within"].value > 0.6
    assert found.off_targets[0].results["auc"].value > 0.8
