"""Path diagrams: what their arrows are, where everything stands, and how it is drawn."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch
from tests.reports.made_fits import REGIONS, VALUES, make_network, make_posterior

from empatune.connectivity.dcm.parameters import prior_of
from empatune.connectivity.network import Network, connect
from empatune.connectivity.posterior import Posterior
from empatune.errors import ExportError
from empatune.reports.connectivity_arrows import FAINT, NEGATIVE, POSITIVE
from empatune.reports.connectivity_brain import place_of
from empatune.reports.connectivity_layout import Box, Curve, bend_of, join, place_label
from empatune.reports.connectivity_links import diagrams_of_effect, diagrams_of_fit, in_hertz
from empatune.reports.connectivity_paths import draw_paths, paths, write_paths

NAMES = ("ACC", "AI", "VS", "TPJ", "mPFC", "precuneus", "IPL", "PMC", "VTA", "mOFC")


def link_of(diagram, source, target):
    found = [link for link in diagram.links if (link.source, link.target) == (source, target)]
    assert len(found) == 1
    return found[0]


def test_with_a_motive_connections_are_sums_with_the_covariance_of_their_parts():
    network = make_network()
    posterior = make_posterior(network, VALUES | {"A VS<-AI": 0.2})
    a, b = (posterior.names.index(name) for name in ("A VS<-AI", "B[motive] VS<-AI"))
    covariance = posterior.covariance.copy()
    covariance[a, b] = covariance[b, a] = -0.0016
    posterior = Posterior(
        names=posterior.names, mean=posterior.mean, covariance=covariance,
        prior_mean=posterior.prior_mean, prior_covariance=posterior.prior_covariance,
        free_energy=0.0,
    )  # fmt: skip
    without, adds, with_it = diagrams_of_fit(posterior, network)
    assert [each.title for each in (without, adds, with_it)] == [
        "without motive", "what motive adds", "with motive",
    ]  # fmt: skip
    both = link_of(with_it, "AI", "VS")
    assert both.mean == pytest.approx(0.2 - 0.5)
    sd = np.sqrt(0.05**2 + 0.05**2 - 2 * 0.0016)
    assert (both.low, both.high) == pytest.approx((-0.3 - 1.96 * sd, -0.3 + 1.96 * sd), abs=1e-4)
    assert link_of(adds, "AI", "VS").mean == pytest.approx(-0.5)
    assert {(link.source, link.target) for link in adds.links} == {("ACC", "AI"), ("AI", "VS")}
    assert [(link.source, link.target) for link in without.drives] == [("helping", "ACC")]
    assert adds.drives == ()


def test_only_connections_whose_interval_leaves_out_zero_are_sure():
    first = diagrams_of_fit(make_posterior(make_network(), VALUES), make_network())[0]
    assert link_of(first, "ACC", "AI").sure
    assert not link_of(first, "AI", "ACC").sure  # 0.03 with a standard deviation of 0.05


def test_regions_tell_their_self_inhibition_in_hertz():
    network = make_network()
    first = diagrams_of_fit(make_posterior(network, {"A AI<-AI": np.log(1.5)}), network)[0]
    assert first.within["AI"] == "−0.75"
    assert not in_hertz(make_posterior(network))


def test_self_inhibition_of_linear_networks_is_a_rate_already():
    network = make_network(modulated=False)
    made = make_posterior(network, {"A AI<-AI": -0.6})
    prior_mean = made.prior_mean.copy()
    prior_mean[made.names.index("A AI<-AI")] = -0.5
    linear = Posterior(
        names=made.names, mean=made.mean, covariance=made.covariance, prior_mean=prior_mean,
        prior_covariance=made.prior_covariance, free_energy=0.0,
    )  # fmt: skip
    assert diagrams_of_fit(linear, network)[0].within["AI"] == "−0.60"


def test_networks_with_two_populations_give_strengths_and_gates_a_diagram():
    gates = np.zeros((3, 3, 3), bool)
    gates[2, 1, 0] = True
    network = Network(
        regions=REGIONS, inputs=("u",), connections=np.ones((3, 3), bool),
        modulations=np.zeros((1, 3, 3), bool), drives=np.ones((3, 1), bool), gates=gates,
    )  # fmt: skip
    titles = [each.title for each in diagrams_of_fit(make_posterior(network), network)]
    assert titles == ["without VS", "what VS adds", "with VS"]
    double = Network(
        regions=REGIONS, inputs=("u",), connections=np.ones((3, 3), bool), two_state=True,
        modulations=np.zeros((1, 3, 3), bool), drives=np.ones((3, 1), bool),
    )  # fmt: skip
    only = diagrams_of_fit(make_posterior(double, {"A AI<-ACC": 0.0}), double)[0]
    assert link_of(only, "ACC", "AI").mean == pytest.approx(1 / 8)


def group_posterior(network, off=()):
    names = [f"A {t}<-{s}" for s in REGIONS for t in REGIONS if (s, t) != ("VS", "AI")]
    full = [f"{effect}: {name}" for effect in ("mean", "age") for name in names]
    free = np.array([name not in off for name in full], float)
    return Posterior(
        names=tuple(full), mean=0.3 * free, covariance=np.diag(0.01 * free),
        prior_mean=np.zeros(len(full)), prior_covariance=np.diag(free), free_energy=0.0,
    )  # fmt: skip


def test_effects_of_a_group_have_probabilities_and_what_was_removed_is_marked():
    network = make_network(modulated=False)
    posterior = group_posterior(network, off=("mean: A VS<-AI",))
    chances = dict.fromkeys(posterior.names, 0.9) | {"mean: A VS<-AI": 0.0}
    (diagram,) = diagrams_of_effect(posterior, network, "mean", probability=chances)
    assert link_of(diagram, "ACC", "AI").probability == 0.9
    assert link_of(diagram, "AI", "VS").gone
    assert not link_of(diagram, "ACC", "AI").sure
    assert not [link for link in diagram.links if (link.source, link.target) == ("VS", "AI")]
    assert diagram.within["ACC"] == "−0.67"  # exp(0.3) / 2
    (age,) = diagrams_of_effect(posterior, network, "age", probability=chances)
    assert age.within["ACC"].startswith("log +0.30")


def test_arrows_begin_and_end_beside_regions():
    start, end = Box(x=0, y=0, width=0.6, height=0.4), Box(x=2, y=1, width=0.6, height=0.4)
    for bend in (0.0, 0.3, -0.3):
        points = join(start, end, bend=bend).at(np.linspace(0, 1, 50))
        assert not start.holds(points).any()
        assert not end.holds(points).any()
        assert np.hypot(*(points[0] - (0, 0))) < 0.5
        assert np.hypot(*(points[-1] - (2, 1))) < 0.5


def test_an_arrow_goes_around_a_region_in_between():
    boxes = {name: Box(x=x, y=0, width=0.5, height=0.4) for x, name in enumerate("abc")}
    bend = bend_of("a", "c", boxes, returned=False)
    assert bend != 0
    assert (
        not boxes["b"]
        .holds(join(boxes["a"], boxes["c"], bend=bend).at(np.linspace(0, 1, 60)))
        .any()
    )
    assert bend_of("a", "b", boxes, returned=False) == 0


def test_a_label_leaves_what_is_there_alone():
    curve = Curve(points=np.array([[0, 0], [1, 0], [2, 0.0]]))
    taken = [Box(x=1, y=0.2, width=1.2, height=0.3)]
    panel = Box(x=1, y=0, width=4, height=3)
    found = place_label(curve, (0.6, 0.25), taken, [curve], panel=panel)
    assert found.overlap(taken[0]) == 0
    assert found.overlap(panel) == pytest.approx(0.6 * 0.25)


def drawn(n, density, seed=0):
    """Draw a network of n regions, and give its figure with positions of all texts."""
    rng = np.random.default_rng(seed)
    regions = NAMES[:n]
    edges = [(s, t) for s in regions for t in regions if s != t and rng.random() < density]
    network = connect(regions, ("u",), edges=edges, driven={"u": regions[:2]})
    prior = prior_of(network)
    mean = prior.mean + prior.free * 0.3 * rng.standard_normal(len(prior.mean))
    posterior = Posterior(
        names=prior.names, mean=mean, covariance=np.diag(prior.free * 0.0025),
        prior_mean=prior.mean, prior_covariance=np.diag(prior.variance), free_energy=0.0,
    )  # fmt: skip
    return draw_paths(diagrams_of_fit(posterior, network), regions), regions


@pytest.mark.parametrize(("n", "density"), [(2, 1.0), (3, 0.7), (4, 0.4), (6, 0.3), (10, 0.12)])
def test_networks_of_all_sizes_are_legible(n, density):
    figure, regions = drawn(n, density)
    axes = figure.axes[0]
    figure.canvas.draw()
    texts = [each for each in axes.texts if each.get_text()]
    boxes = [each.get_window_extent() for each in texts]
    panel = axes.get_window_extent()
    for text, box in zip(texts, boxes, strict=True):
        assert panel.x0 - 2 <= box.x0, text
        assert box.x1 <= panel.x1 + 2, text
    covered = 0
    for one, other in combinations(boxes, 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        up = min(one.y1, other.y1) - max(one.y0, other.y0)
        covered += across > 3 and up > 3
    assert covered == 0
    assert {text.get_text() for text in texts} >= set(regions)


def test_sign_strength_and_certainty_are_colour_width_and_opacity():
    network = make_network()
    figure = draw_paths(diagrams_of_fit(make_posterior(network, VALUES), network), REGIONS)
    first, adds = figure.axes[0], figure.axes[1]
    lines = [each for each in first.patches if isinstance(each, PathPatch)]
    by_source = dict(zip([("ACC", "AI"), ("AI", "ACC"), ("AI", "VS")], lines[:3], strict=True))
    strong, weak = by_source["ACC", "AI"], by_source["AI", "ACC"]
    assert strong.get_linewidth() > 2 * weak.get_linewidth()
    assert (strong.get_alpha(), weak.get_alpha()) == (1.0, FAINT)
    assert to_hex(strong.get_edgecolor()) == POSITIVE
    inhibits = [each for each in adds.patches if isinstance(each, PathPatch)][1]
    assert to_hex(inhibits.get_edgecolor()) == NEGATIVE


def test_those_who_cannot_see_it_are_told_what_is_sure():
    network = make_network()
    made = paths(diagrams_of_fit(make_posterior(network, VALUES), network), REGIONS, "p")
    assert "ACC to AI 0.40 [0.30, 0.50]" in made
    assert "AI to ACC" not in made.split(">", 1)[0]
    assert "var(--panel)" in made


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_pictures_for_papers_are_written_whole(tmp_path, suffix):
    network = make_network(modulated=False)
    diagrams = diagrams_of_fit(make_posterior(network), network)
    out = write_paths(diagrams, REGIONS, tmp_path / "new" / f"paths.{suffix}")
    assert out.stat().st_size > 1000
    assert [each.name for each in out.parent.iterdir()] == [out.name]


def test_pictures_that_cannot_be_written_are_refused(tmp_path):
    network = make_network(modulated=False)
    diagrams = diagrams_of_fit(make_posterior(network), network)
    with pytest.raises(ExportError, match=r"use \.png, \.svg or \.pdf"):
        write_paths(diagrams, REGIONS, tmp_path / "paths.jpeg")
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="cannot be written"):
        write_paths(diagrams, REGIONS, tmp_path / "file" / "paths.png")


def test_regions_of_the_systems_have_a_place():
    left = place_of("AI left")
    assert place_of("AI")[0] > 30
    assert left[0] < -30
    assert abs(place_of("ACC")[0]) < 5
    assert place_of("nowhere") is None
    assert place_of("mentalizing") is None
