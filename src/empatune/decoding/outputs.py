"""What decoding leaves on disk: a BIDS derivative in which nothing is half-written."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from empatune import __version__
from empatune.bids import VERSION, Cell, Column, Table, with_sidecars
from empatune.bids.derivatives import RunFiles
from empatune.decoding.run import RunScores
from empatune.decoding.trials import Trials
from empatune.files import checksum, write_together, write_whole
from empatune.typing import FloatArray, JsonObject, JsonValue

MAKER = "empatune"
DIGEST, CONTENT = "EmpatuneDigest", "EmpatuneContent"

IGNORED = (
    "/sub-*.html\n*_table.*\n*_timeseries.*\n*_status.*\n/group*\n/status.*\n.empatune*\n*.part\n"
)
"""Files that BIDS does not name yet."""

_FIRST = (
    Column(name="participant", description="Label of the participant"),
    Column(name="session", description="Label of the session"),
    Column(name="task", description="Label of the task"),
    Column(name="run", description="Label of the run"),
    Column(name="trial", description="Number of the trial in the run, from 1"),
    Column(name="onset", description="Start, from that of the first volume", units="s"),
    Column(name="duration", description="Length", units="s"),
    Column(name="trial_type", description="Type of the event"),
)
_LAST = (
    Column(name="signature", description="Weight map or component system"),
    Column(
        name="kind",
        description="What that is",
        levels={"signature": "a weight map", "system": "regions of a component of empathy"},
    ),
    Column(
        name="measure",
        description="How the estimate is compared with it",
        levels={
            "dot": "sum of weight times value",
            "cosine": "dot product over both norms",
            "correlation": "Pearson's r over voxels",
            "mean": "mean over the system's voxels",
        },
    ),
    Column(name="score", description="Response of the trial; n/a if it cannot be estimated"),
    Column(name="coverage_voxels", description="Share of the map's voxels in the brain"),
    Column(name="coverage_weight", description="Share of its squared weights in the brain"),
)
_TAKEN = {column.name for column in (*_FIRST, *_LAST)}


def write_dataset(folder: Path, *, source: Path) -> None:
    """Describe the data set that decoding makes.

    Parameters
    ----------
    folder : Path
        The data set.
    source : Path
        The data set with the preprocessed series.
    """
    facts: JsonObject = {
        "Name": "empatune decode",
        "BIDSVersion": VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": MAKER, "Version": __version__}],
        "SourceDatasets": [{"URL": source.resolve().as_uri()}],
    }
    write_whole(folder / "dataset_description.json", _json(facts))
    write_whole(folder / ".bidsignore", IGNORED)
    write_whole(folder / "README", _README)


def table_path(folder: Path, run: RunFiles, estimates: str) -> Path:
    """Return where a run's trial table belongs.

    Parameters
    ----------
    folder : Path
        The data set.
    run : RunFiles
        The run.
    estimates : str
        What was scored.

    Returns
    -------
    Path
        The table; its sidecar has the same stem.
    """
    space = f"_space-{run.space}" if run.space else ""
    return folder / run.folder / f"{run.stem}{space}_desc-{estimates}_table.tsv"


def series_path(path: Path) -> Path:
    """Return where the time series of a run's volumes belongs.

    Parameters
    ----------
    path : Path
        The run's trial table.

    Returns
    -------
    Path
        The time series beside it.
    """
    return path.with_name(path.name.replace("_table.tsv", "_timeseries.tsv"))


def is_finished(path: Path, digest: str) -> bool:
    """Tell whether a trial table is there, whole, and made from the same inputs and settings.

    Parameters
    ----------
    path : Path
        The table.
    digest : str
        Of inputs and settings.

    Returns
    -------
    bool
        True if it need not be made again.
    """
    try:
        facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        content = checksum(path)
    except (OSError, ValueError):
        return False
    return bool(facts.get(DIGEST) == digest and facts.get(CONTENT) == content)


def write_scores(path: Path, run: RunFiles, scores: RunScores, *, notes: JsonObject) -> int:
    """Write a run's trial table and, where volumes were scored, their time series.

    Parameters
    ----------
    path : Path
        The table.
    run : RunFiles
        The run.
    scores : RunScores
        Its scores.
    notes : dict
        What the sidecar says about inputs and settings.

    Returns
    -------
    int
        Number of trials.
    """
    told: JsonObject = {
        **notes,
        "Confounds": list(scores.confounds),
        "Notes": list(scores.notes),
        "NumberOfVolumes": len(scores.times_s),
        "RepetitionTime": float(scores.times_s[1] - scores.times_s[0]),
        "StartTime": float(scores.times_s[0]),
        "CoverageVoxels": _by_name(scores.names, scores.coverage_voxels),
        "CoverageWeight": _by_name(scores.names, scores.coverage_weight),
    }
    if scores.volumes is not None:
        _write_volumes(series_path(path), scores, told)
    table = _trial_table(run, scores)
    text = table.to_tsv()
    content = hashlib.sha256(text.encode()).hexdigest()
    facts: JsonObject = {**told, CONTENT: content, **table.to_json()}
    path.with_suffix(".json").unlink(missing_ok=True)
    write_whole(path, text)
    write_whole(path.with_suffix(".json"), _json(facts))  # last: it marks the run as finished
    return len(scores.scores)


def carried_columns(trials: Trials) -> dict[str, tuple[str, ...]]:
    """Name the columns of the events that the trial table carries on.

    Parameters
    ----------
    trials : Trials
        The events of a run.

    Returns
    -------
    dict of str to tuple of str
        One value an event; a column whose name the table needs itself begins with ``events_``.
    """
    return {(f"events_{n}" if n in _TAKEN else n): v for n, v in trials.extra.items()}


def _by_name(names: tuple[str, ...], values: FloatArray) -> JsonObject:
    return dict(zip(names, map(float, values), strict=True))


def _trial_table(run: RunFiles, scores: RunScores) -> Table:
    trials = scores.trials
    extra = carried_columns(trials)
    where: list[Cell] = [run.entities.get(key, "n/a") for key in ("sub", "ses", "task", "run")]
    rows: list[list[Cell]] = []
    for trial, event in enumerate(np.flatnonzero(trials.scored)):
        first: list[Cell] = [
            *where,
            trial + 1,
            float(trials.onset[event]),
            float(trials.duration[event]),
            trials.trial_type[event],
            *(values[event] for values in extra.values()),
        ]
        rows += [
            [*first, name, kind, measure, *map(float, numbers)]
            for name, kind, measure, *numbers in zip(
                scores.names,
                scores.kinds,
                scores.measures,
                scores.scores[trial],
                scores.coverage_voxels,
                scores.coverage_weight,
                strict=True,
            )
        ]
    carried = [Column(name=name, description="From the events file") for name in extra]
    return Table(columns=(*_FIRST, *carried, *_LAST), rows=rows)


def _write_volumes(path: Path, scores: RunScores, notes: JsonObject) -> None:
    columns = [
        Column(
            name=f"{name}_{measure}", description=f"Response of every volume to {name}: {measure}"
        )
        for name, measure in zip(scores.names, scores.measures, strict=True)
    ]
    rows = [list(map(float, row)) for row in np.asarray(scores.volumes)]
    table = Table(columns=columns, rows=rows, notes=notes)
    write_together(with_sidecars({path: table}, escaped=False))


def _json(content: JsonValue) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


_README = """\
Scores of signatures and component systems, trial by trial, written by `empatune decode`.

sub-*.html                  one page a person: scores, coverage, motion
sub-*/**/*_table.tsv        one row a trial, signature and measure; the sidecar has the settings
sub-*/**/*_timeseries.tsv   one row a volume, where volumes were scored
status.tsv                  what became of every run, and why
"""
