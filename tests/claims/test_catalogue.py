"""Every claim stands on a paradigm, a contrast, a measure and parameters that exist."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from empatune.claims import Claim, Switch
from empatune.claims.catalogue import BY_NAME, CLAIMS, find
from empatune.claims.cited import STUDIES, about
from empatune.claims.measuring import MODULES
from empatune.claims.study import Drawn, contrast_of, load
from empatune.claims.words import measured, switched
from empatune.core import FEATURE_NAMES, check_feature
from empatune.errors import ClaimError, UsageError
from empatune.forms import ContradictionError
from empatune.motives import LOADINGS
from empatune.motives.parameters import check
from empatune.paradigms import find_contrast
from empatune.reports.claims_strip import COLOUR_OF, colour_of

DOI = re.compile(r"10\.\d{4,9}/\S+")


def switches(claim: Claim) -> list[Switch]:
    return [claim.cut, *(counter.switch for counter in claim.counters)]


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(CLAIMS) == 54
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in BY_NAME)
    assert len({(c.paradigm, c.contrast, c.measure) for c in CLAIMS}) == len(CLAIMS)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_claim_can_be_tested(claim: Claim) -> None:
    design = load(claim.paradigm)
    contrast = contrast_of(claim, design)
    assert claim.text.endswith(".")
    assert claim.sign in (-1, 0, 1)
    assert not claim.doi or DOI.fullmatch(claim.doi)
    if claim.kind == "region":
        assert design.scanned
        assert claim.measure in LOADINGS
        assert claim.measure in contrast.regions or "tested in the paradigm" in claim.source
    elif claim.kind == "structure":
        assert claim.measure in MODULES
    else:
        assert claim.measure in contrast.responses
    assert measured(claim)
    assert colour_of(claim) in {*COLOUR_OF.values(), "feedback", "other"}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_switches_name_what_exists(claim: Claim) -> None:
    design = load(claim.paradigm)
    for switch in switches(claim):
        assert switch.parameters or switch.groups or switch.features
        check(switch.parameters, where="claim")
        for group, own in switch.groups.items():
            assert group in design.groups
            check(own, where="claim")
        for name, value in switch.features.items():
            assert name in FEATURE_NAMES
            check_feature(name, value, where="claim")
        assert "by default" in switched(switch) or switch.features


def test_every_claim_is_of_a_cited_study() -> None:
    listed = [name for cited in STUDIES for name in cited.claims]
    assert set(listed) == set(BY_NAME)
    assert all(
        cited.claims or cited.note.startswith(("No claim", "The model")) for cited in STUDIES
    )
    fareri = next(cited for cited in STUDIES if cited.study == "Fareri 2012")
    assert [claim.paradigm for claim in about(fareri)] == ["fareri-2012"] * 3


def test_unknown_claim_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match="Did you mean 'revenge'"):
        find("revange")


def test_contrast_that_a_paradigm_lacks() -> None:
    mine = Claim(
        name="mine",
        text="Mine.",
        section="approach",
        source="me",
        paradigm="fareri-2012",
        contrast="rivals",
        measure="excitement",
    )
    with pytest.raises(ClaimError, match="fareri-2012 has no contrast 'rivals'"):
        contrast_of(mine, load("fareri-2012"))


def test_a_slope_may_follow_what_people_report() -> None:
    design = load("fareri-2012")
    reported = find_contrast(design, "closeness")
    assert reported.by == "felt_close"
    drawn = replace(reported, by="closeness")
    alike = replace(design, contrasts={**design.contrasts, "closeness": drawn})
    claim = find("closeness-excitement")
    sizes = [Drawn(one, n=200, seed=1).test(claim).size for one in (design, alike)]
    assert sizes[0] > sizes[1] > 0.2
    asked = [
        replace(one, conditions=("friend_loss",)) if one.response == "felt_close" else one
        for one in design.timing.phases
    ]
    elsewhere = replace(design.timing, phases=tuple(asked))
    with pytest.raises(ContradictionError, match="compares the response 'felt_close'"):
        replace(design, timing=elsewhere)
