"""Contrasts that follow what people differ in."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from empatune.decoding.group import PersonScore
from empatune.decoding.group.covariates import covariate_table, follow, read_covariates
from empatune.errors import DecodingError, UsageError

N = 20


def people(slopes: dict[str, float], trait: np.ndarray) -> list[PersonScore]:
    """Give people contrasts that follow a trait."""
    rng = np.random.default_rng(2)
    return [
        PersonScore(
            contrast="a - b", participant=f"{number:02d}", name=name, kind="signature",
            plus=value, minus=0.0, difference=value, n_plus=4, n_minus=4,
        )
        for name, slope in slopes.items()
        for number, value in enumerate(slope * trait + rng.normal(0, 1, N))
    ]  # fmt: skip


def test_correlations_are_pearson_s_over_people_who_have_both() -> None:
    trait = np.random.default_rng(1).normal(10, 2, N)
    scores = people({"care": 0.8, "distress": 0.0}, trait)
    numbers = {f"{number:02d}": one for number, one in enumerate(trait) if number != 3}
    found = {one.name: one for one in follow(scores, {"rate": numbers}, n_permutations=2000)}
    kept = np.arange(N) != 3
    for name, one in found.items():
        values = np.array([each.difference for each in scores if each.name == name])[kept]
        peer = stats.pearsonr(trait[kept], values)
        interval = peer.confidence_interval()
        assert one.n == N - 1
        assert one.r == pytest.approx(peer.statistic)
        assert (one.r_low, one.r_high) == pytest.approx((interval.low, interval.high), abs=1e-6)
        slope = np.polyfit(trait[kept], values, 1)[0] * trait[kept].std(ddof=1)
        assert one.slope == pytest.approx(slope)
        assert one.p == pytest.approx(peer.pvalue, abs=0.04)
    assert found["care"].p < 0.01 < 0.1 < found["distress"].p
    assert found["care"].p_fdr == pytest.approx(2 * found["care"].p)
    table = covariate_table(tuple(found.values()))
    assert table.column("covariate") == ["rate", "rate"]


def test_a_table_of_people_is_read_with_either_name(tmp_path) -> None:
    path = tmp_path / "people.tsv"
    for key in ("participant_id", "participant"):
        path.write_text(f"{key}\tage\tgroup\nsub-01\t20\told\n02\tn/a\tyoung\n")
        assert read_covariates(path, ["age"]) == {"age": {"01": 20.0}}
    with pytest.raises(UsageError, match="must be a column of numbers"):
        read_covariates(path, ["group"])
    with pytest.raises(UsageError, match="no column rate; it has participant, age, group"):
        read_covariates(path, ["rate"])
    with pytest.raises(UsageError, match="no table of people"):
        read_covariates(tmp_path / "x.tsv", ["rate"])


def test_people_of_other_names_are_told() -> None:
    scores = people({"care": 1.0}, np.arange(N, dtype=float))
    with pytest.raises(DecodingError, match="may name people differently"):
        follow(scores, {"rate": {"p1": 1.0, "p2": 2.0}})
