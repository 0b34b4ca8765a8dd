"""What was derived while a session ran, as a BIDS derivative."""

from __future__ import annotations

from pathlib import PurePosixPath

from empatune.bids import Column, Dataset, Entities, Table, label, write_image
from empatune.exports import events, outcomes, series
from empatune.exports.history import SessionHistory
from empatune.preparation import Prepared
from empatune.realtime.recorder import PREPARATION
from empatune.typing import Array, JsonObject

FOLDER = PurePosixPath("derivatives/empatune")
"""Where the derivatives lie in the data set."""

IGNORED = "".join(f"*_{suffix}.*\n" for suffix in ("timeseries", "table", "boldref", "weights"))
"""Files of the derivatives that BIDS does not name yet; fMRIPrep keeps the first and third so."""

_DESCRIPTIONS = {
    "confounds": "Motion and quality, volume by volume, as estimated during the session",
    "signatures": "Signature and system responses, score and feedback, volume by volume",
    "timing": "Delays of every volume",
    "brain": "The participant's brain mask in the grid of the bold series",
    "verdict": "Completeness, exclusions and delays",
    "blocks": "Means of every block",
    "effects": "Every condition against the baseline",
    "couplings": "Correlations with the score and with motion",
    "coverage": "Share of every map inside image and brain",
    "log": "Operator's actions, notices and changes of state",
}


def descriptions(history: SessionHistory) -> Table:
    """Return what every value of the desc entity marks.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    Table
        One row a value.
    """
    maps = {label(name): f"Weights of the signature {name}" for name in history.signatures}
    return Table(
        columns=(
            Column(name="desc_id", description="Value of the desc entity"),
            Column(name="description", description="What it marks"),
        ),
        rows=[[f"desc-{name}", text] for name, text in {**_DESCRIPTIONS, **maps}.items()],
    )


def add(data: Dataset, history: SessionHistory, entities: Entities) -> None:
    """Add time series, summaries and the preparation to a data set.

    Parameters
    ----------
    data : Dataset
        The data set.
    history : SessionHistory
        The session.
    entities : Entities
        Names of the run.

    Raises
    ------
    PreparationError
        If the preparation is incomplete.
    """

    def place(suffix: str, extension: str, desc: str = "") -> PurePosixPath:
        return FOLDER / entities.path(suffix, extension, desc=desc)

    for desc, table in (
        ("confounds", series.confounds(history)),
        ("signatures", series.signatures(history)),
        ("timing", series.timing(history)),
    ):
        data.table(place("timeseries", ".tsv", desc), table)
    for desc, table in (
        ("verdict", outcomes.verdict(history)),
        ("blocks", outcomes.blocks(history)),
        ("effects", outcomes.effects(history)),
        ("couplings", outcomes.couplings(history)),
        ("coverage", outcomes.coverage(history)),
        ("log", events.log(history)),
    ):
        data.table(place("table", ".tsv", desc), table)
    if (history.folder / PREPARATION).is_dir():
        _add_preparation(data, history, entities)


def _add_preparation(data: Dataset, history: SessionHistory, entities: Entities) -> None:
    prepared = Prepared.load(history.folder / PREPARATION)
    source = f"bids:raw:{entities.path('bold', '.nii.gz')}"
    described: list[tuple[str, str, Array, JsonObject]] = [
        ("boldref", "", prepared.reference, {"Description": "Mean EPI to which volumes align"}),
        (
            "mask",
            "brain",
            prepared.brain,
            {"Type": "Brain", "Description": "Brain mask in the grid of the bold series"},
        ),
    ]
    for name, weights in prepared.weights.items():
        facts: JsonObject = {
            "Description": (
                f"Weights of the signature {name}, brought to this brain by {prepared.method}. The "
                "sum of weight times intensity is the response."
            ),
            "Synthetic": history.stand_ins,
        }
        described.append(("weights", label(name), weights, facts))
    for suffix, desc, image, facts in described:
        path = FOLDER / entities.path(suffix, ".nii.gz", desc=desc)
        write_image(data.place(path), image, prepared.grid)
        sidecar = FOLDER / entities.path(suffix, ".json", desc=desc)
        data.json(sidecar, {**facts, "RawSources": [source]})
