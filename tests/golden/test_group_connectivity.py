"""The second level of effective connectivity against SPM12 r7771 (under GNU Octave).

SPM's average over models draws 1,000 samples, so that its moments carry sampling error.
"""

import numpy as np
import pytest

from empatune.connectivity.comparison.reduction import switch_off
from empatune.connectivity.comparison.search import search
from empatune.connectivity.dcm.parameters import names_of
from empatune.connectivity.group.design import Design
from empatune.connectivity.group.empirical_bayes import fit_group
from empatune.connectivity.group.priors import GroupSettings
from empatune.connectivity.network import connect
from empatune.connectivity.posterior import Posterior

NAMES = names_of(
    connect(
        ("ACC", "AI", "VS"),
        ("events", "motive"),
        edges=[("ACC", "AI"), ("AI", "ACC"), ("AI", "VS"), ("VS", "AI")],
        modulated={"motive": [("ACC", "AI"), ("AI", "VS")]},
        driven={"events": ["ACC", "AI"]},
    )
)
N_SAMPLES_OF_SPM = 1_000


@pytest.fixture(scope="module")
def references(shared):
    return shared / "data" / "dcm_reference"


def read(path):
    with np.load(path) as given:
        return Posterior(
            names=NAMES,
            mean=given["Ep_vec"],
            covariance=(given["Cp"] + given["Cp"].T) / 2,
            prior_mean=given["pE_vec"],
            prior_covariance=given["pC"],
            free_energy=float(given["F"]),
            name=path.stem,
        )


@pytest.fixture(scope="module")
def spm(references):
    with np.load(references / "peb_all_B.npz") as given:
        return dict(given)


@pytest.fixture(scope="module")
def group(references, spm):
    people = [read(references / f"peb_subject_{number:02d}.npz") for number in range(1, 13)]
    design = Design(effects=("mean", "group"), matrix=spm["X"])
    return fit_group(
        people, design, fields=["B"], settings=GroupSettings(components="all", most_iterations=64)
    )


@pytest.mark.shared
def test_group_effects_equal_spm(group, spm):
    assert group.parameters == ("B[motive] AI<-ACC", "B[motive] VS<-AI")
    assert group.status == "converged"
    assert pytest.approx(spm["Ep"], abs=1e-7) == group.effects.T
    assert group.posterior.covariance == pytest.approx(spm["Cp"], abs=1e-7)
    assert group.posterior.prior_mean == pytest.approx(spm["pE"])
    assert group.posterior.prior_covariance == pytest.approx(spm["pC"])
    assert group.scales == pytest.approx(spm["Eh"], abs=1e-6)
    assert group.scale_covariance == pytest.approx(spm["Ch"], abs=1e-7)
    assert group.between_covariance == pytest.approx(spm["Ce"], abs=1e-7)
    assert group.free_energy == pytest.approx(float(spm["F"]), abs=1e-4)


@pytest.mark.shared
def test_search_over_group_effects_equals_spm(group, spm):
    found = search(group.posterior)
    assert len(found.surviving) == np.sum(spm["bma_Pp"] > 0) == 4
    assert found.dropped == ()
    assert found.probability == pytest.approx(spm["bma_Pp"], abs=1e-4)
    spread = np.sqrt(np.diag(found.average.covariance))
    error = spread / np.sqrt(N_SAMPLES_OF_SPM)
    assert (np.abs(found.average.mean - spm["bma_Ep"]) < 3 * error).all()
    ratio = np.sqrt(np.diag(spm["bma_Cp"])) / spread
    assert ratio == pytest.approx(np.ones(4), abs=4 / np.sqrt(2 * N_SAMPLES_OF_SPM))


@pytest.mark.shared
def test_participants_are_drawn_to_their_groups(group, references):
    own = [read(references / f"peb_subject_{number:02d}.npz") for number in range(1, 13)]
    expected, _ = group.predict(group.design.matrix)
    places = own[0].places(["B"])
    alone = np.stack([each.mean[places] for each in own])
    shrunk = np.stack([each.mean[places] for each in group.participants])
    assert (np.abs(shrunk - expected) < np.abs(alone - expected)).mean() > 0.9
    assert all(
        each.sd[places].max() <= one.sd[places].max()
        for each, one in zip(group.participants, own, strict=True)
    )


@pytest.mark.shared
@pytest.mark.parametrize("snr", [3, 1])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_reduced_models_rank_as_their_inversions(references, snr, seed):
    """Less is worse, and nothing is worst: in the reduction as in SPM's separate inversions.

    Sizes are not compared. Both missing arrows were really there, so that the refits lie far from
    the full fit, where a Gaussian says little; which of the two single arrows is the better
    model is told alike in two of the six data sets only.
    """
    full = read(references / f"dcm_snr{snr}_seed{seed}_full.npz")
    off = {
        "ACC2AI": ["B[motive] VS<-AI"],
        "AI2VS": ["B[motive] AI<-ACC"],
        "none": ["B[motive]"],
    }
    reduced = {model: switch_off(full, fields) for model, fields in off.items()}
    refitted = {model: read(references / f"dcm_snr{snr}_seed{seed}_{model}.npz") for model in off}
    for fits in (reduced, refitted):
        change = {model: fit.free_energy - full.free_energy for model, fit in fits.items()}
        assert change["none"] < min(change["ACC2AI"], change["AI2VS"])
        assert max(change["ACC2AI"], change["AI2VS"]) < -10


@pytest.mark.shared
def test_probabilities_equal_spm_where_priors_are_centred(references):
    path = references / "dcm_snr3_seed1_full.npz"
    full = read(path)
    centred = full.free & (full.prior_mean == 0)
    with np.load(path) as given:
        assert full.sign_probability[centred] == pytest.approx(given["Pp_vec"][centred], abs=1e-6)
    assert centred.sum() > 8
