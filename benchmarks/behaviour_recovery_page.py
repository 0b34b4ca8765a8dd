"""The page of recovery at the real data's trial numbers: markdown and picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from behaviour_tables import DataSet
from empatune.behaviour.recovery.parameters import IDENTIFIABLE

PREFACE = """# Recovery at the real data's trial numbers

Simulation, not data about people: do the trials that real people did tell a model's parameters, and
models from each other? Simulated people do the real trials (as many people, the same schedules, the
same missed responses) and are fitted again. Made by

    python benchmarks/behaviour_recovery.py

**Parameters.** r and rank r are correlations of true and fitted values in the parameters' own units
(empirical Bayes), bias is fitted minus true, coverage the share of true values within their 90 %
intervals. People come from the model's own priors; *real group* means people from the group that
empirical Bayes learnt from the real data, who differ less. **Identifiable** is a parameter with r
above .85. For the others the last column says what was measured: r of maximum a posteriori on the
same schedule and on one four times as long, and the parameter whose errors go most with its own.

**Models.** Each model simulates sets of the real size, all models are fitted, and the best by the
criterion counts. *Sets* is the share of sets in which the true model was found, *people* the share
of single persons. A model that a set finds and single persons do not is one whose extra parameters
pay only over many people; *mostly taken for* names the model that persons are given instead.

