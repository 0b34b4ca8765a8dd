"""Events of a BIDS data set with trial-wise quantities, as a derivative data set."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from empatune import __version__
from empatune.behaviour.bridges.events import quantities_in, with_quantities
from empatune.behaviour.bridges.modulators import modulated
from empatune.behaviour.fitting.record import Unfitted
from empatune.bids import VERSION, Dataset, label
from empatune.bids.derivatives import RunFiles, find_inherited
from empatune.bids.names import FileName
from empatune.errors import BehaviourError, DatasetError, EmpatuneError
from empatune.typing import JsonObject, JsonValue

if TYPE_CHECKING:
    import pandas as pd

MAKER = "empatune"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A part of a trial that has events of its own, such as the cue or the outcome.

    Attributes
    ----------
    trial_types : tuple of str
        Types of events that together hold each trial once; all events if empty.
    quantities : tuple of str
        What is put there; all quantities if empty.
    """

    trial_types: tuple[str, ...] = ()
    quantities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSettings:
    """Which events get quantities, and how.

    Attributes
    ----------
    phases : tuple of Phase
        Which events get which quantities.
    keys : tuple of str
        Columns by which trials are matched; by order if empty.
    tasks : tuple of str
        Labels of tasks; all if empty.
    modulators : tuple of str
        Quantities of which modulators are written, too.
    standardised : bool
        Whether modulators are divided by their standard deviation in a run.
    """

    phases: tuple[Phase, ...] = (Phase(),)
    keys: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    modulators: tuple[str, ...] = ()
    standardised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Whose quantities they are.

    Attributes
    ----------
    model : str
        Name of the model.
    notes : dict
        What sidecars say of the fit.
    values : mapping of str to dict
        Parameters that were used, by person.
    words : mapping of str to str
        What each quantity is.
    """

    model: str
    notes: JsonObject
    values: Mapping[str, JsonObject]
    words: Mapping[str, str]

    @property
    def label(self) -> str:
        """The model in names of files."""
        return label(self.model)


def write_events(
    bids_dir: Path,
    out: Path,
    made: pd.DataFrame,
    source: Source,
    settings: EventSettings | None = None,
) -> tuple[list[Path], tuple[Unfitted, ...]]:
    """
    Write the events of all people with the quantities of a fit.

    Parameters
    ----------
    bids_dir : Path
        The raw data set.
    out : Path
        The derivative data set.
    made : pandas.DataFrame
        Quantities of everybody: ``participant``, ``row``, keys, quantities.
    source : Source
        Whose they are.
    settings : EventSettings, optional
        Which events get them.

    Returns
    -------
    paths : list of Path
        What was written, inside ``out``.
    left_out : tuple of Unfitted
        Who has no events, or events that do not match the trials.

    Raises
    ------
    DatasetError
        If the data set has no events.
    BehaviourError
        If nobody's events match.
    """
    asked = settings or EventSettings()
    found = find_events(bids_dir, tasks=asked.tasks)
    left_out: list[Unfitted] = []
    with Dataset(out, maker=MAKER) as dataset:
        for person, own in made.groupby("participant", sort=False):
            bare = str(person).removeprefix("sub-")
            try:
                files = _of_person(found, bare)
                runs = [_read(path) for path in files]
                for phase in asked.phases:
                    runs = with_quantities(
                        runs,
                        own,
                        trial_types=phase.trial_types,
                        quantities=phase.quantities,
                        keys=asked.keys,
                    )
                made_of = [_modulators(run, asked) for run in runs]
            except EmpatuneError as problem:
                left_out.append(Unfitted(participant=str(person), reason=str(problem)))
                continue
            names = [name for name in quantities_in(own, asked.keys) if name in runs[0]]
            for path, run, extra in zip(files, runs, made_of, strict=True):
                sidecar = _sidecar(bids_dir, path, source, names) | {
                    "ParameterValues": source.values.get(str(person), {})
                }
                _place(dataset, path, bids_dir, source.label, run, sidecar)
                if extra is not None:
                    words = _modulator_sidecar(source, asked)
                    _place(dataset, path, bids_dir, f"{source.label}Glm", extra, words)
        if len(left_out) == made["participant"].nunique():
            raise BehaviourError(
                f"Nobody's events match their trials. {left_out[0].participant}: "
                f"{left_out[0].reason}"
            )
        dataset.json(PurePath("dataset_description.json"), _description(source))
        return [Path(path) for path in dataset.commit()], tuple(left_out)


def find_events(bids_dir: Path, *, tasks: Sequence[str] = ()) -> dict[str, list[Path]]:
    """
    Find the events of everybody's runs.

    Parameters
    ----------
    bids_dir : Path
        A BIDS data set.
    tasks : sequence of str
        Labels of tasks; all if empty.

    Returns
    -------
    dict of str to list of Path
        Files by person, in the order of sessions and runs.

    Raises
    ------
    DatasetError
        If there are none.
    """
    wanted = {task.removeprefix("task-") for task in tasks}
    found: dict[str, list[tuple[tuple[str, ...], Path]]] = {}
    for path in sorted(bids_dir.glob("sub-*/**/*_events.tsv")):
        name = FileName.parse(path.name)
        if name is None or (wanted and name.entities.get("task") not in wanted):
            continue
        order = tuple(name.entities.get(key, "").zfill(8) for key in ("ses", "task", "run"))
        found.setdefault(name.entities["sub"], []).append((order, path))
    if not found:
        raise DatasetError(
            f"{bids_dir} holds no events{' of ' + ', '.join(sorted(wanted)) if wanted else ''}: "
            f"no file sub-*/**/*_events.tsv. Give the folder of the raw data set."
        )
    return {who: [path for _, path in sorted(files)] for who, files in found.items()}


def _of_person(found: Mapping[str, list[Path]], who: str) -> list[Path]:
    """Take one person's events."""
    if who not in found:
        raise DatasetError(
            f"the data set has no events of theirs; it has those of "
            f"{', '.join(f'sub-{one}' for one in list(found)[:5])}"
            f"{', ...' if len(found) > 5 else ''}"
        )
    return found[who]


