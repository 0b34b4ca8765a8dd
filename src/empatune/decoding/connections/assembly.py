"""Runs put together as the series that models are fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from scipy.linalg import block_diag

from empatune.connectivity.series import Series
from empatune.decoding.connections.inputs import BINS_PER_SCAN, check_inputs, make_inputs
from empatune.decoding.connections.recordings import Recording
from empatune.decoding.connections.settings import ReadingSettings
from empatune.decoding.connections.signals import TR_TOLERANCE, RunSignals, read_run
from empatune.decoding.connections.space import ModelSpace
from empatune.decoding.settings import plain
from empatune.errors import DecodingError, EmpatuneError
from empatune.typing import FloatArray, JsonObject

EVERY = "all"
"""How joined runs are called where a run's name is asked for."""


_SILENT = 1e-9
"""A signal whose changes are a smaller share of it is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Runs of one person that one fit is of.

    Parameters
    ----------
    participant : str
        Whose they are.
    run : str
        What they are called: ``all``, ``ses-pre``, or a run's own entities.
    recordings : tuple of Recording
        The runs in their order.
    """

    participant: str
    run: str
    recordings: tuple[Recording, ...]

    @property
    def name(self) -> str:
        """Name for messages."""
        return f"sub-{self.participant}" + ("" if self.run == EVERY else f" {self.run}")

    @property
    def stem(self) -> str:
        """Beginning of the names of files of their fits."""
        tail = "" if self.run == EVERY else f"_{self.run}"
        return f"sub-{self.participant}{tail}"


def group_runs(recordings: Sequence[Recording], settings: ReadingSettings) -> tuple[Group, ...]:
    """
    Put the runs together that one fit is of.

    Parameters
    ----------
    recordings : sequence of Recording
        The recordings of a study.
    settings : ReadingSettings
        Says what one fit is of.

    Returns
    -------
    tuple of Group
        Ordered by their names.
    """

    def key(each: Recording) -> tuple[str, str]:
        if settings.per == "person":
            return each.participant, EVERY
        if settings.per == "session":
            session = each.entities.get("ses")
            return each.participant, f"ses-{session}" if session else EVERY
        pairs = [f"{k}-{v}" for k, v in each.entities.items() if k != "sub"]
        return each.participant, "_".join(pairs) or EVERY

    ordered = sorted(recordings, key=lambda each: (key(each), each.stem))
    return tuple(
        Group(participant=who, run=run, recordings=tuple(several))
        for (who, run), several in groupby(ordered, key=key)
    )


def assemble(
    group: Group, space: ModelSpace, settings: ReadingSettings, *, folder: Path
) -> tuple[Series, JsonObject]:
    """
    Read runs and join them.

    Each run keeps a constant, drift and confounds of its own. Where runs are joined, the model
    takes the end of one for the beginning of the next: leave rest at both.

    Parameters
    ----------
    group : Group
        The runs.
    space : ModelSpace
        Regions and inputs.
    settings : ReadingSettings
        How.
    folder : Path
        Where paths of masks begin.

    Returns
    -------
    series : Series
        Signals, inputs, confounds.
    facts : dict
        What a user should know of them.

    Raises
    ------
    EmpatuneError
        If a run cannot be read, or runs do not fit each other.
    """
    runs = []
    for recording in group.recordings:
        try:
            run = read_run(recording, space.regions, settings, folder=folder)
            inputs = make_inputs(
                recording.events, space.inputs, n_scans=len(run.signals), tr_s=run.tr_s
            )
        except EmpatuneError as problem:
            if len(group.recordings) == 1:
                raise
            raise DecodingError(f"{recording.stem}: {problem}") from problem
        runs.append((run, inputs))
    first = runs[0][0]
    _check_alike([run for run, _ in runs], group)
    _check_signals([run for run, _ in runs], space, group)
    inputs = check_inputs(
        np.vstack([inputs for _, inputs in runs]),
        space.inputs,
        [each.events for each in group.recordings if each.events],
    )
    series = Series(
        signals=np.vstack([run.signals - run.signals.mean(axis=0) for run, _ in runs]),
        inputs=inputs,
        tr_s=first.tr_s,
        bin_s=first.tr_s / BINS_PER_SCAN,
        delays_s=_delays(space, first),
        confounds=block_diag(*(run.nuisance for run, _ in runs)),
        name=group.name,
    )
    return series, _facts(group, [run for run, _ in runs])


def _check_alike(runs: Sequence[RunSignals], group: Group) -> None:
    times = [run.tr_s for run in runs]
    if max(times) - min(times) > TR_TOLERANCE * min(times):
        told = ", ".join(
            f"{each.stem} {tr_s:g} s" for each, tr_s in zip(group.recordings, times, strict=True)
        )
        raise DecodingError(
            f"Runs with different TRs cannot be joined: {told}. Fit each alone (--per run), or "
            "mend the sidecars."
        )


def _check_signals(runs: Sequence[RunSignals], space: ModelSpace, group: Group) -> None:
    for each, run in zip(group.recordings, runs, strict=True):
        left = run.signals - run.nuisance @ (run.nuisance.T @ run.signals)
        silent = np.linalg.norm(left, axis=0) <= _SILENT * np.linalg.norm(run.signals, axis=0)
        if silent.any():
            names = [name for name, is_so in zip(space.regions, silent, strict=True) if is_so]
            raise DecodingError(
                f"The region {', '.join(names)} has no signal in {each.stem}: it never changes, or "
                "only with the confounds. Check its mask or column, or leave it out."
            )


def _delays(space: ModelSpace, run: RunSignals) -> FloatArray:
    told = [part.delay_s for part in space.regions.values()]
    return np.array([run.delay_s if each is None else each for each in told])


def _facts(group: Group, runs: Sequence[RunSignals]) -> JsonObject:
    several = zip(group.recordings, runs, strict=True)
    return {
        "Participant": group.participant,
        "Run": group.run,
        "Runs": {
            each.stem: {"Scans": len(run.signals), "Notes": list(run.notes), **run.facts}
            for each, run in several
        },
    }


def describe_space(space: ModelSpace) -> JsonObject:
    """
    Tell what series of a model space depend on.

    Parameters
    ----------
    space : ModelSpace
        The space.

    Returns
    -------
    dict
        Regions and inputs in their order.
    """
    return {
        "Regions": [[name, plain(part)] for name, part in space.regions.items()],
        "Inputs": [[name, plain(part)] for name, part in space.inputs.items()],
    }
