"""What scanner and questionnaire make of people: responses come back, noise is as large as told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from empatune.claims.measuring import Scanner, structure
from empatune.claims.records import Switch
from empatune.claims.study import Drawn, load, with_features
from empatune.errors import ClaimError
from empatune.motives import LOADINGS, Simulated
from empatune.simulation import regions
from empatune.simulation.cohort import Layout

SCANNED = "hein-2010"


@pytest.fixture(scope="module")
def layout() -> Layout:
    return Layout.of(load(SCANNED).draw(3, 5))


def active(layout: Layout, of_rows: np.ndarray) -> Simulated:
    """People of whom only the regions' activity is known."""
    activity = {region: layout.spread(of_rows, 0.0) for region in LOADINGS}

    class Seen:
        pass

    seen = Seen()
    seen.activity = activity
    return Simulated(seen=seen, responses={}, activity=activity, traits={})


def test_layout_keeps_rows_of_people_with_unequal_trials() -> None:
    table = load(SCANNED).draw(3, 5)
    fewer = table.drop(
        index=table.index[(table["participant"] == table["participant"].iloc[0])][:4]
    )
    layout = Layout.of(fewer.reset_index(drop=True))
    n = layout.there.sum(axis=1)
    assert list(n) == [n[1] - 4, n[1], n[1]]
    values = np.arange(len(fewer), dtype=float)
    spread = layout.spread(values, np.nan)
    np.testing.assert_array_equal(np.isnan(spread), ~layout.there)
    np.testing.assert_array_equal(layout.gather(spread), values)


def test_known_activity_comes_back_without_noise(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regions, "NOISE", 0.0)
    monkeypatch.setattr(regions, "DRIFT", 0.0)
    monkeypatch.setattr(regions, "DELAY_S", 0.0)
    truth = np.random.default_rng(2).normal(1, 1, len(layout.table))
    scanner = Scanner(layout, load(SCANNED), seed=4)
    found = scanner.measure(active(layout, truth), "AI")
    scanned = np.isfinite(found)
    assert scanned.mean() > 0.3
    np.testing.assert_allclose(found[scanned], truth[scanned], atol=1e-6)


def test_late_blood_and_drift_blur_but_keep_the_order(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regions, "NOISE", 0.0)
    truth = np.random.default_rng(2).normal(1, 1, len(layout.table))
    found = Scanner(layout, load(SCANNED), seed=4).measure(active(layout, truth), "AI")
    scanned = np.isfinite(found)
    r = np.corrcoef(found[scanned], truth[scanned])[0, 1]
    assert 0.9 < r < 0.9999


def test_noise_has_its_size_and_memory() -> None:
    rng = np.random.default_rng(1)
    runs = [regions.scan(np.zeros((400, 1)), np.zeros(1), rng) for _ in range(60)]
    time = np.arange(400) / 400
    waves = np.stack([np.ones(400), np.sin(np.pi * time), np.cos(np.pi * time)], axis=1)
    left = [run - waves @ np.linalg.lstsq(waves, run, rcond=None)[0] for run in runs]
    assert np.std(left) == pytest.approx(regions.NOISE, rel=0.03)
    lag = np.mean([np.corrcoef(one[1:], one[:-1])[0, 1] for one in left])
    assert lag == pytest.approx(regions.MEMORY, abs=0.03)


def test_regions_have_noise_of_their_own_and_the_same_for_a_seed(layout: Layout) -> None:
    nothing = active(layout, np.zeros(len(layout.table)))
    one, other, same = (
        Scanner(layout, load(SCANNED), seed=9).measure(nothing, region)
        for region in ("AI", "ACC", "AI")
    )
    np.testing.assert_array_equal(one, same)
    scanned = np.isfinite(one)
    assert abs(np.corrcoef(one[scanned], other[scanned])[0, 1]) < 0.5
    assert np.std(one[scanned]) > 0.05


def test_nobody_is_scanned_and_unknown_places() -> None:
    unscanned = load("cameron-2019")
    with pytest.raises(ClaimError, match="Nobody is scanned in cameron-2019"):
        Scanner(Layout.of(unscanned.draw(2, 1)), unscanned, seed=1)
    design = load(SCANNED)
    layout = Layout.of(design.draw(2, 1))
    with pytest.raises(ClaimError, match="There is no region 'amygdala'"):
        Scanner(layout, design, seed=1).measure(
            active(layout, np.zeros(len(layout.table))), "amygdala"
        )
    with pytest.raises(ClaimError, match="No training is known to change 'occipital'"):
        structure(layout, {}, "occipital", rng=np.random.default_rng(0))


def test_trained_cortex_grows_by_plasticity() -> None:
    design = load("valk-2017")
    layout = Layout.of(design.draw(30, 2))
    people = {"plasticity": np.full(len(layout.there), 0.5)}
    rigid = {"plasticity": np.zeros(len(layout.there))}
    found = [
        structure(layout, who, "temporal", rng=np.random.default_rng(3)) for who in (people, rigid)
    ]
    trained = layout.table["training_mentalizing"].to_numpy(dtype=float)
    assert trained.max() > 0
    np.testing.assert_allclose(found[0] - found[1], 0.5 * trained)


def test_a_switched_feature_is_in_every_trial_and_must_exist(layout: Layout) -> None:
    table = with_features(layout.table, Switch(features={"bond": 0.02}).features)
    assert (table["bond"] == 0.02).all()
    assert (replace(layout, table=table).there == layout.there).all()
    assert Drawn(load(SCANNED), n=2, seed=1).layout.there.shape[0] == 2
    with pytest.raises(Exception, match="bnod"):
        with_features(layout.table, {"bnod": 1.0})
