"""Groups against direct computations, and what they refuse."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from tests.connectivity.linear_fits import fit_exactly

from empatune.connectivity.group.design import Design, design_group
from empatune.connectivity.group.empirical_bayes import CAUTION, fit_group
from empatune.connectivity.group.hierarchy import Hierarchy, Summary, look
from empatune.connectivity.group.priors import GroupSettings
from empatune.connectivity.posterior import Posterior
from empatune.errors import ConnectivityError

NAMES = ("A one", "A two", "B[x] one", "decay", "epsilon")
VARIANCES = np.array([1.0, 0.5, 1.0, 0.1, 0.0])
FIRST, THREE = slice(0, 3), np.ix_(range(3), range(3))
EFFECTS = np.array([[0.6, -0.3, 0.4], [0.3, 0.0, -0.4]])
GROUPS = np.repeat([1.0, -1.0], 6)


def cohort(design, *, seed=1, effects=EFFECTS, spread=0.15, n_data=40):
    rng = np.random.default_rng(seed)
    people = []
    for number, row in enumerate(design.matrix):
        truth = np.r_[row @ effects + spread * rng.normal(size=3), 0.1 * rng.normal(), 0.0]
        regressors = rng.normal(size=(n_data, 5))
        people.append(
            fit_exactly(
                regressors,
                regressors @ truth + rng.normal(size=n_data),
                prior_mean=np.zeros(5),
                prior_covariance=np.diag(VARIANCES),
                names=NAMES,
                name=f"sub-{number + 1:02d}",
            )
        )
    return people


@pytest.fixture(scope="module")
def design():
    return design_group(12, {"group": GROUPS})


@pytest.fixture(scope="module")
def people(design):
    return cohort(design)


def test_with_fixed_differences_the_group_is_a_known_gaussian(people, design):
    """One participant's data are a Gaussian likelihood; add them up by hand."""
    group = fit_group(people, design, settings=GroupSettings(components="none"))
    prior = VARIANCES[FIRST]
    between = np.diag(prior / 16)
    precision, pull = np.diag(np.tile(1 / prior, 2)), np.zeros(6)
    for person, row in zip(people, design.matrix, strict=True):
        posterior = np.linalg.inv(person.covariance[THREE]) + CAUTION * np.diag(1 / prior)
        likelihood = posterior - np.diag(1 / prior)
        measured = np.linalg.solve(likelihood, posterior @ person.mean[FIRST])
        weight = np.linalg.inv(between + np.linalg.inv(likelihood))
        predictor = np.concatenate([row[0] * np.eye(3), row[1] * np.eye(3)], axis=1)
        precision += predictor.T @ weight @ predictor
        pull += predictor.T @ weight @ measured
    assert group.posterior.mean == pytest.approx(np.linalg.solve(precision, pull), abs=1e-3)
    assert group.posterior.covariance == pytest.approx(np.linalg.inv(precision), abs=1e-8)
    assert group.scales.size == 0


def test_free_energy_of_a_group_is_its_evidence():
    """With nothing to scale and centred priors the bound is tight: compare with the data's own."""
    rng = np.random.default_rng(8)
    prior = np.diag([1.0, 0.5])
    design = design_group(3)
    settings = GroupSettings(components="none", tolerance=1e-12, most_iterations=200)
    names = ("A one", "A two")
    people, blocks = [], []
    for number in range(3):
        regressors = rng.normal(size=(6, 2))
        data = regressors @ [0.5, 0.2] + rng.normal(size=6)
        given = {"prior_mean": np.zeros(2), "prior_covariance": prior, "names": names}
        fit = fit_exactly(regressors, data, **given)
        # Take away beforehand the caution that the group adds, so that nothing but data is left.
        exact = np.linalg.inv(fit.covariance)
        kept = np.linalg.inv(exact - CAUTION * np.linalg.inv(prior))
        people.append(
            Posterior(
                names=names,
                mean=fit.mean,
                covariance=kept,
                prior_mean=np.zeros(2),
                prior_covariance=prior,
                free_energy=fit.free_energy,
                name=str(number),
            )
        )
        blocks.append((regressors, data))
    group = fit_group(people, design, fields=["A"], settings=settings)
    regressors = np.concatenate([block for block, _ in blocks])
    data = np.concatenate([values for _, values in blocks])
    spread = regressors @ prior @ regressors.T + np.eye(len(data))
    start = 0
    for block, _ in blocks:
        own = slice(start, start + len(block))
        spread[own, own] += block @ (prior / 16) @ block.T
        start += len(block)
    evidence = multivariate_normal(cov=spread).logpdf(data)
    assert group.free_energy == pytest.approx(evidence, abs=1e-6)


