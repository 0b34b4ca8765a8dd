"""How well fits of the framework recover the parameters that people were simulated with.

    python benchmarks/framework_recovery.py [--people 100] [--seed 1] [--json FILE]

People go through the 200 situations of the paradigm ``battery`` and are fitted one by one: with
their identification unknown, as when nobody asked, measured by a questionnaire, and known. True
and fitted values are correlated over people on the scale of the link, on which people are normal.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from empatune import paradigms
from empatune.motives import Simulated, population, simulate
from empatune.motives.fitting import FREE, IDENTIFIABLE, Fit, fit
from empatune.motives.parameters import BY_NAME, to_scale, to_value
from empatune.simulation.cohort import Layout, to_experiment

KNOWLEDGE = ("unknown", "measured", "known")
"""What is known of people's identification."""

ENOUGH = 0.8
"""A parameter is called identifiable when true and fitted values correlate above this."""


def main() -> int:
    """Simulate, fit, and print one row a parameter."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    start = time.perf_counter()
    found = {each: recover(asked.people, asked.seed, each) for each in KNOWLEDGE}
    plain, known = found["unknown"], found["known"]
    print(f"{asked.people} people, seed {asked.seed}, {time.perf_counter() - start:.0f} s")
    print("converged: " + ", ".join(f"{each['converged']:.0%}" for each in found.values()) + "\n")
    print("| parameter | r | r, measured | r, known | sd after the data | inside 95 % |")
    print("|---|---|---|---|---|---|")
    for name in sorted(FREE, key=lambda name: -known["r"][name]):
        mark = "**" if plain["r"][name] > ENOUGH else ""
        rs = " | ".join(f"{each['r'][name]:.2f}" for each in found.values())
        print(
            f"| {mark}{name}{mark} | {rs} | {plain['sd'][name]:.2f} | {plain['inside'][name]:.0%} |"
        )
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1))
    short = [name for name in IDENTIFIABLE if not plain["r"][name] > ENOUGH]
    print(f"\nMISSED: {', '.join(short)}" if short else "\nreached: all of IDENTIFIABLE above .8")
    return 1 if short else 0


def recover(n_people: int, seed: int, knowledge: str) -> dict[str, Any]:
    """Simulate and fit, and tell how the two agree."""
    design = paradigms.load("battery")
    layout = Layout.of(design.draw(n_people, seed))
    experiment = to_experiment(layout, design)
    people = population(n_people, seed=seed)
    simulated: Simulated = simulate(people, experiment, seed=seed)
    asked = {response.of for response in design.responses.values()}
    answers = {name: simulated.responses[name] for name in asked}
    found = fit(experiment, answers, fixed=_identification(people, simulated, knowledge))
    return _agreement(people, found)


def _identification(
    people: dict[str, np.ndarray], simulated: Simulated, knowledge: str
) -> dict[str, np.ndarray]:
    if knowledge == "unknown":
        return {}
    if knowledge == "known":
        return {"identification": people["identification"]}
    parameter = BY_NAME["identification"]
    # a questionnaire has an error, so that what it says is drawn towards the middle
    z = simulated.traits["identification"] / (1 + float(people["trait_noise"][0]) ** 2)
    scale = to_scale(parameter, parameter.default) + parameter.spread * z
    return {"identification": to_value(parameter, scale)}


def _agreement(people: dict[str, np.ndarray], found: Fit) -> dict[str, Any]:
    r, sd, inside = {}, {}, {}
    for place, name in enumerate(found.free):
        parameter = BY_NAME[name]
        middle = to_scale(parameter, parameter.default)
        true = [(to_scale(parameter, value) - middle) / parameter.spread for value in people[name]]
        z, error = found.z[:, place], found.sd[:, place]
        r[name] = float(np.corrcoef(true, z)[0, 1])
        sd[name] = float(error.mean())
        inside[name] = float(np.mean(np.abs(z - true) < 1.96 * error))
    return {"r": r, "sd": sd, "inside": inside, "converged": float(found.converged.mean())}


if __name__ == "__main__":
    sys.exit(main())
