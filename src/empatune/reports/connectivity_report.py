"""Pages about fits of networks: one fit, a study of people and networks, or a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from empatune.connectivity.network import Network
from empatune.connectivity.posterior import Posterior
from empatune.connectivity.series import Series
from empatune.decoding.connections.people import People
from empatune.reports import connectivity_pictures, page
from empatune.reports import connectivity_sections as sections
from empatune.reports.connectivity_evidence import SHOWN_IN_FULL, evidence_section, winner
from empatune.reports.connectivity_group import group_section, group_verdict, people_picture
from empatune.reports.connectivity_links import in_hertz
from empatune.reports.connectivity_material import StudyFit, StudyMaterial
from empatune.reports.connectivity_sections import Places
from empatune.reports.layout import Tile, compose, header
from empatune.reports.markup import Html, join, number, paragraph, table, tag

if TYPE_CHECKING:
    from empatune.connectivity.dcm.fit import Fit


def render_fit(
    fit: Fit,
    *,
    series: Series | None = None,
    places: Places | None = None,
    title: str = "Connections of one recording",
    note: str = "",
) -> str:
    """
    Return the page of one fit.

    Parameters
    ----------
    fit : Fit
        The fit.
    series : Series, optional
        The recording, for its inputs.
    places : mapping of str to tuple of float, optional
        Where regions lie in MNI space [mm].
    title : str
        What stands above.
    note : str
        What was done before.

    Returns
    -------
    str
        A whole page, without a single link to a file or a server.
    """
    parts = [
        ("connections", "Connections", _connections(fit, places or {})),
        ("signals", "Signals", sections.signals(fit, "signals", series)),
        ("convergence", "Convergence", _climb(fit)),
        ("methods", "Methods", sections.methods(note, linear=in_hertz(fit.posterior))),
    ]
    shares, doubts = 100 * fit.explained, sections.doubts(fit)
    tiles = [
        (f"{number(float(shares.mean()), 0)} %", "of the variance explained", shares.mean() < 10),
        (number(fit.free_energy, 1), "free energy [nats]", False),
        (str(len(fit.ascents)), "starts", False),
        (str(len(doubts)), "remarks", bool(doubts)),
    ]
    said = "; ".join(doubts) or "The inversion settled."
    verdict = f"{_sentence(fit)} {said[0].upper()}{said[1:].rstrip('.')}."
    labels = [fit.name, f"{fit.network.n_regions} regions", f"{len(fit.signals)} scans"]
    head = _header(title, labels, verdict, tiles, warning=bool(doubts))
    return compose(title, head, parts)


def render_study(material: StudyMaterial) -> str:
    """
    Return the page of a study.

    Parameters
    ----------
    material : StudyMaterial
        What it rests on.

    Returns
    -------
    str
        A whole page, without a single link to a file or a server.
    """
    best = [each for each in material.fits if each.network == material.best]
    parts: list[tuple[str, str, Html]] = []
    if len(material.networks) > 1:
        parts.append(("evidence", "Evidence for networks", evidence_section(material)))
    if material.people is not None:
        shown = group_section(material.people, best[0].fit.network, material.places)
        parts.append(("group", f"The group in the network {material.people.network}", shown))
    parts += [
        ("people", f"People in the network {material.best}", _people(best, material)),
        ("signals", "Signals", _examples(best)),
        ("convergence", "Convergence", _convergence(material)),
        ("left-out", "What failed and what was left out", _left_out(material)),
        (
            "methods",
            "Methods",
            sections.methods(material.note, linear=in_hertz(best[0].fit.posterior)),
        ),
    ]
    remarked = sum(bool(sections.doubts(each.fit)) for each in material.fits)
    explained = [float(each.fit.explained.mean()) for each in best]
    n_people = len({each.participant for each in material.fits})
    tiles = [
        (str(n_people), "people", False),
        (str(len(material.networks)), _plural(len(material.networks), "network"), False),
        (str(len(material.fits)), "fits", False),
        (str(len(material.failures)), "failed", bool(material.failures)),
        (str(remarked), "with remarks", remarked > 0),
        (f"{100 * float(np.median(explained)):.0f} %", "variance explained (median)", False),
    ]
    n_networks = len(material.networks)
    who = "1 person" if n_people == 1 else f"{n_people} people"
    labels = [who, f"{n_networks} {_plural(n_networks, 'network')}"]
    warning = bool(material.failures) or remarked > 0
    head = _header(material.title, labels, _verdict(material), tiles, warning=warning)
    return compose(material.title, head, parts)


def render_group(
    people: People,
    network: Network,
    *,
    places: Places | None = None,
    title: str = "Connections of a group",
) -> str:
    """
    Return the page of a group.

    Parameters
    ----------
    people : People
        The group.
    network : Network
        The network of its people.
    places : mapping of str to tuple of float, optional
        Where regions lie in MNI space [mm].
    title : str
        What stands above.

    Returns
    -------
    str
        A whole page, without a single link to a file or a server.
    """
    parts = [
        ("group", "Effects", group_section(people, network, places or {})),
        ("people", "People", tag("div", people_picture(people), class_="card")),
        ("methods", "Methods", sections.methods(linear=in_hertz(people.own[0]))),
    ]
    effects = people.group.design.effects
    kept = len(people.searched.surviving)
    tiles = [
        (str(len(people.participants)), "people", False),
        (str(len(effects)), "effects", False),
        (f"{kept} of {people.group.posterior.n_parameters}", "parameters needed", False),
        (str(len(people.left_out)), "left out", bool(people.left_out)),
    ]
    labels = [f"network {people.network}", *effects]
    settled = people.group.status == "converged"
    head = _header(title, labels, group_verdict(people), tiles, warning=not settled)
    return compose(title, head, parts)


def write_page(out: Path, content: str) -> Path:
    """
    Write a page; it appears whole or not at all.

    Parameters
    ----------
    out : Path
        The file; it is replaced.
    content : str
        The page.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ExportError
        If it cannot be written.
    """
    return page.write(out, lambda: content)


def _header(
    title: str,
    labels: Sequence[str],
    verdict: str,
    tiles: Sequence[Tile],
    *,
    warning: bool,
) -> Html:
    return header("empatune connectivity report", title, labels, verdict, tiles, warning=warning)


def _plural(n: int, word: str) -> str:
    return word if n == 1 else f"{word}s"


def _connections(fit: Fit, places: Places) -> Html:
    return join(
        sections.connections(fit.posterior, fit.network, "fit", places),
        tag("div", sections.forest(fit.posterior, "forest"), class_="card"),
        sections.numbers(fit.posterior),
    )


def _climb(fit: Fit) -> Html:
    return join(
        tag("div", connectivity_pictures.convergence(fit, "convergence"), class_="card"),
        sections.convergence(fit),
    )


def _people(best: Sequence[StudyFit], material: StudyMaterial) -> Html:
    first = best[0].fit
    if len(best) == 1:
        return _connections(first, material.places)
    if material.people is not None:
        return tag("div", people_picture(material.people), class_="card")
    fields = [
        name
        for name in (first.posterior.names[place] for place in first.posterior.places())
        if name.startswith(("A ", "B[", "D["))
    ]
    posteriors = [each.fit.posterior for each in best]
    drawn = connectivity_pictures.people(posteriors, fields, "people-parameters")
    return join(
        sections.connections(_mean(posteriors), first.network, "average", material.places),
        tag("div", drawn, class_="card"),
    )


def _mean(posteriors: Sequence[Posterior]) -> Posterior:
    """Give the mean over recordings, as certain as they are alike."""
    means = np.stack([each.mean for each in posteriors])
    spread = np.atleast_2d(np.cov(means.T)) / len(means)
    return replace(posteriors[0], mean=means.mean(axis=0), covariance=spread, name="mean")


def _examples(best: Sequence[StudyFit]) -> Html:
    """Show the best, the middle and the worst fit: readers should not see the best alone."""
    ordered = sorted(best, key=lambda each: -float(each.fit.explained.mean()))
    middle = len(ordered) // 2
    chosen = {0: "most explained", middle: "in the middle", len(ordered) - 1: "least explained"}
    if len(ordered) == 1:
        chosen = {0: ""}
    parts = []
    for place, words in chosen.items():
        each = ordered[place]
        parts += [
            tag("h3", f"{each.recording}" + (f": {words}" if words else "")),
            sections.signals(each.fit, f"signals-{place}", each.series),
        ]
    return join(*parts)


def _convergence(material: StudyMaterial) -> Html:
    headers = ("recording", "network")
    rows = [((each.recording, each.network), each.fit) for each in material.fits]
    if len(rows) <= SHOWN_IN_FULL:
        return sections.convergences(rows, headers)
    remarked = [row for row in rows if sections.doubts(row[1])]
    quiet = [row for row in rows if not sections.doubts(row[1])]
    first = sections.convergences(remarked, headers) if remarked else paragraph("No remarks.")
    rest = sections.convergences(quiet, headers)
    return join(first, tag("details", tag("summary", f"{len(quiet)} fits without remarks"), rest))


def _left_out(material: StudyMaterial) -> Html:
    rows: list[tuple[str, str]] = list(material.failures)
    for found in (material.comparison, material.people):
        gone: Mapping[str, str] = found.left_out if found is not None else {}
        rows += [(f"sub-{who}", why) for who, why in gone.items()]
    unique = list(dict.fromkeys(rows))
    return table(("what", "why"), unique) if unique else paragraph("Nothing.")


def _sentence(fit: Fit) -> str:
    """Say which connections are told from 0."""
    posterior = fit.posterior
    edges = [
        posterior.names[place]
        for place in posterior.places()
        if posterior.names[place].startswith(("A ", "B["))
        and len(set(posterior.names[place].split(" ", 1)[1].split("<-"))) == 2
    ]
    places = [posterior.names.index(name) for name in edges]
    sure = int(np.sum(np.abs(posterior.mean[places]) > 1.96 * posterior.sd[places]))
    return f"{sure} of {len(edges)} connections and modulations are told from 0."


def _verdict(material: StudyMaterial) -> str:
    said = []
    if material.comparison is not None:
        said.append(winner(material.comparison))
    if material.people is not None:
        said.append(group_verdict(material.people))
    doubted = [
        each.recording
        for each in material.fits
        if each.network == material.best and sections.doubts(each.fit)
    ]
    if doubted and material.people is not None:
        said.append(f"The group holds doubtful fits: {', '.join(doubted[:4])}.")
    n_bad = sum(each.fit.ascent.stop != "converged" for each in material.fits)
    said.append(
        f"{len(material.fits) - n_bad} of {len(material.fits)} fits settled"
        + (f"; {len(material.failures)} failed." if material.failures else ".")
    )
    return " ".join(said)
