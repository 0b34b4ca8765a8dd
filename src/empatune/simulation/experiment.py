"""A paradigm with simulated people as a BIDS data set: behaviour, regions or whole brains.

What people felt and their parameters are written apart, in ``derivatives/truth``: no study knows
them. That an analysis finds them again is a recovery test, and no evidence on people.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np

from empatune.bids import (
    VERSION,
    Cell,
    Column,
    Dataset,
    Entities,
    Table,
    label,
    write_image,
)
from empatune.errors import UsageError
from empatune.motives import LOADINGS, PARAMETERS
from empatune.paradigms import Paradigm
from empatune.paradigms.dataset import add_events, participants, run_entities
from empatune.signatures import Signature
from empatune.simulation import head as heads
from empatune.simulation.answers import REACHES, answers
from empatune.simulation.brain import Activity, BrainSettings
from empatune.simulation.cohort import Cohort, simulate_cohort
from empatune.simulation.images import RunImages, make_images
from empatune.simulation.regions import ScannedRun, scan_all, scanned_runs
from empatune.simulation.signatures import synthetic
from empatune.typing import JsonObject

Kind = Literal["behaviour", "regions", "brain"]
"""How much is measured."""

KINDS: tuple[Kind, ...] = ("behaviour", "regions", "brain")

MAKER = "empatune simulate"
SPACE = "MNI152NLin6Asym"
STATES = ("care", "distress")
"""Signatures of what shows in a whole brain."""

_IMAGES = PurePosixPath("derivatives/fmriprep")
_REGIONS = PurePosixPath("derivatives/regions")
_TRUTH = PurePosixPath("derivatives/truth")

Progress = Callable[[str, int, int], object]
"""Is told what is done, how much of it, and how much there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentSettings:
    """What is simulated of a paradigm.

    Parameters
    ----------
    kind : {"behaviour", "regions", "brain"}
        Answers alone; with time series of regions; or with images of the whole brain.
    n : int or None
        How many people; those of the paradigm if None.
    seed : int
        Seed of everything.
    parameters : mapping of str to float
        Values that replace the model's defaults, as the middle of the population [their units].
    tr_s : float or None
        Repetition time [s]; that of the paradigm if None.
    workers : int
        Processes that make images.
    brain : BrainSettings
        The images.
    """

    kind: Kind = "behaviour"
    n: int | None = None
    seed: int = 0
    parameters: Mapping[str, float] = field(default_factory=dict)
    tr_s: float | None = None
    workers: int = 1
    brain: BrainSettings = field(default_factory=BrainSettings)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f"The kind is '{self.kind}'; allowed: {', '.join(KINDS)}.")
        if self.workers < 1:
            raise UsageError(f"{self.workers} workers were asked for; at least 1 is needed.")
        if self.tr_s is not None and not 0.1 <= self.tr_s <= 30:
            raise UsageError(f"The repetition time is {self.tr_s:g} s; allowed are 0.1 to 30 s.")


def simulate_experiment(
    paradigm: Paradigm,
    folder: Path,
    *,
    settings: ExperimentSettings | None = None,
    signatures: Mapping[str, Signature] | None = None,
    progress: Progress | None = None,
) -> Cohort:
    """Simulate a paradigm and write it as BIDS, all files or none.

    Parameters
    ----------
    paradigm : Paradigm
        The paradigm.
    folder : Path
        The data set; must not be there, or be empty.
    settings : ExperimentSettings, optional
        What is simulated.
    signatures : mapping of str to Signature, optional
        Maps named ``care`` and ``distress`` in which these states show; synthetic ones if not
        given.
    progress : callable, optional
        Is told what is done, how much of it, and how much there is.

    Returns
    -------
    Cohort
        The people and all they did.

    Raises
    ------
    UsageError
        If the folder holds something, nobody is scanned, or a parameter is impossible.
    ParadigmError
        If there are fewer people than groups.
    ExportError
        If the folder cannot be written.
    """
    settings = settings or ExperimentSettings()
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty. Give a folder that is empty or not there yet.")
    tr_s = _tr_s(paradigm, settings)
    told = progress or (lambda *_: None)
    cohort = simulate_cohort(
        paradigm, n=settings.n, seed=settings.seed, parameters=settings.parameters
    )
    n_people = len(cohort.labels)
    with Dataset(folder, maker=MAKER) as data:
        data.json(PurePosixPath("dataset_description.json"), _description(paradigm, "raw"))
        data.text(PurePosixPath("README"), _readme(paradigm, settings))
        trials, traits = cohort.layout.table, cohort.simulated.traits
        people = participants(paradigm, trials, traits=traits)
        data.table(PurePosixPath("participants.tsv"), people)
        add_events(
            data,
            paradigm,
            trials,
            answers=answers(cohort),
            progress=lambda done: told("people", done, n_people),
        )
        _add_truth(data, cohort)
        if tr_s is not None:
            runs = scanned_runs(cohort.layout, paradigm, tr_s=tr_s, seed=cohort.seeds.scans)
            _add_regions(data, cohort, runs, told)
            if settings.kind == "brain":
                maps = signatures or {name: synthetic(name) for name in STATES}
                _add_images(data, cohort, runs, settings, maps, told)
        data.commit()
    return cohort


