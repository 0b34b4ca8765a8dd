"""``empatune connectivity`` from the outside: help, bad data, what is printed and what remains."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from empatune.cli import run
from empatune.errors import ConnectivityError

NETWORKS = """
[regions.AI]
[regions.ACC]
[inputs.pain]
[networks.forward]
edges = ["AI->ACC"]
driven = { pain = ["AI"] }
[networks.back]
edges = ["ACC->AI"]
driven = { pain = ["AI"] }
"""
STEM = "sub-{}_task-pain"


def write_table(folder: Path, who: str, n_scans: int = 60) -> Path:
    """Signals that follow the events some seconds later, AI before ACC."""
    rng = np.random.default_rng(int(who))
    onsets = np.arange(2, n_scans * 2 - 6, 12.0)
    course = np.zeros(n_scans)
    for onset in onsets:
        course[min(int(onset / 2) + 2, n_scans - 1) :][:3] = 1
    signals = np.stack([course, 0.8 * np.r_[0, course[:-1]]], axis=1)
    signals += 0.3 * rng.standard_normal(signals.shape)
    rows = ["\t".join(f"{value:.5f}" for value in row) for row in signals]
    stem = folder / STEM.format(who)
    Path(f"{stem}_timeseries.tsv").write_text("AI\tACC\n" + "\n".join(rows) + "\n")
    Path(f"{stem}_timeseries.json").write_text('{"RepetitionTime": 2.0}')
    events = "".join(f"{onset:g}\t3\tpain\n" for onset in onsets)
    Path(f"{stem}_events.tsv").write_text("onset\tduration\ttrial_type\n" + events)
    return Path(f"{stem}_timeseries.tsv")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    for who in ("01", "02"):
        write_table(folder, who)
    return folder


@pytest.fixture
def networks(tmp_path: Path) -> Path:
    path = tmp_path / "networks.toml"
    path.write_text(NETWORKS)
    return path


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fitted")
    for who in ("01", "02", "03"):
        write_table(folder, who)
    (folder / "networks.toml").write_text(NETWORKS)
    words = ["connectivity", "fit", str(folder), str(folder / "networks.toml")]
    assert run([*words, "--out", str(folder / "fits"), "--n-workers", "1"]) == 0
    return folder / "fits"


def test_help_shows_an_example_and_every_choice(capsys) -> None:
    assert run(["connectivity", "fit", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "Example: empatune connectivity fit bids networks.toml --out fits" in text
    for word in ("eigenvariate", "session", "slurm", "--local", "--json", "--seed", "--starts"):
        assert word in text


def test_the_printed_file_of_networks_can_be_used(capsys, tmp_path: Path) -> None:
    from empatune.decoding.connections.reading import loads

    assert run(["connectivity", "template"]) == 0
    assert list(loads(capsys.readouterr().out).networks) == ["both", "back", "none"]


def test_fits_are_told_and_kept(fitted: Path, capsys) -> None:
    words = ["connectivity", "fit", str(fitted.parent), str(fitted.parent / "networks.toml")]
    assert run([*words, "--out", str(fitted)]) == 0
    out = capsys.readouterr()
    assert "6 of 6 fits are done (6 of before)" in out.out
    assert "fitting networks" in out.err
    assert run([*words, "--out", str(fitted), "--network", "back", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [each["network"] for each in facts["fits"]] == ["back"] * 3
    assert run([*words, "--out", str(fitted)]) == 0  # tables of all networks again


def damage(table: Path, change: Callable[[list[str]], list[str]]) -> None:
    header, *rows = table.read_text().splitlines()
    table.write_text("\n".join([header, *change(rows)]) + "\n")


def constant(rows: list[str]) -> list[str]:
    return [row.split("\t")[0] + "\t7" for row in rows]


def missing(rows: list[str]) -> list[str]:
    return [*rows[:9], "nan\t" + rows[9].split("\t")[1], *rows[10:]]


BAD_TABLES = [
    (constant, "The region ACC has no signal in sub-02_task-pain"),
    (missing, "'AI' is 'nan' in line 11, which is not a number"),
    (lambda rows: rows[:2], "has 2 rows"),
    (lambda rows: rows[:30], "events lie outside it"),
]


@pytest.mark.parametrize(("change", "message"), BAD_TABLES)
def test_a_bad_recording_is_named_and_the_rest_is_fitted(
    data: Path, networks: Path, tmp_path: Path, capsys, change, message: str
) -> None:
    damage(data / "sub-02_task-pain_timeseries.tsv", change)
    words = ["connectivity", "fit", str(data), str(networks), "--out", str(tmp_path / "fits")]
    assert run([*words, "--json"]) == 1
    fits = json.loads(capsys.readouterr().out)["fits"]
    assert [each["status"] for each in fits] == ["done", "done", "failed", "failed"]
    assert message in fits[2]["why"]
    means = (tmp_path / "fits/parameters.tsv").read_text()
    assert {line.split("\t")[0] for line in means.splitlines()[1:]} == {"01"}
    assert "n/a" not in means
    assert not list((tmp_path / "fits").rglob("sub-02*_fit.npz"))


BAD_NETWORKS = [
    ("[inputs.pain]", '[inputs.pain]\n[inputs.again]\nevents = ["pain"]', [], "rank deficient"),
    ("[inputs.pain]", '[inputs.pain]\nevents = ["joy"]', [], "'pain' never happens"),
    ("[inputs.pain]", '[inputs.pain]\ncolumn = "mood"', [], "no column 'mood'"),
    (
        "[regions.ACC]",
        '[regions.ACC]\ncolumn = "aMCC"',
        [],
        "no column 'aMCC' for the region 'ACC'",
    ),
    ("[regions.ACC]", "[regions.ACC]\ndelay_s = 3", [], "delays_s"),
    ("[inputs.pain]", "[inputs.pain]", ["--tr", "0.9"], "events lie outside it"),
    ("[inputs.pain]", "[inputs.pain]", ["--high-pass", "4"], "leaves nothing"),
]


@pytest.mark.parametrize(("old", "new", "more", "message"), BAD_NETWORKS)
def test_what_no_recording_can_be_fitted_with_is_told_once_a_recording(
    data: Path, networks: Path, tmp_path: Path, capsys, old, new, more, message: str
) -> None:
    networks.write_text(NETWORKS.replace(old, new))
    words = ["connectivity", "fit", str(data), str(networks), "--out", str(tmp_path / "fits")]
    assert run([*words, *more]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("0 of 4 fits are done")
    told = [line for line in lines if re.search(message, line)]
    assert [line[:6] for line in told] == ["sub-01", "sub-02"]
    assert not list((tmp_path / "fits").rglob("*_fit.npz"))


def test_too_few_scans_for_the_parameters_are_told(networks: Path, tmp_path: Path, capsys) -> None:
    folder = tmp_path / "short"
    folder.mkdir()
    write_table(folder, "01", n_scans=5)
    words = ["connectivity", "fit", str(folder), str(networks), "--out", str(tmp_path / "fits")]
    assert run(words) == 1
    assert "too few scans: 5 of 2 regions" in capsys.readouterr().out


def test_an_unstable_model_is_a_failure_with_its_reason(
    data: Path, networks: Path, tmp_path: Path, capsys, monkeypatch
) -> None:
    def unstable(series, network, *, settings):
        raise ConnectivityError("The model is unstable from each of 1 starts.")

    monkeypatch.setattr("empatune.connectivity.dcm.fitting.fit", unstable)
    words = ["connectivity", "fit", str(data), str(networks), "--out", str(tmp_path / "fits")]
    assert run(words) == 1
    assert "failed: The model is unstable" in capsys.readouterr().out


BAD_CALLS = [
    (["--network", "forwrd"], 2, "no network 'forwrd'.*Did you mean forward"),
    (["--only", "pre"], 2, "--only pre is not an entity"),
    (["--only", "ses-pre"], 1, "no recording that was asked for"),
    (["--participant-label", "09"], 1, "no recording that was asked for"),
    (["--integrator", "euler"], 1, "no integrator 'euler'"),
    (["--cluster", "moon"], 2, "cluster is 'moon'.*--cluster threads"),
    (["--tr", "99"], 2, "The TR is 99"),
    (["--confounds", "none", "--confounds", "motion"], 2, "'none' stands alone"),
    (["--min-coverage", "3"], 2, "min_coverage is 3"),
]


@pytest.mark.parametrize(("more", "code", "message"), BAD_CALLS)
def test_a_bad_call_is_told_before_anything_is_written(
    data: Path, networks: Path, tmp_path: Path, capsys, more, code: int, message: str
) -> None:
    words = ["connectivity", "fit", str(data), str(networks), "--out", str(tmp_path / "fits")]
    assert run([*words, *more]) == code
    assert re.search(message, capsys.readouterr().err)
    assert not (tmp_path / "fits").exists()


def test_one_table_with_its_events_is_a_study(
    data: Path, networks: Path, tmp_path: Path, capsys
) -> None:
    table, events = tmp_path / "roi.tsv", tmp_path / "presses.tsv"
    shutil.copy(data / "sub-01_task-pain_timeseries.tsv", table)
    shutil.copy(data / "sub-01_task-pain_events.tsv", events)
    words = ["connectivity", "fit", str(table), str(networks), "--out", str(tmp_path / "fits")]
    assert run(words) == 1
    capsys.readouterr()
    assert run([*words, "--events", str(events)]) == 1
    assert "Nothing tells the repetition time of sub-roi" in capsys.readouterr().out
    assert run([*words, "--events", str(events), "--tr", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["fits"][0]["participant"] == "roi"


def test_a_table_can_list_recordings(data: Path, networks: Path, tmp_path: Path, capsys) -> None:
    listing = data / "recordings.tsv"
    row = "{0}\tsub-{1}_task-pain_timeseries.tsv\tsub-{1}_task-pain_events.tsv\t2.0\n"
    listing.write_text(
        "participant\tsignals\tevents\ttr_s\n" + row.format("anna", "01") + row.format("ben", "02")
    )
    words = ["connectivity", "fit", str(listing), str(networks), "--out", str(tmp_path / "fits")]
    assert run([*words, "--json"]) == 0
    people = [each["participant"] for each in json.loads(capsys.readouterr().out)["fits"]]
    assert people == ["anna", "anna", "ben", "ben"]
    listing.write_text(listing.read_text().replace("sub-02_task-pain_events", "sub-02_events"))
    assert run(words) == 1
    assert "line 3: there is no file" in capsys.readouterr().err
    listing.write_text(listing.read_text().replace("anna", "../anna"))
    assert run(words) == 1
    assert "line 2: the label '../anna' (sub) has signs other" in capsys.readouterr().err


def test_workers_of_dask_do_the_same(
    data: Path, networks: Path, tmp_path: Path, monkeypatch
) -> None:
    """Tasks run in this process: what Dask adds is tested with decode's studies."""
    from contextlib import contextmanager

    class Future(SimpleNamespace):
        __hash__ = object.__hash__

    asked = []

    @contextmanager
    def connect(settings):
        asked.append(settings)

        def submit(task, job, *, pure):
            return Future(status="finished", result=lambda: task(job))

        yield SimpleNamespace(submit=submit)

    monkeypatch.setattr("empatune.decoding.connections.workers.connect", connect)
    monkeypatch.setattr("distributed.as_completed", list)
    words = ["connectivity", "fit", str(data), str(networks), "--out", str(tmp_path / "fits")]
    assert run([*words, "--cluster", "local", "--n-workers", "3"]) == 0
    assert [each.n_workers for each in asked] == [3]
    assert len(list((tmp_path / "fits").rglob("*_fit.npz"))) == 4


