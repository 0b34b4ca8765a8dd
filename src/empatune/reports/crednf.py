"""The CRED-nf checklist, answered as far as the record of one session can.

The items are those of Ros et al. 2020, Brain 143:1674-1685, doi 10.1093/brain/awaa009, in our
words. A session's record cannot answer what concerns a whole study; such items say what a person
has to add.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from empatune.exports import SessionHistory
from empatune.exports.summary import Effect
from empatune.reports.markup import interval, number

Answered = Literal["record", "partly", "person"]
"""Who answers an item: the record, the record in part, or a person."""

PERSON = "A person must fill this in."

REFERENCE = "Ros et al. 2020, Brain 143:1674–1685, doi 10.1093/brain/awaa009"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of the checklist.

    Parameters
    ----------
    number : str
        As the paper counts, such as ``3c``.
    domain : str
        The domain that it belongs to.
    text : str
        What it asks for, in our words.
    """

    number: str
    domain: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the record says to an item.

    Parameters
    ----------
    item : Item
        The item.
    answered : {"record", "partly", "person"}
        Who answers it.
    text : str
        The answer, or what is left to a person.
    """

    item: Item
    answered: Answered
    text: str


_DOMAINS = {
    "1": "Before the experiment",
    "2": "Control groups",
    "3": "Control measures",
    "4": "Feedback specifications",
    "5": "Outcome measures: brain",
    "6": "Outcome measures: behaviour",
    "7": "Data storage",
}

ITEMS = tuple(
    Item(number=number, domain=_DOMAINS[number[0]], text=text)
    for number, text in (
        ("1a", "Protocol and planned analyses registered beforehand"),
        ("1b", "Number of participants justified"),
        ("2a", "Control group or control condition used"),
        ("2b", "Double blinding, where the design allows it"),
        ("2c.1", "Raters of outcomes blind to the group"),
        ("2c.2", "Analysts of the data blind to the group"),
        ("2d", "How well the blinding held was examined"),
        ("2e", "Standard of care as the benchmark, in trials of clinical efficacy"),
        ("3a", "Psychosocial factors measured"),
        ("3b", "Whether participants were given a strategy"),
        ("3c", "Which strategies participants used"),
        ("3d", "Online processing and correction of artefacts described"),
        ("3e", "Artefacts compared between conditions and groups"),
        ("4a", "How the feature for feedback was extracted"),
        ("4b", "Reinforcement schedule given and justified"),
        ("4c", "Modality and content of the feedback"),
        ("4d", "All brain variables that were fed back, as shown"),
        ("4e", "Hardware and software"),
        ("5a", "Success of regulation, by the feedback signal"),
        ("5b", "Feedback variable plotted within and between sessions, with resting baselines"),
        ("5c", "Experimental group compared with control group by statistics"),
        ("6a", "Behavioural or clinical significance, defined beforehand"),
        ("6b", "Regulation success correlated with behaviour"),
        ("7a", "Materials, code and data openly shared, where possible"),
    )
)
"""Every item, in the order of the paper; 2c asks for two things and counts as two here."""


def answers(history: SessionHistory, effects: tuple[Effect, ...]) -> tuple[Answer, ...]:
    """Answer every item as far as the record goes.

    Parameters
    ----------
    history : SessionHistory
        The session.
    effects : tuple of Effect
        Every condition against the baseline.

    Returns
    -------
    tuple of Answer
        In the order of the paper.
    """
    known: dict[str, Callable[[], tuple[Answered, str]]] = {
        "2a": lambda: _control(history),
        "2b": lambda: _blinding(history),
        "3b": lambda: _strategy(history),
        "3d": lambda: _processing(history),
        "3e": lambda: _artefacts(effects),
        "4a": lambda: _feature(history),
        "4b": lambda: _schedule(history),
        "4c": lambda: _content(history),
        "4d": lambda: _variables(history),
        "4e": lambda: _software(history),
        "5a": lambda: _success(effects),
        "5b": _plots,
        "7a": _sharing,
    }
    found = []
    for item in ITEMS:
        answered, text = (
            known[item.number]() if item.number in known else ("person", _LEFT[item.number])
        )
        found.append(Answer(item=item, answered=answered, text=text))
    return tuple(found)


_LEFT = {
    "1a": "Give the registration and its date.",
    "1b": "Give the sampling plan; one session cannot justify it.",
    "2c.1": "Say who rated outcomes and what they knew.",
    "2c.2": "Say who analysed and what they knew. This report and the export tell the arm once the "
    "session has ended: keep them from blind analysts.",
    "2d": "Ask participants and operators for their guess of the arm, and report it.",
    "2e": "Only for trials of clinical efficacy.",
    "3a": "Motivation, expectation, effort, fatigue and the like are not in the record.",
    "3c": "Ask the participant after the session; the record does not know.",
    "5c": "Needs the sessions of both groups.",
    "6a": "Behavioural and clinical measures are not in the record.",
    "6b": "Needs behaviour and several participants.",
}


def _control(history: SessionHistory) -> tuple[Answered, str]:
    conditions = dict.fromkeys(block.condition for block in history.blocks)
    words = f"Conditions within the session: {', '.join(conditions) or 'unknown'}."
    if history.facts.get("allocation"):
        return "partly", f"{words} The study has a sham arm (yoked feedback of another person)."
    return (
        "partly",
        f"{words} The study file names no sham arm. Describe the control group, if any.",
    )


def _blinding(history: SessionHistory) -> tuple[Answered, str]:
    if not history.facts.get("allocation"):
        return "person", "No sealed allocation was used."
    return (
        "partly",
        (
            "The allocation was sealed from operator and participant until the session ended; both pages "
            "show the same in both arms. Say who else knew."
        ),
    )


def _strategy(history: SessionHistory) -> tuple[Answered, str]:
    words = [v.during.instruction for v in history.volumes if v.during is not None and v.block >= 0]
    shown = "; ".join(f"“{word}”" for word in dict.fromkeys(words) if word)
    return (
        "partly",
        f"Words on the page: {shown or 'none'}. Add what was said outside of the scanner.",
    )


def _processing(history: SessionHistory) -> tuple[Answered, str]:
    fwhm = history.setting("preparation", "smoothing_fwhm_mm", None)
    cutoff = history.setting("nuisance", "drift_cutoff_s", None)
    motion = history.setting("nuisance", "motion", None)
    limits = [
        f"framewise displacement over {history.setting('nuisance', 'fd_mm', None)} mm",
        f"displacement over {history.setting('nuisance', 'displacement_mm', None)} mm",
        f"a robust z of DVARS over {history.setting('nuisance', 'dvars_z', None)}",
    ]
    if None in (fwhm, cutoff, motion):
        return "partly", "The record does not hold all settings of the study."
    return (
        "record",
        (
            f"Rigid realignment of every volume; weights smoothed by {fwhm} mm in place of the images; "
            f"recursive least squares on the responses with drift up to {cutoff} s and {motion} motion "
            f"regressors. Volumes with {', '.join(limits)} were marked and moved nothing. No correction "
            "for breathing, heart beat or slice timing."
        ),
    )


def _artefacts(effects: tuple[Effect, ...]) -> tuple[Answered, str]:
    found = [
        f"{effect.condition}: {effect.measure.name} {interval(effect.difference, 3)} "
        f"{effect.measure.unit}"
        for effect in effects
        if effect.measure.kind == "quality"
    ]
    if not found:
        return "person", "Too few blocks to compare."
    return "partly", f"Condition minus baseline: {'; '.join(found)}. Groups: needs all sessions."


def _feature(history: SessionHistory) -> tuple[Answered, str]:
    weights = history.setting("score", "weights", {})
    words = " ".join(f"{number(float(w), 2)} × {name}" for name, w in weights.items())
    if not words:
        return "partly", "The record does not hold the weights of the score."
    kind = "stand-in signatures made by the simulation" if history.stand_ins else "signatures"
    return (
        "record",
        (
            f"Dot product of whole-brain {kind} with every realigned volume, standardised by the person's "
            f"own baseline volumes, weighted: {words}; smoothing "
            f"{history.setting('score', 'smoothing', 'unknown')} over "
            f"{history.setting('score', 'window', 'unknown')} volumes."
        ),
    )


def _schedule(history: SessionHistory) -> tuple[Answered, str]:
    blocks = "; ".join(
        f"{n} × {condition}" + (" with feedback" if feedback else "")
        for (condition, feedback), n in _counts(history).items()
    )
    mode = history.setting("protocol", "feedback", "unknown")
    gain = history.setting("scaling", "gain", None)
    return (
        "partly",
        (
            f"{mode.capitalize()} feedback; blocks: {blocks or 'unknown'}; scaling "
            f"{history.setting('scaling', 'kind', 'unknown')}, {gain} baseline SD fill the scale. "
            "Say why."
        ),
    )


def _counts(history: SessionHistory) -> dict[tuple[str, bool], int]:
    found: dict[tuple[str, bool], int] = {}
    for block in history.blocks:
        found[block.condition, block.feedback] = found.get((block.condition, block.feedback), 0) + 1
    return found


def _content(history: SessionHistory) -> tuple[Answered, str]:
    sham = (
        " In the sham arm it shows what another session showed."
        if history.facts.get("allocation")
        else ""
    )
    return (
        "record",
        (
            "Visual: one soft shape on the participant page whose size and warmth follow a value from "
            f"−1 to 1; 0 is the person's baseline.{sham}"
        ),
    )


def _variables(history: SessionHistory) -> tuple[Answered, str]:
    where = "desc-signatures_timeseries.tsv of the export"
    if history.sealed:
        return (
            "partly",
            f"Score and signatures: figure above and {where}. The value shown is sealed.",
        )
    return (
        "record",
        f"Score, signatures and the value shown, volume by volume: figure above and {where}.",
    )


def _software(history: SessionHistory) -> tuple[Answered, str]:
    software = history.facts.get("software") or {}
    scanner = next((v.received.scanner for v in history.volumes if v.received), "") or "unknown"
    versions = ", ".join(f"{name} {version}" for name, version in software.items())
    return (
        "partly",
        f"Scanner: {scanner}. Software: {versions or 'unknown'}. Add coil, sequence and display.",
    )


def _success(effects: tuple[Effect, ...]) -> tuple[Answered, str]:
    found = [
        f"{effect.condition} minus baseline {interval(effect.difference)} baseline SD "
        f"({effect.n_blocks} and {effect.n_baseline_blocks} blocks)"
        for effect in effects
        if effect.measure.kind == "score"
    ]
    if not found:
        return "partly", "Too few blocks ran to tell."
    return "record", f"Score: {'; '.join(found)}. One session; no evidence of efficacy."


def _plots() -> tuple[Answered, str]:
    return (
        "partly",
        "Blocks of this session: figures above. Other sessions and resting baselines: add them.",
    )


def _sharing() -> tuple[Answered, str]:
    return (
        "partly",
        (
            "empatune export writes raw series, events and all final values as BIDS; the software is "
            "open. Say where they lie."
        ),
    )
