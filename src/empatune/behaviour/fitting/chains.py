"""Chains of NumPyro's No-U-Turn Sampler, side by side on one compiled program."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from empatune.behaviour.fitting.posterior import Known, Position, potential
from empatune.behaviour.model import Model
from empatune.behaviour.trials import Trials
from empatune.numerics.differentiable import jax, jnp
from empatune.numerics.probabilistic import ParamInfo, hmc
from empatune.typing import FloatArray

ACCEPTED = 0.7
"""Acceptance that the length of steps is tuned to."""

FIRST_STEP = 0.7
"""Length of the first step, in standard deviations."""

HIGH = 1e10
"""Height of the start, above any other [nats]: whatever the first step finds is taken."""


Begin = tuple[Position, Any]
"""Where a chain begins, and its random key."""


class Course(NamedTuple):
    """What a chain went through after warming up.

    Attributes
    ----------
    position : mapping of str to array, shape (n_draws, ...)
        Where it was.
    diverging : array of bool, shape (n_draws,)
        Whether a step left the slope that it should have kept to.
    energy, acceptance_rate : array, shape (n_draws,)
        Height and motion together [nats], and the share of steps taken.
    n_steps : array of int, shape (n_draws,)
        Looks at the trials.
    step_size : array, shape (n_draws,)
        Length of a step.
    """

    position: Any
    diverging: Any
    energy: Any
    acceptance_rate: Any
    n_steps: Any
    step_size: Any


def compile_chain(
    model: Model,
    trials: Trials,
    rows: FloatArray,
    *,
    correlated: bool,
    n_warmup: int,
    n_draws: int,
) -> Any:
    """
    Compile a chain for these people, whatever their group will be.

    Parameters
    ----------
    model : Model
        The model.
    trials : Trials
        Trials of those who can be fitted.
    rows : ndarray, shape (n_people, n_regressors)
        Their regressors.
    correlated : bool
        Whether parameters may correlate over people.
    n_warmup, n_draws : int
        Iterations that are thrown away, and that are kept.

    Returns
    -------
    callable
        What `run_chains` runs.
    """
    size, n_people = len(model.parameters), len(rows)
    known = Known(
        trials=trials.arrays(),
        rows=rows,
        pull=np.zeros((n_people, size)),
        curvature=np.zeros((n_people, size, size)),
        typical=np.zeros(size),
        spread=np.zeros(size),
    )
    place = {
        "coefficients": np.zeros((rows.shape[1], size)),
        "log_spread": np.zeros(size),
        "people": np.zeros((n_people, size)),
    }
    if correlated:
        place["angles"] = np.zeros(size * (size - 1) // 2)
    key = jax.random.wrap_key_data(np.zeros(2, np.uint32))
    scale = np.zeros(sum(part.size for part in place.values()))
    return _chain.lower(model, known, place, key, scale, n_warmup, n_draws).compile()


def run_chains(program: Any, known: Known, begins: list[Begin], reach: Position) -> Course:
    """
    Run chains side by side.

    Parameters
    ----------
    program : callable
        The chain, compiled.
    known : Known
        What it is given.
    begins : list of Begin
        Where each begins, and its random key.
    reach : mapping of str to array
        About how far the posterior reaches, the first guess at its standard deviations.

    Returns
    -------
    Course
        What the chains went through, each array with the chains first.
    """
    scale = np.concatenate([reach[name].ravel() for name in sorted(reach)]) ** 2

    def run(begin: Begin) -> Course:
        course: Course = jax.block_until_ready(program(known, *begin, scale))
        return course

    with ThreadPoolExecutor(min(len(begins), os.cpu_count() or 1)) as pool:
        ran = list(pool.map(run, begins))
    stacked: Course = jax.tree.map(lambda *parts: np.stack(parts), *ran)
    return stacked


@partial(jax.jit, static_argnames=("model", "n_warmup", "n_draws"))
def _chain(
    model: Model,
    known: Known,
    place: Position,
    key: Any,
    scale: Any,
    n_warmup: int,
    n_draws: int,
) -> Course:
    """Run one chain.

    Height and slope of the start are left out, so that the walk through the trials is compiled
    once, not twice: the first step, of those thrown away, finds them.
    """
    begin, step = hmc(lambda position: potential(model, position, known), algo="NUTS")
    flat = jax.tree.map(jnp.zeros_like, place)
    state = begin(
        ParamInfo(place, jnp.asarray(HIGH), flat),
        n_warmup,
        step_size=FIRST_STEP,
        inverse_mass_matrix=scale,
        target_accept_prob=ACCEPTED,
        rng_key=key,
    )

    def forward(state: Any, _: Any) -> tuple[Any, Course]:
        after = step(state)
        kept = Course(
            position=after.z,
            diverging=after.diverging,
            energy=after.energy,
            acceptance_rate=after.accept_prob,
            n_steps=after.num_steps,
            step_size=after.adapt_state.step_size,
        )
        return after, kept

    _, course = jax.lax.scan(forward, state, length=n_warmup + n_draws)
    kept: Course = jax.tree.map(lambda part: part[n_warmup:], course)
    return kept
