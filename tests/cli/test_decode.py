"""``empatune decode`` from the outside: help, bad calls, what is printed and what remains."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from empatune.cli import run
from empatune.simulation.study import SimulatedStudySettings, simulate_study

STEM = "sub-01_task-stories_run-"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("decode") / "bids"
    settings = SimulatedStudySettings(n_people=1, n_trials=8, n_volumes=60, step_mm=10.0)
    simulate_study(folder, settings)
    return folder


@pytest.fixture
def bids(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "bids"))


@pytest.fixture
def signature(made: Path) -> str:
    return str(made / "derivatives/truth/care.nii.gz")


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run tasks in this process: what Dask adds is tested with whole studies."""
    from contextlib import contextmanager

    class Client:
        def submit(self, task, job, *, pure):
            class Future:
                status = "finished"

                def result(self):
                    return task(job)

            return Future()

    @contextmanager
    def connect(settings):
        yield Client()

    monkeypatch.setattr("empatune.decoding.study.connect", connect)
    monkeypatch.setattr("distributed.as_completed", list)


def test_help_shows_an_example_and_every_choice(capsys) -> None:
    assert run(["decode", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "Example: empatune decode bids decoded participant group" in text
    for word in ("lss", "volumes", "compcor", "scrub", "slurm", "--queue", "--json", "--seed"):
        assert word in text


def test_help_starts_without_the_heavy_libraries() -> None:
    code = (
        "import sys; from empatune.cli import run; run(['--help']);"
        "print(sorted({'dask', 'distributed', 'pandas', 'sklearn', 'nilearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Missing argument"),
        (["everybody"], "'everybody' is not one of 'participant', 'group'"),
        (["participant", "--estimates", "both"], "'both' is not one of"),
        (["participant", "--confounds", "motion:huge"], "'motion:huge' are unknown"),
        (["participant", "--confounds", "none", "--confounds", "motion"], "'none' stands alone"),
        (["participant", "--high-pass", "-3"], "high_pass_s is -3"),
        (["participant", "--cluster", "pbs"], "allowed: local, slurm"),
        (["participant", "--memory", "10MB"], "is 10MB, and it needs 400 MB at least"),
        (["participant", "--memory", "0"], "is 0, and it needs 400 MB at least"),
        (["participant", "--memory", "much"], "write it as 4GB or 900MB"),
        (["participant", "--n-workers", "0"], "0 is not in the range"),
        (["group", "--contrast", "a - "], "'a - ' is not a contrast"),
        (["participant", "group", "--contrast", "motive"], "'motive' is not a contrast"),
        (["participant", "--contrast", "motive: a - b"], "no effect on the level participant"),
        (
            ["participant", "group", "--contrast", "motives: approach - avoidance"],
            "no column 'motives' to compare. Columns: session, trial_type, motive",
        ),
        (
            ["participant", "group", "--contrast", "motive: approach - avoid"],
            "needs avoid; the column 'motive' holds only approach, avoidance",
        ),
    ],
)
def test_a_wrong_call_is_refused_before_anything_is_written(
    bids: Path, tmp_path: Path, signature: str, capsys, words: list[str], message: str
) -> None:
    code = run(["decode", str(bids), str(tmp_path / "out"), *words, "-s", signature])
    told = capsys.readouterr()
    assert code == 2, told
    assert message in told.err
    assert told.out == ""
    assert not (tmp_path / "out").exists()


def test_data_that_are_no_study_are_refused(bids: Path, tmp_path: Path, signature, capsys) -> None:
    out = tmp_path / "out"

    def told(*words: str) -> str:
        assert run(["decode", *words, str(out), "participant", "-s", signature]) == 1
        assert not out.exists()
        return capsys.readouterr().err

    assert "dataset_description.json" in told(str(tmp_path))
    (bids / "derivatives/fmriprep").rename(tmp_path / "elsewhere")
    assert "--derivatives" in told(str(bids))
    found = ["decode", str(bids), str(out), "participant", "--derivatives"]
    elsewhere = str(tmp_path / "elsewhere")
    assert run([*found, elsewhere, "-s", "nobody"]) in (1, 2)
    assert "nobody" in capsys.readouterr().err
    assert run([*found, elsewhere, "-s", signature, "--participant_label", "77"]) == 1
    assert "spaces found: none" in capsys.readouterr().err
    assert not out.exists()


