"""What trials of real people say on findings of the review: the page of evidence.

    python benchmarks/evidence.py [--out docs/results]

Needs EMPATUNE_DATA or ../shared, with its `data/behaviour`. Writes OUT/evidence.md and
OUT/evidence.png.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

import evidence_model
from empatune.claims.analysis import Cells, estimate, slopes
from empatune.claims.data import Columns
from empatune.claims.examination import Examination, examine
from empatune.claims.tables import read
from empatune.claims.trial_models import WALD
from empatune.numerics.mixed_logistic import fit_logistic
from empatune.paradigms import Contrast
from evidence_picture import draw
from evidence_words import PREFACE, SAYS

ROOT = Path(__file__).resolve().parents[1]
MOTIVES = ("control", "reciprocity", "empathy", "multi-motive")
ORDER = (*MOTIVES, "computer", "stranger", "friend")
EFFORTS = (2, 3, 4, 5, 6)
TREND = dict(zip(EFFORTS, (-0.2, -0.1, 0.0, 0.1, 0.2), strict=True))
"""Weights that make the slope over five steps of effort [per step]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One contrast and what was predicted of it."""

    name: str
    weights: Mapping[str, float]
    sign: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One data set on the page."""

    title: str
    key: str
    source: str
    rows: tuple[Row, ...]
    measure: str
    unit: str


def difference(one: str, other: str) -> dict[str, float]:
    return {one: 1.0, other: -1.0}


