"""Tables of a paradigm that are right alone and wrong together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from empatune.bids import label
from empatune.core import check_feature
from empatune.errors import ParadigmError, UsageError
from empatune.forms import ContradictionError, Path, Problem
from empatune.paradigms.contrast_problems import contrast_problems, unknown
from empatune.paradigms.events import regressor_of
from empatune.paradigms.order import possible
from empatune.paradigms.records import Condition, Group, Session, Target
from empatune.paradigms.spread import Spread

if TYPE_CHECKING:
    from empatune.paradigms.paradigm import Paradigm


class DesignContradictionError(ContradictionError, ParadigmError):
    """Tables of a paradigm that contradict each other."""


def contradictions(design: Paradigm) -> list[Problem]:
    """Find what contradicts each other in a paradigm.

    Parameters
    ----------
    design : Paradigm
        The paradigm.

    Returns
    -------
    list of Problem
        All that were found.
    """
    found = [*_names(design), *_features(design), *_people(design)]
    if not found:
        found = [*_given_twice(design), *_cells(design), *_asked(design), *_likeness(design)]
    for name in design.contrasts:
        found += contrast_problems(design, name)
    return found


def _names(design: Paradigm) -> Iterator[Problem]:
    """Find names of things that are not there."""
    conditions, groups = design.conditions, design.groups
    uses: list[tuple[Path, Iterable[str], str, Iterable[str]]] = []
    for name, condition in conditions.items():
        where: Path = ("conditions", name)
        uses.append(((*where, "groups"), condition.groups, "group", groups))
        if condition.target is not None:
            uses.append(((*where, "target"), [condition.target], "target", design.targets))
    for place, session in enumerate(design.sessions):
        where = ("sessions", place)
        uses.append(((*where, "conditions"), session.conditions, "condition", conditions))
        uses.append(((*where, "training"), session.training, "group", groups))
    for name, target in design.targets.items():
        uses.append((("targets", name, "alike"), target.alike, "target", design.targets))
    for phase in design.timing.phases:
        where = ("timing", "phases")
        uses.append((where, phase.conditions, "condition", conditions))
        if phase.response is not None:
            uses.append((where, [phase.response], "response", design.responses))
    for where, names, what, known in uses:
        for one in names:
            if one not in known:
                yield unknown(where, one, what, known)
    yield from _twice(("sessions",), [session.name for session in design.sessions], "session")
    yield from _twice(("timing", "phases"), [p.name for p in design.timing.phases], "phase")


def _twice(where: Path, names: list[str], what: str) -> Iterator[Problem]:
    for name, count in Counter(names).items():
        if count > 1:
            words = f"{count} {what}s are called '{name}'; allowed: a name of its own for each."
            yield Problem(where=where, text=words)


def _features(design: Paradigm) -> Iterator[Problem]:
    """Find features that do not exist, or cannot have such a value."""
    for where, given in _all_features(design):
        for name, value in given.items():
            reach = value.reach if isinstance(value, Spread) else (value, value)
            for one in dict.fromkeys(reach):
                try:
                    check_feature(name, one, where=".".join(str(key) for key in where))
                except UsageError as problem:
                    yield Problem(where=(*where, name), text=str(problem))
                    break


def _all_features(design: Paradigm) -> Iterator[tuple[Path, Mapping[str, float | Spread]]]:
    tables: dict[str, Mapping[str, Group | Target | Condition]] = {
        "groups": design.groups,
        "targets": design.targets,
        "conditions": design.conditions,
    }
    for table, entries in tables.items():
        for name, entry in entries.items():
            yield (table, name, "features"), entry.features
            yield (table, name, "draws"), entry.draws
    for place, session in enumerate(design.sessions):
        yield ("sessions", place, "features"), session.features
        yield ("sessions", place, "draws"), session.draws


def _people(design: Paradigm) -> Iterator[Problem]:
    total = sum(group.n for group in design.groups.values())
    if total != design.participants:
        yield Problem(
            where=("paradigm", "participants"),
            text=f"paradigm.participants is {design.participants}, but the groups have {total} "
            f"people; allowed: {total}, or other groups.",
        )


def _given_twice(design: Paradigm) -> Iterator[Problem]:
    """Find features that two tables give to the same trials."""
    seen: set[tuple[str, str, str]] = set()
    for session in design.sessions:
        for group in design.groups:
            for name in design.conditions_of(session, group):
                for feature, tables in _givers(design, session, group, name).items():
                    if len(tables) > 1 and (name, feature, tables[0]) not in seen:
                        seen.add((name, feature, tables[0]))
                        yield Problem(
                            where=("conditions", name),
                            text=f"In condition {name} the feature {feature} is given by "
                            f"{' and by '.join(tables)}; allowed: one of them.",
                        )


def _givers(design: Paradigm, session: Session, group: str, name: str) -> dict[str, list[str]]:
    condition = design.conditions[name]
    given: list[tuple[str, Iterable[str]]] = [
        (f"group {group}", [*design.groups[group].features, *design.groups[group].draws]),
        ("its session", [*session.features, *session.draws]),
        ("the condition", [*condition.features, *condition.draws]),
    ]
    if condition.target is not None:
        target = design.targets[condition.target]
        given.append((f"target {condition.target}", [*target.features, *target.draws]))
    found: dict[str, list[str]] = {}
    for giver, names in given:
        for feature in names:
            found.setdefault(feature, []).append(giver)
    return found


def _cells(design: Paradigm) -> Iterator[Problem]:
    """Find runs that have no trials, or whose order cannot be made."""
    used: set[str] = set()
    said: set[str] = set()
    for place, session in enumerate(design.sessions):
        for group in design.groups:
            names = design.conditions_of(session, group)
            used.update(names)
            if not names:
                yield Problem(
                    where=("sessions", place) if session.conditions else ("groups", group),
                    text=f"Group {group} has no condition in session {session.name}: an empty "
                    "cell; allowed: at least one. Look at `groups` of the conditions.",
                )
                continue
            words = _order(design, names)
            if words and words not in said:
                said.add(words)
                yield Problem(where=("timing", "order"), text=words)
    for name in design.conditions:
        if name not in used:
            yield Problem(
                where=("conditions", name),
                text=f"Condition {name} is in no session of any group: an empty cell; allowed: "
                "conditions that somebody meets.",
            )
    yield from _timed(design)
    yield from _named_alike(design)


def _order(design: Paradigm, names: tuple[str, ...]) -> str:
    timing = design.timing
    counts = [design.conditions[name].trials for name in names]
    for name, count in zip(names, counts, strict=True):
        if timing.order == "blocked" and count % timing.block_trials:
            return (
                f"conditions.{name}.trials is {count}, which blocks of {timing.block_trials} "
                "trials do not divide; allowed: a multiple of timing.block_trials."
            )
    if timing.order == "alternating":
        if len(set(counts)) == 1:
            return ""
        return (
            f"timing.order is 'alternating', but {', '.join(names)} have {counts} trials; "
            "allowed: the same number for all."
        )
    blocks = timing.block_trials if timing.order == "blocked" else 1
    if possible([count // blocks for count in counts], timing.max_repeats):
        return ""
    return (
        f"timing.max_repeats is {timing.max_repeats}, but of {sum(counts)} trials of "
        f"{', '.join(names)} {max(counts)} are alike; allowed: more repeats or fewer such trials."
    )


def _timed(design: Paradigm) -> Iterator[Problem]:
    """Find trials that last no time at all, and phases that nobody meets."""
    phases = design.timing.phases
    if design.scanned and not any(phase.modelled for phase in phases):
        yield Problem(
            where=("timing", "phases"),
            text="No phase is modelled, although people are scanned (paradigm.tr_s); allowed: "
            "modelled = true for at least one phase.",
        )
    for name in design.conditions:
        mine = [phase for phase in phases if not phase.conditions or name in phase.conditions]
        if sum(phase.s.reach[1] for phase in mine) <= 0:
            yield Problem(
                where=("timing", "phases"),
                text=f"A trial of {name} lasts 0 s; allowed: at least one phase with a duration.",
            )
    for phase in phases:
        if phase.s.kind == "normal" and phase.s.values[0] < 3 * phase.s.values[1]:
            mean, sd = phase.s.values
            yield Problem(
                where=("timing", "phases"),
                text=f"Phase {phase.name} lasts {mean:g} s with an SD of {sd:g} s, so that "
                "some would end before they begin; allowed: an SD up to a third of the mean.",
            )


def _named_alike(design: Paradigm) -> Iterator[Problem]:
    """Find what would bear the same name in a model or a file although it is not the same."""
    owners: dict[str, set[tuple[str, str]]] = {}
    for name in design.conditions:
        for phase in design.timing.phases:
            if not phase.conditions or name in phase.conditions:
                key = regressor_of(design, name, phase)
                owners.setdefault(key, set()).add((name if phase.modelled else "", phase.name))
    for key, mine in owners.items():
        if len(mine) > 1 or key.startswith(("drift", "constant")):
            yield Problem(
                where=("conditions", key) if key in design.conditions else ("timing", "phases"),
                text=f"'{key}' would name {_several(mine)} in events and models; allowed: "
                "names of conditions and phases that differ, also from drift and constant.",
            )
    labels = Counter(label(session.name) for session in design.sessions)
    for place, session in enumerate(design.sessions):
        if labels[label(session.name)] > 1:
            yield Problem(
                where=("sessions", place, "name"),
                text=f"sessions[{place}].name is '{session.name}', in files "
                f"'{label(session.name)}' like another; allowed: names that differ in letters "
                "and digits.",
            )


def _several(owners: set[tuple[str, str]]) -> str:
    words = [f"phase {phase}" + (f" of {name}" if name else "") for name, phase in sorted(owners)]
    return " and ".join(words)


def _asked(design: Paradigm) -> Iterator[Problem]:
    asked = {phase.response for phase in design.timing.phases}
    for name, response in design.responses.items():
        where: Path = ("responses", name)
        if name not in asked:
            yield Problem(
                where=where,
                text=f"responses.{name} is asked nowhere; allowed: responses that a phase names "
                f'(response = "{name}").',
            )
        if response.low >= response.high:
            yield Problem(
                where=(*where, "low"),
                text=f"responses.{name} has a scale from {response.low:g} to {response.high:g}; "
                "allowed: low below high.",
            )
        if response.options and (response.kind != "choice" or len(response.options) != 2):
            yield Problem(
                where=(*where, "options"),
                text=f"responses.{name}.options are {list(response.options)}; allowed: two words, "
                "no and yes, for a choice, and none for a rating.",
            )


def _likeness(design: Paradigm) -> Iterator[Problem]:
    for name, target in design.targets.items():
        for other, value in target.alike.items():
            back = design.targets[other].alike.get(name, value)
            if other == name or back != value:
                yield Problem(
                    where=("targets", name, "alike"),
                    text=f"targets.{name}.alike.{other} is {value:g}, the other way round "
                    f"{back:g}; allowed: one number for a pair of different targets.",
                )
