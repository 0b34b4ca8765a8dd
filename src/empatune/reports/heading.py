"""The head of a session's report: what it is, what to beware of, how it went."""

from __future__ import annotations

import datetime as dt

from empatune.exports import SessionHistory, outcomes
from empatune.exports.history import STATUSES
from empatune.exports.summary import Delay
from empatune.reports.markup import Html, number, tag
from empatune.reports.material import Material


def header(material: Material) -> Html:
    """Return title, banners, the verdict and the numbers that matter most.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The header.
    """
    history = material.history
    labels = [f"{name} {label}" for name, label in history.labels.items() if label]
    return tag(
        "header",
        tag("div", "empatune session report", class_="kind"),
        tag("h1", history.study),
        tag("p", " · ".join([*labels, *_when(history)]), class_="labels"),
        *_banners(history),
        _verdict(material),
        _tiles(material),
    )


def _when(history: SessionHistory) -> list[str]:
    created = history.facts.get("created_wall_s")
    if created is None:
        return []
    moment = dt.datetime.fromtimestamp(float(created), tz=dt.UTC)
    return [f"{moment:%Y-%m-%d %H:%M} UTC"]


def _banners(history: SessionHistory) -> list[Html]:
    found = []
    if history.simulated:
        found.append(
            "Simulated participant: no person was scanned. What is learned here was built into the "
            "simulation; it is a test of the software, not evidence."
        )
    if history.stand_ins:
        found.append(
            "Stand-in signatures: the maps were made by the simulation. They are not the published "
            "signatures of care and distress."
        )
    banners = [tag("div", text, class_="banner") for text in found]
    if not history.finished:
        text = (
            "Unfinished: the record has no end. The session was killed or still runs; all that was "
            "received is below. Go on with: empatune session --resume"
        )
        banners.append(tag("div", text, class_="banner alarm"))
    return banners


def _verdict(material: Material) -> Html:
    history = material.history
    n_unused = len(history.volumes) - history.n("decoded")
    share = outcomes.completeness(history)
    counts = [f"{history.n(s)} {s}" for s in STATUSES if history.n(s) or s == "decoded"]
    words = f"{len(history.volumes)} volumes: {', '.join(counts)}."
    if share is not None:
        words += (
            f" The protocol needs {history.overview['n_expected']}; {100 * share:.0f} % of all that "
            "were expected or came are decoded."
        )
    delay = _page_delay(material)
    if delay is not None:
        words += (
            f" Half of the volumes were {delay.stage} within {number(delay.quantile(0.5), 0)} ms."
        )
    level = "" if n_unused == 0 and history.finished else "warning"
    if share is not None and share < 0.8:
        level = "alarm"
    return tag("div", words, class_=f"verdict {level}".strip())


def _page_delay(material: Material) -> Delay | None:
    if material.history.pace != 1:
        return None  # volumes that wait for one another tell nothing about a scanner
    known = {delay.stage: delay for delay in material.delays if len(delay.values_ms)}
    return known.get("drawn on the participant page") or known.get("handed to the pages")


def _tiles(material: Material) -> Html:
    history = material.history
    share = outcomes.completeness(history)
    moved = [v.aligned.fd_mm for v in history.volumes if v.aligned is not None and v.follows]
    tiles = [
        (number(100 * share, 0) + " %" if share is not None else "–", "complete", False),
        (str(history.n("marked")), "marked", history.n("marked") > 0),
        (
            str(history.n("lost", "missing")),
            "lost or missing",
            history.n("lost", "missing") > 0,
        ),
        (number(sum(moved) / len(moved)) + " mm" if moved else "–", "mean motion (FD)", False),
    ]
    delay = _page_delay(material)
    if delay is not None:
        tiles.append((number(delay.quantile(0.5), 0) + " ms", f"median until {delay.stage}", False))
        tiles.append((number(delay.quantile(0.99), 0) + " ms", "99 % of the volumes within", False))
    return tag(
        "div",
        *(
            tag("div", tag("b", value), tag("span", words), class_="tile bad" if bad else "tile")
            for value, words, bad in tiles
        ),
        class_="tiles",
    )