def test_fits_are_written_as_a_page(fitted: Path, capsys) -> None:
    assert run(["connectivity", "report", str(fitted), "--json"]) == 0
    page = Path(json.loads(capsys.readouterr().out)["report"])
    assert page == fitted / "report.html"
    text = page.read_text(encoding="utf-8")
    for words in ("forward", "back", "sub-03", "Evidence for networks"):
        assert words in text


def test_networks_are_compared_over_people(fitted: Path, capsys) -> None:
    words = ["connectivity", "compare", str(fitted), "--json"]
    families = ["--family", "one=forward", "--family", "other=back"]
    assert run([*words, *families]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["participants"] == ["01", "02", "03"]
    networks = {each["network"]: each for each in facts["networks"]}
    assert networks["forward"]["fixed_probability"] > 0.99
    assert networks["forward"]["protected"] > networks["back"]["protected"]
    assert sum(each["frequency"] for each in networks.values()) == pytest.approx(1)
    assert [each["family"] for each in facts["families"]] == ["one", "other"]
    assert (fitted / "comparison.tsv").is_file()
    assert run([*words, "--family", "one=forward"]) == 2
    assert "in none: back" in capsys.readouterr().err
    assert run([*words, "--family", "one=forward,bak", "--family", "x=back"]) == 2
    assert "Did you mean back" in capsys.readouterr().err


def test_a_group_is_estimated_with_what_people_differ_in(
    fitted: Path, tmp_path: Path, capsys
) -> None:
    table = tmp_path / "participants.tsv"
    table.write_text("participant_id\tage\tarm\nsub-01\t20\ta\nsub-02\t30\tb\nsub-03\tn/a\tb\n")
    words = ["connectivity", "group", str(fitted), "--network", "forward", "--json"]
    assert run(words) == 0
    facts = json.loads(capsys.readouterr().out)
    effects = {(each["effect"], each["parameter"]): each for each in facts["effects"]}
    edge = effects["mean", "A ACC<-AI"]
    assert edge["mean"] > 3 * edge["sd"]
    assert edge["probability"] > 0.95
    assert run([*words, "--participants", str(table), "--covariate", "arm"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert {each["effect"] for each in facts["effects"]} == {"mean", "arm: b - a"}
    assert run([*words, "--participants", str(table), "--covariate", "age"]) == 0
    assert json.loads(capsys.readouterr().out)["left_out"] == {"03": "has no age"}
    assert (fitted / "group/effects.tsv").is_file()
    table.write_text("participant\tage\n03\tn/a\n")
    assert run([*words, "--participants", str(table), "--covariate", "age"]) == 2
    assert "0 people of" in capsys.readouterr().err


BAD_GROUPS = [
    ([], 2, "has fits of forward, back: name one"),
    (["--network", "x"], 1, "no fits of the network 'x'"),
    (["--network", "back", "--covariate", "age"], 2, "--participants FILE"),
    (["--network", "back", "--field", "B"], 1, "'B' is fixed"),
    (["--network", "back", "--run", "ses-1"], 1, "Nobody has a fit of the run 'ses-1'"),
]


@pytest.mark.parametrize(("more", "code", "message"), BAD_GROUPS)
def test_a_group_that_cannot_be_estimated_says_why(
    fitted: Path, capsys, more, code: int, message: str
) -> None:
    assert run(["connectivity", "group", str(fitted), *more]) == code
    assert message in capsys.readouterr().err


def test_a_folder_without_fits_is_told(tmp_path: Path, capsys) -> None:
    assert run(["connectivity", "compare", str(tmp_path)]) == 1
    assert "has no status.tsv" in capsys.readouterr().err
