"""Every table of a file of networks, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from empatune.errors import NetworkError
from empatune.forms import Record, Rule, collected, required, rules, setting

_LINE = rules.text(r"[^\x00-\x1f\x7f]{1,400}", allowed="text of 1 to 400 characters in one line")
_TEXT = rules.text(r"[^\x00-\x1f\x7f]{0,400}", allowed="text of at most 400 characters in one line")
_NAME = rules.text(
    r"[A-Za-z][A-Za-z0-9_-]{0,39}",
    allowed="a name that begins with a letter, of at most 40 letters, digits, - and _",
)
_EDGE = rules.text(
    r"\s*[A-Za-z][A-Za-z0-9_-]*\s*<?->\s*[A-Za-z][A-Za-z0-9_-]*\s*",
    allowed='"A->B" for a connection from A to B, "A<->B" for both ways, or "A->A" for A\'s '
    "self-inhibition",
)
_LONGEST_MM = 150.0


def _place() -> Rule:
    """Allow three coordinates."""

    def accepts(value: Any) -> bool:
        if not isinstance(value, list | tuple) or len(value) != 3:
            return False
        numbers = [each for each in value if isinstance(each, int | float) and each is not True]
        return len(numbers) == 3 and all(abs(each) <= _LONGEST_MM for each in numbers)

    return Rule(
        allowed=f"three numbers, x y z of MNI space, each from -{_LONGEST_MM:g} to "
        f"{_LONGEST_MM:g} mm, such as [38, 24, -2]",
        accepts=accepts,
        convert=lambda value: tuple(float(each) for each in value),
    )


class Part(Record):
    """A table of a file of networks."""

    __slots__ = ()

    error = NetworkError


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionPart(Part):
    """Table ``[regions.NAME]``: where a region lies, or in which column of a table it stands.

    Parameters
    ----------
    system : str
        Name of a region of the component systems, of one side where wanted: "AI", "AI right".
        The region's own name if nothing says where it lies.
    mm : tuple of float or None
        Centre of a sphere in MNI space: right, front, top [mm].
    radius_mm : float
        Radius of the sphere, or of the spheres around a system's peaks [mm].
    mask : str
        A NIfTI image in MNI space, its voxels above 0.5; relative to the file of networks.
    column : str
        Header of the region in tables of signals; its name if not given.
    delay_s : float or None
        When within the TR the region was imaged [s]; as the recording tells if not given, else
        the middle.
    """

    system: str = setting("", _TEXT)
    mm: tuple[float, float, float] | None = setting(None, _place())
    radius_mm: float = setting(8.0, rules.number(1, 30, unit="mm"))
    mask: str = setting("", _TEXT)
    column: str = setting("", _TEXT)
    delay_s: float | None = setting(None, rules.number(0, 30, unit="s"))


@dataclass(frozen=True, slots=True, kw_only=True)
class InputPart(Part):
    """Table ``[inputs.NAME]``: which events make an input, and how long they last.

    Parameters
    ----------
    events : tuple of str or None
        Values of the column; the input's own name if not given.
    column : str
        Column of the events' table.
    shape : {"block", "impulse", "context"}
        ``block``: 1 while an event lasts. ``impulse``: an event is a moment, whatever its
        duration. ``context``: 1 from each of its events until an event of another
        value (one without a value ends nothing).
    centred : bool
        Whether the input's mean is taken away, so that fixed connections are those of an average
        moment, not of a moment without the input.
    """

    events: tuple[str, ...] | None = setting(None, rules.many(_LINE, least=1))
    column: str = setting("trial_type", _LINE)
    shape: Literal["block", "impulse", "context"] = setting(
        "block", rules.choice("block", "impulse", "context")
    )
    centred: bool = setting(False, rules.flag())


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPart(Part):
    """Table ``[networks.NAME]``: one model of the space.

    Parameters
    ----------
    edges : tuple of str or None
        Fixed connections, such as "ACC->AI"; every region with every other if not given.
    modulated : dict of str to tuple of str
        By input, the connections that it changes.
    driven : dict of str to tuple of str
        By input, the regions that it drives.
    meaning : str
        What the network supposes.
    """

    edges: tuple[str, ...] | None = setting(None, rules.many(_EDGE))
    modulated: dict[str, tuple[str, ...]] = collected(
        rules.table_of(rules.many(_EDGE, least=1), key=_NAME)
    )
    driven: dict[str, tuple[str, ...]] = collected(
        rules.table_of(rules.many(_NAME, least=1), key=_NAME)
    )
    meaning: str = setting("", _TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpacePart(Part):
    """Table ``[space]``: what the networks are about.

    Parameters
    ----------
    name : str
        Its name.
    title : str
        What it is about, in one line.
    """

    name: str = required(_NAME)
    title: str = setting("", _TEXT)


TABLES = {
    "space": rules.record(SpacePart),
    "regions": rules.named(RegionPart),
    "inputs": rules.named(InputPart),
    "networks": rules.named(NetworkPart),
}
"""Tables of a file and what they are."""
