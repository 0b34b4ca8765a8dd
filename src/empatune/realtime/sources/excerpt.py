"""Only the elements of a DICOM object that we need, cut out before anybody decodes anything.

An object has some hundred elements, an enhanced one some thousand, of which a few dozen matter. To
skip the others in the bytes makes reading several times faster, and names, dates and comments of
the person are never turned into text at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct
from struct import error as StructError  # noqa: N812
from typing import TypeAlias

Wanted: TypeAlias = "Mapping[int, Wanted | None]"
"""Tags to keep: whole, or of a sequence's items only what is wanted in turn."""

_EXPLICIT = Struct("<HH2sH")
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
        tag, _, value, length = _head(content, start, implicit=False)
        if tag == _TRANSFER_SYNTAX:
            syntax = content[value : value + length].rstrip(b"\0 ")
        start = value + length
    if syntax not in _PLAIN:
        return content
    implicit = not content[start + 4 : start + 6].isalpha()
    kept = [content[:start]]
    try:
        _keep(content, start, len(content), wanted, kept, implicit=implicit)
    except (_DamagedError, StructError):
        return content
    return b"".join(kept)


def _keep(
    content: bytes, place: int, end: int, wanted: Wanted, kept: list[bytes], *, implicit: bool
) -> int:
    """Copy the wanted elements up to the end, or of an item; return the place after them."""
    while place + 8 <= end:
        tag, vr, value, length = _head(content, place, implicit=implicit)
        if tag == _ITEM_END:
            return value
        inner = wanted.get(tag)
        if inner is not None and vr != b"UN":
            body, after = _sequence(content, value, length, end, inner, implicit=implicit)
            head = content[place : place + (4 if implicit else 8)]
            kept += [head, _LENGTH.pack(len(body)), body]
        else:
            after = _after(content, vr, value, length, end, implicit=implicit)
            if tag in wanted:
                kept.append(content[place : min(after, end)])
        place = after
    return end


def _sequence(
    content: bytes, place: int, length: int, end: int, wanted: Wanted, *, implicit: bool
) -> tuple[bytes, int]:
    """Return a sequence whose items hold the wanted elements only, and the place after it."""
    end = end if length == _UNDEFINED else min(place + length, end)
    items: list[bytes] = []
    while place + 8 <= end:
        tag, _, value, size = _head(content, place, implicit=True)
        if tag == _SEQUENCE_END:
            return b"".join(items), value
        if tag != _ITEM:
            raise _DamagedError
        kept: list[bytes] = []
        last = end if size == _UNDEFINED else min(value + size, end)
        after = _keep(content, value, last, wanted, kept, implicit=implicit)
        body = b"".join(kept)
        items += [content[place : place + 4], _LENGTH.pack(len(body)), body]
        place = after if size == _UNDEFINED else value + size
    return b"".join(items), end


def _head(content: bytes, place: int, *, implicit: bool) -> tuple[int, bytes, int, int]:
    """Return tag, type, place of the value, and length of one element."""
    group, element, vr, length = _EXPLICIT.unpack_from(content, place)
    tag = group << 16 | element
    if implicit or group == 0xFFFE:
        return tag, b"", place + 8, _LENGTH.unpack_from(content, place + 4)[0]
    if vr in _LONG:
        return tag, vr, place + 12, _LENGTH.unpack_from(content, place + 8)[0]
    if not vr.isalpha():
        raise _DamagedError
    return tag, vr, place + 8, length


def _after(
    content: bytes, vr: bytes, value: int, length: int, end: int, *, implicit: bool, depth: int = 0
) -> int:
    """Return the place after an element; beyond the end if it is cut short."""
    if length != _UNDEFINED:
        return value + length
    if depth > _DEEPEST:
        raise _DamagedError
    implicit = implicit or vr == b"UN"
    place = value
    while place + 8 <= end:
        tag, _, value, length = _head(content, place, implicit=True)
        if tag == _SEQUENCE_END:
            return value
        if tag != _ITEM:
            raise _DamagedError
        if length == _UNDEFINED:
            place = _after_item(content, value, end, implicit=implicit, depth=depth + 1)
        else:
            place = value + length
    return end + 1


def _after_item(content: bytes, place: int, end: int, *, implicit: bool, depth: int) -> int:
    while place + 8 <= end:
        tag, vr, value, length = _head(content, place, implicit=implicit)
        if tag == _ITEM_END:
            return value
        place = _after(content, vr, value, length, end, implicit=implicit, depth=depth)
    return end + 1
