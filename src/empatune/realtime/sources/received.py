"""What sources of real images have in common: one run that they receive."""

from __future__ import annotations

from collections.abc import Sequence

from empatune.realtime.messages import Feedback
from empatune.realtime.sources.run import Run


class ReceivedSource:
    """A source whose volumes come from outside: the brain that it shows sees no feedback from it.

    Parameters
    ----------
    run : Run
        The run that comes in.
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    @property
    def n_expected(self) -> int | None:
        """Number of volumes in the run, where it is known before the end."""
        return self._run.n_expected

    def recorded(self, objects: Sequence[str]) -> None:
        """Let go of what lies in the record.

        Parameters
        ----------
        objects : sequence of str
            Digests of the objects of one volume.
        """
        self._run.recorded(objects)

    def show(self, feedback: Feedback | None) -> None:
        """Do nothing: the participant looks at the page.

        Parameters
        ----------
        feedback : Feedback or None
            What the participant sees.
        """

    def close(self) -> None:
        """Do nothing: files are open only while they are read."""
