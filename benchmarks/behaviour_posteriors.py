"""People and their group: empatune's posteriors against hBayesDM's definition, and what priors do.

    python benchmarks/behaviour_posteriors.py [--people 30] [--trials 100] [--draws 2000]
        [--out docs/results] [--json FILE]

Simulated people choose between two cues. hBayesDM's ``bandit2arm_delta`` and the catalogue's
``learning``, which are one model with other bounds and priors, are each summed over grids without
sampling (`tests/golden/quadrature.py`) and sampled by empatune. Writes ``behaviour-posteriors.md``
and its picture.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.stats import norm

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.behaviour.learners import learners
from tests.golden.quadrature import ENDS, axis, posterior
from tests.golden.test_hbayesdm_definitions import (
    AXES,
    BANDIT,
    bandit2arm_delta,
    of_person,
    to_published_priors,
)

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.fitting.sampling import fit_sampled
from empatune.behaviour.trials import Trials

Links = tuple[Callable[[Any], Any], Callable[[Any], Any]]
Summary = dict[str, np.ndarray]
"""``mean``, ``sd`` and both ends of intervals, by kind."""

PUBLISHED: Links = (norm.cdf, lambda place: 5 * norm.cdf(place))
CATALOGUE: Links = (lambda place: 1 / (1 + np.exp(-place)), lambda place: np.exp(place) / 2)
"""From the scale of estimation to A and tau. The catalogue codes outcomes 1 and 0 and starts at
.5, hBayesDM 1 and -1 and at 0: the same model with half the precision."""

OWN_AXES = (
    axis((-9, 7), (-4, 2), 3, centre=np.log(1 / 3), width=1.5, scale=1.5),
    axis((-3, 5), (-0.5, 3), 1.8, centre=np.log(5), width=1.0, scale=1.0),
)
NAMES = ("A", "tau")
WORDS = {"A": "learning rate", "tau": "inverse temperature"}
PAIRS = (
    ("ours_published", "published", "hBayesDM's model and priors, sampled by empatune"),
    ("ours_own", "own", "`learning` with its own priors, against the same summed over grids"),
    ("ours_own", "published", "`learning` with its own priors, against hBayesDM"),
    ("own", "published", "what priors and bounds do: both summed over grids"),
)

PAGE = """# Posteriors, against hBayesDM's definition

Simulation: {n_people} people choose {n_trials} times between two cues whose better one changes every 20 trials.
hBayesDM's `bandit2arm_delta` (A = Phi(.), tau = 5 Phi(.), values from 0, outcomes 1 and -1; mean ~ N(0, 1), SD ~
half-N(0, .2) on the scale of Phi) is the catalogue's [`learning`](../reference/behaviour-models.md), which has
no upper bound of tau and wider priors; its precision is 2 tau, as its outcomes are 1 and 0. Made by

    python benchmarks/behaviour_posteriors.py

Both posteriors are known without sampling: each person's likelihood on a grid, the group's means and SDs on
another, and sums of products (`tests/golden/quadrature.py`, numpy alone). empatune samples both (2 chains of
{n_draws} draws); hBayesDM's model is made from the catalogue's by `replace`, as users would
(`tests/golden/test_hbayesdm_definitions.py`), and its draws are weighed to hBayesDM's priors
(weights keep {kept:.0%} of the draws). hBayesDM itself was not run: its definitions were.

Differences in standard deviations of the posterior on the right of the comparison, people's as root mean square
and largest; ends are those of 90 % intervals.

| compared | parameter | group: mean | group: ends | people: means | people: ends |
|---|---|---|---|---|---|
{rows}

The first two lines of each parameter are one posterior drawn and summed, so what they show is Monte Carlo error
(of a mean about {mean_error:.3f}, of an end about {end_error:.3f}). The last two are what other priors and bounds do
to the same trials: they agree with each other, and are no error of either program.