PARTS = (
    Part(
        title="Giving by induced motive",
        key="motives",
        source="Saulin, Horn, Lotze, Kaiser & Hein 2022, doi 10.1016/j.neuroimage.2021.118827; "
        "`hein_motives`, MIT licence. Each person divides money with four partners.",
        rows=(
            Row(name="empathy > control", weights=difference("empathy", "control")),
            Row(name="reciprocity > control", weights=difference("reciprocity", "control")),
            Row(name="both > control", weights=difference("multi-motive", "control")),
            Row(name="empathy > reciprocity", weights=difference("empathy", "reciprocity")),
            Row(name="both > empathy", weights=difference("multi-motive", "empathy")),
            Row(name="both > reciprocity", weights=difference("multi-motive", "reciprocity")),
        ),
        measure="share of prosocial choices",
        unit="share",
    ),
    Part(
        title="Closeness under empathy learning",
        key="closeness",
        source="Saulin and colleagues, data of `empathy_social_closeness`; `hein_closeness`, no "
        "licence stated. One other is mostly seen in pain in block 1 (20 of 25 trials) and seldom "
        "in block 2 (extinction); the control is in pain in every second trial.",
        rows=(
            Row(name="often in pain > control, block 1", weights=difference("seen_1", "control_1")),
            Row(name="the same, block 2", weights=difference("seen_2", "control_2")),
            Row(
                name="block 1 > block 2",
                weights={"seen_1": 1, "control_1": -1, "seen_2": -1, "control_2": 1},
            ),
        ),
        measure="closeness, 0 to 100 (100 minus the column, as in the authors' own analysis)",
        unit="points",
    ),
    Part(
        title="Trust in a friend, a stranger and a computer",
        key="trust",
        source="doi 10.18112/openneuro.ds003745; `srndna_trust`, CC0. People choose the higher or "
        "the lower of two investments; the partner may share the gain.",
        rows=(
            Row(name="friend > stranger", weights=difference("friend", "stranger")),
            Row(name="stranger > computer", weights=difference("stranger", "computer")),
            Row(name="friend > computer", weights=difference("friend", "computer")),
        ),
        measure="share of choices of the higher investment",
        unit="share",
    ),
    Part(
        title="Choosing to feel or to describe",
        key="selection",
        source="Empathy Selection Task, pilots 1, 3 and 5a; `est_praise`, no licence stated. Of the "
        "pilots in which some were praised, only those who were not.",
        rows=(
            Row(name="pilot 1: feel, against half", weights={"pilot1": 1.0}, sign=-1),
            Row(name="pilot 3: feel, against half", weights={"pilot3": 1.0}, sign=-1),
            Row(name="pilot 5a: feel, against half", weights={"pilot5a": 1.0}, sign=-1),
        ),
        measure="share of choices to feel",
        unit="share",
    ),
    Part(
        title="How feeling and describing are experienced",
        key="load",
        source="Empathy Selection Task, pilot 1, ratings from 1 to 5 after either task; "
        "`est_praise`, no licence stated.",
        rows=(
            Row(
                name="demanding: feel > describe",
                weights=difference("feel_demanding", "describe_demanding"),
            ),
            Row(
                name="hard work: feel > describe", weights=difference("feel_hard", "describe_hard")
            ),
            Row(
                name="insecure: feel > describe",
                weights=difference("feel_insecure", "describe_insecure"),
            ),
            Row(
                name="successful: feel < describe",
                weights=difference("feel_successful", "describe_successful"),
                sign=-1,
            ),
        ),
        measure="rating, 1 to 5",
        unit="points",
    ),
    Part(
        title="Effort for oneself and for another",
        key="effort",
        source="doi 10.1016/j.cub.2022.08.010; `prosocial_effort_fmri`, no licence stated. Offers "
        "of points for squeezing a handle, at five steps of effort; missed offers left out.",
        rows=(
            Row(
                name="self > other",
                weights={
                    f"{who}_{e}": s for who, s in (("self", 0.2), ("other", -0.2)) for e in EFFORTS
                },
            ),
            Row(
                name="self: slope over effort",
                weights={f"self_{e}": w for e, w in TREND.items()},
                sign=-1,
            ),
            Row(
                name="other: slope over effort",
                weights={f"other_{e}": w for e, w in TREND.items()},
                sign=-1,
            ),
            Row(
                name="slope: other < self",
                weights={f"other_{e}": w for e, w in TREND.items()}
                | {f"self_{e}": -w for e, w in TREND.items()},
                sign=-1,
            ),
        ),
        measure="share of accepted offers",
        unit="share",
    ),
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    out = options.parse_args().out
    folder = Path(os.environ.get("EMPATUNE_DATA", ROOT.parent / "shared")) / "data" / "behaviour"
    tables = {part.key: TABLES[part.key](folder) for part in PARTS}
    found = {part.key: list(examined(part, tables[part.key])) for part in PARTS}
    lines = [PREFACE]
    for part in PARTS:
        lines += [f"## {part.title}\n", f"{part.source}\n", f"Measure: {part.measure}.\n"]
        lines += [cell_table(found[part.key]), contrast_table(part, found[part.key])]
        if part.key in BESIDE:
            lines.append(BESIDE[part.key](tables[part.key]))
    out.mkdir(parents=True, exist_ok=True)
    draw(tables, found, out / "evidence.png")
    pain = pd.read_csv(folder / "sleepybrain" / "hands_pain_ratings.csv")
    lines.append(evidence_model.table(tables, pain))
    text = "\n".join([*lines, SAYS]).rstrip() + "\n"
    (out / "evidence.md").write_text(text)
    print(out / "evidence.md")


def motives(folder: Path) -> pd.DataFrame:
    table = read(folder / "hein_motives" / "data_all_trials.csv")
    return _named(table, person="ID", condition="condition", value="resp_code")


def closeness(folder: Path) -> pd.DataFrame:
    table = read(folder / "hein_closeness" / "closeness_fMRI.csv")
    who = table["condition"].map({"decay": "seen", "control": "control"})
    block = table["block_no"].map({"2": "1", "4": "2"})
    table = table.assign(cell=who + "_" + block, value=100 - table["closeness"].astype(float))
    return _named(table, person="id", condition="cell", value="value")


def trust(folder: Path) -> pd.DataFrame:
    table = read(folder / "srndna_trust" / "trust_trials.csv")
    table = table.assign(high=table["choice"].map({"high": 1, "low": 0}))
    return _named(table, person="subject", condition="partner", value="high")


def selection(folder: Path) -> pd.DataFrame:
    table = read(folder / "est_praise" / "est_pilot_trials.csv")
    table = table[table["praise"].isna() | (table["praise"] == "control")]
    table = table[table["choice_feel"].notna()]
    return _named(table, person="subject", condition="study", value="choice_feel")


def load(folder: Path) -> pd.DataFrame:
    table = read(folder / "est_praise" / "est_pilot1_taskload.csv")
    names = [name for name in table if name.startswith(("feel_", "describe_"))]
    long = table.melt("subject", names, var_name="question", value_name="rating")
    return _named(long, person="subject", condition="question", value="rating")


def effort(folder: Path) -> pd.DataFrame:
    table = read(folder / "prosocial_effort_fmri" / "trials.csv")
    table = table[table["chosen"] != "2"]
    cell = table["Recipient"].map({"1": "self", "2": "other"}) + "_" + table["Effort"]
    return _named(table.assign(cell=cell), person="ID", condition="cell", value="chosen")


TABLES = {
    "motives": motives,
    "closeness": closeness,
    "trust": trust,
    "selection": selection,
    "load": load,
    "effort": effort,
}


def _named(table: pd.DataFrame, *, person: str, condition: str, value: str) -> pd.DataFrame:
    named = pd.DataFrame(
        {
            "person": table[person],
            "condition": table[condition],
            "value": table[value].astype(float),
        }
    )
    extra = [name for name in ("trial_no",) if name in table]
    return named.join(table[extra].astype(float)).reset_index(drop=True)


def examined(part: Part, table: pd.DataFrame) -> Iterator[tuple[Row, Examination]]:
    columns = Columns(participant="person", condition="condition", measure="value")
    for row in part.rows:
        contrast = Contrast(meaning=row.name, conditions=dict(row.weights))
        yield row, examine(table, contrast, columns, sign=row.sign)


def cell_table(found: list[tuple[Row, Examination]]) -> str:
    cells = {cell.condition: cell for _, each in found for cell in each.cells}
    names = [name for name in ORDER if name in cells] or list(cells)
    lines = ["| | mean of people [95 %] | people |", "|---|---|---|"]
    for name in names:
        cell = cells[name]
        lines.append(f"| {name} | {interval(cell.mean)} | {cell.n_people} |")
    return "\n".join(lines) + "\n"


def contrast_table(part: Part, found: list[tuple[Row, Examination]]) -> str:
    lines = [
        (
            f"| contrast | n | estimate [95 %], {part.unit} | p | permutation p | d_z [95 %] | "
            "multilevel model, p | logistic [95 %], logit, p | as predicted |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row, each in found:
        model = "" if each.model is None else f"{each.model.estimate:.3f}, {p(each.model.p)}"
        odds = each.odds
        logit = "" if odds is None else f"{interval(odds)}, {p(odds.p)}"
        lines.append(
            f"| {row.name} | {each.estimate.n} | {interval(each.estimate)} | "
            f"{p(each.estimate.p)} | {p(each.p_permutation)} | {interval(each.size, 2)} | "
            f"{model} | {logit} | {each.verdict} |"
        )
    return "\n".join(lines) + "\n"


def learning(table: pd.DataFrame) -> str:
    """Return how closeness follows the trials of each block, person by person."""
    people = table["person"].astype("category")
    names = ("seen_1", "control_1", "seen_2", "control_2")
    condition = pd.Categorical(table["condition"], categories=list(names)).codes
    cells = Cells(
        person=people.cat.codes.to_numpy(np.int64),
        session=np.zeros(len(table), dtype=np.int64),
        condition=condition.astype(np.int64),
        n_people=people.nunique(),
        sessions=("",),
        conditions=names,
    )
    trial, value = table["trial_no"].to_numpy(float), table["value"].to_numpy(float)
    own = {
        name: slopes(cells, Contrast(meaning=name, conditions={name: 1.0}), value, trial)
        for name in names
    }
    own["seen_1 > control_1"] = own["seen_1"] - own["control_1"]
    own["seen_2 < control_2"] = own["seen_2"] - own["control_2"]
    plain = Contrast(meaning="slope", conditions={"slope": 1.0})
    lines = ["| slope over trials | points a trial [95 %] | p | d_z |", "|---|---|---|---|"]
    for name, values in own.items():
        each = estimate(values, plain, groups={})
        lines.append(f"| {name} | {interval(each)} | {p(each.p)} | {each.size:.2f} |")
    return "\n".join(lines) + "\n"


def scales(table: pd.DataFrame) -> str:
    """Return the multilevel logistic model of all offers, in which everything varies by person."""
    other = np.where(table["condition"].str.startswith("other"), 0.5, -0.5)
    effort_ = table["condition"].str[-1].astype(float).to_numpy() - 4
    design = np.column_stack([np.ones(len(table)), other, effort_, other * effort_])
    found = fit_logistic(table["value"].to_numpy(float), design, design, table["person"].to_numpy())
    errors = np.sqrt(np.diag(found.fixed_covariance))
    lines = ["| logit of accepting | estimate [95 %] | p |", "|---|---|---|"]
    names = ("other > self", "a step of effort", "the same: other > self")
    for name, value, error in zip(names, found.fixed[1:], errors[1:], strict=True):
        low, high = value - WALD * error, value + WALD * error
        chance = 2 * stats.norm.sf(abs(value) / error)
        lines.append(f"| {name} | {value:.3f} [{low:.3f}, {high:.3f}] | {p(chance)} |")
    return "\n".join(lines) + "\n"


BESIDE = {"closeness": learning, "effort": scales}
"""What else is told of a data set."""


def interval(each: object, digits: int = 3) -> str:
    value, low, high = (getattr(each, name) for name in ("value", "low", "high"))
    return f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def p(value: float) -> str:
    return "< .0001" if value < 1e-4 else f"{value:.4f}".removeprefix("0")


if __name__ == "__main__":
    main()
