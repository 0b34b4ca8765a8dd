"""A session as BIDS: what the scanner measured, and what was derived from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from empatune.bids import VERSION, Column, Dataset, Entities, Table, read_rows
from empatune.errors import ExportError
from empatune.exports import derivatives, raw
from empatune.exports.history import SessionHistory
from empatune.exports.reading import read
from empatune.typing import JsonObject

MAKER = "empatune"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export wrote.

    Parameters
    ----------
    folder : Path
        The data set.
    files : tuple of str
        New files, relative to it.
    n_volumes : int
        Length of the series.
    empty : tuple of int
        Volumes that are filled with zeros, because they were lost or never arrived.
    finished : bool
        False if the session was killed or still runs.
    """

    folder: Path
    files: tuple[str, ...]
    n_volumes: int
    empty: tuple[int, ...]
    finished: bool

    def to_json(self) -> JsonObject:
        """Return it as a JSON object.

        Returns
        -------
        dict
            One entry a field.
        """
        return {
            "folder": str(self.folder),
            "files": list(self.files),
            "n_volumes": self.n_volumes,
            "empty_volumes": list(self.empty),
            "finished": self.finished,
        }


def export(session: Path, out: Path, *, overwrite: bool = False) -> Exported:
    """Write a session into a BIDS data set, all of it or nothing.

    Parameters
    ----------
    session : Path
        The session's folder.
    out : Path
        The data set: a new or empty folder, or one that was exported before.
    overwrite : bool
        Replace the same run if the data set has it.

    Returns
    -------
    Exported
        What was written.

    Raises
    ------
    ExportError
        If the session holds no volume, the run is there already, or the folder is not ours.
    RecordError
        If the record is damaged.
    """
    history = read(session)
    entities = _entities(history)
    if not any(volume.received for volume in history.volumes):
        raise ExportError(f"{session} holds no volume yet: there is nothing to export.")
    with Dataset(out, maker=MAKER) as data:
        replaced = _same_run(out, entities)
        if replaced and not overwrite:
            raise ExportError(
                f"{out} already holds {entities.stem}. Give --overwrite to replace it, "
                "or another --out."
            )
        _add_dataset(data, history, entities)
        raw.add(data, history, entities)
        derivatives.add(data, history, entities)
        files = data.commit(replaced=replaced)
    return Exported(
        folder=out,
        files=tuple(str(path) for path in files),
        n_volumes=len(history.volumes),
        empty=raw.empty_volumes(history),
        finished=history.finished,
    )


def _entities(history: SessionHistory) -> Entities:
    found = history.labels
    if not found["participant"] or not found["task"]:
        raise ExportError(
            f"The record in {history.folder} does not say whose session it is: it ended before "
            "the study was written."
        )
    return Entities(
        subject=found["participant"],
        session=found["session"],
        run=found["run"],
        task=found["task"],
    )


def _same_run(out: Path, entities: Entities) -> list[PurePath]:
    folders = [out / entities.folder, out / derivatives.FOLDER / entities.folder]
    return [
        path.relative_to(out)
        for folder in folders
        for path in sorted(folder.glob(f"{entities.stem}_*"))
    ]


def _add_dataset(data: Dataset, history: SessionHistory, entities: Entities) -> None:
    version = str((history.facts.get("software") or {}).get("empatune", "unknown"))
    made_by: JsonObject = {"Name": MAKER, "Version": version}
    for folder, kind, name, text in (
        (PurePosixPath(), "raw", history.study, _README),
        (
            derivatives.FOLDER,
            "derivative",
            f"{history.study}: empatune outputs",
            _DERIVATIVES_README,
        ),
    ):
        if data.holds(folder / "dataset_description.json"):
            continue
        description: JsonObject = {
            "Name": name,
            "BIDSVersion": VERSION,
            "DatasetType": kind,
            "GeneratedBy": [made_by],
        }
        if kind == "derivative":
            description["SourceDatasets"] = [{"URL": "../../"}]
        data.json(folder / "dataset_description.json", description)
        data.text(folder / "README", text)
    data.text(derivatives.FOLDER / ".bidsignore", derivatives.IGNORED)
    data.text(derivatives.FOLDER / "descriptions.tsv", derivatives.descriptions(history).to_tsv())
    _add_participant(data, history, entities)


def _add_participant(data: Dataset, history: SessionHistory, entities: Entities) -> None:
    path = PurePosixPath("participants.tsv")
    rows = read_rows(data.folder / path) if data.holds(path) else []
    name = f"sub-{entities.subject}"
    if all(row["participant_id"] != name for row in rows):
        rows.append({"participant_id": name, "simulated": "true" if history.simulated else "false"})
    headers = dict.fromkeys(header for row in rows for header in row)
    content = Table(
        columns=[_PARTICIPANT.get(h, Column(name=h, description=h)) for h in headers],
        rows=[[row.get(header, "n/a") for header in headers] for row in rows],
    )
    data.text(path, content.to_tsv())
    if not data.holds(path.with_suffix(".json")):  # what a person has described stays
        data.json(path.with_suffix(".json"), content.to_json())


_PARTICIPANT = {
    "participant_id": Column(name="participant_id", description="Label of the participant"),
    "simulated": Column(
        name="simulated",
        description="Whether the participant is a simulation",
        levels={"true": "simulated: no person was scanned", "false": "a person"},
    ),
}


_README = """\
Functional MRI of neurofeedback sessions, written by `empatune export`.

Each run was seen volume by volume while it was measured: the participant's page showed how their
brain expressed the score of the study. Blocks, pauses and markers are in the events files, as they
really ran. What was decoded and shown is in derivatives/empatune.

Volumes that were lost or never arrived are filled with zeros, so that the time axis is right. They
are no data: the sidecar of each series lists them as EmpatuneEmptyVolumes, and the confounds in
the derivatives have a motion_outlier column for each of them and for each volume that was marked.

Before you share this data set: deface anatomical images, read the markers' texts in the events
files for anything that names a person, and fill in authors, licence and the ethics approval.
"""

_DERIVATIVES_README = """\
What empatune derived while the sessions ran, volume by volume. Nothing was computed afterwards but
the tables of block means, effects and couplings, which rest on the same values.

desc-confounds    motion and quality, under the names that fMRIPrep uses
desc-signatures   responses of signatures and component systems, score, value on the screen
desc-timing       delays of every volume
desc-brain_mask, boldref, weights
                  the preparation: brain mask, reference image, weights in the grid of the series
desc-*_table      completeness, blocks, effects, couplings, coverage, and the log of the session

Every table has a JSON sidecar with a description and a unit for every column. Files that BIDS does
not name yet are listed in .bidsignore.
"""
