"""The page of models of behaviour fitted to real people: markdown and picture."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from behaviour_published import WITHOUT
from behaviour_tables import DataSet

PREFACE = """# Models of behaviour, fitted to real people

Real behaviour: every model of the catalogue that suits a data set, fitted by maximum likelihood
(each person alone, eight starts) and by empirical Bayes (people and group together). Made by

    python benchmarks/real_behaviour.py

**BIC** is summed over people and takes each person's answered trials; **best of** counts people for
whom a model has the lowest BIC. **Integrated BIC** takes the group's parameters and integrates over
people (Huys et al. 2011); **evidence** is Laplace's, in nats, given the group; **xp** is the
protected exceedance probability that a model is the most frequent among people, by that evidence.
The lowest BIC and the highest evidence are bold. They may name another model than xp does: a sum
follows the few people who differ most, xp counts people. Estimates of a group are what its mean is
worth in the parameter's own units, with 95 % intervals; ML medians are over people. "Here" beside
published figures are means over people's estimates, by empirical Bayes where not said otherwise.
What a model says of its own data is no test of the model: posterior checks and recovery are on the
page that `empatune fit` and `empatune recover` write.

![integrated BIC above the best](behaviour.png)
"""

ORANGE, GREY, INK = "#c4541a", "#9aa5b1", "#33404d"


def write(
    found: Mapping[str, Any], tables: Mapping[str, DataSet], out: Path, missing: list[str]
) -> None:
    """Write the page and its picture."""
    parts = [PREFACE]
    if missing:
        parts.append(f"Not fitted when this page was made: {', '.join(missing)}.\n")
    for key, one in found.items():
        parts.extend(_part(one, tables[key], WITHOUT.get(key, "")))
    (out / "behaviour.md").write_text("\n".join(parts).rstrip() + "\n")
    _draw(found, tables, out / "behaviour.png")


def _part(one: Mapping[str, Any], data: DataSet, without: str) -> Iterator[str]:
    """Write one data set."""
    yield f"\n## {data.title}\n"
    yield (
        f"{data.source}; licence: {data.licence}. {one['n_people']} people, {one['n_trials']} "
        f"answered trials, {one['n_missed']} missed.\n"
    )
    if one["note"]:
        yield f"{one['note']}\n"
    if one["left_out"]:
        yield "Left out: " + "; ".join(one["left_out"]) + ".\n"
    yield from _beside(one, without)
    for responses, compared in one["responses"].items():
        yield from _comparison(responses, compared, one["models"])
    yield from _estimates(one["models"])
    yield from _differences(one)
    said: dict[str, list[str]] = {}
    for name, model in one["models"].items():
        for caution in model["cautions"]:
            said.setdefault(_counted(caution), []).append(f"`{name}`")
    if said:
        yield "Cautions:\n"
        for caution, names in said.items():
            yield f"* {', '.join(names)}: {caution}"
        yield ""


def _beside(one: Mapping[str, Any], without: str) -> Iterator[str]:
    """Write what a publication says beside what is found here."""
    if without:
        yield f"{without}\n"
    if "beside" not in one:
        return
    yield "| | published | here |"
    yield "|---|---|---|"
    for what, published, own in one["beside"]["rows"]:
        yield f"| {what} | {published} | {own} |"
    yield ""
    for remark in one["beside"]["remarks"]:
        yield f"* {remark}"
    yield ""


def _counted(caution: str) -> str:
    """Count people who are named in a caution."""
    caution = re.sub(r" \([^)]* and [\d ]+ more\)", "", caution)
    names, same, rest = caution.partition(" gave the same response")
    if not same:
        return caution
    named, _, more = names.partition(" and ")
    n_people = named.count(",") + 1 + int(more.removesuffix(" more") or 0)
    return f"{n_people} people{same}{rest}" if n_people > 1 else f"Person {caution}"


def _comparison(
    responses: str, compared: Mapping[str, Any], models: Mapping[str, Any]
) -> Iterator[str]:
    """Write the comparison of the models of one response."""
    by_ml = "ml" in models[compared["models"][0]]
    yield f"Models of {responses}:\n"
    yield (
        "| model | parameters | "
        + ("-LL (ML) | BIC | best of | " if by_ml else "")
        + ("integrated BIC | evidence | xp |")
    )
    yield "|---|---|" + ("---|---|---|" if by_ml else "") + "---|---|---|"
    for place, name in enumerate(compared["models"]):
        model = models[name]
        cells = [f"`{name}`", str(model["n_parameters"])]
        if by_ml:
            cells.append(f"{model['ml']['negative_log_likelihood']:.1f}")
            cells.append(_lowest(compared, "bic", "total", place))
            cells.append(str(_of(compared, "bic", "n_best", place)))
        cells.append(_lowest(compared, "integrated-bic", "total", place))
        cells.append(_highest(compared["models"], models, name))
        xp = _of(compared, "laplace", "protected_exceedance", place)
        cells.append(xp if isinstance(xp, str) else f"{xp:.3f}")
        yield "| " + " | ".join(cells) + " |"
    yield ""


def _of(compared: Mapping[str, Any], criterion: str, column: str, place: int) -> Any:
    """Give a cell of a comparison; a dash where there is but one model."""
    return compared[criterion][column][place] if criterion in compared else "-"


def _lowest(compared: Mapping[str, Any], criterion: str, column: str, place: int) -> str:
    """Write a total, bold if none is lower."""
    value = _of(compared, criterion, column, place)
    if isinstance(value, str):
        return value
    best = value == min(compared[criterion][column])
    return f"**{value:.1f}**" if best else f"{value:.1f}"


def _highest(names: list[str], models: Mapping[str, Any], name: str) -> str:
    """Write an evidence, bold if none is higher."""
    value = models[name]["log_evidence"]
    best = len(names) > 1 and value == max(models[one]["log_evidence"] for one in names)
    return f"**{value:.1f}**" if best else f"{value:.1f}"


def _estimates(models: Mapping[str, Any]) -> Iterator[str]:
    """Write the group estimates of every model."""
    by_ml = "ml" in next(iter(models.values()))
    yield "| model | parameter | group | 95 % |" + (" ML median |" if by_ml else "")
    yield "|---|---|---|---|" + ("---|" if by_ml else "")
    for name, model in models.items():
        for parameter, (low, middle, high) in model["group"].items():
            cells = [f"`{name}`", parameter, f"{middle:.3g}", f"{low:.3g} to {high:.3g}"]
            if by_ml:
                cells.append(f"{model['ml']['medians'][parameter]:.3g}")
            yield "| " + " | ".join(cells) + " |"
    yield ""


def _differences(one: Mapping[str, Any]) -> Iterator[str]:
    """Write differences between parameters and effects of covariates."""
    for each in one["differences"]:
        yield (
            f"* `{each['model']}`: {each['one']} above {each['other']} in "
            f"{each['share_above']:.0%} of people (median {each['median']:+.3f}, Wilcoxon "
            f"p {each['p']:.2g}; each person under the same prior)."
        )
    told = [
        each for each in one["covariates"] if abs(each["effect"]) > 1.96 * each["standard_error"]
    ]
    for each in told:
        yield (
            f"* `{each['model']}`: {each['covariate']} bears on {each['parameter']}: "
            f"{each['effect']:+.2f} (SE {each['standard_error']:.2f}, on the scale of estimation, "
            f"{each['n_people']} people)."
        )
    untold = len(one["covariates"]) - len(told)
    if untold:
        yield (
            f"* {untold} other effects of covariates lie within 1.96 standard errors of 0."
            if untold > 1
            else "* One other effect of a covariate lies within 1.96 standard errors of 0."
        )
    if one["differences"] or one["covariates"]:
        yield ""
    if one["retest"]:
        yield "Between two sessions (empirical Bayes, parameters correlated over people):\n"
        yield "| parameter | correlation in the group | Pearson of estimates | ICC(C,1) of estimates |"
        yield "|---|---|---|---|"
        for each in one["retest"]:
            yield (
                f"| {each['parameter']} | {each['correlation']:.2f} | {each['pearson']:.2f} | "
                f"{each['consistency']:.2f} |"
            )
        yield ""


def _draw(found: Mapping[str, Any], tables: Mapping[str, DataSet], path: Path) -> None:
    """Draw each data set's integrated BIC above its best model, in two columns."""
    panels = [
        (tables[key].title + (f": {responses}" if len(one["responses"]) > 1 else ""), compared)
        for key, one in found.items()
        for responses, compared in one["responses"].items()
        if "integrated-bic" in compared
    ]
    sides = _in_columns(panels)
    tallest = max(sum(_height(panel) for panel in side) for side in sides)
    figure = plt.figure(figsize=(13, 0.27 * tallest), layout="constrained")
    for side, place in zip(sides, figure.subfigures(1, 2, wspace=0.04), strict=True):
        rest = tallest - sum(_height(panel) for panel in side)
        all_axes = place.subplots(
            len(side) + 1, 1, height_ratios=[*map(_height, side), max(rest, 0.01)]
        )
        all_axes[-1].axis("off")
        for axes, panel in zip(all_axes, side, strict=False):
            _panel(axes, *panel)
        all_axes[len(side) - 1].set_xlabel(
            "integrated BIC above the best model, with its SE over people", fontsize=9
        )
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _height(panel: tuple[str, Any]) -> float:
    """Give the height of a panel in bars."""
    return len(panel[1]["models"]) + 2.5


