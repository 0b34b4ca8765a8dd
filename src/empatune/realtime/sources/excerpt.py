"""Only the elements of a DICOM object that we need, cut out before anybody decodes anything.

An object has some hundred elements, an enhanced one some thousand, of which a few dozen matter. To
skip the others in the bytes makes reading several times faster, and names, dates and comments of
the person are never turned into text at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct
from typing import TypeAlias

Wanted: TypeAlias = "Mapping[int, Wanted | None]"
"""Tags to keep: whole, or of a sequence's items only what is wanted in turn."""

_EXPLICIT = Struct("<HH2sH")
_IMPLICIT = Struct("<HHL")
_LENGTH = Struct("<L")
_LONG = frozenset(
    (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
)
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_TRANSFER_SYNTAX = 0x00020010
_PLAIN = (b"1.2.840.10008.1.2", b"1.2.840.10008.1.2.1")
_DEEPEST = 12


class _DamagedError(Exception):
    """The bytes are not a row of elements."""


def excerpt(content: bytes, wanted: Wanted) -> bytes:
    """Cut an object down to some of its elements.

    Parameters
    ----------
    content : bytes
        A DICOM file.
    wanted : mapping of int to Wanted or None
        Tags to keep.

    Returns
    -------
    bytes
        A DICOM file with those elements only, cut short where the object is cut short. An object
        that is not in plain little-endian form is returned as it is.
    """
    start = 132
    syntax = b""
    while content[start : start + 2] == b"\x02\0":
        tag, value, end, _ = _element(content, start, len(content), implicit=False)
        if tag == _TRANSFER_SYNTAX:
            syntax = content[value:end].rstrip(b"\0 ")
        start = end
    if syntax not in _PLAIN:
        return content
    implicit = not content[start + 4 : start + 6].isalpha()
    kept = [content[:start]]
    try:
        _keep(content, start, len(content), wanted, kept, implicit=implicit)
    except _DamagedError:
        return content
    return b"".join(kept)


def _keep(
    content: bytes, start: int, end: int, wanted: Wanted, kept: list[bytes], *, implicit: bool
) -> None:
    """Copy the wanted elements between two places."""
    place = start
    while place + 8 <= end:
        tag, value, after, vr = _element(content, place, end, implicit=implicit)
        if tag == _ITEM_END:
            return
        if tag in wanted:
            inner = wanted[tag]
            if inner is None or after > end or vr == b"UN":
                kept.append(content[place : min(after, end)])
            else:
                kept.append(_sequence(content, place, value, after, inner, implicit=implicit))
        place = after


def _sequence(
    content: bytes, start: int, value: int, end: int, wanted: Wanted, *, implicit: bool
) -> bytes:
    """Return a sequence whose items hold the wanted elements only."""
    items: list[bytes] = []
    place = value
    while place + 8 <= end:
        group, element, _ = _IMPLICIT.unpack_from(content, place)
        if group << 16 | element != _ITEM:
            break
        after = _end_of_item(content, place, end, implicit=implicit)
        kept: list[bytes] = []
        _keep(content, place + 8, after, wanted, kept, implicit=implicit)
        body = b"".join(kept)
        items += [content[place : place + 4], _LENGTH.pack(len(body)), body]
        place = after
    body = b"".join(items)
    head = content[start : start + 4] if implicit else content[start : start + 8]
    return head + _LENGTH.pack(len(body)) + body


def _element(
    content: bytes, place: int, end: int, *, implicit: bool, depth: int = 0
) -> tuple[int, int, int, bytes]:
    """Return tag, place of the value, place after it, and type of one element."""
    group, element, vr, length = _EXPLICIT.unpack_from(content, place)
    tag, value = group << 16 | element, place + 8
    if implicit or group == 0xFFFE:
        vr, length = b"", _LENGTH.unpack_from(content, place + 4)[0]
    elif vr in _LONG:
        if place + 12 > end:
            return tag, end, end + 1, vr
        length, value = _LENGTH.unpack_from(content, place + 8)[0], place + 12
    elif not vr.isalpha():
        raise _DamagedError
    if length != _UNDEFINED:
        return tag, value, value + length, vr
    inner = implicit or vr == b"UN"
    return tag, value, _end_of_sequence(content, value, end, implicit=inner, depth=depth), vr


def _end_of_sequence(content: bytes, place: int, end: int, *, implicit: bool, depth: int) -> int:
    """Return the place after a sequence of undefined length; beyond the end if it is cut short."""
    if depth > _DEEPEST:
        raise _DamagedError
    while place + 8 <= end:
        group, element, _ = _IMPLICIT.unpack_from(content, place)
        if group << 16 | element == _SEQUENCE_END:
            return place + 8
        place = _end_of_item(content, place, end, implicit=implicit, depth=depth)
    return end + 1


def _end_of_item(content: bytes, place: int, end: int, *, implicit: bool, depth: int = 0) -> int:
    group, element, length = _IMPLICIT.unpack_from(content, place)
    if group << 16 | element != _ITEM:
        raise _DamagedError
    place += 8
    if length != _UNDEFINED:
        return int(place + length)
    while place + 8 <= end:
        tag, _, after, _ = _element(content, place, end, implicit=implicit, depth=depth + 1)
        if tag == _ITEM_END:
            return after
        place = after
    return end + 1
