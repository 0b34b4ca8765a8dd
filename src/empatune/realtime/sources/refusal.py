"""Why an object is not turned into a volume."""

from __future__ import annotations

from typing import Literal

from empatune.errors import ImageError

Code = Literal["incomplete", "unreadable", "not-an-image", "not-mr", "derived", "unsupported"]
"""Short names of the reasons."""


class RefusedObjectError(ImageError):
    """An object that cannot or must not become part of a volume.

    Parameters
    ----------
    code : str
        Short name of the reason: ``incomplete`` (cut short, may still grow), ``unreadable``,
        ``not-an-image``, ``not-mr``, ``derived`` (localizers, phase, motion-corrected copies)
        or ``unsupported``.
    text : str
        The reason, without anything from the object that could identify a person.
    series : str
        One-way digest of its series, where known.
    """

    def __init__(self, code: Code, text: str, *, series: str = "") -> None:
        super().__init__(text)
        self.code: Code = code
        self.series = series
