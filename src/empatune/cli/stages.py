"""A progress bar of stages, on stderr, for work of which only the parts are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stages(total: int) -> Iterator[Callable[[str], None]]:
    """Show which part of the work is being done.

    Parameters
    ----------
    total : int
        How many parts there are.

    Yields
    ------
    callable
        Takes the words of the part that begins.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    bar = Progress(
        SpinnerColumn(),
        TextColumn("[bold]{task.description}"),
        BarColumn(complete_style="magenta", finished_style="green"),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("reading", total=total)
        begun = 0

        def begin(words: str) -> None:
            nonlocal begun
            bar.update(task, description=words, completed=begun)
            begun += 1

        yield begin
        bar.update(task, completed=total)
