"""The page of recovery at the real data's trial numbers: markdown and picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from behaviour_recovery_picture import draw
from behaviour_tables import DataSet
from empatune.behaviour.recovery.parameters import IDENTIFIABLE

PREFACE = """# Recovery at the real data's trial numbers

Simulation, not data about people: do the trials that real people did tell a model's parameters, and
models from each other? Simulated people do the real trials (as many people, the same schedules, the
same missed responses) and are fitted again. Made by

    python benchmarks/behaviour_recovery.py

**What to expect, before any comparison.** Trials tell a parameter in so far as they narrow down what
a person's can be. Of people from the model's own priors each one's posterior given their trials is
drawn; *expected r* is the root of the reliability, 1 - mean posterior variance / variance of people,
in the parameter's own units. It is the correlation of true values with posterior means, and no way
of fitting reaches a higher one but by chance. True values have no part in it, and its people are not
those who are fitted below. **Told** is a parameter with an expected r above .85: of these r has to
be above .85 as well.

**What was found.** r and rank r are correlations of true and fitted values in the parameters' own
units (empirical Bayes), with a standard error of r over people (bootstrap); bias is fitted minus
true, coverage the share of true values within their 90 % intervals (empirical Bayes, maximum a
posteriori). *Real group* has people from the group that empirical Bayes learnt from the real data,
who mostly differ less: expected r, r. The last column says of parameters that are not told, or not
reached, what was measured: r of maximum a posteriori where that is clearly higher (empirical Bayes
draws people too far together where it must learn from little how much they differ), its r on
a schedule four times as long, the parameter whose errors go most with its own, and whether rank r is
above .85 where r is not.

**Models.** Each model simulates sets of the real size, all models are fitted, and the best by the
criterion counts. *Sets* is the share of sets in which the true model was found, *people* the share
of single persons. A model that a set finds and single persons do not is one whose extra parameters
pay only over many people; *mostly taken for* names the model that persons are given instead.

