"""A group's connections on a page: effects as path diagrams, in numbers, and its people."""

from __future__ import annotations

import numpy as np

from empatune.connectivity.network import Network
from empatune.decoding.connections.people import People
from empatune.exports.statistics import Estimate
from empatune.reports import connectivity_brain, connectivity_pictures
from empatune.reports.connectivity_links import CERTAIN, diagrams_of_effect
from empatune.reports.connectivity_paths import paths
from empatune.reports.connectivity_sections import READING, Places
from empatune.reports.figure import COLOURS
from empatune.reports.markup import Html, join, paragraph, table, tag
from empatune.typing import FloatArray

_REACH = 1.959963984540054


def group_section(people: People, network: Network, places: Places) -> Html:
    """
    Show what a group's connections are, and what differences between people go with.

    Parameters
    ----------
    people : People
        The group.
    network : Network
        The network of its people.
    places : mapping of str to tuple of float
        Where regions lie in MNI space [mm].

    Returns
    -------
    Html
        The section's content.
    """
    average = people.searched.average
    chances = dict(zip(average.names, map(float, people.searched.probability), strict=True))
    parts: list[object] = [
        paragraph(READING),
        paragraph(
            "Arrows are averages over models without some of the parameters, as opaque as the "
            "parameter is probably needed; what the search removed is a grey line. A covariate's "
            "arrows say by how much a connection changes with one unit of it; in regions stands "
            "by how much the log of self-inhibition changes."
        ),
    ]
    for place, effect in enumerate(people.group.design.effects):
        diagrams = diagrams_of_effect(average, network, effect, probability=chances)
        if not diagrams:
            continue
        drawn = paths(diagrams, network.regions, f"effect-{place}")
        parts += [tag("h3", effect), tag("div", drawn, class_="card scroll")]
        if place == 0 and all(region in places for region in network.regions):
            brain = connectivity_brain.on_brain(diagrams[:2], places)
            parts.append(tag("div", brain, class_="card"))
    parts += [
        tag("div", _forest(people), class_="card"),
        tag("details", tag("summary", "In numbers"), _numbers(people)),
    ]
    return join(*parts)


def group_verdict(people: People) -> str:
    """
    Say what was found in a group.

    Parameters
    ----------
    people : People
        The group.

    Returns
    -------
    str
        A sentence or two.
    """
    searched, effects = people.searched, people.group.design.effects
    sure = [
        name
        for name, chance in zip(searched.average.names, searched.probability, strict=True)
        if chance >= CERTAIN and name.split(": ", 1)[1].startswith("B")
    ]
    changed = [name.split(": ", 1)[1] for name in sure if name.startswith(f"{effects[0]}: ")]
    said = f"Over {len(people.participants)} people "
    if any(name.startswith("B") for name in people.group.parameters):
        said += (
            f"inputs change {_listed(changed)}."
            if changed
            else "no input surely changes a connection."
        )
    else:
        said += f"{_n_kept(people)} connections are needed."
    for effect in effects[1:]:
        mine = [
            name.split(": ", 1)[1] if name.count(": ") == 1 else name[len(effect) + 2 :]
            for name, chance in zip(searched.average.names, searched.probability, strict=True)
            if name.startswith(f"{effect}: ") and chance >= CERTAIN
        ]
        said += (
            f" With {effect} goes {_listed(mine)}."
            if mine
            else f" Nothing surely goes with {effect}."
        )
    if people.group.status != "converged":
        said += f" The group level did not settle ({people.group.status})."
    return said


def _n_kept(people: People) -> str:
    """Count connections between regions that the group's mean needs."""
    edges = [
        chance
        for effect, parameter, (*_, chance) in _effects(people)
        if effect == people.group.design.effects[0]
        and len(set(parameter.split(" ", 1)[1].split("<-"))) == 2
    ]
    return f"{sum(chance >= CERTAIN for chance in edges)} of {len(edges)}"


def _listed(names: list[str], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _effects(people: People) -> list[tuple[str, str, FloatArray]]:
    """Give effect, parameter, and mean, SD, average, its SD, probability."""
    full, searched = people.group.posterior, people.searched
    columns = np.stack(
        [full.mean, full.sd, searched.average.mean, searched.average.sd, searched.probability]
    )
    pairs = [(e, p) for e in people.group.design.effects for p in people.group.parameters]
    return [(*pair, columns[:, place]) for place, pair in enumerate(pairs)]


def _forest(people: People) -> Html:
    rows: dict[str, list[tuple[str, float, float, str]]] = {}
    for effect, parameter, (mean, sd, _, _, chance) in _effects(people):
        shade = COLOURS["concern"] if parameter.startswith("B") else COLOURS["other"]
        mark = " *" if chance >= CERTAIN else ""
        rows.setdefault(f"{effect}; *: needed with P ≥ .95", []).append(
            (parameter + mark, float(mean), float(sd), shade)
        )
    return connectivity_pictures.parameters(rows, "effects")


def _numbers(people: People) -> Html:
    rows = [
        (effect, parameter, _estimate(mean, sd), _estimate(average, average_sd), float(chance))
        for effect, parameter, (mean, sd, average, average_sd, chance) in _effects(people)
    ]
    headers = ("effect", "parameter", "full model", "average over models", "P needed")
    return table(
        headers, rows, caption="Mean with 95 % interval [Hz; of a region with itself: log]"
    )


def _estimate(mean: float, sd: float) -> Estimate:
    return Estimate(
        value=float(mean), low=float(mean - _REACH * sd), high=float(mean + _REACH * sd), n=0
    )


def people_picture(people: People) -> Html:
    """
    Draw every person's own parameters, and those in the light of the group.

    Parameters
    ----------
    people : People
        The group.

    Returns
    -------
    Html
        The picture.
    """
    return connectivity_pictures.shrunk(
        people.own, people.group.participants, people.group.parameters
    )
