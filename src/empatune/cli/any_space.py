"""The way out of a refused place, for the commands that have one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from empatune.errors import EmpatuneError, SpaceError


@contextmanager
def offer_any_space() -> Iterator[None]:
    """Name --any-space where an image is refused because it cannot lie in MNI space.

    Yields
    ------
    None
        Nothing.

    Raises
    ------
    EmpatuneError
        What was raised inside, of the same class.
    """
    try:
        yield
    except EmpatuneError as problem:
        cause: BaseException | None = problem
        while cause is not None and not isinstance(cause, SpaceError):
            cause = cause.__cause__
        if cause is None:
            raise
        raise type(problem)(f"{problem} If you know better: --any-space.") from problem
