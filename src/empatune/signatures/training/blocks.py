"""Blocks of a localizer: from the events of a run to what is held out together."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from empatune.bids.tables import read_rows
from empatune.errors import ExportError, TrainingError, UsageError
from empatune.typing import FloatArray, IntArray

LONGEST_GAP_S = 2.0
"""Events of one condition that follow each other faster than this are one block [s]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of a run.

    Parameters
    ----------
    condition : str
        What was shown.
    onset_s, duration_s : float
        From the start of volume 0 [s].
    """

    condition: str
    onset_s: float
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """The two sides that a decoder tells apart.

    Parameters
    ----------
    positive : tuple of str
        Conditions that a higher score shall mean.
    against : tuple of str
        Conditions that a lower score shall mean.

    Raises
    ------
    UsageError
        If a side is empty or a condition is on both.
    """

    positive: tuple[str, ...]
    against: tuple[str, ...]

    def __post_init__(self) -> None:
        both = set(self.positive) & set(self.against)
        if both:
            raise UsageError(
                f"Condition '{sorted(both)[0]}' is on both sides; a decoder tells some conditions "
                "from others."
            )
        if not (self.positive and self.against):
            raise UsageError("A decoder needs conditions on both sides: positive and against.")

    @property
    def names(self) -> tuple[str, str]:
        """Names of the lower and of the higher side."""
        return "+".join(self.against), "+".join(self.positive)

    def outcome(self, blocks: Sequence[Block]) -> FloatArray:
        """Tell the side of each block.

        Parameters
        ----------
        blocks : sequence of Block
            The blocks of a run.

        Returns
        -------
        ndarray, shape (n_blocks,)
            1 and -1; 0 for a condition on neither side.

        Raises
        ------
        UsageError
            If the run has no block of a condition that is named.
        """
        present = Counter(block.condition for block in blocks)
        for name in (*self.positive, *self.against):
            if name not in present:
                raise UsageError(
                    f"The events have no condition '{name}'; they have "
                    f"{', '.join(f'{each} ({n} blocks)' for each, n in sorted(present.items()))}."
                )
        return np.array(
            [
                float(b.condition in self.positive) - float(b.condition in self.against)
                for b in blocks
            ]
        )


def read_blocks(
    path: Path, *, column: str = "trial_type", longest_gap_s: float = LONGEST_GAP_S
) -> list[Block]:
    """Read the events of a run, as BIDS has them, and join trials that follow each other.

    Parameters
    ----------
    path : Path
        Tab-separated text with ``onset`` and ``duration`` [s] and a column of conditions.
    column : str
        The column of conditions.
    longest_gap_s : float
        Events of one condition with a shorter gap between them are one block [s].

    Returns
    -------
    list of Block
        By onset.

    Raises
    ------
    UsageError
        If a column is missing.
    TrainingError
        If the file cannot be read or an onset or duration is no time.
    """
    try:
        rows = read_rows(path)
    except (OSError, UnicodeDecodeError, ExportError) as error:
        raise TrainingError(f"The events {path} cannot be read: {error}") from error
    if not rows:
        raise TrainingError(f"{path} holds no events.")
    missing = [name for name in ("onset", "duration", column) if name not in rows[0]]
    if missing:
        raise UsageError(
            f"{path.name} has no column '{missing[0]}'; it has {', '.join(rows[0])}. Events are a "
            "tab-separated table with onset, duration and trial_type."
        )
    events = [
        Block(
            condition=row[column].strip(),
            onset_s=_seconds(row["onset"], path, line=line, least=-np.inf),
            duration_s=_seconds(row["duration"], path, line=line, least=0.0),
        )
        for line, row in enumerate(rows, start=2)
        if row[column].strip() not in ("", "n/a")
    ]
    return _joined(sorted(events, key=lambda event: event.onset_s), longest_gap_s)


def hold_out_together(outcome: FloatArray, *, n_folds: int | None = None) -> IntArray:
    """Assign blocks to folds, in the order of the run, with both sides in every fold.

    A fold that lacked one side would leave the other in the majority among the rest, which
    drives predictions of the held-out blocks below chance. Each fold takes neighbours in time, so
    that slow change does not help.

    Parameters
    ----------
    outcome : ndarray, shape (n_blocks,)
        1 and -1, by onset.
    n_folds : int, optional
        Number of folds; as many as the rarer side has blocks if not given.

    Returns
    -------
    ndarray, shape (n_blocks,), int
        Folds, from 0.

    Raises
    ------
    TrainingError
        If a side has fewer blocks than there are folds, or fewer than two.
    """
    n_positive, n_against = int((outcome > 0).sum()), int((outcome < 0).sum())
    fewest = min(n_positive, n_against)
    if fewest < 2:
        raise TrainingError(
            f"There are {n_positive} blocks of the positive side and {n_against} of the other; at "
            "least 2 of each are needed to train on one and test on the other. Give a longer run, "
            "or lower the gap at which events become one block."
        )
    n = n_folds or fewest
    if not 2 <= n <= fewest:
        raise TrainingError(
            f"{n} folds are asked for, and the rarer side has {fewest} blocks: each fold needs a "
            f"block of each side. Ask for 2 to {fewest} folds."
        )
    folds = np.zeros(len(outcome), dtype=np.int64)
    for side in (outcome > 0, outcome < 0):
        rows = np.flatnonzero(side)
        folds[rows] = np.arange(len(rows)) * n // len(rows)
    return folds


def n_orders(outcome: FloatArray, folds: IntArray) -> int:
    """Count the ways in which labels can be exchanged inside folds.

    Parameters
    ----------
    outcome : ndarray, shape (n_blocks,)
        1 and -1.
    folds : ndarray, shape (n_blocks,), int
        Folds.

    Returns
    -------
    int
        No permutation test inside folds gives a p below one over it.
    """
    return math.prod(
        math.comb(int((folds == fold).sum()), int((outcome[folds == fold] > 0).sum()))
        for fold in np.unique(folds)
    )


def _seconds(text: str, path: Path, *, line: int, least: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = np.nan
    if not (np.isfinite(value) and value >= least):
        raise TrainingError(
            f"{path.name}, line {line}: '{text}' is no time in seconds. Mend the events first."
        )
    return value


def _joined(events: list[Block], longest_gap_s: float) -> list[Block]:
    blocks: list[Block] = []
    for event in events:
        last = blocks[-1] if blocks else None
        if (
            last is not None
            and last.condition == event.condition
            and event.onset_s - last.onset_s - last.duration_s < longest_gap_s
        ):
            end_s = max(last.onset_s + last.duration_s, event.onset_s + event.duration_s)
            blocks[-1] = Block(
                condition=last.condition, onset_s=last.onset_s, duration_s=end_s - last.onset_s
            )
        else:
            blocks.append(event)
    return blocks
