"""Numbers and names in sentences."""

from __future__ import annotations

from collections.abc import Sequence


def counted(n: int, one: str, many: str = "") -> str:
    """
    Write a number with its noun.

    Parameters
    ----------
    n : int
        The number.
    one : str
        The noun for one.
    many : str
        The noun for many; an s is added to the one if not given.

    Returns
    -------
    str
        Such as ``1 person`` or ``3 people``.
    """
    noun = one if n == 1 else many or f"{one}s"
    return f"{n:,}".replace(",", " ") + f" {noun}"


def in_a_row(names: Sequence[str]) -> str:
    """
    Put names in a row.

    Parameters
    ----------
    names : sequence of str
        At least one.

    Returns
    -------
    str
        Such as ``a, b and c``.
    """
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def first_of(names: Sequence[str], most: int = 8) -> str:
    """
    Name the first of many.

    Parameters
    ----------
    names : sequence of str
        All.
    most : int
        How many are named.

    Returns
    -------
    str
        Such as ``a, b and 12 more``.
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def sentence(words: str) -> str:
    """
    Begin words as a sentence begins.

    Parameters
    ----------
    words : str
        The words.

    Returns
    -------
    str
        The same with a capital.
    """
    return words[:1].upper() + words[1:]
