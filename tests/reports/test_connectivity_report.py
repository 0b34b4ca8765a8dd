"""Pages about fits of networks: one fit, a study, a group."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from tests.reports.made_fits import (
    REGIONS,
    VALUES,
    make_fit,
    make_network,
    make_posterior,
    make_series,
)
from tests.reports.test_session_report import Page

from empatune.connectivity.comparison.search import search
from empatune.connectivity.group.design import design_group
from empatune.connectivity.group.empirical_bayes import fit_group
from empatune.decoding.connections.comparison import Comparison
from empatune.decoding.connections.job import Told
from empatune.decoding.connections.outputs import Entry, write_tables
from empatune.decoding.connections.people import People
from empatune.decoding.connections.storage import pack_fit, pack_series
from empatune.decoding.connections.study import NETWORKS
from empatune.errors import DecodingError
from empatune.files import write_whole
from empatune.numerics.model_selection import select_fixed, select_random
from empatune.reports.connectivity_material import StudyFit, StudyMaterial
from empatune.reports.connectivity_report import (
    render_fit,
    render_group,
    render_study,
)
from empatune.reports.connectivity_sections import doubts
from empatune.reports.connectivity_study import write_connectivity_report

PLACES = {"ACC": (0.0, 23.0, 38.0), "AI": (39.0, 23.0, -4.0), "VS": (10.0, 10.0, -8.0)}
PEOPLE = [f"{number:02}" for number in range(1, 7)]


def needs_nothing(content: str) -> Page:
    page = Page(content)
    assert not {"script", "link"} & page.tags
    assert all(link.startswith(("#", "data:image/")) for link in page.links)
    assert not re.search(r"url\((?!#)|@import", content)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert all(page.images)
    assert ">nan<" not in content
    return page


def test_the_page_of_a_fit_tells_connections_signals_and_convergence():
    fit = make_fit(name="sub-01 <x>", ends=(0.0, 40.0, 0.2))
    content = render_fit(fit, series=make_series(), places=PLACES, title="A & B")
    page = needs_nothing(content)
    assert tuple(name for name in page.text if name) == (
        "connections", "signals", "convergence", "methods",
    )  # fmt: skip
    assert "sub-01 <x>" in page.text[""]
    assert "0.40" in page.text["connections"]
    assert "AI<-ACC" in page.text["connections"]
    assert "−50.00" in page.text["convergence"]  # the second start, 40 nats below the best
    assert "40.00" in page.text["convergence"]
    assert "variational Laplace" in page.text["methods"]
    assert any("Measured and predicted" in words for words in page.images)
    assert 'alt="Connections on a glass brain' in content


def test_a_fit_without_inputs_places_or_modulations_has_a_page_too():
    fit = make_fit(make_network(modulated=False))
    content = render_fit(fit)
    assert render_fit(fit) == content
    needs_nothing(content)
    assert "glass brain" not in content


def test_doubtful_fits_are_named_in_plain_words():
    assert doubts(make_fit()) == ()
    assert doubts(make_fit(ends=(0.0, 30.0))) == ("no two starts reached the same end: try more",)
    worse = make_fit()
    predicted = worse.predicted.copy()
    predicted[:, 1] = -worse.signals[:, 1]
    (said,) = doubts(replace(worse, predicted=predicted))
    assert said == "predicts AI worse than a flat line: try more starts"
    flat = make_fit(share=0.02)
    assert any("explains at most 2%" in remark for remark in doubts(flat))
    assert "verdict warning" in render_fit(flat)


def compared(table, networks):
    return Comparison(
        participants=tuple(PEOPLE), left_out={"09": "no fit"}, log_evidence=table,
        fixed=select_fixed(table, models=networks), random=select_random(table, models=networks),
        families=None, members={},
    )  # fmt: skip


def make_people(network, covariate=False):
    own = tuple(
        make_posterior(network, VALUES | {"A AI<-ACC": 0.4 + 0.02 * place}, seed=place, name=who)
        for place, who in enumerate(PEOPLE)
    )
    ages = {"age": np.arange(6.0)} if covariate else None
    group = fit_group(own, design_group(6, ages))
    return People(
        network="both", participants=tuple(PEOPLE), left_out={"07": "has no age"}, own=own,
        group=group, searched=search(group.posterior),
    )  # fmt: skip


@pytest.fixture(scope="module")
def study():
    """Give two networks in six people; one person's fit of the second one is far off."""
    both, none = make_network(), make_network(modulated=False)
    table = np.array([[0.0, -6.0]] * 5 + [[-900.0, 0.0]])
    fits = tuple(
        StudyFit(
            participant=who,
            run="all",
            network=name,
            fit=make_fit(network, free_energy=table[row, column], seed=row, name=f"sub-{who}"),
            series=make_series(),
        )
        for row, who in enumerate(PEOPLE)
        for column, (name, network) in enumerate([("both", both), ("none", none)])
    )
    return StudyMaterial(
        title="Six <people>",
        fits=fits,
        failures=(("sub-08 all both", "its <signals> hold NaN"),),
        comparison=compared(table, ("both", "none")),
        people=make_people(both),
        note="By hand.",
    )


