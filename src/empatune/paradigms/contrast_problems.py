"""Contrasts that cannot be what they say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from empatune.core import FEATURE_NAMES
from empatune.forms import Path, Problem, alike
from empatune.paradigms.contrasts import lacking
from empatune.paradigms.records import Contrast, Group, Target
from empatune.paradigms.vocabulary import TRAITS
from empatune.systems import SYSTEMS

if TYPE_CHECKING:
    from empatune.paradigms.paradigm import Paradigm

_TINY = 1e-9


def unknown(where: Path, name: str, what: str, known: Iterable[str]) -> Problem:
    """Tell that something is named which does not exist.

    Parameters
    ----------
    where : tuple
        Path of the key.
    name : str
        What was named.
    what : str
        What it should be, such as "condition".
    known : iterable of str
        What exists.

    Returns
    -------
    Problem
        The problem.
    """
    words = list(known)
    said = ", ".join(words) if words else "none, since the file has none"
    place = ".".join(str(key) for key in where)
    return Problem(
        where=where,
        text=f"{place} names the {what} '{name}', which does not exist; allowed: {said}."
        f"{alike(name, words)}",
    )


def contrast_problems(design: Paradigm, name: str) -> Iterator[Problem]:
    """Find what is wrong with a contrast.

    Parameters
    ----------
    design : Paradigm
        The paradigm.
    name : str
        Name of one of its contrasts.

    Yields
    ------
    Problem
        Names that do not exist, cells that nobody meets, weights that compare nothing,
        responses and regions that are not measured in its conditions.
    """
    where: Path = ("contrasts", name)
    contrast = design.contrasts[name]
    found = list(_names(design, where, contrast))
    yield from found
    yield from _zero(where, contrast)
    if not found:
        yield from _empty(design, where, contrast)
        yield from _unmeasured(design, name, contrast)


def _names(design: Paradigm, where: Path, contrast: Contrast) -> Iterator[Problem]:
    sessions = [session.name for session in design.sessions]
    regions = [region.name for system in SYSTEMS for region in system.regions]
    uses: tuple[tuple[str, Iterable[str], str, Iterable[str]], ...] = (
        ("conditions", contrast.conditions, "condition", design.conditions),
        ("sessions", contrast.sessions, "session", sessions),
        ("groups", contrast.groups, "group", design.groups),
        ("responses", contrast.responses, "response", design.responses),
        ("regions", contrast.regions, "region", regions),
    )
    for key, names, what, known in uses:
        for name in names:
            if name not in known:
                yield unknown((*where, key), name, what, known)
    phases = [phase.name for phase in design.timing.phases if phase.modelled]
    if contrast.phase is not None and contrast.phase not in phases:
        yield unknown((*where, "phase"), contrast.phase, "modelled phase", phases)
    by = [*TRAITS, *_drawn(design), *design.responses]
    if contrast.by is not None and contrast.by not in by:
        yield unknown((*where, "by"), contrast.by, "trait, drawn feature or response", by)


def _zero(where: Path, contrast: Contrast) -> Iterator[Problem]:
    factors = [contrast.conditions, contrast.sessions, contrast.groups]
    zero = any(factor and abs(sum(factor.values())) < _TINY for factor in factors)
    if not zero and not contrast.baseline and contrast.by is None:
        yield Problem(
            where=where,
            text=f"{'.'.join(map(str, where))} compares nothing: no weights sum to zero "
            f"({_sums(contrast)}); allowed: conditions, sessions or groups whose weights sum to "
            "zero, a slope (by = ...), or baseline = true.",
        )


def _empty(design: Paradigm, where: Path, contrast: Contrast) -> Iterator[Problem]:
    """Find cells of a contrast that nobody meets."""
    groups = list(contrast.groups or design.groups)
    gaps = {group: lacking(design, contrast, group) for group in groups}
    if all(gaps.values()) or (contrast.groups and any(gaps.values())):
        group, gap = next((name, words) for name, words in gaps.items() if words)
        yield Problem(
            where=where,
            text=f"{'.'.join(map(str, where))} needs {gap}, which group {group} does not have: an "
            "empty cell; allowed: cells that people meet.",
        )


def _unmeasured(design: Paradigm, name: str, contrast: Contrast) -> Iterator[Problem]:
    """Find conditions in which what a contrast compares is not asked or not modelled."""
    phases = design.timing.phases
    for condition in contrast.conditions:
        mine = [one for one in phases if not one.conditions or condition in one.conditions]
        rated = contrast.by if contrast.by in design.responses else None
        for response in (*contrast.responses, *([rated] if rated else [])):
            if response not in {phase.response for phase in mine}:
                yield Problem(
                    where=("contrasts", name, "responses"),
                    text=f"contrasts.{name} compares the response '{response}', which is not "
                    f"asked in {condition}; allowed: responses of all its conditions.",
                )
        if contrast.regions and design.scanned and not any(one.modelled for one in mine):
            yield Problem(
                where=("contrasts", name, "conditions"),
                text=f"contrasts.{name} compares regions in {condition}, of which no phase is "
                "modelled; allowed: modelled = true for one of its phases, or a contrast "
                "against the baseline (baseline = true).",
            )


def _drawn(design: Paradigm) -> list[str]:
    owners: list[Group | Target] = [*design.groups.values(), *design.targets.values()]
    found = {feature for entry in owners for feature in entry.draws}
    return [name for name in FEATURE_NAMES if name in found]


def _sums(contrast: Contrast) -> str:
    factors = {
        "conditions": contrast.conditions,
        "sessions": contrast.sessions,
        "groups": contrast.groups,
    }
    return ", ".join(f"{key} {sum(w.values()):g}" for key, w in factors.items() if w)