def _tr_s(paradigm: Paradigm, settings: ExperimentSettings) -> float | None:
    if settings.kind == "behaviour":
        return None
    tr_s = settings.tr_s or paradigm.paradigm.tr_s
    if tr_s is None:
        raise UsageError(
            f"Nobody is scanned in {paradigm.name}: it has no tr_s. Give a repetition time (--tr), "
            "or simulate its behaviour alone (--kind behaviour)."
        )
    return tr_s


def _description(paradigm: Paradigm, kind: str) -> JsonObject:
    links: list[str] = [f"https://doi.org/{paradigm.paradigm.doi}"] if paradigm.paradigm.doi else []
    return {
        "Name": f"Simulated, no person took part: {paradigm.paradigm.title}",
        "BIDSVersion": VERSION,
        "DatasetType": kind,
        "GeneratedBy": [{"Name": MAKER}],
        "ReferencesAndLinks": [paradigm.paradigm.source, *links],
    }


def _readme(paradigm: Paradigm, settings: ExperimentSettings) -> str:
    changed = ", ".join(f"{name} = {value:g}" for name, value in settings.parameters.items())
    maker = f"the paradigm {paradigm.name} and the model of motivated empathy"
    facts = [
        f"Simulated from {maker} with seed {settings.seed}; no person took part.",
        f"The design is after: {paradigm.paradigm.source}.",
        f"Parameters of the model: {changed or 'all defaults'}.",
        "What people felt, and their parameters, are in derivatives/truth.",
    ]
    if settings.kind == "brain":
        facts.append(
            "Images are made in MNI space, as preprocessing would leave them; the raw images are "
            "the same files."
        )
    return "\n\n".join(facts) + "\n"


def _add_truth(data: Dataset, cohort: Cohort) -> None:
    described = _description(cohort.paradigm, "derivative")
    data.json(_TRUTH / "dataset_description.json", described)
    data.text(_TRUTH / ".bidsignore", "/parameters.*\n/trials.*\n")
    columns = [Column(name="participant_id", description="number of the person")]
    columns += [
        Column(name=each.name, description=each.meaning, units=each.unit) for each in PARAMETERS
    ]
    people = zip(*(cohort.people[each.name].tolist() for each in PARAMETERS), strict=True)
    rows = [(f"sub-{name}", *values) for name, values in zip(cohort.labels, people, strict=True)]
    data.table(_TRUTH / "parameters.tsv", Table(columns=columns, rows=rows))
    data.table(_TRUTH / "trials.tsv", _trials(cohort))


def _trials(cohort: Cohort) -> Table:
    """List what was true of every trial, without noise."""
    seen, gather = cohort.simulated.seen, cohort.layout.gather
    places = ("participant", "session", "run", "trial", "condition")
    given = [cohort.layout.table[name].tolist() for name in places]
    felt = {"net_motive": seen.net, **seen.components._asdict()}
    columns = [Column(name=name, description=f"{name} of the trial") for name in places]
    columns += [
        Column(name=name, description=f"{name.replace('_', ' ')} in the model") for name in felt
    ]
    values = [np.round(gather(each).astype(float), 6).tolist() for each in felt.values()]
    rows: list[tuple[Cell, ...]] = list(zip(*given, *values, strict=True))
    return Table(columns=columns, rows=rows)