@pytest.fixture(scope="module")
def study_page(study):
    return needs_nothing(render_study(study))


def test_the_page_of_a_study_compares_networks_and_names_what_failed(study_page):
    page = study_page
    assert tuple(name for name in page.text if name) == (
        "evidence", "group", "people", "signals", "convergence", "left-out", "methods",
    )  # fmt: skip
    assert "its <signals> hold NaN" in page.text["left-out"]
    assert "has no age" in page.text["left-out"]
    assert "By hand." in page.text["methods"]
    assert page.text["convergence"].count("settled") == 12


def test_sums_of_evidence_that_one_recording_decides_are_told(study, study_page):
    said = study_page.text[""]
    assert study.best == "both"
    assert "If people differ, both is the model of" in said
    assert "Sums of evidence disagree: none is 870.0 nats ahead" in said
    assert "Look at sub-06, in whom none is 900.0 nats ahead" in said
    few = study.fits[:2]
    agreed = replace(
        study,
        fits=few,
        people=None,
        comparison=compared(np.array([[0.0, -6.0]] * 6), ("both", "none")),
    )
    said = Page(render_study(agreed)).text[""]
    assert "both has the most evidence, 36.0 nats ahead of the next" in said


def test_a_study_without_group_or_comparison_shows_the_mean_of_people(study):
    alone = replace(study, comparison=None, people=None, failures=())
    page = needs_nothing(render_study(alone))
    assert any(words.startswith("Path diagrams.") for words in page.images)
    assert "Nothing." in page.text["left-out"]


def test_the_page_of_a_group_tells_effects_and_people():
    people = make_people(make_network(), covariate=True)
    page = needs_nothing(render_group(people, make_network(), places=PLACES))
    assert "Over 6 people inputs change B[motive] VS<-AI" in page.text[""]
    assert "age" in page.text["group"]
    assert f"{people.searched.average.mean[0]:.2f}"[-4:] in page.text["group"]
    drawn = "".join(page.images)
    assert "what motive adds" in drawn
    assert "before and after" in drawn


def write_study(folder, networks, people, *, failed=()):
    """Leave fits as a study leaves them."""
    regions = "".join(f'[regions.{name}]\nmask = "m.nii"\n' for name in REGIONS)
    inputs = "".join(f'[inputs.{name}]\nevents = ["{name}"]\n' for name in ("helping", "motive"))
    edges = 'edges = ["ACC<->AI", "AI->VS"]\ndriven = { helping = ["ACC"] }\n'
    changes = {"both": 'modulated = { motive = ["ACC->AI", "AI->VS"] }\n', "none": ""}
    made = "".join(f"[networks.{name}]\n{edges}{changes[name]}" for name in networks)
    text = f'[space]\nname = "made"\ntitle = "Made by hand"\n{regions}{inputs}{made}'
    write_whole(folder / NETWORKS, text)
    entries, fits = [], []
    for row, who in enumerate(people):
        write_whole(folder / f"sub-{who}_series.npz", pack_series(make_series(), {}))
        for column, name in enumerate(networks):
            path = folder / f"sub-{who}_net-{name}_fit.npz"
            fit = make_fit(
                make_network(modulated=name == "both"), free_energy=-5.0 * column, seed=row
            )
            bad = (who, name) in failed
            told = Told(status="failed", why="no signal") if bad else Told(status="done")
            if not bad:
                write_whole(path, pack_fit(fit, {}))
            entries.append(Entry(participant=who, run="all", network=name, told=told, path=path))
            fits.append(None if bad else fit)
    write_tables(folder, entries, fits)


def test_a_folder_of_fits_becomes_a_page(tmp_path):
    write_study(tmp_path, ("both", "none"), ("01", "02", "03"), failed=[("03", "none")])
    written = write_connectivity_report(tmp_path)
    assert written == tmp_path / "report.html"
    page = needs_nothing(written.read_text("utf-8"))
    assert "Made by hand" in page.text[""]
    assert "2 people" in page.text["evidence"]  # the third has no fit of both networks
    assert "sub-03 all noneno signal" in page.text["left-out"]
    assert "group" in page.text


def test_one_fit_alone_gets_its_own_page(tmp_path):
    write_study(tmp_path, ("both",), ("01",))
    page = Page(write_connectivity_report(tmp_path, tmp_path / "x" / "p.html").read_text("utf-8"))
    assert "Made by hand: sub-01, both" in page.text[""]
    assert "convergence" in page.text


def test_a_folder_without_fits_is_refused(tmp_path):
    with pytest.raises(DecodingError, match="nothing was fitted"):
        write_connectivity_report(tmp_path)
    write_study(tmp_path, ("both",), ("01",), failed=[("01", "both")])
    with pytest.raises(DecodingError, match="no signal"):
        write_connectivity_report(tmp_path)
    assert not (tmp_path / "report.html").exists()
