"""Everything that a report rests on."""

from __future__ import annotations

from dataclasses import dataclass

from empatune.errors import PreparationError
from empatune.exports import SessionHistory, summary
from empatune.exports.statistics import Estimate
from empatune.exports.summary import BlockSummary, Coupling, Delay, Effect
from empatune.preparation import Prepared
from empatune.realtime.recorder import PREPARATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything that a report rests on.

    Parameters
    ----------
    history : SessionHistory
        The session.
    prepared : Prepared or None
        Its preparation, if the record holds one.
    blocks : tuple of BlockSummary
        Every block.
    effects : tuple of Effect
        Every condition against the baseline.
    couplings : tuple of Coupling
        Correlations with score and motion.
    learning : dict of str to Estimate
        Change of the score from block to block.
    delays : tuple of Delay
        Of every stage.
    """

    history: SessionHistory
    prepared: Prepared | None
    blocks: tuple[BlockSummary, ...]
    effects: tuple[Effect, ...]
    couplings: tuple[Coupling, ...]
    learning: dict[str, Estimate]
    delays: tuple[Delay, ...]


def gather(history: SessionHistory) -> Material:
    """Gather what a report rests on.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    Material
        All of it from the record.
    """
    blocks = summary.blocks(history)
    return Material(
        history=history,
        prepared=_prepared(history),
        blocks=blocks,
        effects=summary.effects(history, blocks),
        couplings=summary.couplings(history),
        learning=summary.learning(history, blocks),
        delays=summary.delays(history),
    )


def _prepared(history: SessionHistory) -> Prepared | None:
    folder = history.folder / PREPARATION
    try:
        return Prepared.load(folder) if folder.is_dir() else None
    except PreparationError:
        return None  # a session that was killed while it prepared still gets its report
