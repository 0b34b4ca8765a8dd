"""A study of connections: all fits, some fits, again, interrupted, damaged; its tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import empatune.decoding.connections.workers as workers
from empatune.connectivity.dcm.fitting import fit
from empatune.decoding.connections import job as jobs
from empatune.decoding.connections.assembly import assemble, group_runs
from empatune.decoding.connections.finding import find_recordings
from empatune.decoding.connections.outputs import CONVERGENCE, EVIDENCE, PARAMETERS
from empatune.decoding.connections.reading import load
from empatune.decoding.connections.recordings import read_table
from empatune.decoding.connections.settings import ReadingSettings
from empatune.decoding.connections.storage import load_fit, load_series
from empatune.decoding.connections.study import Plan, fit_study, read_fits, series_path
from empatune.errors import DecodingError

from .conftest import NETWORKS, TRUTH


def plan_of(tables: Path, networks: Path) -> Plan:
    return Plan(
        recordings=find_recordings(tables),
        space=load(networks),
        source=tables,
        networks_file=networks,
    )


@pytest.fixture(scope="module")
def fitted(made_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fitted")
    networks = folder / "mine.toml"
    networks.write_text(NETWORKS)
    fit_study(plan_of(made_tables, networks), folder / "fits", n_threads=1)
    return folder / "fits"


def test_signs_and_the_right_network_are_found_from_tables_to_tables(fitted: Path) -> None:
    rows = read_table(fitted / PARAMETERS)
    assert {row["participant"] for row in rows} == {"01", "02", "03"}
    for row in rows:
        assert all(np.isfinite(float(row[key])) for key in ("mean", "sd", "prior", "prior_sd"))
        if row["network"] == "forward" and row["parameter"] in TRUTH:
            assert abs(float(row["mean"]) - TRUTH[row["parameter"]]) < 0.3
            assert float(row["sign_probability"]) > 0.95
    best = [row["network"] for row in read_table(fitted / EVIDENCE) if row["below_best"] == "0.0"]
    assert best == ["forward"] * 3
    stops = {row["stop"] for row in read_table(fitted / CONVERGENCE)}
    assert stops == {"converged"}


def test_a_stored_fit_and_series_are_those_that_were_made(fitted: Path) -> None:
    entry, stored = read_fits(fitted, network="forward")[0]
    series = load_series(series_path(entry))
    again = fit(series, stored.network)
    assert (stored.name, stored.network.regions) == ("sub-01", ("AI", "ACC"))
    np.testing.assert_array_equal(stored.network.connections, [[True, False], [True, True]])
    np.testing.assert_allclose(stored.posterior.mean, again.posterior.mean, atol=1e-12)
    np.testing.assert_allclose(stored.posterior.covariance, again.posterior.covariance, atol=1e-12)
    np.testing.assert_allclose(stored.ascent.free_energies, again.ascent.free_energies)
    np.testing.assert_allclose(stored.predicted, again.predicted, atol=1e-12)
    assert stored.ascent.stop == again.ascent.stop == "converged"
    assert (stored.chosen, stored.scale, stored.tr_s) == (again.chosen, again.scale, again.tr_s)
    assert stored.posterior.names == again.posterior.names


def test_what_is_finished_is_kept_and_what_changed_is_made_again(
    tables: Path, networks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def counted(job: jobs.Job) -> jobs.Told:
        done.append(job.path.name)
        return jobs.perform(job)

    monkeypatch.setattr(workers, "perform", counted)
    out, plan = tmp_path / "fits", plan_of(tables, networks)

    def again() -> tuple[list[str], list[str]]:
        done.clear()
        entries = fit_study(plan, out, n_threads=1)
        return [entry.told.status for entry in entries], sorted(done)

    assert again()[0] == ["done"] * 6
    before = (out / PARAMETERS).read_text()
    assert again() == (["kept"] * 6, [])
    damaged = next((out / "sub-02").glob("*_net-back_fit.npz"))
    damaged.write_bytes(damaged.read_bytes()[:-2000])
    states, made = again()
    assert (states.count("kept"), made) == (5, [damaged.name])
    assert (out / PARAMETERS).read_text() == before
    events = tables / "sub-03_task-pain_events.tsv"
    events.write_text(events.read_text().replace("\t3\t", "\t2\t", 1))
    states, made = again()
    assert states == ["kept"] * 4 + ["done"] * 2
    assert [name.split("_")[0] for name in made] == ["sub-03"] * 3  # its series, and both fits


def test_an_interrupted_study_goes_on_where_it_was(
    tables: Path, networks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, plan, done = tmp_path / "fits", plan_of(tables, networks), []

    def interrupted(job: jobs.Job) -> jobs.Told:
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(job.path)
        return jobs.perform(job)

    monkeypatch.setattr(workers, "perform", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fit_study(plan, out, n_threads=1)
    assert not (out / PARAMETERS).exists()
    assert not list(out.rglob("*.part"))
    monkeypatch.setattr(workers, "perform", jobs.perform)
    entries = fit_study(plan, out, n_threads=1)
    assert [entry.told.status for entry in entries] == ["kept"] * 2 + ["done"] * 4


def test_runs_are_joined_with_a_constant_and_drift_of_their_own(
    tables: Path, networks: Path, tmp_path: Path
) -> None:
    for path in list(tables.glob("sub-0[23]*")):
        run = path.name[5]
        path.rename(
            path.with_name(
                path.name.replace(f"sub-0{run}", "sub-01").replace(
                    "task-pain_", f"task-pain_run-{run}_"
                )
            )
        )
    for kind in ("events", "timeseries"):
        (tables / f"sub-01_task-pain_{kind}.tsv").unlink()
    plan = plan_of(tables, networks)
    assert [each.stem for each in plan.recordings] == [
        "sub-01_task-pain_run-2",
        "sub-01_task-pain_run-3",
    ]
    settings = ReadingSettings()
    (joined,) = group_runs(plan.recordings, settings)
    series, facts = assemble(joined, plan.space, settings, folder=tmp_path)
    first, second = (
        assemble(each, plan.space, settings, folder=tmp_path)[0]
        for each in group_runs(plan.recordings, ReadingSettings(per="run"))
    )
    np.testing.assert_array_equal(series.signals, np.vstack([first.signals, second.signals]))
    np.testing.assert_array_equal(series.inputs, np.vstack([first.inputs, second.inputs]))
    half = first.confounds.shape[1]
    np.testing.assert_array_equal(series.confounds[:60, :half], first.confounds)
    assert not series.confounds[60:, :half].any()
    assert not series.confounds[:60, half:].any()
    assert list(facts["Runs"]) == [each.stem for each in plan.recordings]


def test_a_table_that_cannot_be_read_fails_alone(
    tables: Path, networks: Path, tmp_path: Path
) -> None:
    table = tables / "sub-02_task-pain_timeseries.tsv"
    lines = table.read_text().splitlines()
    lines[7] = lines[7].split("\t")[0] + "\tn/a"
    table.write_text("\n".join(lines) + "\n")
    entries = fit_study(plan_of(tables, networks), tmp_path / "fits", n_threads=1)
    assert [entry.told.status for entry in entries] == [
        "done", "done", "failed", "failed", "done", "done",
    ]  # fmt: skip
    assert "'ACC' is 'n/a' in line 8" in entries[2].told.why
    rows = read_table(tmp_path / "fits/status.tsv")
    assert rows[2]["file"] == "n/a"
    assert {row["participant"] for row in read_table(tmp_path / "fits" / PARAMETERS)} == {
        "01",
        "03",
    }


def test_a_file_of_another_kind_or_version_is_told(fitted: Path) -> None:
    entry, _ = read_fits(fitted)[0]
    with pytest.raises(DecodingError, match="another version of empatune wrote it, or it is"):
        load_fit(series_path(entry))
    with pytest.raises(DecodingError, match="cannot be read"):
        load_series(fitted / PARAMETERS)


def test_the_data_set_says_what_it_is(fitted: Path, made_tables: Path) -> None:
    facts = json.loads((fitted / "dataset_description.json").read_text())
    assert facts["DatasetType"] == "derivative"
    assert facts["SourceDatasets"][0]["URL"] == made_tables.as_uri()
    assert (fitted / "networks.toml").read_text().startswith("\n[space]")
    for name in (PARAMETERS, EVIDENCE, CONVERGENCE, "status.tsv"):
        columns = json.loads((fitted / name).with_suffix(".json").read_text())
        assert set(columns) == set(read_table(fitted / name)[0])
    stored = load_fit(next(fitted.rglob("*_fit.npz")))
    assert np.isfinite(stored.posterior.mean).all()
