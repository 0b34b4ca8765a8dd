"""Finding the recordings of a study: images of fMRIPrep, or tables with a column a region."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from empatune.bids import label
from empatune.bids.dataset import DESCRIPTION
from empatune.bids.derivatives import RunFiles, Selection, find_inherited, find_runs
from empatune.bids.names import FileName
from empatune.decoding.connections.recordings import Choice, Recording, read_table
from empatune.errors import DatasetError
from empatune.typing import JsonObject

_SIGNALS = "timeseries"
_CONFOUNDS = "confounds"
_ORDER = ("sub", "ses", "task", "acq", "ce", "rec", "dir", "run", "echo", "part")
_LISTED = ("signals", "events", "confounds")
"""Columns with paths of a table that lists recordings."""


def find_recordings(
    data: Path, *, derivatives: Path | None = None, choice: Choice | None = None
) -> tuple[Recording, ...]:
    """
    Find the recordings of a study.

    Parameters
    ----------
    data : Path
        A BIDS data set; or a folder of tables ``sub-01_task-help_timeseries.tsv`` with
        ``..._events.tsv`` beside them; or one such table; or a table that lists recordings, with
        columns ``participant``, ``signals``, ``events`` and, where wanted, ``session``, ``run``,
        ``confounds``, ``tr_s``.
    derivatives : Path, optional
        Of a BIDS data set, the folder with images or tables of signals; fMRIPrep's, else the
        first with tables, if not given.
    choice : Choice, optional
        Which are meant.

    Returns
    -------
    tuple of Recording
        In the order of their names.

    Raises
    ------
    DatasetError
        If there are none, or files do not say whose they are.
    """
    choice = choice or Choice()
    if not data.exists():
        raise DatasetError(f"There is no {data}. Give a data set, a folder of tables or a table.")
    if data.is_file():
        found = _of_file(data, choice)
    elif (data / DESCRIPTION).is_file():
        found = _of_dataset(data, derivatives, choice)
    else:
        found = _of_folder(data, data)
    chosen = [each for each in found if choice.takes(each.entities)]
    if not chosen:
        seen = ", ".join(each.stem for each in found[:5]) or "none"
        raise DatasetError(
            f"{data} holds no recording that was asked for (recordings: {seen}"
            f"{' ...' if len(found) > 5 else ''}). Look at --participant-label and --only; tables "
            "of signals are called sub-LABEL_..._timeseries.tsv."
        )
    return tuple(sorted(chosen, key=lambda each: each.stem))


def _of_file(path: Path, choice: Choice) -> list[Recording]:
    rows = read_table(path)
    if rows and {"participant", "signals"} <= set(rows[0]):
        return [_listed(path, row, place) for place, row in enumerate(rows, start=2)]
    name = FileName.parse(path.name)
    entities = _identity(name.entities) if name else {}
    events = choice.events or _beside(path, "events")
    return [
        Recording(
            entities=entities if "sub" in entities else {"sub": label(path.name.split(".")[0])},
            table=path,
            events=events,
            confounds=choice.confounds or _beside(path, _CONFOUNDS),
            metadata=_sidecar(path),
        )
    ]


def _listed(path: Path, row: Mapping[str, str], place: int) -> Recording:
    paths: dict[str, Path | None] = {}
    for name in _LISTED:
        told = row.get(name, "n/a")
        paths[name] = None if told in ("n/a", "") else path.parent / told
        if paths[name] is not None and not (path.parent / told).is_file():
            raise DatasetError(f"{path}, line {place}: there is no file {path.parent / told}.")
    table = paths["signals"]
    if table is None:
        raise DatasetError(f"{path}, line {place}: signals is {row['signals']}; give a file.")
    keys = {"participant": "sub", "session": "ses", "task": "task", "run": "run"}
    entities = {
        short: row[name].removeprefix(f"{short}-")
        for name, short in keys.items()
        if row.get(name, "n/a") not in ("n/a", "")
    }
    if "sub" not in entities:
        raise DatasetError(f"{path}, line {place}: participant is n/a; say whose recording it is.")
    for short, text in entities.items():
        if not text.isalnum():
            raise DatasetError(
                f"{path}, line {place}: the label '{text}' ({short}) has signs other than letters "
                "and digits, which BIDS allows alone. Rename it."
            )
    metadata = _sidecar(table)
    if row.get("tr_s", "n/a") not in ("n/a", ""):
        metadata["RepetitionTime"] = _number(row["tr_s"], path, place)
    return Recording(
        entities=entities,
        table=table,
        events=paths["events"],
        confounds=paths["confounds"],
        metadata=metadata,
    )


def _number(text: str, path: Path, place: int) -> float:
    try:
        return float(text)
    except ValueError:
        raise DatasetError(f"{path}, line {place}: tr_s is '{text}', not a time in s.") from None


def _of_dataset(data: Path, derivatives: Path | None, choice: Choice) -> list[Recording]:
    folder = derivatives or data / "derivatives" / "fmriprep"
    if _has_images(folder):
        selection = Selection(
            participants=choice.participants, space=choice.space, resolution=choice.resolution
        )
        return [
            Recording(
                entities=run.entities,
                images=run,
                events=run.events,
                confounds=run.confounds,
                metadata=run.metadata,
            )
            for run in find_runs(data, folder, selection=selection)
        ]
    folders = [derivatives] if derivatives else sorted((data / "derivatives").glob("*"))
    for each in (*folders, data):
        found = _of_folder(each, data) if each.is_dir() else []
        if found:
            return found
    raise DatasetError(
        f"{folder} holds neither images (*_desc-preproc_bold.nii.gz) nor tables of signals "
        "(*_timeseries.tsv). Name the folder that does: --derivatives."
    )


def _has_images(folder: Path) -> bool:
    return any(folder.glob("sub-*/**/func/*_desc-preproc_bold.nii*"))


def _of_folder(folder: Path, raw: Path) -> list[Recording]:
    found: dict[str, Recording] = {}
    for path in sorted(folder.rglob(f"sub-*_{_SIGNALS}.tsv")):
        name = FileName.parse(path.name)
        if name is None or name.entities.get("desc") == _CONFOUNDS:
            continue
        entities = _identity(name.entities)
        run = RunFiles(entities=entities)
        inherited = find_inherited(raw, run, suffix="events", extension=".tsv")
        recording = Recording(
            entities=entities,
            table=path,
            events=_beside(path, "events") or (inherited[-1] if inherited else None),
            confounds=_beside(path, _CONFOUNDS),
            metadata=_metadata(path, raw, run),
        )
        if recording.stem in found:
            raise DatasetError(
                f"{folder} holds signals of {recording.stem} more than once "
                f"({_name(found[recording.stem])} and {path.name}). Name the folder of those that "
                "are meant (--derivatives)."
            )
        found[recording.stem] = recording
    return list(found.values())


def _name(recording: Recording) -> str:
    return recording.table.name if recording.table else recording.stem


def _beside(path: Path, suffix: str) -> Path | None:
    """Find the events or confounds that stand beside a table."""
    name = FileName.parse(path.name)
    if name is None or "sub" not in name.entities:
        return None
    stem = "_".join(f"{key}-{value}" for key, value in _identity(name.entities).items())
    names = [f"{stem}_{suffix}.tsv", f"{stem}_desc-{suffix}_{_SIGNALS}.tsv"]
    return next((each for each in map(path.with_name, names) if each.is_file()), None)


def _metadata(path: Path, raw: Path, run: RunFiles) -> JsonObject:
    merged: JsonObject = {}
    for sidecar in find_inherited(raw, run, suffix="bold", extension=".json"):
        merged |= _json(sidecar)
    return merged | _sidecar(path)


def _sidecar(path: Path) -> JsonObject:
    beside = path.with_suffix(".json")
    return _json(beside) if beside.is_file() else {}


def _json(path: Path) -> JsonObject:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise DatasetError(f"{path} cannot be read: {problem}. Mend it first.") from problem
    return facts if isinstance(facts, dict) else {}


def _identity(entities: Mapping[str, str]) -> dict[str, str]:
    return {key: entities[key] for key in _ORDER if key in entities}
