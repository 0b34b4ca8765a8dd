"""How fast people are sampled in full: empatune against plain NumPyro, in the same run.

    python benchmarks/behaviour_sampling.py [--rounds 3] [--json FILE]

40 simulated people learn between two arms in 160 trials each. Each round samples the hierarchical
model with 500 warm-up iterations and 500 draws in 2 chains, in a fresh process each, compilation
and imports included: by empatune, and by a straightforward NumPyro model (non-centred, the same
priors) with its chains beside each other on two devices. Effective sample sizes and R-hat are
ArviZ's, of the group and of people on the scale of estimation. ``fit_s`` counts from data to
draws with compilation (and, for empatune, convergence checks and pointwise scores), ``process_s``
imports too; processor seconds tell more than seconds where the machine is shared.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from behaviour_fitting import made

WARMUP, DRAWS, CHAINS = 500, 500, 2


def ours(given: dict[str, np.ndarray], seed: int) -> tuple[object, float]:
    """Sample by empatune; give the draws and the seconds after imports."""
    from empatune.behaviour.catalogue import find_model
    from empatune.behaviour.fitting.sampling import fit_sampled
    from empatune.behaviour.trials import Trials

    shape = given["choice"].shape
    flat = {"block": np.zeros(shape), "recipient": np.zeros(shape)}
    trials = Trials(
        people=tuple(map(str, range(shape[0]))),
        columns={**given, **flat},
        answered=np.ones(shape, bool),
        rows=np.arange(np.prod(shape)).reshape(shape),
    )
    begun = time.perf_counter()
    found = fit_sampled(
        find_model("learning"), trials, n_chains=CHAINS, n_warmup=WARMUP, n_draws=DRAWS, seed=seed
    )
    return found.draws, time.perf_counter() - begun


def plain(given: dict[str, np.ndarray], seed: int) -> tuple[object, float]:
    """Sample by a model as NumPyro's tutorials write it."""
    import numpyro

    numpyro.set_host_device_count(CHAINS)
    numpyro.enable_x64()
    import arviz
    import jax
    import jax.numpy as jnp
    import numpyro.distributions as dist
    from numpyro.infer import MCMC, NUTS

    def walk(cues: object, trial: tuple[object, ...]) -> tuple[object, object]:
        choice, outcome, rate, precision = trial
        chosen = jax.nn.one_hot(choice, 2)
        logit = precision * (cues[:, 1] - cues[:, 0])
        error = outcome - (cues * chosen).sum(axis=1)
        return cues + (rate * error)[:, None] * chosen, logit

    choices, outcomes = given["choice"].T.astype(int), given["outcome"].T
    n_trials, n_people = choices.shape

    def model() -> None:
        centre, width = np.array([np.log(0.25 / 0.75), np.log(5.0)]), np.array([1.5, 1.0])
        mean = numpyro.sample("mean", dist.Normal(centre, width))
        spread = numpyro.sample("spread", dist.HalfNormal(width))
        with numpyro.plate("people", n_people):
            away = numpyro.sample("away", dist.Normal(jnp.zeros(2), 1).to_event(1))
        scaled = numpyro.deterministic("scaled", mean + spread * away)
        rate, precision = jax.nn.sigmoid(scaled[:, 0]), jnp.exp(scaled[:, 1])
        wide = [jnp.broadcast_to(one, (n_trials, n_people)) for one in (rate, precision)]
        _, logits = jax.lax.scan(walk, jnp.full((n_people, 2), 0.5), (choices, outcomes, *wide))
        numpyro.sample("choice", dist.Bernoulli(logits=logits), obs=choices)

    sampler = MCMC(
        NUTS(model),
        num_warmup=WARMUP,
        num_samples=DRAWS,
        num_chains=CHAINS,
        chain_method="parallel",
        progress_bar=False,
    )
    begun = time.perf_counter()
    sampler.run(jax.random.key(seed))
    sampler.get_samples(group_by_chain=True)
    return arviz.from_numpyro(sampler), time.perf_counter() - begun


def one(path: str, who: str, seed: int) -> None:
    """Sample in this process, and print how long it took and how good it is."""
    given = dict(np.load(path))
    draws, fitting = {"empatune": ours, "numpyro": plain}[who](given, seed)
    whole, processor = time.time() - float(sys.argv[-1]), time.process_time()
    import arviz

    group = ["coefficients" if who == "empatune" else "mean", "spread"]
    told: dict[str, float] = {"fit_s": fitting, "process_s": whole, "processor_s": processor}
    for name, kept in (("group", group), ("people", ["scaled"])):
        for kind, method in (("bulk", "bulk"), ("tail", "tail")):
            sizes = arviz.ess(draws, var_names=kept, method=method)
            told[f"{name}_least_{kind}_ess"] = min(float(sizes[one].min()) for one in kept)
        r_hat = arviz.rhat(draws, var_names=kept)
        told[f"{name}_largest_r_hat"] = max(float(r_hat[one].max()) for one in kept)
    told["n_diverging"] = int(draws.sample_stats["diverging"].sum())
    print(json.dumps(told))


def main() -> None:
    """Run the rounds and print their medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one(given.one[0], given.one[1], int(given.one[2]))
        return
    found: dict[str, list[dict[str, float]]] = {"empatune": [], "numpyro": []}
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "learners.npz")
        np.savez(path, **made(40, 160, given.seed))
        for number in range(given.rounds):
            for who, rounds in found.items():
                print(f"round {number + 1} of {given.rounds}: {who}", file=sys.stderr)
                words = [sys.executable, "-W", "ignore", __file__, "--one", path, who]
                words += [str(number), str(time.time())]
                done = subprocess.run(words, capture_output=True, text=True, check=True)
                rounds.append(json.loads(done.stdout.splitlines()[-1]))
    medians = {
        who: {name: float(np.median([one[name] for one in rounds])) for name in rounds[0]}
        for who, rounds in found.items()
    }
    ratios = [
        theirs["fit_s"] / mine["fit_s"]
        for mine, theirs in zip(found["empatune"], found["numpyro"], strict=True)
    ]
    answer = {"median": medians, "times_faster": float(np.median(ratios)), "rounds": found}
    print(json.dumps(answer, indent=2))
    if given.json:
        given.json.write_text(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