@pytest.mark.parametrize("components", ["single", "fields", "all"])
def test_slope_and_curvature_are_those_of_the_free_energy(people, components):
    """Differences of the evidence by hand, with correlated priors between people."""
    membership = {
        "single": np.ones((3, 1)),
        "fields": np.array([[1.0, 0], [1, 0], [0, 1]]),
        "all": np.eye(3),
    }[components]
    between = np.array([[20.0, 5, 2], [5, 30, -3], [2, -3, 15]])
    posterior = np.stack([np.linalg.inv(each.covariance[THREE]) for each in people])
    means = np.stack([each.mean[FIRST] for each in people])
    hierarchy = Hierarchy(
        participants=Summary(
            precision=posterior - np.diag(1 / VARIANCES[FIRST]),
            pull=np.einsum("nij,nj->ni", posterior, means),
            level=np.zeros(len(people)),
            names=tuple(each.name for each in people),
        ),
        design=np.stack([np.ones(12), GROUPS], axis=1),
        effect_mean=np.full(6, 0.1),
        effect_precision=2.0 * np.eye(6),
        between=between,
        membership=membership,
        scale_mean=0.2,
        scale_precision=16.0,
    )
    rng = np.random.default_rng(4)
    at = 0.3 * rng.normal(size=6 + membership.shape[1])

    def joint(values):
        """Evidence of participants and priors of the group, without the volume of its posterior."""
        point = look(hierarchy, values[:6], values[6:])
        away, scales = values[:6] - 0.1, values[6:] - 0.2
        return point.free_energy + point.complexity - (2 * away @ away + 16 * scales @ scales) / 2

    point = look(hierarchy, at[:6], at[6:])
    steps = 1e-4 * np.eye(len(at))
    slope = [(joint(at + step) - joint(at - step)) / 2e-4 for step in steps]
    assert point.gradient == pytest.approx(np.array(slope), rel=1e-5, abs=1e-4)

    def gradient(values):
        return look(hierarchy, values[:6], values[6:]).gradient

    bends = np.stack([(gradient(at + step) - gradient(at - step)) / 2e-4 for step in steps])
    assert point.curvature == pytest.approx(bends, rel=1e-4, abs=1e-3)


@pytest.mark.parametrize(
    "components", ["single", "fields", "all", (("A",), ("B[x] one",)), (("B",),)]
)
def test_effects_are_found_whatever_scales(people, design, components):
    group = fit_group(people, design, settings=GroupSettings(components=components))
    assert group.status == "converged"
    error = (group.posterior.mean - EFFECTS.ravel()) / group.posterior.sd
    assert np.abs(error).max() < 3
    assert group.posterior.names[:2] == ("mean: A one", "mean: A two")
    assert group.posterior.select(["group: B"]).mean[0] < 0
    n_scales = {"single": 1, "fields": 2, "all": 3}.get(components) or len(components)
    assert group.scales.shape == (n_scales,)


def test_left_out_are_the_mean_and_all_connections(people):
    group = fit_group(people)
    assert group.parameters == NAMES[:3]
    assert group.design.effects == ("mean",)
    settings = GroupSettings(components="fields")
    everything = fit_group(people, fields="all", settings=settings)
    assert everything.parameters == NAMES[:4]
    assert everything.scales.shape == (3,)


def test_without_connections_everything_varies(people):
    only = [person.select(["decay"]) for person in people]
    assert fit_group(only).parameters == ("decay",)


def test_without_modulations_connections_vary(people):
    only = [person.select(["A", "decay"]) for person in people]
    assert fit_group(only).parameters == ("A one", "A two")


def test_participants_keep_what_does_not_vary(people, design):
    group = fit_group(people, design, fields=["B"])
    for own, shrunk in zip(people, group.participants, strict=True):
        assert shrunk.prior_mean[[0, 1, 3, 4]] == pytest.approx(own.prior_mean[[0, 1, 3, 4]])
        assert np.diag(shrunk.prior_covariance)[[0, 1, 3, 4]] == pytest.approx(
            VARIANCES[[0, 1, 3, 4]]
        )
        assert shrunk.sd[2] < own.sd[2]
        assert not shrunk.free[4]


def test_people_are_predicted_from_the_design(people, design):
    group = fit_group(people, design)
    mean, covariance = group.predict([[1.0, 1.0], [1.0, -1.0]])
    assert mean[0] - mean[1] == pytest.approx(2 * group.effects[1])
    own = group.posterior.covariance
    together = own[:3, :3] + own[3:, 3:] + own[:3, 3:] + own[3:, :3]
    assert covariance[0] == pytest.approx(together + group.between_covariance)
    with pytest.raises(ConnectivityError, match="one column per effect"):
        group.predict([[1.0, 0.0, 0.0]])


def test_scaling_a_covariate_scales_its_effect_alone(people, design):
    wide = Design(effects=design.effects, matrix=design.matrix * [1, 10])
    group, scaled = fit_group(people, design), fit_group(people, wide)
    assert scaled.effects * [[1], [10]] == pytest.approx(group.effects, abs=1e-3)
    assert scaled.participants[0].mean == pytest.approx(group.participants[0].mean, abs=1e-3)


def test_few_iterations_are_told(people, design):
    assert fit_group(people, design, settings=GroupSettings(most_iterations=3)).status == (
        "too many iterations"
    )


