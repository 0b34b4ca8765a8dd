"""A real person's localizer becomes the decoder of their next run, sent by a scanner."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage
from scipy.stats import rankdata

from empatune.cli.series import read_series
from empatune.numerics import rigid
from empatune.numerics.smoothing import smooth
from empatune.preparation import Prepared
from empatune.realtime.messages import Aligned, Decoded, Notice
from empatune.realtime.recorder import Record
from empatune.signatures.training.blocks import Block, Contrast, read_blocks

from .conftest import empatune, free_port, start, wait_for_port

pytestmark = [pytest.mark.slow, pytest.mark.shared]

FIRST, SECOND = "siemens_objects_run-1", "siemens_objects_run-2"
SIDES = Contrast(positive=("living",), against=("non_living",))
MNI_TO_EPI = """
0.842 -0.082  0.006 -5.331
0.073  0.954 -0.073 15.748
0.001  0.153  0.806  7.258
0 0 0 1
"""
"""Where MNI lies in this person, by the second moments of both brains (Dice .93)."""

STUDY = """
[study]
name = "Living things"
[participant]
label = "objects"
task = "objects"
[scanner]
n_volumes = 209
[signatures]
feedback = ["living"]
monitors = ["care"]
[preparation]
folder = "{preparation}"
[nuisance]
displacement_mm = 8.0
[protocol]
[score]
baseline_min_volumes = 6
[score.weights]
living = 1
"""
BLOCK = """
[[protocol.blocks]]
condition = "{}"
duration_s = {:.3f}
feedback = {}
"""


def events(shared: Path, run: str) -> Path:
    return shared / "data" / "fmri" / f"{run}_events.tsv"


def study(blocks: list[Block], preparation: Path) -> str:
    """The run as a protocol: its blocks, rest between them, feedback from the fifth on."""
    parts, now_s = [STUDY.format(preparation=preparation)], 0.0
    for number, block in enumerate(blocks):
        parts.append(BLOCK.format("rest", block.onset_s - now_s, "false"))
        parts.append(BLOCK.format(block.condition, block.duration_s, str(number > 3).lower()))
        now_s = block.onset_s + block.duration_s
    return "".join([*parts, BLOCK.format("rest", 418 - now_s, "false")])


@pytest.fixture(scope="module")
def place(
    shared: Path, testdata: Path, maps: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Prepare on run 1, train on it, and let run 2 come in by C-STORE."""
    folder = tmp_path_factory.mktemp("living")
    (folder / "mni_to_epi.txt").write_text(MNI_TO_EPI)
    empatune(
        *("prepare", testdata / FIRST, "--out", folder / "prepared", "--signature", "care"),
        *("--affine", folder / "mni_to_epi.txt"),
    )
    trained = empatune(
        *("localizer", testdata / FIRST, events(shared, FIRST), "--out", folder / "living"),
        *("--prepared", folder / "prepared", "--positive", "living", "--against", "non_living"),
        *("--test", testdata / SECOND, "--test-events", events(shared, SECOND)),
        *("--bootstraps", "0", "--permutations", "2000"),
    )
    (folder / "trained.json").write_text(json.dumps(trained))
    path, port = folder / "study.toml", free_port()
    path.write_text(study(read_blocks(events(shared, SECOND)), folder / "prepared"))
    session = start(
        *("session", path, "--source", f"dicom:{port}", "--out", folder / "session"),
        *("--no-open", "--json"),
    )
    wait_for_port(port, session)
    empatune("scanner", testdata / SECOND, "--to", f"127.0.0.1:{port}", "--speed", "max")
    out, err = session.communicate(timeout=120)
    assert session.returncode == 0, err
    assert json.loads(out)["n_decoded"] == 209
    return folder


def recorded(folder: Path, kind: type) -> list:
    with Record(folder / "session") as record:
        return [entry.message for entry in record.entries(kind)]


def test_the_decoder_tells_the_blocks_of_the_second_run(place: Path) -> None:
    facts = json.loads((place / "trained.json").read_text())
    area = facts["test"]["measures"]["auc"]
    assert facts["test"]["n_blocks"] == 14
    assert area["value"] > 0.9
    assert area["p"] < 0.01
    assert facts["localizer"]["measures"]["auc"]["p"] < 0.05


def test_the_loop_measures_what_reslicing_and_smoothing_every_volume_gives(
    place: Path, testdata: Path
) -> None:
    """The long way, with none of our sampling: cubic splines, Gaussian, dot product."""
    prepared = Prepared.load(place / "prepared")
    affine, weights = prepared.grid.affine, prepared.weights["living"]
    everywhere = np.indices(prepared.grid.shape).reshape(3, -1)
    volumes, _ = read_series(str(testdata / SECOND))
    poses = recorded(place, Aligned)
    decoded = recorded(place, Decoded)
    assert len(volumes) == len(poses) == len(decoded) == 209
    expected, found = [], []
    for number in range(0, 209, 4):
        shift, angles = np.split(np.array(poses[number].motion), 2)
        there = rigid.matrix(np.concatenate([shift, np.radians(angles)]))
        there = np.linalg.inv(affine) @ there @ affine
        places = there[:3, :3] @ everywhere + there[:3, 3:]
        image = volumes[number].intensities().astype(np.float64)
        resliced = ndimage.map_coordinates(image, places, order=3, mode="mirror")
        smoothed = smooth(resliced.reshape(prepared.grid.shape), affine, 6.0)
        expected.append(
            100 * np.vdot(smoothed, weights) / prepared.reference[prepared.brain].mean()
        )
        found.append(decoded[number].signatures["living"].raw)
    assert np.corrcoef(expected, found)[0, 1] > 0.999
    assert np.abs(np.array(expected) - found).max() < 0.15 * np.std(found)


def test_living_blocks_stand_out_in_the_recorded_scores(place: Path, shared: Path) -> None:
    """Mean score of a block, five seconds late; every order of its labels as the null."""
    decoded = recorded(place, Decoded)
    scores = np.array([each.signatures["living"].z for each in decoded])
    usable = np.array([each.usable for each in decoded])
    middle_s = 2.0 * np.arange(209) + 1
    means, sides = [], []
    blocks = read_blocks(events(shared, SECOND))
    for block, side in zip(blocks, SIDES.outcome(blocks), strict=True):
        inside = (middle_s > block.onset_s + 5) & (middle_s < block.onset_s + block.duration_s + 5)
        if side:
            means.append(scores[inside & usable].mean())
            sides.append(side > 0)
    ranks, chosen = rankdata(means), np.array(sides)
    n = int(chosen.sum())
    null = [ranks[list(each)].sum() for each in combinations(range(len(ranks)), n)]
    area = (ranks[chosen].sum() - n * (n + 1) / 2) / (n * (len(ranks) - n))
    assert area > 0.9
    assert np.mean(np.array(null) >= ranks[chosen].sum()) < 0.01


def test_the_session_doubts_nothing(place: Path) -> None:
    alarms = [notice for notice in recorded(place, Notice) if notice.level == "alarm"]
    assert alarms == []
    assert "living" in (place / "session" / "report.html").read_text(encoding="utf-8")
