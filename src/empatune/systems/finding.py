"""Finding systems, regions and confounds by their names."""

from __future__ import annotations

import difflib

from empatune.errors import UsageError
from empatune.systems.catalogue import CONFOUNDS, SYSTEMS
from empatune.systems.region import Confound, Region, Source, System


def find(name: str) -> System | Region | Confound:
    """Find a system, a region or a confound by one of its names.

    Parameters
    ----------
    name : str
        A name or another usual one, in any case: ``AI``, ``NAcc``, ``mentalizing``.

    Returns
    -------
    System, Region or Confound
        What has this name.

    Raises
    ------
    UsageError
        If nothing has it; the message suggests the closest.
    """
    known: dict[str, System | Region | Confound] = {}
    for system in SYSTEMS:
        known[system.name.lower()] = system
        for region in system.regions:
            known |= {each.lower(): region for each in (region.name, *region.also)}
    known |= {confound.name: confound for confound in CONFOUNDS}
    asked = name.strip().lower()
    if asked in known:
        return known[asked]
    close = difflib.get_close_matches(asked, known, n=1)
    hint = f" Did you mean '{known[close[0]].name}'?" if close else ""
    names = ", ".join(dict.fromkeys(each.name for each in known.values()))
    raise UsageError(f"There is no system or region '{name}'.{hint} Known: {names}.")


def sources(name: str) -> tuple[Source, ...]:
    """Say where the peaks of a system, a region or a confound were published.

    Parameters
    ----------
    name : str
        Its name, see `find`.

    Returns
    -------
    tuple of Source
        Each once, meta-analyses first.

    Raises
    ------
    UsageError
        If nothing has this name.
    """
    found = find(name)
    places = found.regions if isinstance(found, System) else (found,)
    each = dict.fromkeys(peak.source for place in places for peak in place.peaks)
    return tuple(sorted(each, key=lambda source: source.kind != "meta-analysis"))
