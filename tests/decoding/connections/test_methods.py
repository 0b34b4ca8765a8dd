"""Regression DCM and correlations beside dynamic causal models, over one study."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from empatune.cli import run
from empatune.connectivity.correlation import condition_weights, correlate
from empatune.connectivity.dcm.fitting import FitSettings
from empatune.connectivity.regression import fit_ridge, fit_sparse
from empatune.connectivity.regression.sparse import SparseSettings
from empatune.connectivity.series import Series
from empatune.decoding.connections.baselines import BASELINES
from empatune.decoding.connections.methods import fit_by
from empatune.decoding.connections.outputs import CONVERGENCE, EVIDENCE, PARAMETERS
from empatune.decoding.connections.people import fit_people
from empatune.decoding.connections.recordings import read_table
from empatune.decoding.connections.storage import load_series
from empatune.decoding.connections.study import read_fits, series_path
from empatune.errors import UsageError

from .conftest import NETWORKS


@pytest.fixture(scope="module")
def fitted(made_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("regressed")
    (folder / "networks.toml").write_text(NETWORKS)
    words = ["connectivity", "fit", str(made_tables), str(folder / "networks.toml")]
    assert run([*words, "--out", str(folder / "fits"), "--method", "rdcm"]) == 0
    return folder / "fits"


def from_sampling(series: Series) -> Series:
    """The tables' regions are imaged half a TR, 8 of 16 bins, after the scan begins."""
    later = np.vstack([series.inputs[8:], np.zeros((8, series.n_inputs))])
    return replace(series, inputs=later, delays_s=np.zeros(2))


def test_a_study_by_regression_has_the_same_tables(fitted: Path) -> None:
    entry, fit = read_fits(fitted, network="forward")[0]
    found = fit_ridge(from_sampling(load_series(series_path(entry))), fit.network)
    rows = {
        row["parameter"]: row
        for row in read_table(fitted / PARAMETERS)
        if (row["participant"], row["network"]) == ("01", "forward")
    }
    assert list(rows) == ["A AI<-AI", "A ACC<-AI", "A ACC<-ACC", "C AI<-pain"]
    assert float(rows["A ACC<-AI"]["mean"]) == pytest.approx(found.coupling[1, 0])
    assert float(rows["A ACC<-AI"]["sign_probability"]) > 0.95
    best = [row["network"] for row in read_table(fitted / EVIDENCE) if row["below_best"] == "0.0"]
    assert best == ["forward"] * 3
    assert {row["stop"] for row in read_table(fitted / CONVERGENCE)} <= {"converged", "unstable"}
    assert fit.free_energy == pytest.approx(found.evidence)
    assert fit.predicted.shape == fit.signals.shape


def test_groups_take_fits_of_regressions(fitted: Path) -> None:
    found = fit_people(fitted, network="forward")
    assert found.participants == ("01", "02", "03")
    means = dict(zip(found.group.posterior.names, found.group.posterior.mean, strict=True))
    place = next(name for name in means if "A ACC<-AI" in name)
    own = [each.mean[each.names.index("A ACC<-AI")] for each in found.own]
    assert min(own) < means[place] < max(own)


def test_another_method_does_not_pass_for_what_is_finished(
    fitted: Path, made_tables: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["connectivity", "fit", str(made_tables), str(fitted.parent / "networks.toml")]
    words += ["--network", "back", "--json"]
    other = fitted.parent / "others"
    for _ in range(2):
        assert run([*words, "--out", str(other), "--method", "rdcm-sparse", "--seed", "4"]) == 0
        told = {each["status"] for each in json.loads(capsys.readouterr().out)["fits"]}
    assert told == {"kept"}
    assert run([*words, "--out", str(other), "--method", "rdcm"]) == 0
    assert {each["status"] for each in json.loads(capsys.readouterr().out)["fits"]} == {"done"}


def test_a_sparse_fit_seeks_within_the_network_with_the_seed(fitted: Path) -> None:
    entry, given = read_fits(fitted, network="back")[0]
    series = load_series(series_path(entry))
    fit = fit_by("rdcm-sparse", series, given.network, settings=FitSettings(seed=4))
    found = fit_sparse(
        from_sampling(series), given.network, SparseSettings(seed=4, within_network=True)
    )
    assert fit.free_energy == found.evidence
    assert not fit.posterior.free[fit.posterior.names.index("A ACC<-AI")]


def test_a_method_that_is_not_there(fitted: Path) -> None:
    entry, given = read_fits(fitted, network="back")[0]
    with pytest.raises(UsageError, match=r"no method 'rdmc'.*Did you mean rdcm"):
        fit_by("rdmc", load_series(series_path(entry)), given.network, settings=FitSettings())


def test_correlations_are_printed_and_written(
    fitted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["connectivity", "baselines", str(fitted), "--condition", "pain", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["correlations"]
    rows = read_table(fitted / BASELINES)
    assert len(told) == len(rows) == 3 * 2 * (1 + 1 + 2)
    entry, _ = read_fits(fitted, network="forward")[0]
    series = load_series(series_path(entry))
    expected = {
        "all": correlate(series, "lagged"),
        "pain": correlate(series, "lagged", weights=condition_weights(series, 0)),
    }
    for row in rows:
        if (row["participant"], row["kind"], row["source"]) == ("01", "lagged", "AI"):
            found = expected[row["condition"]]
            assert float(row["correlation"]) == pytest.approx(found.values[1, 0])
            assert float(row["lead"]) == pytest.approx(found.direction[1, 0])
    assert {row["lead"] for row in rows if row["kind"] != "lagged"} == {"n/a"}
    assert np.all([float(row["n_effective"]) > 10 for row in rows])
    assert run(["connectivity", "baselines", str(fitted), "--condition", "pian"]) == 2
    assert "Did you mean pain" in capsys.readouterr().err
    assert run(["connectivity", "baselines", str(fitted), "--kind", "full"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0].split("\t")[0], len(lines)) == ("participant", 1 + 3)