Intervals of empirical Bayes take the group as known and each person as normal around the mode, so
that they are too narrow where trials tell little; full sampling covers where they do not (measured
under [learning](#learning)).

![confusion of models, and true against fitted values](behaviour-recovery.png)
"""

DESIGNS = {
    "selection": "3 to 48 choices a person, nothing to learn from: preferences are intercepts.",
    "effort": "100 choices a recipient over 25 offers, all above the alternative of 1.",
    "learning": "48 trials a recipient in blocks of 16, each of which begins anew.",
    "closeness": "100 ratings in four blocks, each of which begins at the person's first rating.",
    "motives": "Some 150 choices in four conditions; cost and gain correlate -.92 over trials.",
    "trust": "About 50 trials a partner; outcomes are good at 50 % for every partner, and only "
    "investing shows one.",
    "avoidance": "Two sessions of 200; what was not chosen is not seen, and the safe choice never "
    "punishes.",
    "seen_pain": "Ratings of seen pain in two sessions.",
    "regulation": "Ratings of success in two sessions.",
}
"""What of the design bears on what trials can tell."""

STRONG = 0.5
"""Correlation of errors above which two parameters trade off."""

TOLD = 0.8
"""Share of sets in which the true model should be found."""

SCATTERED = (
    ("effort", "effort-parabolic-discounts", "discount_other"),
    ("learning", "learning-rates", "rate_self"),
    ("closeness", "closeness-recalibration", "reference"),
    ("avoidance", "avoidance-rates-weights", "weight_punish"),
    ("motives", "diffusion", "drift"),
    ("trust", "trust", "rate"),
)

ORANGE = "#c4541a"


def write(found: Mapping[str, Any], tables: Mapping[str, DataSet], out: Path) -> None:
    """Write the page and its picture."""
    found = {key: one for key, one in found.items() if "parameters" in one}
    parts = [PREFACE, *_overview(found)]
    for key, one in found.items():
        parts.extend(_part(key, one, tables[key]))
    (out / "behaviour-recovery.md").write_text("\n".join(parts).rstrip() + "\n")
    _draw(found, out / "behaviour-recovery.png")


def _overview(found: Mapping[str, Any]) -> Iterator[str]:
    """Write one line a data set."""
    yield "| data set | people | trials | parameters identifiable | models found in .8 of sets |"
    yield "|---|---|---|---|---|"
    for key, one in found.items():
        rows = [row for model in one["parameters"].values() for row in model["eb"]]
        told = sum(row["identifiable"] for row in rows)
        diagonals = [np.diag(each["prior"]["sets"]) for each in one.get("models", ())]
        shares = np.concatenate(diagonals) if diagonals else np.array([])
        found_in = f"{(shares >= TOLD).sum()} of {len(shares)}" if shares.size else "not run"
        yield (
            f"| [{key}](#{key}) | {one['n_people']} | {one['n_trials']:.0f} | {told} of {len(rows)} "
            f"| {found_in} |"
        )
    yield ""
    missing = [key for key in DESIGNS if key not in found]
    if missing:
        yield f"Not run: {', '.join(missing)}.\n"


def _part(key: str, one: Mapping[str, Any], data: DataSet) -> Iterator[str]:
    """Write one data set."""
    yield f"\n## {key}\n"
    yield (
        f"{data.title} ({data.source}): {one['n_people']} people with {one['n_trials']:.0f} answered "
        f"trials (median). {DESIGNS[key]}\n"
    )
    yield (
        "| model | parameter | r | rank r | bias | coverage | coverage (map) | r (real group) | "
        "identifiable | if not |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for name, model in one["parameters"].items():
        for place, row in enumerate(model["eb"]):
            yield _row(name, model, place, row)
    yield ""
    for name, model in one["parameters"].items():
        if "nuts" in model:
            yield _sampled(name, model)
    for each in one.get("models", ()):
        yield from _confusion(each)


def _row(name: str, model: Mapping[str, Any], place: int, row: Mapping[str, Any]) -> str:
    """Write how well a parameter comes back."""
    cells = [
        f"`{name}`",
        row["parameter"],
        _number(row["correlation"]),
        _number(row["rank_correlation"]),
        f"{row['bias']:+.2g}",
        _number(row["coverage"]),
        _number(model["map"][place]["coverage"]),
        _number(model["group"][place]["correlation"]),
        "yes" if row["identifiable"] else "**no**",
        "" if row["identifiable"] else _reason(model, place),
    ]
    return "| " + " | ".join(cells) + " |"


def _reason(model: Mapping[str, Any], place: int) -> str:
    """Say what was measured of why a parameter does not come back."""
    row, alone = model["eb"][place], model["map"][place]["correlation"]
    more = model["longer"][place]["correlation"]
    said = [f"map {_number(alone)}"]
    if more > IDENTIFIABLE:
        said.append(f"with four times the trials {_number(more)}: too few trials")
    else:
        said.append(f"even with four times the trials {_number(more)}")
    other, together = model["traded"].get(row["parameter"], ("", 0.0))
    if abs(together) > STRONG:
        said.append(f"trades off with {other} (errors correlate {_number(together)})")
    if row["rank_correlation"] > IDENTIFIABLE:
        said.append("the order of people is told; large values are not")
    return "; ".join(said)


def _number(value: float) -> str:
    """Write a share or correlation without its zero."""
    return f"{value:.2f}".replace("0.", ".", 1)


def _sampled(name: str, model: Mapping[str, Any]) -> str:
    """Compare the intervals of three ways of fitting."""
    said = (
        f"Coverage of 90 % intervals of `{name}` by empirical Bayes, map and full sampling "
        f"(2 chains of 300 + 300): "
    )
    parts = [
        f"{row['parameter']} {_number(row['coverage'])}, "
        f"{_number(model['map'][place]['coverage'])}, {_number(model['nuts'][place]['coverage'])}"
        for place, row in enumerate(model["eb"])
    ]
    return said + "; ".join(parts) + ".\n"


def _confusion(each: Mapping[str, Any]) -> Iterator[str]:
    """Write how often each model was found, and what was found instead."""
    yield (
        f"Models of {each['response']}, by {each['criterion']} ({each['method']}), "
        f"{each['n_sets']} sets a model:\n"
    )
    yield "| true model | sets | people | mostly taken for | sets (real group) | people (real group) | mostly taken for |"
    yield "|---|---|---|---|---|---|---|"
    for place, name in enumerate(each["models"]):
        cells = [f"`{name}`"]
        for source in ("prior", "group"):
            if source not in each:
                cells += ["-"] * 3
                continue
            shares = np.array(each[source]["sets"])[place]
            people = np.array(each[source]["people"])[place]
            own = (
                f"**{_number(shares[place])}**" if shares[place] < TOLD else _number(shares[place])
            )
            cells += [own, _number(people[place]), _taken(each["models"], people, place)]
        yield "| " + " | ".join(cells) + " |"
    yield ""


def _taken(names: list[str], people: Any, place: int) -> str:
    """Name the model that people of another are taken for most often."""
    others = people.copy()
    others[place] = -1
    most = int(others.argmax())
    return f"`{names[most]}` {_number(people[most])}" if people[most] > 0 else "-"


def _draw(found: Mapping[str, Any], path: Path) -> None:
    """Draw a confusion matrix a family, and true against fitted values of some parameters."""
    families = [(key, each) for key, one in found.items() for each in one.get("models", ())]
    scattered = [
        (name, parameter, row, found[key]["parameters"][name]["points"][parameter])
        for key, name, parameter in SCATTERED
        if key in found and name in found[key]["parameters"]
        for row in found[key]["parameters"][name]["eb"]
        if row["parameter"] == parameter
    ]
    n_columns = 3
    n_rows = -(-len(families) // n_columns) + -(-len(scattered) // n_columns)
    figure, all_axes = plt.subplots(
        n_rows, n_columns, figsize=(12, 3.6 * n_rows), layout="constrained", squeeze=False
    )
    for axes in all_axes.flat:
        axes.set_visible(False)
    for (key, each), axes in zip(families, all_axes.flat, strict=False):
        _heat(axes, key, each)
    below = all_axes[-(-len(families) // n_columns) :]
    for (name, parameter, row, values), axes in zip(scattered, below.flat, strict=False):
        _scatter(axes, f"{name}: {parameter}, r {row['correlation']:.2f}", values)
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _heat(axes: Any, key: str, each: Mapping[str, Any]) -> None:
    """Draw the confusion of people; shares of sets are in the table."""
    axes.set_visible(True)
    shares = np.array(each["prior"]["people"])
    axes.imshow(shares, vmin=0, vmax=1, cmap="Oranges", aspect="auto")
    names, root = each["models"], f"{each['models'][0]}-"
    shown = [name.removeprefix(root) for name in names]
    axes.set_xticks(
        range(len(names)), [str(number + 1) for number in range(len(names))], fontsize=7
    )
    labels = [f"{name}  {number + 1}" for number, name in enumerate(shown)]
    axes.set_yticks(range(len(names)), labels, fontsize=7)
    for row, column in np.ndindex(shares.shape):
        dark = shares[row, column] > 0.6
        text = _number(shares[row, column])
        axes.text(
            column, row, text, ha="center", va="center", fontsize=7, color="w" if dark else "k"
        )
    axes.set_title(f"{key}: true (row), found (column), people", fontsize=8, loc="left")


def _scatter(axes: Any, title: str, values: list[list[float]]) -> None:
    """Draw true against fitted values."""
    axes.set_visible(True)
    true, fitted = np.array(values)
    ends = [min(true.min(), fitted.min()), max(true.max(), fitted.max())]
    axes.plot(ends, ends, color="0.7", lw=0.8, zorder=0)
    axes.scatter(true, fitted, s=10, color=ORANGE, alpha=0.6, lw=0)
    axes.set_title(title, fontsize=8, loc="left")
    axes.set_xlabel("true", fontsize=8)
    axes.set_ylabel("fitted", fontsize=8)
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