def _read(path: Path) -> pd.DataFrame:
    """Read events; empty cells stay as they are."""
    import pandas as pd

    events: pd.DataFrame = pd.read_csv(path, sep="\t", na_values=["n/a"])
    absent = [name for name in ("onset", "duration") if name not in events]
    if absent:
        raise DatasetError(f"{path.name} has no column {', '.join(absent)}")
    return events.sort_values("onset", kind="stable", ignore_index=True)


def _modulators(run: pd.DataFrame, asked: EventSettings) -> pd.DataFrame | None:
    """Make the modulators of a run, if they were asked for."""
    if not asked.modulators:
        return None
    return modulated(run, asked.modulators, standardised=asked.standardised)


def _place(
    dataset: Dataset,
    path: Path,
    bids_dir: Path,
    description: str,
    table: pd.DataFrame,
    sidecar: JsonObject,
) -> None:
    """Add a table of events with its sidecar."""
    name = path.name.replace("_events.tsv", f"_desc-{description}_events.tsv")
    place = PurePath(path.relative_to(bids_dir).with_name(name))
    dataset.text(place, table.to_csv(sep="\t", index=False, na_rep="n/a", lineterminator="\n"))
    dataset.json(place.with_suffix(".json"), sidecar)


def _sidecar(
    bids_dir: Path, path: Path, source: Source, names: Sequence[str]
) -> dict[str, JsonValue]:
    """Say what the columns of events are, those that were there and ours."""
    name = FileName.parse(path.name)
    said: dict[str, JsonValue] = {}
    if name is not None:
        run = RunFiles(entities=name.entities)
        for file in find_inherited(bids_dir, run, suffix="events", extension=".json"):
            said |= json.loads(file.read_text(encoding="utf-8"))
    ours: dict[str, JsonValue] = {
        one: {"Description": source.words.get(one, f"{one.replace('_', ' ')} of the model")}
        for one in names
    }
    return {**source.notes, **said, **ours}


def _modulator_sidecar(source: Source, asked: EventSettings) -> JsonObject:
    """Say what events with modulations are."""
    divided = ", divided by its standard deviation in the run" if asked.standardised else ""
    return {
        **source.notes,
        "trial_type": {
            "Description": f"Type of the event, or {', '.join(asked.modulators)}: a modulator"
        },
        "modulation": {
            "Description": f"1; of modulators the quantity less its mean in the run{divided}"
        },
    }


def _description(source: Source) -> JsonObject:
    """Describe the data set."""
    return {
        "Name": f"Events with trial-wise quantities of {source.model}",
        "BIDSVersion": VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": MAKER, "Version": __version__}],
    }
