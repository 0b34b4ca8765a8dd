"""Trials of real people as tidy tables: what behaviour models are fitted to.

    python benchmarks/behaviour_tables.py [--json] [--out FOLDER]

Needs EMPATUNE_DATA or ../shared, with its `data/behaviour`. Lists the data sets with people, trials,
missed responses and what was left out; with --out, writes each as NAME_trials.tsv and
NAME_participants.tsv.

Every table has one row a trial in the order in which it happened, `participant` as text, `trial`,
and responses `choice` (1/0), `rating` or `rt` [s], empty where there was none. `session` and `block`
tell apart trials of the same number; a change of `block` means new cues.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import behaviour_choices as choices
import behaviour_ratings as ratings
from behaviour_records import Tables

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """One set of real trials."""

    name: str
    title: str
    source: str
    licence: str
    response: str
    reader: Callable[[Path], Tables]

    def read(self) -> Tables:
        """Read it from the shared folder."""
        return self.reader(folder())


def folder() -> Path:
    return Path(os.environ.get("EMPATUNE_DATA", ROOT.parent / "shared")) / "data" / "behaviour"


DATASETS = (
    DataSet(
        name="motives",
        title="Allocation of money by induced motive",
        source="Saulin, Horn, Lotze, Kaiser & Hein 2022, doi 10.1016/j.neuroimage.2021.118827",
        licence="MIT",
        response="choice",
        reader=choices.motives,
    ),
    DataSet(
        name="closeness",
        title="Closeness to another who is often, then seldom in pain",
        source="Saulin, Ting, Engelmann & Hein 2024, doi 10.1523/JNEUROSCI.1108-23.2024",
        licence="none stated",
        response="rating",
        reader=ratings.closeness,
    ),
    DataSet(
        name="effort",
        title="Effort for oneself and for another",
        source="Lockwood and colleagues 2022, doi 10.1016/j.cub.2022.08.010",
        licence="none stated",
        response="choice",
        reader=choices.effort,
    ),
    DataSet(
        name="learning",
        title="Learning for oneself, another and no one, in young and older people",
        source="Cutler and colleagues 2021, doi 10.1038/s41467-021-24576-w",
        licence="none stated",
        response="choice",
        reader=choices.learning,
    ),
    DataSet(
        name="selection",
        title="Choosing to feel or to describe",
        source="Empathy Selection Task, pilots 1, 3 and 5a (`est_praise`)",
        licence="none stated",
        response="choice",
        reader=choices.selection,
    ),
    DataSet(
        name="trust",
        title="Investing with a friend, a stranger and a computer",
        source="doi 10.18112/openneuro.ds003745",
        licence="CC0",
        response="choice",
        reader=choices.trust,
    ),
    DataSet(
        name="avoidance",
        title="Approach and avoidance learned from reward and punishment, twice",
        source="Yamamori, Robinson & Roiser 2023, doi 10.7554/eLife.87720",
        licence="CC0",
        response="choice",
        reader=choices.avoidance,
    ),
    DataSet(
        name="seen_pain",
        title="Unpleasantness of seen pain after full and after short sleep",
        source="doi 10.18112/openneuro.ds000201",
        licence="CC0",
        response="rating",
        reader=ratings.seen_pain,
    ),
    DataSet(
        name="regulation",
        title="Success of regulating one's feelings after full and after short sleep",
        source="doi 10.18112/openneuro.ds000201",
        licence="CC0",
        response="rating",
        reader=ratings.regulation,
    ),
    DataSet(
        name="kindness",
        title="Loving-kindness training against relaxation: measures at three times",
        source="`lkm_loneliness`",
        licence="none stated",
        response="loneliness",
        reader=ratings.kindness,
    ),
)
TABLES = {each.name: each for each in DATASETS}


def summary(each: DataSet) -> dict[str, object]:
    """Count what a data set holds."""
    read = each.read()
    trials = read.trials
    answers = trials.groupby("participant")[each.response]
    return {
        "name": each.name,
        "people": trials["participant"].nunique(),
        "trials": len(trials),
        "a person": f"{answers.size().min()}-{answers.size().max()}",
        "missed": int(trials[each.response].isna().sum()),
        "one answer only": int((answers.nunique() < 2).sum()),
        "fastest [s]": round(float(trials["rt"].min()), 3) if "rt" in trials else None,
        "left out": "; ".join(map(str, read.left_out)) or "nothing",
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true", help="print the counts as JSON")
    options.add_argument("--out", type=Path, help="write the tables here")
    given = options.parse_args()
    found = [summary(each) for each in DATASETS]
    if given.json:
        print(json.dumps(found, indent=1))
    else:
        print(pd.DataFrame(found).to_string(index=False, max_colwidth=60))
    if given.out is None:
        return
    given.out.mkdir(parents=True, exist_ok=True)
    for each in DATASETS:
        read = each.read()
        for part, table in (("trials", read.trials), ("participants", read.participants)):
            text = table.to_csv(None, sep="\t", index=False, na_rep="")
            (given.out / f"{each.name}_{part}.tsv").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
