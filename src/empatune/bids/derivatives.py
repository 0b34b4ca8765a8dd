"""The runs that fMRIPrep left behind, each with its images, confounds and events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from empatune.bids.dataset import DESCRIPTION
from empatune.bids.names import FileName
from empatune.errors import DatasetError
from empatune.typing import JsonObject

SPACES = ("MNI152NLin6Asym", "MNI152NLin2009cAsym")
"""Spaces that are taken, the first that is there; then any other whose name starts with MNI."""

_ORDER = ("sub", "ses", "task", "acq", "ce", "rec", "dir", "run", "echo", "part")
"""Entities that tell runs apart, in the order of BIDS."""

_IMAGES = (".nii.gz", ".nii")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which runs of a data set are meant; an empty tuple means all.

    Parameters
    ----------
    participants, sessions, tasks : tuple of str
        Labels, with or without ``sub-``, ``ses-``, ``task-``.
    space : str
        Space of the images; the first of `SPACES` that is there if empty.
    resolution : str
        The ``res`` label of the images, where there are several.
    """

    participants: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    space: str = ""
    resolution: str = ""

    def __post_init__(self) -> None:
        for name, prefix in (("participants", "sub-"), ("sessions", "ses-"), ("tasks", "task-")):
            labels = tuple(text.removeprefix(prefix) for text in getattr(self, name))
            object.__setattr__(self, name, labels)

    def takes(self, entities: Mapping[str, str]) -> bool:
        """Tell whether a run is meant.

        Parameters
        ----------
        entities : dict of str to str
            The entities of one of its files.

        Returns
        -------
        bool
            True if participant, session and task are.
        """
        wanted = (("sub", self.participants), ("ses", self.sessions), ("task", self.tasks))
        return all(not labels or entities.get(key, "") in labels for key, labels in wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFiles:
    """The files of one run. What is missing is None, so that the run can say so itself.

    Parameters
    ----------
    entities : dict of str to str
        What tells the run from others: ``sub``, ``task`` and more, in the order of BIDS.
    space, resolution : str
        Of the images; the resolution is empty if the name has none.
    bold, mask, confounds : Path or None
        Preprocessed series, brain mask and table of confounds.
    events : Path or None
        Table of events, of the raw data set.
    metadata : dict
        What the sidecars say, the nearest last.
    """

    entities: Mapping[str, str]
    space: str = ""
    resolution: str = ""
    bold: Path | None = None
    mask: Path | None = None
    confounds: Path | None = None
    events: Path | None = None
    metadata: JsonObject = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """Beginning of the names of the run's files."""
        return "_".join(f"{key}-{value}" for key, value in self.entities.items())

    @property
    def folder(self) -> Path:
        """Folder of the run's files, inside a data set."""
        session = self.entities.get("ses")
        middle = [f"ses-{session}"] if session else []
        return Path(f"sub-{self.entities['sub']}", *middle, "func")


def find_runs(
    bids_dir: Path, derivatives: Path, *, selection: Selection | None = None
) -> tuple[RunFiles, ...]:
    """Find the runs of a data set that fMRIPrep, or a tool that names as it does, preprocessed.

    Parameters
    ----------
    bids_dir : Path
        The raw data set, which has the events.
    derivatives : Path
        The derivative data set.
    selection : Selection, optional
        Which runs; all if not given.

    Returns
    -------
    tuple of RunFiles
        Ordered by name. A run of the raw data set that was not preprocessed is among them,
        without a series.

    Raises
    ------
    DatasetError
        If a folder is not a data set, or nothing in it fits the selection.
    """
    selection = selection or Selection()
    for folder in (bids_dir, derivatives):
        _check_dataset(folder)
    images = _images(derivatives, selection, desc="preproc")
    space = _space(images, selection, derivatives)
    images = _resolved(
        [each for each in images if each[1].entities.get("space") == space], selection
    )
    runs: dict[str, RunFiles] = {}
    for path, name in images:
        run = _run(path, name, bids_dir)
        if run.stem in runs:
            raise DatasetError(
                f"{derivatives} holds {run.stem} in {space} more than once "
                f"({_twin(runs[run.stem])} and {path.name}). Name the resolution: --resolution."
            )
        runs[run.stem] = run
    for _, name in _images(bids_dir, selection):
        entities = _identity(name.entities)
        run = RunFiles(entities=entities)
        if run.stem not in runs and entities.get("task") in _tasks(runs.values()):
            runs[run.stem] = run
    _check_participants(runs.values(), selection, derivatives)
    return tuple(runs[stem] for stem in sorted(runs))


def find_inherited(root: Path, run: RunFiles, *, suffix: str, extension: str) -> list[Path]:
    """Find the files that apply to a run by the inheritance principle of BIDS.

    Parameters
    ----------
    root : Path
        A data set.
    run : RunFiles
        The run.
    suffix, extension : str
        What kind of file, such as ``events`` and ``.tsv``.

    Returns
    -------
    list of Path
        From the most general to the nearest.
    """
    folders = [root / parent for parent in (*reversed(run.folder.parents), run.folder)]
    found: list[tuple[int, int, Path]] = []
    for depth, folder in enumerate(folders):
        for path in folder.glob(f"*{suffix}{extension}"):
            name = FileName.parse(path.name)
            if name is None or name.suffix != suffix or name.extension != extension:
                continue
            if all(run.entities.get(key) == value for key, value in name.entities.items()):
                found.append((depth, len(name.entities), path))
    return [path for *_, path in sorted(found)]


def _check_dataset(folder: Path) -> None:
    if not (folder / DESCRIPTION).is_file():
        raise DatasetError(
            f"{folder} is not a BIDS data set: it has no {DESCRIPTION}. "
            "Give the folder of the raw data set, and with --derivatives that of fMRIPrep."
        )


def _images(
    root: Path, selection: Selection, *, desc: str | None = None
) -> list[tuple[Path, FileName]]:
    found = []
    for path in sorted(root.glob("sub-*/**/func/*_bold.nii*")):
        name = FileName.parse(path.name)
        if name is None or name.extension not in _IMAGES or "task" not in name.entities:
            continue
        if name.entities.get("desc") == desc and selection.takes(name.entities):
            found.append((path, name))
    return found


def _space(images: list[tuple[Path, FileName]], selection: Selection, derivatives: Path) -> str:
    present = sorted({name.entities.get("space", "") for _, name in images})
    standard = [space for space in present if space.startswith("MNI")]
    wanted = (selection.space,) if selection.space else (*SPACES, *standard)
    for space in wanted:
        if space in present:
            return space
    seen = ", ".join(space or "the participant's own" for space in present) or "none"
    raise DatasetError(
        f"{derivatives} holds no *_space-{selection.space or 'MNI...'}_desc-preproc_bold.nii.gz "
        f"of the participants, sessions and tasks that were named (spaces found: {seen}). "
        "Name others (--participant-label, --session-label, --task, --space), or run fMRIPrep "
        "with --output-spaces MNI152NLin2009cAsym."
    )


def _resolved(
    images: list[tuple[Path, FileName]], selection: Selection
) -> list[tuple[Path, FileName]]:
    wanted = selection.resolution.removeprefix("res-")
    chosen = [each for each in images if not wanted or each[1].entities.get("res") == wanted]
    if not chosen:
        present = sorted({name.entities.get("res", "none") for _, name in images})
        raise DatasetError(
            f"No image has the resolution 'res-{wanted}'; there are: {', '.join(present)}. "
            "Leave --resolution out, or name one of these."
        )
    return chosen


def _run(path: Path, name: FileName, bids_dir: Path) -> RunFiles:
    run = RunFiles(entities=_identity(name.entities))
    stem = path.name.split("_desc-preproc_")[0]
    events = find_inherited(bids_dir, run, suffix="events", extension=".tsv")
    return RunFiles(
        entities=run.entities,
        space=name.entities["space"],
        resolution=name.entities.get("res", ""),
        bold=path,
        mask=_first(path.with_name(f"{stem}_desc-brain_mask{end}") for end in _IMAGES),
        confounds=_first(
            path.with_name(f"{run.stem}_desc-confounds_{ending}.tsv")
            for ending in ("timeseries", "regressors")
        ),
        events=events[-1] if events else None,
        metadata=_metadata(run, path, bids_dir),
    )


def _metadata(run: RunFiles, path: Path, bids_dir: Path) -> JsonObject:
    beside = path.with_name(path.name.split(".")[0] + ".json")
    merged: JsonObject = {}
    for sidecar in (*find_inherited(bids_dir, run, suffix="bold", extension=".json"), beside):
        if not sidecar.is_file():
            continue
        try:
            merged.update(json.loads(sidecar.read_text(encoding="utf-8")))
        except (OSError, ValueError) as problem:
            merged["Damaged"] = f"{sidecar} cannot be read: {problem}"
    return merged


def _identity(entities: Mapping[str, str]) -> dict[str, str]:
    return {key: entities[key] for key in _ORDER if key in entities}


def _first(paths: Iterable[Path]) -> Path | None:
    return next((path for path in paths if path.is_file()), None)


def _twin(run: RunFiles) -> str:
    return run.bold.name if run.bold else run.stem


def _tasks(runs: Iterable[RunFiles]) -> set[str]:
    return {run.entities["task"] for run in runs}


def _check_participants(runs: Iterable[RunFiles], selection: Selection, derivatives: Path) -> None:
    found = {run.entities["sub"] for run in runs}
    missing = [label for label in selection.participants if label not in found]
    if missing:
        raise DatasetError(
            f"{derivatives} holds no run of sub-{', sub-'.join(missing)}; "
            f"it has {', '.join(f'sub-{label}' for label in sorted(found)) or 'nobody'}."
        )
