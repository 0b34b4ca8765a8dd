"""What was decoded of one person, read back for a page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from empatune.bids.derivatives import RunFiles
from empatune.decoding.confounds import read_displacement
from empatune.decoding.outcome import Outcome
from empatune.decoding.outputs import series_path, table_path
from empatune.decoding.settings import DecodingSettings
from empatune.errors import DecodingError
from empatune.typing import FloatArray, JsonObject

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DecodedRun:
    """One run of a person.

    Parameters
    ----------
    outcome : Outcome
        What became of it.
    facts : dict
        The sidecar of its trial table; empty if the run failed.
    trials : DataFrame or None
        Its trial table; None if the run failed.
    volumes : DataFrame or None
        Its time series, where volumes were scored.
    displacement : ndarray, shape (n_volumes,), or None
        Framewise displacement [mm]; None if its confounds do not tell.
    """

    outcome: Outcome
    facts: JsonObject
    trials: pd.DataFrame | None
    volumes: pd.DataFrame | None
    displacement: FloatArray | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Participant:
    """One person.

    Parameters
    ----------
    label : str
        Without ``sub-``.
    runs : tuple of DecodedRun
        The person's runs.
    settings : DecodingSettings
        How they were decoded.
    """

    label: str
    runs: tuple[DecodedRun, ...]
    settings: DecodingSettings

    @property
    def coverage(self) -> dict[str, tuple[float, float]]:
        """Coverage of every map in the person's worst run, by voxels and by weight energy."""
        worst: dict[str, tuple[float, float]] = {}
        for run in self.runs:
            voxels, weight = run.facts.get("CoverageVoxels"), run.facts.get("CoverageWeight")
            if not isinstance(voxels, dict) or not isinstance(weight, dict):
                continue
            for name in voxels:
                found = (float(str(voxels[name])), float(str(weight[name])))
                worst[name] = min(worst.get(name, found), found, key=min)
        return worst


def read_participant(
    folder: Path,
    runs: Sequence[RunFiles],
    outcomes: Mapping[str, Outcome],
    *,
    settings: DecodingSettings,
) -> Participant:
    """Read what was decoded of a person.

    Parameters
    ----------
    folder : Path
        The data set that `empatune.decoding.study.decode_study` made.
    runs : sequence of RunFiles
        The person's runs.
    outcomes : dict of str to Outcome
        What became of every run, by its BIDS name.
    settings : DecodingSettings
        How they were decoded.

    Returns
    -------
    Participant
        The person.
    """
    return Participant(
        label=runs[0].entities["sub"],
        runs=tuple(_read_run(folder, run, outcomes[run.stem], settings) for run in runs),
        settings=settings,
    )


def _read_run(
    folder: Path, run: RunFiles, outcome: Outcome, settings: DecodingSettings
) -> DecodedRun:
    try:
        displacement = read_displacement(run.confounds)
    except DecodingError:
        displacement = None
    path = table_path(folder, run, settings.estimates)
    done = outcome.status != "failed"
    return DecodedRun(
        outcome=outcome,
        facts=json.loads(path.with_suffix(".json").read_text(encoding="utf-8")) if done else {},
        trials=_table(path) if done else None,
        volumes=_table(series_path(path)) if done and settings.estimates == "volumes" else None,
        displacement=displacement,
    )


def _table(path: Path) -> pd.DataFrame:
    import pandas as pd

    return pd.read_csv(
        path, sep="\t", na_values=["n/a"], keep_default_na=False, dtype={"trial_type": str}
    )