Intervals of empirical Bayes take the group as known and each person as normal around the mode, so
that they are too narrow where trials tell little; full sampling covers where they do not (measured
under [learning](#learning)).

![expected and measured r, true against fitted values, confusion of models](behaviour-recovery.png)

a: every parameter of every model. b: one parameter a family, people of the priors. c: share of single
persons of a true model (row) for whom a model (column) was best; the diagonal is outlined where the
true model was found in .8 of sets or more.
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
    "punishes. Who weighs rewards next to nothing shows no rate of learning from them, however many "
    "the trials.",
    "seen_pain": "Ratings of seen pain in two sessions.",
    "regulation": "Ratings of success in two sessions.",
}
"""What of the design bears on what trials can tell."""

STRONG = 0.5
"""Correlation of errors above which two parameters trade off."""

CLEARLY = 0.05
"""Difference of r that is told."""

TOLD = 0.8
"""Share of sets in which the true model should be found."""


def write(found: Mapping[str, Any], tables: Mapping[str, DataSet], out: Path) -> None:
    """Write the page and its picture."""
    found = {key: one for key, one in found.items() if {"parameters", "ceilings"} <= set(one)}
    parts = [PREFACE, *_overview(found)]
    for key, one in found.items():
        parts.extend(_part(key, one, tables[key]))
    (out / "behaviour-recovery.md").write_text("\n".join(parts).rstrip() + "\n")
    draw(found, out / "behaviour-recovery.png")


def _overview(found: Mapping[str, Any]) -> Iterator[str]:
    """Write one line a data set."""
    yield "| data set | people | trials | parameters | told | of these r above .85 | models found |"
    yield "|---|---|---|---|---|---|---|"
    for key, one in found.items():
        pairs = [pair for name in one["parameters"] for pair in _pairs(one, name)]
        told = [reached for expected, reached in pairs if expected > IDENTIFIABLE]
        diagonals = [np.diag(each["prior"]["sets"]) for each in one.get("models", ())]
        shares = np.concatenate(diagonals) if diagonals else np.array([])
        found_in = f"{(shares >= TOLD).sum()} of {len(shares)}" if shares.size else "not run"
        yield (
            f"| [{key}](#{key}) | {one['n_people']} | {one['n_trials']:.0f} | {len(pairs)} | "
            f"{len(told)} | {sum(reached > IDENTIFIABLE for reached in told)} of {len(told)} | "
            f"{found_in} |"
        )
    yield f"\nA model counts as found where it was in {_number(TOLD)} of its sets or more.\n"
    missing = [key for key in DESIGNS if key not in found]
    if missing:
        yield f"Not run: {', '.join(missing)}.\n"


def _pairs(one: Mapping[str, Any], name: str) -> list[tuple[float, float]]:
    """Give expected and measured r of a model's parameters."""
    reached = [row["correlation"] for row in one["parameters"][name]["eb"]]
    return list(zip(one["ceilings"][name]["prior"], reached, strict=True))


def _part(key: str, one: Mapping[str, Any], data: DataSet) -> Iterator[str]:
    """Write one data set."""
    yield f"\n## {key}\n"
    yield (
        f"{data.title} ({data.source}): {one['n_people']} people with {one['n_trials']:.0f} answered "
        f"trials (median). {DESIGNS[key]}\n"
    )
    yield (
        "| model | parameter | expected r | told | r | rank r | bias | coverage (eb, map) | "
        "real group: expected r, r | what was measured |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for name, model in one["parameters"].items():
        for place in range(len(model["eb"])):
            yield _row(name, model, place, one["ceilings"][name])
    yield ""
    for name, model in one["parameters"].items():
        if "nuts" in model:
            yield _sampled(name, model)
    for each in one.get("models", ()):
        yield from _confusion(each)
        yield from _not_found(each, one)


def _row(name: str, model: Mapping[str, Any], place: int, ceiling: Mapping[str, Any]) -> str:
    """Write how well a parameter comes back."""
    row, expected = model["eb"][place], ceiling["prior"][place]
    told, reached = expected > IDENTIFIABLE, row["correlation"] > IDENTIFIABLE
    within = f"{_number(row['correlation'])} ± {_number(row['error'])}"
    cells = [
        f"`{name}`",
        row["parameter"],
        _number(expected),
        "yes" if told else "no",
        f"**{within}**" if told and not reached else within,
        _number(row["rank_correlation"]),
        f"{row['bias']:+.2g}",
        f"{_number(row['coverage'])}, {_number(model['map'][place]['coverage'])}",
        f"{_number(ceiling['group'][place])}, {_number(model['group'][place]['correlation'])}",
        "" if told and reached else _reason(model, place, told=told),
    ]
    return "| " + " | ".join(cells) + " |"


def _reason(model: Mapping[str, Any], place: int, *, told: bool) -> str:
    """Say what was measured of why a parameter does not come back."""
    row, said = model["eb"][place], []
    if told and IDENTIFIABLE - row["correlation"] < row["error"]:
        said.append("within a standard error of .85")
    elif told:
        off = _without_furthest(*np.array(model["points"][row["parameter"]]))
        said.append(f"without the 5 % of people who are furthest off {_number(off)}")
    alone = model["map"][place]["correlation"]
    if alone > row["correlation"] + CLEARLY:
        said.append(f"map {_number(alone)}")
    if "longer" in model:
        more = model["longer"][place]["correlation"]
        few = ": too few trials" if more > IDENTIFIABLE else ""
        said.append(f"four times the trials {_number(more)}{few}")
    other, together = model["traded"].get(row["parameter"], ("", 0.0))
    if abs(together) > STRONG:
        said.append(f"trades off with {other} (errors correlate {_number(together)})")
    if row["rank_correlation"] > IDENTIFIABLE >= row["correlation"]:
        said.append("the order of people is told; large values are not")
    return "; ".join(said)


def _without_furthest(true: Any, fitted: Any) -> float:
    """Correlate without those whose fitted values are furthest from true ones."""
    off = np.abs(fitted - true)
    near = off <= np.quantile(off, 0.95)
    return float(np.corrcoef(true[near], fitted[near])[0, 1])


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
            own = _number(shares[place])
            if shares[place] < TOLD:
                own = f"**{own}** ({_taken(each['models'], shares, place)})"
            cells += [own, _number(people[place]), _taken(each["models"], people, place)]
        yield "| " + " | ".join(cells) + " |"
    yield ""


def _not_found(each: Mapping[str, Any], one: Mapping[str, Any]) -> Iterator[str]:
    """Say of models that are not found which of their parameters trials do not tell."""
    for name, share in zip(each["models"], np.diag(each["prior"]["sets"]), strict=True):
        if share >= TOLD:
            continue
        names = [row["parameter"] for row in one["parameters"][name]["eb"]]
        pairs = zip(names, one["ceilings"][name]["prior"], strict=True)
        untold = [f"{some} {_number(r)}" for some, r in pairs if r <= IDENTIFIABLE]
        if untold:
            yield (
                f"`{name}` is not found: of what it has, trials do not tell "
                f"{', '.join(untold)} (expected r).\n"
            )


def _taken(names: list[str], people: Any, place: int) -> str:
    """Name the model that people of another are taken for most often."""
    others = people.copy()
    others[place] = -1
    most = int(others.argmax())
    return f"`{names[most]}` {_number(people[most])}" if people[most] > 0 else "-"
