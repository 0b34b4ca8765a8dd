"""``empatune allocate``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from empatune.cli import run
from empatune.realtime.feedback import make_timeline
from empatune.realtime.feedback.sham import open_seal, unseal
from empatune.realtime.messages import Feedback
from empatune.realtime.recorder import Recorder
from empatune.realtime.study import ShamSettings, Study, load

STUDY = """\
[study]
name = "Tuning care"
[[protocol.blocks]]
condition = "rest"
duration_s = 30
[[protocol.blocks]]
condition = "care"
duration_s = 20
feedback = true
"""


class Still:
    """A clock that stands still."""

    def monotonic_ns(self) -> int:
        return 0

    def wall_s(self) -> float:
        return 0.0


def record(folder: Path, study: Study, value: float) -> None:
    timeline = make_timeline(study, 2.0)
    labels = study.participant
    with Recorder(folder, Still()) as recorder:
        recorder.state(
            study=study.to_json(),
            overview={
                "participant": labels.label,
                "session": labels.session,
                "run": labels.run,
                "tr_s": 2.0,
                "blocks": [
                    {"condition": b.condition, "n_volumes": b.n_volumes, "feedback": b.feedback}
                    for b in timeline.blocks
                ],
            },
        )
        moments = [timeline.at(position) for position in range(timeline.n_volumes)]
        told = [
            Feedback(
                index=index - 1,
                phase=moment.phase,
                block=moment.block,
                instruction=moment.instruction,
                show=moment.show,
                value=value if moment.show else 0.0,
                score=0.0,
                elapsed=moment.elapsed,
            )
            for index, moment in enumerate(moments)
        ]
        recorder.write(told, "out")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "study.toml").write_text(STUDY)
    study = load(tmp_path / "study.toml")
    for number in (1, 2):
        record(tmp_path / "pilots" / f"{number}", study.of(label=f"pilot{number}"), number / 10)
    return tmp_path


def allocate(folder: Path, *words: str, participants: str = "01,02,03,04,05,06") -> int:
    return run(
        [
            "allocate",
            str(folder / "study.toml"),
            "--participants",
            participants,
            "--donors",
            str(folder / "pilots"),
            "--out",
            str(folder / "allocation.sealed"),
            *words,
        ]
    )


def test_a_sealed_file_is_made_and_no_arm_is_told(folder: Path, capsys) -> None:
    assert allocate(folder) == 0
    shown = capsys.readouterr()
    allocation, digest = unseal(folder / "allocation.sealed")

    assert "Allocated 6 participants, with 2 donor sessions" in shown.out
    assert f"Digest to register: {digest}" in shown.out
    assert '[sham]\nallocation = "' in shown.err
    for word in ("yoked", "pilot", "arm"):
        assert word not in (shown.out + shown.err).replace(str(folder), "")
    arms = [place.arm for place in allocation.places.values()]
    assert abs(arms.count("yoked") - 3) <= 1


def test_sessions_open_what_was_sealed(folder: Path) -> None:
    assert allocate(folder) == 0
    path = str(folder / "allocation.sealed")
    study = load(folder / "study.toml")
    study = Study(protocol=study.protocol, sham=ShamSettings(allocation=path))
    assignments = [open_seal(study.of(label=f"0{n}")) for n in range(1, 7)]
    shown = [a.shown_instead for a in assignments if a is not None and a.shown_instead is not None]
    assert 2 <= len(shown) <= 4
    assert all(values in (((), (0.1,) * 10), ((), (0.2,) * 10)) for values in shown)


def test_json_tells_the_digest_and_a_seed_repeats_the_places(folder: Path, capsys) -> None:
    assert allocate(folder, "--json", "--seed", "3") == 0
    result = json.loads(capsys.readouterr().out)
    first, digest = unseal(folder / "allocation.sealed")
    assert result == {
        "file": str(folder / "allocation.sealed"),
        "n_participants": 6,
        "n_donors": 2,
        "digest": digest,
    }
    (folder / "allocation.sealed").unlink()
    assert allocate(folder, "--seed", "3") == 0
    again, other_digest = unseal(folder / "allocation.sealed")
    assert again == first
    assert other_digest != digest


@pytest.mark.parametrize(
    "text",
    [
        "participant_id\tage\nsub-01\t20\nsub-02\t31\n",
        "# enrolled\n01\n\n02\n",
        "\ufeff01\r\n02\r\n",
    ],
)
def test_participants_come_from_a_file(folder: Path, text: str) -> None:
    path = folder / "participants.tsv"
    path.write_text(text, encoding="utf-8")
    assert allocate(folder, participants=str(path)) == 0
    assert list(unseal(folder / "allocation.sealed")[0].places) == ["01", "02"]


def test_an_allocation_is_never_overwritten(folder: Path, capsys) -> None:
    assert allocate(folder) == 0
    before = (folder / "allocation.sealed").read_bytes()
    assert allocate(folder) == 2
    assert "An allocation is made once for a study" in capsys.readouterr().err
    assert (folder / "allocation.sealed").read_bytes() == before


@pytest.mark.parametrize(
    ("participants", "code", "words"),
    [
        ("01,0 2", 2, "has the label '0 2'; allowed: letters and digits"),
        ("01,,02", 2, "has the label ''"),
        ("none.tsv", 2, "the path of a file"),
        ("01,01", 1, "given twice: 01"),
    ],
)
def test_wrong_participants(folder: Path, capsys, participants: str, code: int, words: str) -> None:
    assert allocate(folder, participants=participants) == code
    assert words in capsys.readouterr().err
    assert not (folder / "allocation.sealed").exists()


def test_donors_of_another_protocol_are_refused(folder: Path, capsys) -> None:
    record(folder / "pilots" / "3", Study().of(label="pilot3"), 0.3)
    assert allocate(folder) == 1
    assert "The donor sub-pilot3_ses-01_run-1 ran another protocol" in capsys.readouterr().err


def test_a_folder_without_sessions_is_refused(folder: Path, capsys) -> None:
    (folder / "empty").mkdir()
    assert allocate(folder, "--donors", str(folder / "empty")) == 1
    assert "empty, which holds no recorded session" in capsys.readouterr().err


def test_a_wrong_study_is_told_with_its_lines(folder: Path, capsys) -> None:
    (folder / "study.toml").write_text("[study]\nseed = -1\n")
    assert allocate(folder) == 2
    assert "line 2: study.seed is -1; allowed" in capsys.readouterr().err
