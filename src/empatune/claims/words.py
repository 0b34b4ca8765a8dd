"""A claim and what was found of it, in words that pages and terminals share."""

from __future__ import annotations

from empatune.claims.checking import HOLDS, VANISHES, Check
from empatune.claims.power import Share
from empatune.claims.records import Claim, Switch
from empatune.claims.study import load
from empatune.motives.parameters import BY_NAME

KIND_OF_EVIDENCE = "recovery test (simulation)"
"""What a check is."""

MEANING = (
    f"A claim holds if at least {HOLDS:.0%} of the simulated studies find it (p < .05, two-sided, "
    f"with its sign) and at most {VANISHES:.0%} find anything once the path by which the model "
    "explains it is cut."
)
"""What the verdict means."""

PREDICTED = {-1: "below 0", 0: "no effect", 1: "above 0"}
"""A predicted sign in words."""

TESTS = {"mean": "mean", "groups": "difference of groups", "slope": "r"}
"""What an estimate is."""


def measured(claim: Claim) -> str:
    """Tell what a claim measures.

    Parameters
    ----------
    claim : Claim
        The claim.

    Returns
    -------
    str
        In a few words.
    """
    if claim.kind == "structure":
        return f"thickness of {claim.measure} cortex"
    if claim.kind == "region":
        follows = " as it follows surprise from trial to trial" if claim.by_surprise else ""
        return f"activity of {claim.measure}{follows}"
    response = load(claim.paradigm).responses[claim.measure]
    return f"{response.kind} '{claim.measure}' ({response.of})"


def switched(switch: Switch) -> str:
    """Tell what a switch changes.

    Parameters
    ----------
    switch : Switch
        The switch.

    Returns
    -------
    str
        Parameters with their new values and defaults; "nothing" if it changes nothing.
    """
    parts = [_set(name, value) for name, value in switch.parameters.items()]
    for group, own in switch.groups.items():
        parts += [f"in {group} {_set(name, value)}" for name, value in own.items()]
    parts += [f"in every trial {name} = {value:g}" for name, value in switch.features.items()]
    return ", ".join(parts) or "nothing"


def verdict(check: Check) -> str:
    """Tell what a check came to.

    Parameters
    ----------
    check : Check
        The check.

    Returns
    -------
    str
        In a few words.
    """
    if check.holds:
        return "holds"
    found = Share.of(check.found, len(check.studies))
    cut = Share.of(check.found_when_cut, len(check.cut))
    if found.high < HOLDS:
        return "not found often enough"
    if cut.low > VANISHES:
        return "found without its path"
    return "open: too few studies"


def _set(name: str, value: float) -> str:
    return f"{name} = {value:g} (by default {BY_NAME[name].default:g})"
