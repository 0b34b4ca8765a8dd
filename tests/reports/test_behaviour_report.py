"""Pages about models of behaviour: a fit, a comparison, a recovery; put together by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.reports.test_connectivity_report import needs_nothing

from empatune.behaviour.catalogue import MODELS, find_model
from empatune.behaviour.comparison import compare
from empatune.behaviour.fitting import Fit, Group, Unfitted
from empatune.behaviour.fitting.reliability import reliability_of
from empatune.behaviour.model import Model
from empatune.behaviour.recovery import ModelRecovery, ParameterRecovery
from empatune.behaviour.tables import group_table
from empatune.behaviour.trials import Trials
from empatune.behaviour.variation import by_session
from empatune.numerics.posterior_draws import arviz
from empatune.reports import behaviour_pictures
from empatune.reports.behaviour_comparison import ComparisonMaterial, render_comparison
from empatune.reports.behaviour_material import FitMaterial
from empatune.reports.behaviour_recovery import render_models, render_parameters
from empatune.reports.behaviour_report import render_fit
from empatune.reports.behaviour_sections import NARROW

N_PEOPLE = 11


def made_fit(model: str | Model = "learning-rates", *, seed: int = 0) -> Fit:
    """A fit whose numbers come from nowhere, with a group and a covariate."""
    model = find_model(model) if isinstance(model, str) else model
    size = len(model.parameters)
    rng = np.random.default_rng(seed)
    shape = (N_PEOPLE, 12)
    trials = Trials(
        people=tuple(f"p<{number}>" for number in range(N_PEOPLE)),
        columns={one: np.zeros(shape) for one in model.needed},
        answered=np.ones(shape, bool),
        rows=np.arange(N_PEOPLE * 12).reshape(shape),
    )
    group = Group(
        regressors=("mean", "age"),
        coefficients=np.stack([np.full(size, -1.0), np.full(size, 0.9)]),
        standard_errors=np.full((2, size), 0.2),
        covariance=np.eye(size),
        rows=np.stack([np.ones(N_PEOPLE), rng.standard_normal(N_PEOPLE)], axis=1),
        centres=np.array([0.0, 40.0]),
        widths=np.array([1.0, 12.0]),
    )
    return Fit(
        model=model,
        method="eb",
        trials=trials,
        scaled=rng.normal(-1, 0.7, (N_PEOPLE, size)),
        covariance=np.tile(np.eye(size) * 0.1, (N_PEOPLE, 1, 1)),
        log_likelihood=rng.normal(-7, 0.3, N_PEOPLE),
        log_evidence=rng.normal(-9, 0.3, N_PEOPLE),
        converged=np.ones(N_PEOPLE, bool),
        group=group,
        unfitted=(Unfitted(participant="q", reason="no trials & no hope"),),
        cautions=("People do not differ in rate_none as far as these trials tell.",),
    )


def made_checks() -> pd.DataFrame:
    """Shares of choices in two bins, one of which the model does not make."""
    rows = [("all", "all", 0.6), ("bin", "1", 0.5), ("bin", "2", 0.9)]
    rows += [("participant", f"p<{number}>", 0.55) for number in range(N_PEOPLE)]
    return pd.DataFrame(
        [
            {
                "statistic": "share of choice 1", "by": by, "place": place, "n_trials": 12,
                "observed": seen, "predicted": 0.58, "lower": 0.5, "upper": 0.7,
                "p": 0.0 if seen > 0.7 else 0.6,
            }
            for by, place, seen in rows
        ]
    )  # fmt: skip


def test_the_page_of_a_fit_tells_model_group_people_checks_and_doubts():
    fit = made_fit()
    fit = replace(fit, alone=fit.scaled * 2)
    content = render_fit(FitMaterial(fit=fit, source="a&b.csv", checks=made_checks()))
    page = needs_nothing(content)
    assert set(page.ids) >= {"model", "parameters", "covariates", "checks", "cautions", "cite"}
    assert "age raises rate_self" in page.text[""]
    assert "a&b.csv" in page.text[""]
    assert "0.269" in page.text["parameters"]  # the typical person's rate, at a logit of -1
    assert "bin: 2" in page.text["checks"]
    assert "none beyond" in page.text["checks"]
    assert "bin: 1" not in page.text["checks"]
    assert "no trials & no hope" in page.text["cautions"]
    assert "empirical Bayes" in page.text["cite"]
    assert "doi.org/10.1038/s41467-021-24576-w" in page.text["cite"]
    assert "age + 12.0 (1 SD)" in page.text["covariates"]
    assert "0.90 [0.51, 1.29]".replace(" ", NARROW) in page.text["covariates"]
    # equations, parameters, shrinkage, effects, parameters over covariates, checks
    assert content.count("<svg") == 6


def test_most_people_are_said_with_the_covariates_that_they_have():
    fit = made_fit()
    made = group_table(fit)
    told = dict(zip(made.names, made.rows[0], strict=True))
    mean, slope = fit.group.coefficients[:, 0]
    rng = np.random.default_rng(0)
    ages = rng.choice(fit.group.rows[:, 1], 200_000)
    people = 1 / (1 + np.exp(-(mean + slope * ages + rng.standard_normal(len(ages)))))
    expected = np.quantile(people, [0.025, 0.975])
    np.testing.assert_allclose([told["people_low"], told["people_high"]], expected, atol=0.005)


def test_labels_of_people_stand_beside_the_label_they_are_compared_with():
    fit = made_fit()
    young = np.arange(N_PEOPLE) % 2 == 0
    group = replace(
        fit.group,
        regressors=("mean", "group[young]"),
        rows=np.stack([np.ones(N_PEOPLE), young - young.mean()], axis=1),
        against=("", "older"),
    )
    content = render_fit(FitMaterial(fit=replace(fit, group=group), source="x"))
    told = needs_nothing(content).text["covariates"]
    assert "group: young against older" in told
    older, younger = 1 / (1 + np.exp(1 + 0.9 * (young.mean() - np.arange(2))))
    assert NARROW.join((f"{older:.3f}", "→", f"{younger:.3f}")) in told


def test_sessions_stand_against_each_other_with_what_people_keep():
    fit = made_fit(by_session(find_model("learning"), ("one", "two")))
    size = len(fit.model.parameters)
    fit = replace(fit, group=replace(fit.group, covariance=np.eye(size) + 0.5))
    kept = reliability_of(fit, ("one", "two"))
    content = render_fit(
        FitMaterial(fit=fit, source="x", reliability=kept, sessions=("one", "two"))
    )
    told = needs_nothing(content).text["sessions"]
    pearson = np.corrcoef(fit.scaled[:, 0], fit.scaled[:, 1])[0, 1]
    assert f"{pearson:.2f}".replace("-", "−") in told
    assert "session two" in told


def test_chains_of_a_sampled_fit_are_drawn_and_counted():
    fit = made_fit()
    rng = np.random.default_rng(3)
    size = len(fit.model.parameters)
    coefficients = rng.standard_normal((2, 300, 2, size))
    coefficients[1, :, 0, 1] += np.linspace(0, 4, 300)  # one chain drifts away
    draws = arviz.from_dict(
        posterior={
            "coefficients": coefficients,
            "spread": np.exp(rng.standard_normal((2, 300, size))),
        },
        sample_stats={"diverging": np.arange(600).reshape(2, 300) < 7},
        dims={"coefficients": ["regressor", "parameter"], "spread": ["parameter"]},
        coords={"regressor": ["mean", "age"], "parameter": list(fit.model.names)},
    )
    content = render_fit(FitMaterial(fit=replace(fit, method="nuts", draws=draws), source="x"))
    page = needs_nothing(content)
    told = page.text["chains"]
    assert "2 chains of 300 draws; of all of them 7 diverged" in told
    assert "age on rate_none" in told
    drifts = float(arviz.rhat(draws.posterior)["coefficients"][0, 1])
    assert drifts > 1.1
    assert f"{drifts:.3f}" in told
    picture = content[content.index('id="chains"') :]
    assert picture.index("mean of rate_other") < picture.index("<table")  # the worst is drawn


def test_people_who_cannot_be_simulated_or_were_fitted_alone_have_a_page_too():
    fit = replace(made_fit(), method="ml", group=None, cautions=(), unfitted=())
    content = render_fit(FitMaterial(fit=fit, source="x", why_unchecked="Add outcome_0."))
    page = needs_nothing(content)
    odd = made_checks().assign(p=0.0)
    told = needs_nothing(render_fit(FitMaterial(fit=fit, source="x", checks=odd))).text["cautions"]
    assert "depart from real ones in 3 of 3 statistics" in told
    assert "Nothing was noticed" not in told
    assert "Add outcome_0." in page.text["checks"]
    assert "Nothing was noticed" in page.text["cautions"]
    assert "covariates" not in page.ids


def test_the_page_of_a_comparison_names_the_best_and_how_surely():
    fits = [
        replace(made_fit(name, seed=seed), method="ml", group=None, unfitted=())
        for seed, name in enumerate(("learning", "learning-rates", "learning-decay"))
    ]
    fits[0] = replace(fits[0], log_likelihood=fits[0].log_likelihood + 3)
    comparisons = tuple(compare(fits, criterion=name) for name in ("bic", "aic"))
    content = render_comparison(
        ComparisonMaterial(
            fits=tuple(fits), comparisons=comparisons, source="x", given=("my.py:OWN", "b", "c")
        )
    )
    page = needs_nothing(content)
    assert "empatune fit my.py:OWN." in page.text["parameters"]
    assert "empatune recover my.py:OWN b c shows" in page.text["cautions"]
    assert "learning is best by BIC" in page.text[""]
    assert "2 of 2" in page.text[""]
    best = comparisons[0].total.min()
    assert f"{best:.3f}" in page.text["criteria"]
    again = compare(fits[1:], criterion="bic")
    close = replace(again, total=np.array([100.0, 102.0]))
    said = render_comparison(
        ComparisonMaterial(fits=tuple(fits[1:]), comparisons=(close,), source="x")
    )
    assert "too little to choose between them" in said


def test_pages_of_recovery_name_what_does_not_come_back():
    model = find_model("learning")
    rng = np.random.default_rng(1)
    true = rng.standard_normal((60, 2)) - 1
    fitted = true + rng.standard_normal((60, 2)) * [0.05, 3.0]
    found = ParameterRecovery(
        model=model, method="eb", sets=np.repeat([0, 1], 30), true=true, fitted=fitted,
        sd=np.full((60, 2), 0.1),
    )  # fmt: skip
    page = needs_nothing(render_parameters(found, "x.csv", "people drawn from priors"))
    assert "do not tell precision (r = " in page.text[""]
    assert "They do tell rate." in page.text[""]
    assert "1 of 2" in page.text[""]
    assert "at one height" not in page.text["parameters"]
    alike = np.where(found.sets[:, None] == 1, [-1.0, 0.5], fitted)
    page = needs_nothing(render_parameters(replace(found, fitted=alike), "x.csv", "priors"))
    assert "value: rate in 1 of 2 groups, precision in 1 of 2 groups." in page.text["parameters"]
    models = [find_model(name) for name in ("learning", "learning-rates")]
    matrix = ModelRecovery(
        models=("learning", "learning-rates"), method="eb", criterion="integrated-bic",
        counts=np.array([[9, 1], [6, 4]]), people_counts=np.array([[60, 40], [50, 50]]),
    )  # fmt: skip
    page = needs_nothing(render_models(matrix, models, "x.csv", "people drawn from priors"))
    assert "learning-rates is found in 40% of the groups" in page.text[""]
    assert "most often taken for learning)" in page.text[""]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_the_equations_of_every_model_can_be_set(model):
    assert behaviour_pictures.equations(model.equations) is not None