def test_priors_of_the_user_are_taken(people, design):
    firm = GroupSettings(effect_mean=np.array([2.0, 2, 2]), effect_covariance=1e-8 * np.eye(3))
    group = fit_group(people, design, settings=firm)
    assert group.effects[0] == pytest.approx([2, 2, 2], abs=1e-3)
    assert group.effects[1] == pytest.approx([0, 0, 0], abs=1e-3)
    alike = GroupSettings(between_covariance=1e-6 * np.eye(3), components="none")
    group = fit_group(people, design, settings=alike)
    expected, _ = group.predict(design.matrix)
    shrunk = np.stack([each.mean[FIRST] for each in group.participants])
    assert shrunk == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"components": "some"}, "one of single, fields, all, none"),
        ({"between_ratio": 0.0}, "between_ratio is 0.0"),
        ({"tolerance": float("nan")}, "tolerance is nan"),
    ],
)
def test_settings_that_mean_nothing_are_refused(changes, message):
    with pytest.raises(ConnectivityError, match=message):
        GroupSettings(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"effect_mean": np.zeros(2)}, r"effect_mean must be finite and of shape \(3,\)"),
        ({"effect_covariance": np.zeros((3, 3))}, "effect_covariance is not positive definite"),
        ({"components": (("A",), ("A one",))}, "A one: in more than one component"),
        ({"components": (("C",),)}, "'C' picks no parameter"),
    ],
)
def test_priors_that_do_not_fit_are_refused(people, design, changes, message):
    with pytest.raises(ConnectivityError, match=message):
        fit_group(people, design, settings=GroupSettings(**changes))


def test_people_that_do_not_fit_are_named(people, design):
    with pytest.raises(ConnectivityError, match="needs two participants"):
        fit_group(people[:1])
    with pytest.raises(ConnectivityError, match="12 rows for 11 participants"):
        fit_group(people[:11], design)
    with pytest.raises(ConnectivityError, match="'epsilon' is fixed in the posterior of sub-01"):
        fit_group(people, design, fields=["A", "epsilon"])
    with pytest.raises(ConnectivityError, match="No posteriors"):
        fit_group([])


def test_a_participant_with_other_parameters_is_named(people):
    odd = people[3]
    parts = {name: getattr(odd, name) for name in ("mean", "covariance", "prior_mean")}
    other = Posterior(
        **parts, names=(*NAMES[:4], "x"), prior_covariance=odd.prior_covariance, free_energy=0.0
    )
    with pytest.raises(ConnectivityError, match="Posterior 2 has other parameters than sub-01"):
        fit_group([people[0], other])
    tight = np.diag([1.0, 0.0, 1.0, 0.1, 0.0])
    fixed = Posterior(**parts, names=NAMES, prior_covariance=tight, free_energy=0.0, name="sub-09")
    with pytest.raises(ConnectivityError, match="sub-09 does not estimate the same"):
        fit_group([people[0], fixed])


def test_a_participant_surer_before_than_after_is_named(people):
    own = people[0]
    wide = Posterior(
        names=NAMES,
        mean=own.mean,
        covariance=np.diag(VARIANCES) * 50,
        prior_mean=own.prior_mean,
        prior_covariance=own.prior_covariance,
        free_energy=0.0,
        name="sub-13",
    )
    loose = GroupSettings(between_covariance=100 * np.eye(3))
    with pytest.raises(ConnectivityError, match="posterior of sub-13 is wider than its prior"):
        fit_group([*people, wide], settings=loose)


@pytest.mark.parametrize(
    ("effects", "matrix", "message"),
    [
        (("mean", "x"), np.c_[np.ones(4), [1, np.nan, 0, 2]], "NaN or infinity in x"),
        (("mean", "x", "y"), np.ones((2, 3)), "2 participants cannot tell 3 effects apart"),
        (("mean", "x"), np.ones((4, 2)), "'x' follows from the effects before it"),
        (("mean", "x"), np.c_[np.ones(4), np.zeros(4)], "rank-deficient"),
        (("a", "b", "c"), np.eye(3)[[0, 1, 0, 1]] + [0, 0, 0], "'c' follows"),
        (("mean",), np.ones((4, 2)), r"shape \(4, 2\)"),
        (("mean", "mean"), np.eye(2), "each its own"),
    ],
)
def test_designs_that_tell_nothing_apart_are_refused(effects, matrix, message):
    with pytest.raises(ConnectivityError, match=message):
        Design(effects=effects, matrix=matrix)


def test_covariates_are_centred_and_checked():
    design = design_group(4, {"age": [20, 30, 40, 50]})
    assert design.matrix[:, 1].tolist() == [-15, -5, 5, 15]
    with pytest.raises(ConnectivityError, match="'age' has shape"):
        design_group(4, {"age": [20, 30]})
    with pytest.raises(ConnectivityError, match="'age' follows"):
        design_group(4, {"age": [20, 20, 20, 20]})
