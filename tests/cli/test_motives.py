"""``empatune motives``: on the tables that fits leave."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from empatune.cli import run

NAMES = ("A AI<-ACC", "B[motive] AI<-ACC", "B[motive] ACC<-AI", "B[motive] VS<-AI", "decay")


def write_fits(folder: Path, *, seed: int = 0, names: tuple[str, ...] = NAMES) -> Path:
    """Fits of 20 people; AI moves VS more in every second one."""
    rng = np.random.default_rng(seed)
    folder.mkdir(exist_ok=True)
    lines = ["participant\trun\tnetwork\tparameter\tmean\tsd\tprior"]
    for person in range(20):
        for place, name in enumerate(names):
            mean = rng.normal(0, 0.1) + 0.5 * (person % 2) * (place == 3)
            lines.append(f"{person:02d}\tall\tmotive\t{name}\t{mean}\t0.05\t0")
    (folder / "parameters.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def write_labels(folder: Path) -> Path:
    lines = ["participant_id\tgroup\tage"]
    lines += [f"sub-{i:02d}\t{'reciprocity' if i % 2 else 'empathy'}\t{20 + i}" for i in range(20)]
    path = folder / "participants.tsv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def fits(tmp_path: Path) -> Path:
    return write_fits(tmp_path / "fits")


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    return write_labels(tmp_path)


def classify(fits: Path, labels: Path, out: Path, *more: str) -> int:
    return run(
        ["motives", "classify", str(fits), "--labels", str(labels), "--column", "group",
         "--out", str(out), "--permutations", "50", *more]
    )  # fmt: skip


def test_the_network_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["motives", "network"]) == 0
    shown = capsys.readouterr().out
    assert "AI   anterior insula" in shown
    assert "reciprocity: ACC moves AI, AI moves ACC, and AI moves VS even more" in shown
    assert run(["motives", "network", "--side", "left", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["motives"][1]["order"] == [[["AI", "VS"], ["AI", "ACC"]]]
    assert len(content["regions"][1]["centres_mm"]) == 1
    assert run(["motives", "network", "--toml"]) == 0
    assert "[networks.motive]" in capsys.readouterr().out


def test_a_classifier_is_trained_and_applied(
    fits: Path, labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    betas = tmp_path / "betas.tsv"
    noise = np.random.default_rng(5).standard_normal((20, 2))
    rows = [f"{i:02d}\t{a}\t{b}" for i, (a, b) in enumerate(noise)]
    betas.write_text("\n".join(["participant\tAI\tVS", *rows]) + "\n", "utf-8")
    out = tmp_path / "card"
    assert classify(fits, labels, out, "--beside", f"activity={betas}") == 0
    shown = capsys.readouterr().out
    assert "| connections | 9" in shown or "| connections | 100" in shown
    assert "| activity |" in shown
    content = json.loads((out / "card.json").read_text("utf-8"))
    assert content["validation"]["p"] == pytest.approx(1 / 51)
    assert content["classifier"]["classes"] == ["empathy", "reciprocity"]
    assert set(content["beside"]) == {"activity"}

    new = write_fits(tmp_path / "new", seed=9)
    assert run(["motives", "apply", str(out / "card.json"), str(new), "--json"]) == 0
    answers = json.loads(capsys.readouterr().out)
    right = [a["motive"] == ("empathy", "reciprocity")[i % 2] for i, a in enumerate(answers)]
    assert np.mean(right) > 0.9
    assert run(["motives", "apply", str(out / "card.json"), str(new)]) == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0].startswith("participant\trun\tmotive\tprobability_reciprocity\tlow\thigh")
    assert len(table) == 21


def test_the_same_seed_gives_the_same_figures(
    fits: Path, labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = []
    for name in ("one", "two"):
        assert classify(fits, labels, tmp_path / name, "--seed", "4", "--json") == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0]["validation"] == found[1]["validation"]
    assert found[0]["classifier"] == found[1]["classifier"]


def test_fits_of_another_network_are_refused(
    fits: Path, labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert classify(fits, labels, tmp_path / "card") == 0
    other = write_fits(tmp_path / "other", names=(*NAMES[:4], "C AI<-helping"))
    capsys.readouterr()
    assert run(["motives", "apply", str(tmp_path / "card" / "card.json"), str(other)]) == 1
    said = capsys.readouterr().err
    assert "lacks decay" in said
    assert "C AI<-helping" in said


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        (["--column", "guilt"], 1, "no column guilt"),
        (["--column", "age"], 1, "two motives"),
        (["--parameter", "D"], 1, "picks no estimated parameter"),
        (["--network", "other"], 1, "no network 'other'"),
        (["--positive", "guilt"], 1, "must be 'guilt'"),
        (["--modulator", "empathy"], 2, "either --labels"),
        (["--beside", "activity"], 2, "NAME=TABLE"),
        (["--beside", "activity=none.tsv"], 1, "cannot be read"),
        (["--condition", "helping"], 1, "status.tsv"),
        (["--permutations", "0"], 2, "permutations"),
    ],
)
def test_bad_input_is_told_and_nothing_is_written(
    fits: Path,
    labels: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    code: int,
    message: str,
) -> None:
    assert classify(fits, labels, tmp_path / "card", *more) == code
    assert message in capsys.readouterr().err
    assert not (tmp_path / "card").exists()


def test_a_classifier_is_not_written_over(
    fits: Path, labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert classify(fits, labels, tmp_path / "card") == 0
    assert classify(fits, labels, tmp_path / "card") == 1
    assert "--overwrite" in capsys.readouterr().err
    assert classify(fits, labels, tmp_path / "card", "--overwrite") == 0
