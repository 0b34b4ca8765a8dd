"""A strip of estimates: every simulated study of a claim as a dot, on one scale for all claims."""

from __future__ import annotations

import math
from collections.abc import Sequence

from empatune.claims import Check, Claim, Study
from empatune.claims.study import load
from empatune.reports.markup import Html, number, tag
from empatune.systems import SYSTEMS

LEFT, WIDTH, LANE, MARGIN = 74.0, 292.0, 19.0, 6.0
"""Where the scale begins, how wide it is, how high a lane and the margins are [px]."""

BEND = 0.3
"""Around here the scale turns from linear to logarithmic [standard deviations, or r]."""

ENDS = 5.0
"""Ends of the scale; what lies beyond is drawn there."""

TICKS = (-4, -2, -1, -0.3, 0, 0.3, 1, 2, 4)

SYSTEM_OF = {region.name: system.name for system in SYSTEMS for region in system.regions}
"""System of each region of Figure 1."""

COLOUR_OF = {
    "experience-sharing": "sharing",
    "mentalizing": "mentalizing",
    "empathic-concern": "concern",
    "empathy": "sharing",
    "conditioned": "sharing",
    "distress": "distress",
    "care": "concern",
    "positive": "concern",
    "donation": "concern",
    "accurate": "mentalizing",
}
"""Variable of the style sheet by system, or by what a response is about."""


def colour_of(claim: Claim) -> str:
    """Tell in which colour a claim is drawn.

    Parameters
    ----------
    claim : Claim
        The claim.

    Returns
    -------
    str
        A variable of the style sheet: that of the region's system or of the component that is
        rated; teal for behaviour of no one component.
    """
    if claim.kind == "region":
        return COLOUR_OF[SYSTEM_OF[claim.measure]]
    if claim.kind == "structure":
        return "other"
    return COLOUR_OF.get(load(claim.paradigm).responses[claim.measure].of, "feedback")


def strip(check: Check) -> Html:
    """Draw all studies of a claim.

    Parameters
    ----------
    check : Check
        What was found.

    Returns
    -------
    Html
        An SVG element: a lane for studies with the path, one without it, and one for each piece
        of counter-evidence.
    """
    lanes = [("as it is", colour_of(check.claim), check.studies), ("path cut", "muted", check.cut)]
    lanes += [("against it", "bad", studies) for studies in check.counters]
    height = 2 * MARGIN + LANE * len(lanes)
    parts = [_line(x=0, height=height, zero=True)]
    parts += [_line(x=tick, height=height) for tick in TICKS if tick]
    for place, (label, ink, studies) in enumerate(lanes):
        y = MARGIN + LANE * (place + 0.5)
        parts.append(tag("text", label, x="0", y=f"{y + 4:.1f}", class_="lane"))
        parts += [_dot(study, y, ink, place=i) for i, study in enumerate(studies)]
        parts.append(_median(studies, y, ink))
    return tag(
        "svg",
        *parts,
        class_="estimates",
        role="img",
        aria_label=_described(check),
        viewBox=f"0 0 {LEFT + WIDTH:g} {height:g}",
    )


def scale() -> Html:
    """Draw the scale of all strips.

    Returns
    -------
    Html
        An SVG element as wide as a strip.
    """
    parts = [
        tag("text", number(float(t), 1 if t % 1 else 0), x=f"{_x(t):.1f}", y="12", class_="tick")
        for t in TICKS
    ]
    return tag(
        "svg", *parts, class_="estimates", aria_hidden="true", viewBox=f"0 0 {LEFT + WIDTH:g} 16"
    )


def _x(size: float) -> float:
    bent = math.asinh(max(-ENDS, min(ENDS, size)) / BEND) / math.asinh(ENDS / BEND)
    return LEFT + WIDTH * (1 + 0.97 * bent) / 2


def _line(*, x: float, height: float, zero: bool = False) -> Html:
    place = f"{_x(x):.1f}"
    return tag(
        "line", x1=place, x2=place, y1="0", y2=f"{height:g}", class_="zero" if zero else "grid"
    )


def _dot(study: Study, y: float, ink: str, *, place: int) -> Html:
    jitter = ((place * 0.618) % 1 - 0.5) * 0.55 * LANE
    return tag(
        "circle",
        cx=f"{_x(study.estimate.size):.1f}",
        cy=f"{y + jitter:.1f}",
        r="1.9",
        style=f"fill:var(--{ink})",
    )


def _median(studies: Sequence[Study], y: float, ink: str) -> Html:
    sizes = sorted(study.estimate.size for study in studies)
    x = f"{_x(sizes[(len(sizes) - 1) // 2]):.1f}"
    return tag(
        "line",
        x1=x,
        x2=x,
        y1=f"{y - 0.44 * LANE:.1f}",
        y2=f"{y + 0.44 * LANE:.1f}",
        class_="median",
        style=f"stroke:var(--{ink})",
    )


def _described(check: Check) -> str:
    words = [
        f"Found in {check.found:.0%} of {len(check.studies)} simulated studies",
        f"something is found in {check.found_when_cut:.0%} with the path cut",
    ]
    return "; ".join(words)
