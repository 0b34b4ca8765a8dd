"""What happened when: blocks, pauses, markers, and the log of the session."""

from __future__ import annotations

from empatune.bids import Cell, Column, Table
from empatune.exports.blocks import Stretch, stretches
from empatune.exports.history import SessionHistory
from empatune.realtime.messages import Notice, OperatorCommand, SourceEnded, StateChanged
from empatune.typing import JsonObject

_COLUMNS = (
    Column(
        name="onset",
        description=(
            "Start after the acquisition of volume 0. Blocks and pauses begin with a volume; a "
            "marker is placed by the clock of the recording machine, at most one repetition time "
            "plus the transfer delay off."
        ),
        units="s",
    ),
    Column(name="duration", description="Length as it really ran", units="s"),
)


def events(history: SessionHistory) -> Table:
    """Return blocks, pauses and markers as BIDS events.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    Table
        One row an event, by onset.
    """
    ran = stretches(history)
    rows = [_stretch_row(history, stretch) for stretch in ran] + _marker_rows(history)
    rows.sort(key=lambda row: (row[0], row[2]))
    return Table(
        columns=(*_COLUMNS, _trial_types(ran), *_EXTRA),
        rows=rows,
        notes={"StimulusPresentation": _presentation(history)},
    )


_EXTRA = (
    Column(name="block", description="Number of the block in the protocol, from 0"),
    Column(
        name="feedback",
        description="Whether a value was shown",
        levels={"true": "a feedback value was shown", "false": "no value was shown"},
    ),
    Column(
        name="complete",
        description="Whether the block ran to its planned length",
        levels={"true": "as planned", "false": "cut short by a pause or the end"},
    ),
    Column(name="text", description="What the operator wrote to a marker"),
)


def log(history: SessionHistory) -> Table:
    """Return operator's actions, notices and changes of state.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    Table
        One row a journal entry, in their order.
    """
    rows = [
        [entry.number, round(history.time_s(entry.wall_s), 3), *_log_words(entry.message)]
        for entry in history.entries
    ]
    return Table(
        columns=(
            Column(name="entry", description="Number of the journal's row"),
            Column(name="time", description="Time after the start of volume 0", units="s"),
            Column(
                name="kind",
                description="Who or what",
                levels={
                    "operator": "an operator's action",
                    "state": "the session changed its state",
                    "source": "the source of volumes ended",
                    "info": "a notice for information",
                    "warning": "a warning",
                    "alarm": "a notice that asked the operator to act",
                },
            ),
            Column(name="what", description="Action, code of the notice, or new state"),
            Column(name="text", description="In words"),
        ),
        rows=rows,
    )


def _log_words(message: object) -> list[Cell]:
    match message:
        case OperatorCommand():
            text = f"{message.operator}: {message.text}" if message.text else message.operator
            return ["operator", message.action, text]
        case Notice():
            return [message.level, message.code, message.text]
        case StateChanged():
            return ["state", message.state, message.reason]
        case SourceEnded():
            return ["source", "ended", message.reason]
        case _:
            return ["info", type(message).__name__, ""]


def _stretch_row(history: SessionHistory, stretch: Stretch) -> list[Cell]:
    tr_s = history.tr_s
    in_block = stretch.block >= 0
    return [
        round(stretch.first * tr_s, 9),
        round(stretch.n_volumes * tr_s, 9),
        stretch.condition,
        stretch.block if in_block else None,
        stretch.feedback if in_block else None,
        stretch.complete if in_block else None,
        None,
    ]


def _marker_rows(history: SessionHistory) -> list[list[Cell]]:
    return [
        [round(history.time_s(entry.wall_s), 3), 0.0, "marker", None, None, None, command.text]
        for entry, command in history.of(OperatorCommand)
        if command.action == "marker"
    ]


def _trial_types(ran: tuple[Stretch, ...]) -> Column:
    levels = {
        stretch.condition: f"block of the condition '{stretch.condition}'"
        for stretch in ran
        if stretch.block >= 0
    }
    levels["pause"] = "the operator paused the session; volumes kept coming"
    levels["marker"] = "the operator set a marker"
    return Column(name="trial_type", description="What happened", levels=levels)


def _presentation(history: SessionHistory) -> JsonObject:
    software = history.facts.get("software") or {}
    return {
        "SoftwareName": "empatune",
        "SoftwareVersion": str(software.get("empatune", "unknown")),
    }
