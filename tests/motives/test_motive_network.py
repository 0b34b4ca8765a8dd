"""The network of motives: names, places, what each motive says."""

from __future__ import annotations

import numpy as np
import pytest

from empatune.connectivity.dcm.parameters import names_of, prior_of
from empatune.connectivity.posterior import Posterior
from empatune.decoding.connections.reading import loads
from empatune.errors import ConnectivityError
from empatune.motives.comparison import MODELS, compare, expectations, log_evidence
from empatune.motives.network import EDGES, MOTIVES, motive_network, parameter_of, places
from empatune.motives.network_file import network_file


def fitted(changes: dict[str, float], sd: float = 0.05) -> Posterior:
    """A fit of which connections changed by so much."""
    network = motive_network()
    prior = prior_of(network)
    names = names_of(network)
    mean = prior.mean.copy()
    for edge, value in changes.items():
        mean[names.index(f"B[motive] {edge}")] = value
    free = prior.variance > 0
    return Posterior(
        names=names,
        mean=mean,
        covariance=np.diag(np.where(free, np.minimum(sd**2, prior.variance), 0.0)),
        prior_mean=prior.mean,
        prior_covariance=np.diag(prior.variance),
        free_energy=-100.0,
    )


def test_the_motives_say_what_the_paper_says() -> None:
    assert MOTIVES["empathy"].positive == (("ACC", "AI"),)
    assert set(MOTIVES["reciprocity"].positive) == {("ACC", "AI"), ("AI", "ACC"), ("AI", "VS")}
    assert MOTIVES["reciprocity"].order == ((("AI", "VS"), ("AI", "ACC")),)
    assert all(parameter_of(edge) in names_of(motive_network()) for edge in EDGES)


@pytest.mark.parametrize(("side", "n_insulae"), [("both", 2), ("left", 1), ("right", 1)])
def test_places_are_means_of_published_peaks(side: str, n_insulae: int) -> None:
    acc, insula, striatum = places(side)  # type: ignore[arg-type]
    assert (acc.region, insula.region, striatum.region) == ("ACC", "AI", "VS")
    assert len(acc.centres_mm) == 1
    assert abs(acc.centres_mm[0][0]) < 5
    assert len(insula.centres_mm) == n_insulae
    for x, y, z in insula.centres_mm:
        assert 30 < abs(x) < 45
        assert 12 < y < 28
        assert -8 < z < 6
        assert (x > 0) == (side == "right") or side == "both"
    assert any("Clithero" in source for source in striatum.sources)


@pytest.mark.parametrize("side", ["both", "left"])
def test_the_file_of_the_network_can_be_read(side: str) -> None:
    space = loads(network_file(side))  # type: ignore[arg-type]
    ours = motive_network("motive", ("control", "helping"))
    np.testing.assert_array_equal(space.network("motive").connections, ours.connections)
    np.testing.assert_array_equal(space.network("motive").modulations, ours.modulations)
    np.testing.assert_array_equal(space.network("motive").drives, ours.drives)


def test_evidence_prefers_the_model_of_the_motive() -> None:
    families = [model.family for model in MODELS]
    assert len(MODELS) == 8
    assert sorted(set(families)) == ["empathy", "other", "reciprocity"]
    empathy = log_evidence(fitted({"AI<-ACC": 0.4}))
    assert MODELS[int(empathy.argmax())].family == "empathy"
    three = log_evidence(fitted({"AI<-ACC": 0.4, "ACC<-AI": 0.3, "VS<-AI": 0.5}))
    assert MODELS[int(three.argmax())].family == "reciprocity"
    assert three[MODELS.index(next(m for m in MODELS if len(m.changed) == 3))] == pytest.approx(
        -100.0
    )


def test_people_are_compared() -> None:
    rng = np.random.default_rng(0)
    people = [fitted({"AI<-ACC": 0.4 + 0.05 * rng.standard_normal()}) for _ in range(8)]
    found = compare(people, rng=rng)
    assert found.log_evidence.shape == (8, 8)
    assert found.fixed.models[int(found.fixed.probability.argmax())] == "ACC->AI"
    assert found.random.frequency.max() > 0.4
    assert found.families.families[int(found.families.exceedance.argmax())] == "empathy"


def test_signs_and_order_are_asked_of_the_posterior() -> None:
    said = {
        each.statement: each
        for each in expectations(fitted({"AI<-ACC": 0.4, "ACC<-AI": -0.3, "VS<-AI": 0.1}))
    }
    assert said["ACC->AI is made more positive"].motives == ("empathy", "reciprocity")
    assert said["ACC->AI is made more positive"].probability > 0.99
    assert said["AI->ACC is made more positive"].probability < 0.01
    assert said["AI->VS is changed more than AI->ACC"].probability > 0.99
    assert 0.9 < said["AI->VS is made more positive"].probability < 0.99


def test_a_fit_without_the_connections_is_refused() -> None:
    with pytest.raises(ConnectivityError, match=r"B\[other\]"):
        log_evidence(fitted({}), modulator="other")
    with pytest.raises(ConnectivityError):
        expectations(fitted({}), modulator="other")