def test_what_is_done_is_told_and_kept(bids: Path, tmp_path: Path, signature, capsys) -> None:
    words = ["decode", str(bids), str(tmp_path / "out"), "participant", "-s", signature]
    assert run(words) == 0
    told = capsys.readouterr().out
    assert "2 of 2 runs are decoded." in told
    assert f"{STEM}1  done" in told
    table = tmp_path / f"out/sub-01/func/{STEM}1_space-MNI152NLin6Asym_desc-lss_table.tsv"
    first = table.read_bytes()

    assert run([*words, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [each["status"] for each in result["runs"]] == ["kept", "kept"]
    assert [each["n_trials"] for each in result["runs"]] == [8, 8]
    assert result["reports"] == [str(tmp_path / "out/sub-01.html")]

    # changed: the settings, an input, the result itself
    assert run([*words, "--json", "--high-pass", "100"]) == 0
    assert [each["status"] for each in json.loads(capsys.readouterr().out)["runs"]] == ["done"] * 2
    assert table.read_bytes() != first
    assert run(words) == 0
    assert table.read_bytes() == first
    events = bids / f"sub-01/func/{STEM}2_events.tsv"
    events.write_text(events.read_text(encoding="utf-8").replace("approach", "closeness"))
    table.write_bytes(first[:-30])
    capsys.readouterr()
    assert run([*words, "--json"]) == 0
    assert [each["status"] for each in json.loads(capsys.readouterr().out)["runs"]] == ["done"] * 2
    assert table.read_bytes() == first


def test_a_failure_is_told_and_leaves_nothing_half_written(
    bids: Path, tmp_path: Path, signature, capsys
) -> None:
    out = tmp_path / "out"
    words = ["decode", str(bids), str(out), "participant", "-s", signature, "--json"]
    assert run(words) == 0
    confounds = bids / f"derivatives/fmriprep/sub-01/func/{STEM}1_desc-confounds_timeseries.tsv"
    confounds.unlink()
    capsys.readouterr()
    assert run(words) == 1
    first, second = json.loads(capsys.readouterr().out)["runs"]
    assert (first["status"], second["status"]) == ("failed", "kept")
    assert "--confounds none" in first["why"]
    # the table of before does not count any more: its sidecar, which says that it is whole, is gone
    assert [path.name[:25] for path in out.glob("sub-01/func/*.json")] == [f"{STEM}2"]
    assert "failed" in (out / "sub-01.html").read_text(encoding="utf-8")
    assert not [path for path in out.rglob(".*") if path.name != ".bidsignore"]
    status = pd.read_csv(out / "status.tsv", sep="\t")
    told = json.loads((out / "status.json").read_text(encoding="utf-8"))
    assert set(status.columns) == set(told)
    assert status.loc[0, "why"] == first["why"]


def test_a_group_that_fails_leaves_the_runs_told(
    bids: Path, tmp_path: Path, signature, capsys
) -> None:
    (bids / f"sub-01/func/{STEM}2_events.tsv").unlink()
    contrast = ("--contrast", "motive: approach - avoidance")
    words = ["decode", str(bids), str(tmp_path / "out"), "participant", "group", *contrast]
    assert run([*words, "-s", signature]) == 1
    told = capsys.readouterr()
    assert "holds 1 person with scores" in told.err
    assert "1 of 2 runs are decoded." in told.out
    assert "has no events file" in told.out
    assert run([*words, "-s", signature, "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert [each["status"] for each in result["runs"]] == ["kept", "failed"]
    assert "group" not in result


def test_every_column_of_every_table_is_described(
    bids: Path, tmp_path: Path, signature, capsys
) -> None:
    words = ["decode", str(bids), str(tmp_path / "out"), "participant", "-s", signature]
    assert run([*words, "--estimates", "volumes", "--confounds", "motion:basic"]) == 0
    tables = sorted((tmp_path / "out").rglob("*.tsv"), key=lambda path: len(path.parts))
    assert len(tables) == 5  # the status, two of trials, two of volumes
    for table in tables:
        facts = json.loads(table.with_suffix(".json").read_text(encoding="utf-8"))
        header = table.read_text(encoding="utf-8").splitlines()[0].split("\t")
        assert all(facts[name]["Description"] for name in header), table.name
    facts = json.loads(tables[-1].with_suffix(".json").read_text(encoding="utf-8"))
    assert facts["Confounds"] == [f"{k}_{a}" for k in ("trans", "rot") for a in "xyz"]
    assert facts["NumberOfVolumes"] == 60


def test_rest_is_scored_volume_by_volume_and_has_no_group(
    bids: Path, tmp_path: Path, signature, capsys
) -> None:
    for path in bids.glob("sub-01/func/*_events.tsv"):
        path.unlink()
    words = ["decode", str(bids), str(tmp_path / "out"), "participant", "-s", signature]
    assert run(words) == 1
    assert "--estimates volumes" in capsys.readouterr().out
    words += ["--estimates", "volumes"]
    assert run(words) == 0
    capsys.readouterr()
    series = sorted((tmp_path / "out").rglob("*_desc-volumes_timeseries.tsv"))
    assert [len(pd.read_csv(path, sep="\t")) for path in series] == [60, 60]
    assert "These runs have no trials" in (tmp_path / "out/sub-01.html").read_text("utf-8")
    words[3] = "group"
    assert run(words) == 1
    assert "no events files" in capsys.readouterr().err


def test_a_group_level_of_older_tables_is_marked(
    bids: Path, tmp_path: Path, signature, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def page(_result, target: Path, **_more) -> Path:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("<html><body><main>numbers</main></body></html>", encoding="utf-8")
        return target

    found = SimpleNamespace(save=lambda _: None, n_people=2, n_runs=2)
    monkeypatch.setattr("empatune.decoding.group.analyse", lambda *_, **__: found)
    monkeypatch.setattr("empatune.reports.write_decoding_report", page)
    out = tmp_path / "out"
    words = ["decode", str(bids), str(out), "-s", signature]
    report, mark = out / "group/report.html", out / "group/OUTDATED"
    assert run([*words, "participant", "group"]) == 0
    assert run([*words, "participant"]) == 0  # nothing is made anew
    assert "Outdated" not in report.read_text(encoding="utf-8")
    assert not mark.exists()
    assert "outdated" not in capsys.readouterr().err
    assert run([*words, "participant", "--high-pass", "100"]) == 0
    assert "was marked as outdated" in " ".join(capsys.readouterr().err.split())
    assert run([*words, "participant", "--high-pass", "90"]) == 0
    text = report.read_text(encoding="utf-8")
    assert text.count("Outdated: trial tables were made anew") == 1
    assert text.index("<main>") < text.index("Outdated") < text.index("numbers")
    assert mark.read_text(encoding="utf-8").startswith("Outdated")
    assert run([*words, "group"]) == 0
    assert "Outdated" not in report.read_text(encoding="utf-8")
    assert not mark.exists()

    def full(*_) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("empatune.reports.page.write_whole", full)
    monkeypatch.setattr("empatune.cli.decode.write_pages", lambda *_: [])
    capsys.readouterr()
    assert run([*words, "participant", "--high-pass", "80"]) == 0
    told = capsys.readouterr()
    assert "2 of 2 runs are decoded." in told.out
    assert "It is outdated." in " ".join(told.err.split())
