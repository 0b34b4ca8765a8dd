"""The trials that a study will have, as its events tell before anything is decoded."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from empatune.bids.derivatives import RunFiles
from empatune.decoding.collection import read_trial_table, table_paths
from empatune.decoding.group.contrast import Contrast, pairs
from empatune.decoding.group.sides import check_levels
from empatune.decoding.group.table import levels
from empatune.decoding.outputs import carried_columns, table_path
from empatune.decoding.settings import DecodingSettings
from empatune.decoding.trials import Trials, read_trials
from empatune.errors import DecodingError

if TYPE_CHECKING:
    import pandas as pd


def check_contrasts(
    runs: Sequence[RunFiles],
    contrasts: Sequence[Contrast],
    folder: Path,
    *,
    settings: DecodingSettings,
) -> None:
    """Refuse contrasts that the events of a study cannot have, before it is decoded.

    Parameters
    ----------
    runs : sequence of RunFiles
        The runs that will be decoded; events that cannot be read are passed over, their runs
        fail by themselves.
    contrasts : sequence of Contrast
        What the group level will compare; all pairs of ``trial_type`` if empty.
    folder : Path
        The data set of the results. If it holds tables of other runs, which the group level will
        also compare, nothing is refused here.
    settings : DecodingSettings
        How the runs will be decoded.

    Raises
    ------
    UsageError
        If a column or level of a contrast does not exist, or pairs cannot be made.
    """
    mine = {table_path(folder, run, settings.estimates) for run in runs}
    if set(table_paths(folder, estimates=settings.estimates)) - mine:
        return
    rows = _planned(runs, settings)
    if rows is None:
        return
    for contrast in contrasts or pairs("trial_type", levels(rows, "trial_type")):
        check_levels(rows, contrast)


def _planned(runs: Sequence[RunFiles], settings: DecodingSettings) -> pd.DataFrame | None:
    import pandas as pd

    tables = []
    for run in runs:
        if run.bold is None or run.events is None:
            continue
        try:
            trials = read_trials(run.events, run_s=math.inf, trial_types=settings.trial_types)
        except DecodingError:
            continue
        tables.append(read_trial_table(io.StringIO(_text(run, trials))))
    return pd.concat(tables, ignore_index=True) if tables else None


def _text(run: RunFiles, trials: Trials) -> str:
    """Write the columns that a contrast may name as the trial table will have them."""
    where = {
        name: (run.entities.get(key, "n/a"),) * len(trials.onset)
        for name, key in (("participant", "sub"), ("session", "ses"), ("task", "task"))
    }
    columns = {
        **where,
        "run": (run.entities.get("run", "n/a"),) * len(trials.onset),
        "trial_type": trials.trial_type,
        **carried_columns(trials),
    }
    rows = zip(*columns.values(), trials.scored.tolist(), strict=True)
    lines = ["\t".join(row) for *row, scored in rows if scored]
    return "\n".join(["\t".join(columns), *lines]) + "\n"
