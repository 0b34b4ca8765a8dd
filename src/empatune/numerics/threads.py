"""One thread for linear algebra: small matrices are faster so, and sums always the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold BLAS to one thread while the block runs.

    Yields
    ------
    None
        Nothing.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        yield