def _in_columns(panels: list[tuple[str, Any]]) -> list[list[tuple[str, Any]]]:
    """Share panels between two columns of much the same height, in their order."""
    half = sum(map(_height, panels)) / 2
    sides: list[list[tuple[str, Any]]] = [[], []]
    for panel in panels:
        full = sum(map(_height, sides[0])) + _height(panel) / 2 > half
        sides[1 if full or sides[1] else 0].append(panel)
    return sides


def _panel(axes: Any, title: str, compared: Mapping[str, Any]) -> None:
    """Draw the models of one data set."""
    above = np.array(compared["integrated-bic"]["difference"])
    error = np.array(compared["integrated-bic"]["difference_error"])
    places = np.arange(len(above))
    axes.barh(places, above, color=GREY, height=0.7)
    axes.errorbar(above, places, xerr=error, fmt="none", ecolor=INK, elinewidth=0.9)
    axes.set_yticks(places, compared["models"], fontsize=8)
    best = int(above.argmin())
    axes.get_yticklabels()[best].set(color=ORANGE, fontweight="bold")
    axes.invert_yaxis()
    axes.tick_params(axis="x", labelsize=8)
    axes.set_title(title, loc="left", fontsize=9)
    for place, value, far in zip(places, above, above + error, strict=True):
        said = "best" if place == best else f"{value:.0f}"
        axes.text(far, place, f" {said}", va="center", fontsize=7)
    axes.margins(x=0.1)
    axes.set_xlim(left=min(0.0, float((above - error).min())))
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
