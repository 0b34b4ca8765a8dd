"""Every table of a paradigm's file, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from empatune.core import FEATURES
from empatune.errors import ParadigmError
from empatune.forms import Record, Rule, collected, required, rules, setting
from empatune.paradigms.spread import Spread, spread
from empatune.paradigms.vocabulary import QUANTITIES, TRAININGS

_NAME = rules.text(
    r"[A-Za-z][A-Za-z0-9_-]{0,39}",
    allowed="a name that begins with a letter, of at most 40 letters, digits, - and _",
)
_LINE = rules.text(r"[^\x00-\x1f\x7f]{1,400}", allowed="text of 1 to 400 characters in one line")
_TEXT = rules.text(r"[^\x00\x7f]{0,4000}", allowed="text of at most 4000 characters")
_DOI = rules.text(r"(10\.\d{4,9}/\S+)?", allowed='a DOI without "https://", such as "10.1038/x"')
_EVIDENCE = rules.text(
    r"(found|derived|ours): [^\x00-\x1f\x7f]{3,600}",
    allowed='"found: where it was read", "derived: from what" or "ours: the reason"',
)
_WEIGHTS = rules.table_of(rules.number(-100, 100), key=_NAME)
_LOWEST = min(feature.low for feature in FEATURES)
_HIGHEST = max(feature.high for feature in FEATURES)


def _features() -> Rule:
    """Allow a table of features; which exist and how far they reach is checked afterwards."""
    return rules.table_of(rules.number(_LOWEST, _HIGHEST), key=_LINE)


def _draws() -> Rule:
    return rules.table_of(spread(_LOWEST, _HIGHEST), key=_LINE)


class Part(Record):
    """A table of a paradigm's file."""

    __slots__ = ()

    error = ParadigmError


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity(Part):
    """Table ``[paradigm]``: what it is, and how large.

    Parameters
    ----------
    name : str
        Its name, by which it is called.
    title : str
        What it is about, in one line.
    source : str
        The publication, or who designed it.
    doi : str
        DOI of the publication; empty if there is none.
    participants : int
        How many people take part.
    tr_s : float or None
        Repetition time [s]; None where nobody is scanned.
    runs : int
        Runs in a session.
    notes : str
        What a user should know: limits, and where sources disagree.
    """

    name: str = required(_NAME)
    title: str = required(_LINE)
    source: str = required(_LINE)
    doi: str = setting("", _DOI)
    participants: int = required(rules.whole(1, 100_000))
    tr_s: float | None = setting(None, rules.number(0.1, 30, unit="s"))
    runs: int = setting(1, rules.whole(1, 100))
    notes: str = setting("", _TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Part):
    """Table ``[evidence]``: where the figures come from.

    Parameters
    ----------
    participants : str
        Where the number of people comes from.
    trials : str
        Where the numbers of trials come from.
    timing : str
        Where the times come from.
    features : str
        Where the values of the features come from.
    """

    participants: str = required(_EVIDENCE)
    trials: str = required(_EVIDENCE)
    timing: str = required(_EVIDENCE)
    features: str = required(_EVIDENCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Part):
    """Table ``[groups.NAME]``: people who are treated alike.

    Parameters
    ----------
    n : int
        How many there are.
    features : dict of str to float
        What holds for them in every condition.
    draws : dict of str to Spread
        Features of which each person has a value of their own.
    feedback : {"own", "other", "none"}
        Whose state is shown to them in conditions with feedback.
    meaning : str
        Who they are.
    """

    n: int = required(rules.whole(1, 100_000))
    features: dict[str, float] = collected(_features())
    draws: dict[str, Spread] = collected(_draws())
    feedback: Literal["own", "other", "none"] = setting("own", rules.choice("own", "other", "none"))
    meaning: str = setting("", _TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Part):
    """Table ``[[sessions]]``: one visit, or one part of it.

    Parameters
    ----------
    name : str
        Its name.
    weeks : float
        Time since the session before [weeks].
    conditions : tuple of str
        Conditions that it has; all if empty.
    runs : int or None
        How many runs it has; as many as ``[paradigm]`` says if not given.
    features : dict of str to float
        What holds in all its conditions.
    draws : dict of str to Spread
        Features that are drawn anew for each trial of all its conditions.
    training : dict of str to dict
        By group, what was trained since the session before: 0 not, 1 a full training.
    """

    name: str = required(_NAME)
    weeks: float = setting(0.0, rules.number(0, 1000, unit="weeks"))
    conditions: tuple[str, ...] = setting((), rules.many(_NAME))
    runs: int | None = setting(None, rules.whole(1, 100))
    features: dict[str, float] = collected(_features())
    draws: dict[str, Spread] = collected(_draws())
    training: dict[str, dict[str, float]] = collected(
        rules.table_of(rules.table_of(rules.number(0, 1), key=rules.choice(*TRAININGS)), key=_NAME)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Target(Part):
    """Table ``[targets.NAME]``: somebody whom conditions are about.

    Parameters
    ----------
    features : dict of str to float
        What holds for them in every condition.
    draws : dict of str to Spread
        Features of which each person has a value of their own, such as how close a friend is.
    alike : dict of str to float
        How alike other targets are, 0 to 1: what is learned of one carries over that far.
    meaning : str
        Who it is.
    """

    features: dict[str, float] = collected(_features())
    draws: dict[str, Spread] = collected(_draws())
    alike: dict[str, float] = collected(rules.table_of(rules.number(0, 1), key=_NAME))
    meaning: str = setting("", _TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Part):
    """Table ``outcome`` of a condition: what the target turns out to do.

    Parameters
    ----------
    kindness : float
        How kind it is, -1 to 1.
    probability : float
        Share of the trials on which it happens; the share is kept exactly.
    otherwise : float
        How kind it is on the other trials.
    """

    kindness: float = required(rules.number(-1, 1))
    probability: float = setting(1.0, rules.number(0, 1))
    otherwise: float = setting(-1.0, rules.number(-1, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(Part):
    """Table ``[conditions.NAME]``: one kind of trial.

    Parameters
    ----------
    trials : int
        How many a run has.
    target : str or None
        Whom it is about; needed where the target's kindness is learned.
    cue : str or None
        Name of the sign that announces what happens to the target.
    features : dict of str to float
        What is so on each of its trials.
    draws : dict of str to Spread
        Features that are drawn anew for each trial.
    outcome : Outcome or None
        What the target turns out to do.
    feedback : bool
        True if a brain state is shown.
    groups : tuple of str
        Groups that have it; all if empty.
    meaning : str
        What happens.
    """

    trials: int = required(rules.whole(1, 100_000))
    target: str | None = setting(None, _NAME)
    cue: str | None = setting(None, _NAME)
    features: dict[str, float] = collected(_features())
    draws: dict[str, Spread] = collected(_draws())
    outcome: Outcome | None = setting(None, rules.record(Outcome))
    feedback: bool = setting(False, rules.flag())
    groups: tuple[str, ...] = setting((), rules.many(_NAME))
    meaning: str = setting("", _TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase(Part):
    """One entry of ``phases`` in ``[timing]``: one part of a trial.

    Parameters
    ----------
    name : str
        Its name.
    s : Spread
        How long it lasts [s].
    modelled : bool
        True if each condition gets a regressor for it.
    response : str or None
        What is asked or measured in it.
    conditions : tuple of str
        Conditions that have it; all if empty.
    """

    name: str = required(_NAME)
    s: Spread = required(spread(0, 3600, unit="s"))
    modelled: bool = setting(False, rules.flag())
    response: str | None = setting(None, _NAME)
    conditions: tuple[str, ...] = setting((), rules.many(_NAME))


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing(Part):
    """Table ``[timing]``: how trials follow one another.

    Parameters
    ----------
    phases : tuple of Phase
        The parts of a trial.
    iti_s : Spread
        Pause after a trial [s].
    order : {"random", "blocked", "alternating"}
        How conditions follow one another.
    max_repeats : int
        At most so many trials, or blocks, of one condition follow one another.
    block_trials : int
        Trials in a block.
    rest_s : float
        Pause after a block, beside that after a trial [s].
    start_s, end_s : float
        Rest before the first trial, and after the last [s].
    """

    phases: tuple[Phase, ...] = required(rules.listed(Phase))
    iti_s: Spread = setting(Spread(kind="levels", values=(0.0,)), spread(0, 3600, unit="s"))
    order: Literal["random", "blocked", "alternating"] = setting(
        "random", rules.choice("random", "blocked", "alternating")
    )
    max_repeats: int = setting(3, rules.whole(1, 1000))
    block_trials: int = setting(1, rules.whole(1, 1000))
    rest_s: float = setting(0.0, rules.number(0, 3600, unit="s"))
    start_s: float = setting(6.0, rules.number(0, 3600, unit="s"))
    end_s: float = setting(12.0, rules.number(0, 3600, unit="s"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(Part):
    """Table ``[responses.NAME]``: what is asked, chosen or measured.

    Parameters
    ----------
    of : str
        What it is about, in the words of the vocabulary.
    question : str
        What people are asked.
    low, high : float
        Ends of the scale.
    options : tuple of str
        What can be chosen: no, then yes.
    """

    of: str = required(rules.choice(*QUANTITIES))
    question: str = setting("", _TEXT)
    low: float = setting(0.0, rules.number(-1e6, 1e6))
    high: float = setting(1.0, rules.number(-1e6, 1e6))
    options: tuple[str, ...] = setting((), rules.many(_LINE))

    @property
    def kind(self) -> str:
        """A rating or a choice."""
        return QUANTITIES[self.of]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast(Part):
    """Table ``[contrasts.NAME]``: a difference that the experiment is about.

    Parameters
    ----------
    meaning : str
        What it asks, in a sentence.
    conditions : dict of str to float
        Weight of each condition.
    sessions : dict of str to float
        Weight of each session; their mean if not given.
    groups : dict of str to float
        Weight of each group; all people alike if not given.
    by : str or None
        A trait, a feature that is drawn per person, or a response, whose slope is asked for.
    responses : tuple of str
        Responses in which it is expected.
    regions : tuple of str
        Regions in which it is expected.
    phase : str or None
        The modelled phase in which regions are compared; the first if not given.
    baseline : bool
        True if it is meant to be compared with nothing, so that no weights sum to zero.
    """

    meaning: str = required(_LINE)
    conditions: dict[str, float] = required(_WEIGHTS)
    sessions: dict[str, float] = collected(_WEIGHTS)
    groups: dict[str, float] = collected(_WEIGHTS)
    by: str | None = setting(None, _LINE)
    responses: tuple[str, ...] = setting((), rules.many(_NAME))
    regions: tuple[str, ...] = setting((), rules.many(_LINE))
    phase: str | None = setting(None, _NAME)
    baseline: bool = setting(False, rules.flag())


TABLES: dict[str, Any] = {
    "paradigm": rules.record(Identity),
    "evidence": rules.record(Evidence),
    "groups": rules.named(Group),
    "sessions": rules.listed(Session),
    "targets": rules.named(Target),
    "conditions": rules.named(Condition),
    "timing": rules.record(Timing),
    "responses": rules.named(Response),
    "contrasts": rules.named(Contrast),
}
"""Every table of a paradigm's file."""