![means and intervals of people](behaviour-posteriors.png)
"""


def of_sums(summed: Mapping[str, Any], links: Links) -> dict[str, list[Summary]]:
    """Summarise what was summed over grids, in A and tau."""
    told: dict[str, list[Summary]] = {"group": [], "people": []}
    for place, link in enumerate(links):
        for kind, name in (("group", "mean"), ("people", "people")):
            places, masses = summed[name][place]
            told[kind].append(_of_masses(places, np.atleast_2d(masses), link))
    return told


def _of_masses(places: np.ndarray, masses: np.ndarray, link: Callable[[Any], Any]) -> Summary:
    """Give means, SDs and ends of rows of probabilities."""
    masses = masses / masses.sum(axis=1, keepdims=True)
    values, step = link(places), places[1] - places[0]
    mean = masses @ values
    told = {"mean": mean, "sd": np.sqrt(masses @ values**2 - mean**2)}
    edges = np.append(places - step / 2, places[-1] + step / 2)
    fine = np.linspace(edges[0], edges[-1], 20_001)
    below = [PchipInterpolator(edges, np.append(0, np.cumsum(row)))(fine) for row in masses]
    for share in ENDS:
        told[str(share)] = link(np.array([np.interp(share, row, fine) for row in below]))
    return told


def sampled(
    found: Any, links: Links, weights: np.ndarray | None = None
) -> dict[str, list[Summary]]:
    """Summarise draws, weighed if so asked, in A and tau."""
    told: dict[str, list[Summary]] = {"group": [], "people": []}
    for place, link in enumerate(links):
        group = found["coefficients"].values[:, :, 0, place].reshape(-1, 1)
        people = found["scaled"].values[..., place].reshape(len(group), -1)
        each = np.ones(len(group)) if weights is None else weights.ravel()
        told["group"].append(_of_draws(link(group), each))
        told["people"].append(_of_draws(link(people), each))
    return told


def _of_draws(values: np.ndarray, weights: np.ndarray) -> Summary:
    """Give weighted means, SDs and ends of columns."""
    mean = np.average(values, axis=0, weights=weights)
    told = {"mean": mean, "sd": np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weights))}
    order = np.argsort(values, axis=0)
    reached = np.cumsum(weights[order], axis=0) / weights.sum()
    for share in ENDS:
        first = np.argmax(reached >= share, axis=0)[None]
        told[str(share)] = np.take_along_axis(
            values, np.take_along_axis(order, first, axis=0), axis=0
        )[0]
    return told


def studied(n_people: int, n_trials: int, n_draws: int) -> dict[str, Any]:
    """Sum and sample both posteriors."""
    trials = learners(n_people, n_trials, seed=8)[1]
    outcome = 2 * trials.columns["outcome"] - 1
    recoded = replace(trials, columns={**trials.columns, "outcome": outcome})
    found: dict[str, Any] = {
        "published": of_sums(posterior(scored(recoded, AXES, PUBLISHED), AXES), PUBLISHED),
        "own": of_sums(posterior(scored(recoded, OWN_AXES, CATALOGUE), OWN_AXES), CATALOGUE),
    }
    print("sampling hBayesDM's model", file=sys.stderr)
    drawn = fit_sampled(BANDIT, recoded, n_draws=n_draws, seed=1).draws.posterior
    weights = to_published_priors(drawn)
    found["ours_published"] = sampled(drawn, PUBLISHED, weights)
    print("sampling the catalogue's", file=sys.stderr)
    drawn = fit_sampled(find_model("learning"), trials, n_draws=n_draws, seed=2).draws.posterior
    found["ours_own"] = sampled(drawn, CATALOGUE)
    found["kept"] = float(weights.mean() ** 2 / (weights**2).mean())
    return found


def scored(trials: Trials, axes: Any, links: Links) -> np.ndarray:
    """Score everybody wherever on the grid they may be."""
    rate, tau = (link(one.people) for link, one in zip(links, axes, strict=True))
    each = (of_person(trials, place) for place in range(trials.n_people))
    return np.stack(
        [bandit2arm_delta(one["choice"], one["outcome"], rate[:, None], tau) for one in each]
    )


def off(found: Mapping[str, Any], one: str, other: str, kind: str, place: int) -> Summary:
    """Give differences in posterior SDs of the other."""
    mine, theirs = found[one][kind][place], found[other][kind][place]
    return {name: (mine[name] - theirs[name]) / theirs["sd"] for name in ("mean", *map(str, ENDS))}


def rows(found: Mapping[str, Any]) -> list[str]:
    """Write a line for each comparison and parameter."""
    lines = []
    for place, name in enumerate(NAMES):
        for one, other, words in PAIRS:
            group, people = (off(found, one, other, k, place) for k in ("group", "people"))
            ends = np.concatenate([people[str(share)] for share in ENDS])
            group_ends = ", ".join(f"{group[str(share)][0]:+.2f}" for share in ENDS)
            lines.append(
                f"| {words} | {name} | {group['mean'][0]:+.2f} | {group_ends} | "
                f"{_size(people['mean'])} | {_size(ends)} |"
            )
    return lines


def _size(values: np.ndarray) -> str:
    return f"{np.sqrt((values**2).mean()):.2f}, {np.abs(values).max():.2f}"


def errors(found: Mapping[str, Any]) -> tuple[float, float]:
    """Give how far means and ends of people lie from the sums, both models together."""
    same = [off(found, *pair[:2], "people", place) for pair in PAIRS[:2] for place in (0, 1)]
    means = np.concatenate([one["mean"] for one in same])
    ends = np.concatenate([one[str(share)] for one in same for share in ENDS])
    return float(np.sqrt((means**2).mean())), float(np.sqrt((ends**2).mean()))


def draw(found: Mapping[str, Any], path: Path) -> None:
    """Draw people's means and intervals, empatune's against those of hBayesDM's definition."""
    figure, panels = plt.subplots(1, 2, figsize=(7.2, 3.5), layout="constrained")
    looks = (
        ("ours_own", "#c4541a", "learning, its own priors"),
        ("ours_published", "#1f5a93", "hBayesDM's model and priors"),
    )
    for place, (panel, name) in enumerate(zip(panels, NAMES, strict=True)):
        theirs = found["published"]["people"][place]
        for who, colour, label in looks:
            mine = found[who]["people"][place]
            for share in ENDS:
                panel.plot(
                    *(theirs[str(share)], mine[str(share)]), "o", ms=3.2, mfc="none", mec=colour
                )
            panel.plot(theirs["mean"], mine["mean"], "o", ms=3.2, color=colour, label=label)
        ends = np.array([panel.get_xlim(), panel.get_ylim()])
        line = [ends.min(), ends.max()]
        panel.plot(line, line, color="0.75", lw=0.8, zorder=0)
        panel.set(xlim=line, ylim=line, aspect="equal", title=f"{name}: {WORDS[name]}")
        panel.set_xlabel("hBayesDM's definition, summed over grids")
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("empatune, sampled")
    panels[0].legend(frameon=False, fontsize=8, title="full: means; open: 90 % intervals' ends",
                     title_fontsize=8, loc="upper left")  # fmt: skip
    figure.savefig(path, dpi=200)


def main() -> None:
    """Write page, picture and numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found = studied(given.people, given.trials, given.draws)
    mean_error, end_error = errors(found)
    words = PAGE.format(
        n_people=given.people,
        n_trials=given.trials,
        n_draws=given.draws,
        kept=found["kept"],
        rows="\n".join(rows(found)),
        mean_error=mean_error,
        end_error=end_error,
    )
    (given.out / "behaviour-posteriors.md").write_text(words, encoding="utf-8")
    draw(found, given.out / "behaviour-posteriors.png")
    if given.json:
        given.json.write_text(json.dumps(found, default=np.ndarray.tolist))


if __name__ == "__main__":
    main()
