"""What a session looks like in a terminal: one progress bar and the notices above it."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from empatune.core import Volume
from empatune.realtime.listener import Overview, Timing
from empatune.realtime.messages import (
    Aligned,
    Feedback,
    Message,
    Notice,
    OperatorCommand,
    StateChanged,
    VolumeLost,
)

STYLES = {"info": "dim", "warning": "yellow", "alarm": "bold red"}


class Terminal:
    """A listener that draws a progress bar on stderr.

    Parameters
    ----------
    console : Console
        Where to draw.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(complete_style="magenta", finished_style="green"),
            MofNCompleteColumn(),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            console=console,
            transient=False,
        )
        self._task = self._progress.add_task("volumes", total=None, state="waiting for volumes")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def began(self, overview: Overview) -> None:
        """Set the bar's length.

        Parameters
        ----------
        overview : Overview
            The session.
        """
        self._progress.update(self._task, total=overview.n_expected)

    def heard(self, number: int, message: Message) -> None:  # noqa: ARG002
        """Move the bar, print what an operator should know.

        Parameters
        ----------
        number : int
            The message's place in the journal.
        message : Message
            The message.
        """
        if isinstance(message, Aligned | VolumeLost):
            self._come(message.index + 1)
        if isinstance(message, Feedback):
            self._progress.update(self._task, state=message.phase)
        elif isinstance(message, StateChanged):
            self._progress.update(self._task, state=message.state)
        line = _line(message)
        if line:
            self._progress.console.print(line)

    def _come(self, n_volumes: int) -> None:
        """Move the bar; a run may be longer than its protocol."""
        total = self._progress.tasks[self._task].total
        total = None if total is None else max(total, n_volumes)
        self._progress.update(self._task, completed=n_volumes, total=total)

    def saw(self, volume: Volume) -> None:
        """Ignore pictures.

        Parameters
        ----------
        volume : Volume
            The newest volume.
        """

    def timed(self, timing: Timing) -> None:
        """Ignore timings; the report has them.

        Parameters
        ----------
        timing : Timing
            Stages of a volume.
        """

    def ended(self) -> None:
        """Stop the bar."""
        self._progress.stop()


def _line(message: Message) -> str:
    if isinstance(message, Notice):
        return f"[{STYLES[message.level]}]{message.level}: {message.text}[/]"
    if isinstance(message, VolumeLost):
        return f"[red]volume {message.index} lost: {message.reason}[/]"
    if isinstance(message, Aligned) and not message.usable:
        return f"[yellow]volume {message.index} marked: {message.reason}[/]"
    if isinstance(message, OperatorCommand):
        words = f" ({message.text})" if message.text else ""
        return f"[cyan]{message.operator}: {message.action}{words}[/]"
    return ""