def _entities(cohort: Cohort, run: ScannedRun) -> Entities:
    first = cohort.layout.table.iloc[run.rows[0]]
    return run_entities(
        cohort.paradigm, str(first["participant"]), str(first["session"]), int(first["run"])
    )


def _add_regions(data: Dataset, cohort: Cohort, runs: list[ScannedRun], told: Progress) -> None:
    data.json(_REGIONS / "dataset_description.json", _description(cohort.paradigm, "derivative"))
    data.text(_REGIONS / ".bidsignore", "*_timeseries.*\n")
    gather = cohort.layout.gather
    activity = {name: gather(cohort.simulated.activity[name]) for name in LOADINGS}
    columns = [
        Column(name=name, description=f"blood of {name}, with noise", units="1")
        for name in LOADINGS
    ]
    for done, run in enumerate(runs, start=1):
        series = scan_all(run, activity, seed=cohort.seeds.scans)
        rows = np.round(np.stack(list(series.values()), axis=1), 6).tolist()
        notes: JsonObject = {"SamplingFrequency": 1 / run.tr_s, "StartTime": run.tr_s / 2}
        path = _entities(cohort, run).path("timeseries", ".tsv", desc="regions")
        data.table(_REGIONS / path, Table(columns=columns, rows=rows, notes=notes))
        told("regions", done, len(runs))


def _add_images(
    data: Dataset,
    cohort: Cohort,
    runs: list[ScannedRun],
    settings: ExperimentSettings,
    maps: Mapping[str, Signature],
    told: Progress,
) -> None:
    described = _description(cohort.paradigm, "derivative")
    data.json(_IMAGES / "dataset_description.json", described)
    data.text(_IMAGES / ".bidsignore", "*_timeseries.*\n")
    head = heads.on(settings.brain.grid)
    timing: JsonObject = {"RepetitionTime": runs[0].tr_s, "TaskName": cohort.paradigm.name}
    data.json(PurePosixPath(f"task-{label(cohort.paradigm.name)}_bold.json"), timing)
    jobs = []
    for place, run in enumerate(runs):
        entities = _entities(cohort, run)
        stem = _IMAGES / entities.folder / f"{entities.stem}_space-{SPACE}_desc"
        image = data.place(stem.with_name(f"{stem.name}-preproc_bold.nii.gz"))
        told_by: JsonObject = {**timing, "SkullStripped": False}
        data.json(stem.with_name(f"{stem.name}-preproc_bold.json"), told_by)
        mask = data.place(stem.with_name(f"{stem.name}-brain_mask.nii.gz"))
        write_image(mask, head.brain, head.grid)
        table = data.place(_IMAGES / entities.path("timeseries", ".tsv", desc="confounds"))
        jobs.append(
            RunImages(
                image=image,
                table=table,
                activity=_activity(cohort, run),
                tr_s=run.tr_s,
                seed=(cohort.seeds.scans, place),
            )
        )
    made = make_images(
        jobs, settings.brain, care=maps["care"], distress=maps["distress"], workers=settings.workers
    )
    for done, _ in enumerate(made, start=1):
        told("runs", done, len(jobs))
    for run, job in zip(runs, jobs, strict=True):
        os.link(job.image, data.place(_entities(cohort, run).path("bold", ".nii.gz")))


def _activity(cohort: Cohort, run: ScannedRun) -> Activity:
    gather, simulated = cohort.layout.gather, cohort.simulated
    blood = run.responses(run.n_volumes)
    felt = simulated.seen.components
    return Activity(
        care=blood @ gather(felt.concern)[run.events] / REACHES["care"].full,
        distress=blood @ gather(felt.distress)[run.events] / REACHES["distress"].full,
        sight=blood.sum(axis=1),
        regions={name: blood @ gather(simulated.activity[name])[run.events] for name in LOADINGS},
    )
