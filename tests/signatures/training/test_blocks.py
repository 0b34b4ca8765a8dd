"""Events of a run become blocks, sides and folds; what cannot is refused with words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from empatune.errors import TrainingError, UsageError
from empatune.signatures.training.blocks import Contrast, hold_out_together, n_orders, read_blocks


def write(folder: Path, text: str) -> Path:
    path = folder / "events.tsv"
    path.write_text(text.replace(" ", "\t"), encoding="utf-8")
    return path


def test_trials_that_follow_each_other_are_one_block(tmp_path: Path) -> None:
    rows = ["4 1 face", "5.1 0.9 face", "14 1 face", "16 2 house", "20 1 n/a", "2 1 house"]
    path = write(tmp_path, "\n".join(["onset duration trial_type", *rows]) + "\n")
    found = [(b.condition, b.onset_s, b.duration_s) for b in read_blocks(path)]
    assert found == [
        ("house", 2.0, 1.0),
        ("face", 4.0, 2.0),
        ("face", 14.0, 1.0),
        ("house", 16.0, 2.0),
    ]
    assert len(read_blocks(path, longest_gap_s=0)) == 5


def test_events_of_a_real_localizer(shared: Path) -> None:
    path = shared / "data" / "fmri" / "philips_localizer_events.tsv"
    blocks = read_blocks(path)
    order = "face scene body house object scramble scramble body object face house scene"
    assert [b.condition for b in blocks] == order.split()
    assert all(15.5 < b.duration_s < 16.5 for b in blocks)


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("onset duration\n1 2\n", UsageError, "no column 'trial_type'; it has onset, duration"),
        ("duration trial_type\n1 a\n", UsageError, "no column 'onset'"),
        ("onset duration trial_type\n1 2 a\nx 2 b\n", TrainingError, "line 3: 'x' is no time"),
        ("onset duration trial_type\n1 n/a a\n", TrainingError, "line 2: 'n/a' is no time"),
        ("onset duration trial_type\n1 -2 a\n", TrainingError, "line 2: '-2' is no time"),
        ("onset duration trial_type\n1 2\n", TrainingError, "cannot be read"),
        ("onset duration trial_type\n", TrainingError, "holds no events"),
    ],
)
def test_bad_events(tmp_path: Path, text: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        read_blocks(write(tmp_path, text))


def test_missing_events(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="cannot be read"):
        read_blocks(tmp_path / "nothing.tsv")


def test_sides_are_conditions_of_the_run(tmp_path: Path) -> None:
    rows = ["0 9 living", "20 9 tool", "40 9 noise", "60 9 living"]
    blocks = read_blocks(write(tmp_path, "\n".join(["onset duration trial_type", *rows]) + "\n"))
    contrast = Contrast(positive=("living",), against=("tool",))
    assert contrast.outcome(blocks).tolist() == [1, -1, 0, 1]
    assert contrast.names == ("tool", "living")
    unknown = Contrast(positive=("living",), against=("tools",))
    with pytest.raises(UsageError, match=r"no condition 'tools'; they have living \(2 blocks\)"):
        unknown.outcome(blocks)
    with pytest.raises(UsageError, match="both sides"):
        Contrast(positive=("a",), against=("a", "b"))
    with pytest.raises(UsageError, match="on both sides: positive and against"):
        Contrast(positive=("a",), against=())


def test_every_fold_has_both_sides_and_neighbours_in_time() -> None:
    outcome = np.array([1, -1, -1, 1, -1, -1, 1, -1, -1, -1])
    folds = hold_out_together(outcome)
    assert folds.tolist() == [0, 0, 0, 1, 0, 1, 2, 1, 2, 2]
    two = hold_out_together(outcome, n_folds=2)
    for fold in range(2):
        assert set(outcome[two == fold]) == {1, -1}


def test_too_few_blocks_or_too_many_folds() -> None:
    with pytest.raises(TrainingError, match="1 blocks of the positive side and 3 of the other"):
        hold_out_together(np.array([1, -1, -1, -1]))
    with pytest.raises(TrainingError, match="0 blocks of the positive side"):
        hold_out_together(np.array([-1, -1, -1]))
    outcome = np.array([1, -1, 1, -1, 1, -1])
    with pytest.raises(TrainingError, match="4 folds are asked for, and the rarer side has 3"):
        hold_out_together(outcome, n_folds=4)


def test_how_many_orders_labels_have() -> None:
    pairs = np.array([1, -1, -1, 1, 1, -1])
    assert n_orders(pairs, hold_out_together(pairs)) == 2**3
    faces = np.array([1, -1, -1, -1, -1, -1, -1, -1, -1, 1, -1, -1])
    assert n_orders(faces, hold_out_together(faces)) == 6 * 6
