"""The framework once more, in plain numpy loops over people and trials: slow, and independent.

Written from the equations of ``docs/framework.md``, without a look at ``empatune.motives``.
"""

from __future__ import annotations

import math

import numpy as np


def simulate_by_loops(
    people: dict, names: tuple[str, ...], experiment, appeal: np.ndarray
) -> dict[str, np.ndarray]:
    """Return net motive, components and the expected responses of all people and trials."""
    n_people, n_trials = experiment.target.shape
    keys = ("net", "S-", "S+", "Z", "C", "D", "U", "approach", "help", "accurate", "donation", "V")
    out = {key: np.zeros((n_people, n_trials)) for key in keys}
    for i in range(n_people):
        p = {name: float(values[i]) for name, values in people.items()}
        n_targets = len(experiment.alike)
        mood, belief = [0.0] * (n_targets + 1), [0.0] * n_targets
        for t in range(n_trials):
            x = dict(zip(names, experiment.situation[i, t].tolist(), strict=True))
            j, r = int(experiment.target[i, t]), float(experiment.outcome[i, t])
            expected = belief[j] if j >= 0 else 0.0
            liked = p["affinity"] * float(appeal[i, j]) if j >= 0 else 0.0
            row = _trial(p, x, mood[j] + liked, expected, experiment.training[i, t])
            for key in keys[:-1]:
                out[key][i, t] = row[key]
            out["V"][i, t] = expected
            mood[j] *= p["persistence"]
            mood[j] += p["warmth"] * row["C"] - p["aversion"] * row["D"]
            if j >= 0 and not math.isnan(r):
                for k in range(n_targets):
                    share = 1.0 if k == j else p["generalization"] * experiment.alike[j, k]
                    belief[k] += p["learning"] * share * (r - expected)
    return out


def _trial(p: dict, x: dict, mood: float, expected: float, training) -> dict[str, float]:
    pain, joy = max(-x["affect"], 0.0) * x["mind"], max(x["affect"], 0.0) * x["mind"]
    net = p["disposition"] + p["positive"] * joy - p["suffering"] * pain + mood
    net += p["group"] * x["membership"] * x["bond"] * (p["identification"] - p["indifference"])
    net += p["closeness"] * x["closeness"] + p["similarity"] * x["similarity"]
    net += p["kindness"] * (x["kindness"] + expected)
    net += p["desirability"] * x["desirability"] + p["incentive"] * x["incentive"]
    net += p["goal"] * x["goal"] - p["exhaustion"] * x["exhaustion"] * (1 - x["efficacy"])
    net -= p["cost"] * x["cost"] + p["interference"] * x["competition"]
    net *= p["coupling"]
    alpha = math.exp(p["attention"] * math.tanh(net))
    omega = p["welfare"] + p["appraisal"] * math.tanh(net)
    grown = [
        p[gain] * math.exp(p[f"training_{gain}"] * float(done))
        for gain, done in zip(("sharing", "concern", "mentalizing"), training, strict=True)
    ]
    shared, shared_joy = grown[0] * alpha * pain, grown[0] * alpha * joy
    concern = grown[1] * pain * math.log1p(math.exp(10 * omega)) / 10
    mental = grown[2] * alpha * x["thought"] * x["mind"] - p["inhibition"] * shared
    distress = p["distress"] * shared / (1 + p["buffer"] * concern)
    helping = p["help_bias"] + p["help_concern"] * concern - p["help_cost"] * x["cost"]
    helping += p["help_welfare"] * omega * x["benefit"]
    return {
        "net": net,
        "S-": shared,
        "S+": shared_joy,
        "Z": mental,
        "C": concern,
        "D": distress,
        "U": omega * x["affect"] * x["mind"],
        "approach": _logistic(p["entry_bias"] + p["selection"] * net),
        "help": _logistic(helping),
        "accurate": _logistic(p["accuracy"] * (mental + alpha - 1)),
        "donation": p["donation_concern"] * concern + p["donation_distress"] * distress,
    }


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))
