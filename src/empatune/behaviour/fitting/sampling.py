"""Full sampling of people and their group, from where empirical Bayes ended."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, cast

import numpy as np

from empatune.behaviour.fitting.chains import Begin, Course, compile_chain, run_chains
from empatune.behaviour.fitting.convergence import convergence_cautions
from empatune.behaviour.fitting.design import Design
from empatune.behaviour.fitting.draws import draws_of
from empatune.behaviour.fitting.hierarchy import fit_group
from empatune.behaviour.fitting.posterior import Known, People, Position, people_at
from empatune.behaviour.fitting.record import Fit, Group, Progress
from empatune.behaviour.fitting.screening import constant_cautions, screen
from empatune.behaviour.model import Model, log_likelihood
from empatune.behaviour.parameters import spreads, typical
from empatune.behaviour.trials import Trials
from empatune.behaviour.wording import counted
from empatune.errors import UsageError
from empatune.numerics.differentiable import jax
from empatune.typing import FloatArray

NARROWEST_START = 0.1
"""Chains start with people who differ by this much at least, on the scale of estimation."""

AT_ONCE = 50
"""Draws of which people's trials are scored at once."""

N_PARTS = 3
"""How often the progress of sampling is told."""


def fit_sampled(
    model: Model,
    trials: Trials,
    *,
    design: Design | None = None,
    correlated: bool = False,
    n_chains: int = 2,
    n_warmup: int = 500,
    n_draws: int = 500,
    seed: int = 0,
    progress: Progress | None = None,
) -> Fit:
    """
    Sample the posterior of all people and their group.

    Parameters
    ----------
    model : Model
        The model.
    trials : Trials
        The trials.
    design : Design, optional
        Covariates of people; the mean alone if not given.
    correlated : bool
        Whether parameters may correlate over people.
    n_chains : int
        Chains; with one alone nothing can be said of convergence between chains.
    n_warmup, n_draws : int
        Iterations of each chain that tune it and are thrown away, and that are kept.
    seed : int
        Seed of everything; the same seed gives the same draws, to the bit.
    progress : callable, optional
        Told in a few words what begins: `N_PARTS` times.

    Returns
    -------
    Fit
        Estimates are posterior means on the scale of estimation, uncertainties the posterior's
        covariances; ``draws`` is an ArviZ InferenceData.

    Raises
    ------
    BehaviourError
        If there are fewer than two people, or not more people than covariates.
    UsageError
        If a count is below 1, or too small to be of use.
    """
    _check(n_chains, n_warmup, n_draws)
    begin = progress or (lambda _: None)
    begin("learning the group by empirical Bayes")
    kept = screen(trials, model, "map")[0]
    rows = (design or Design.mean_of(kept.people)).rows_of(kept.people)
    with ThreadPoolExecutor(1) as pool:
        # Compiling takes as long as the group does, and asks for nothing but shapes.
        compiled = pool.submit(
            compile_chain,
            model,
            kept,
            rows,
            correlated=correlated,
            n_warmup=n_warmup,
            n_draws=n_draws,
        )
        first = fit_group(model, trials, design=design, correlated=correlated, seed=seed)
        known = _known(first)
        start, reach = _start(first, known, correlated=correlated)
        begins = _around(start, reach, n_chains, seed)
        begin("compiling the sampler")
        program = compiled.result()
        begin(f"sampling {counted(n_chains, 'chain')} of {n_warmup + n_draws} draws")
        course = run_chains(program, known, begins, reach)
    people = jax.tree.map(np.asarray, _people(course.position, known))
    return _finished(first, course, people, known)


def _check(n_chains: int, n_warmup: int, n_draws: int) -> None:
    """Refuse counts of which no posterior can come."""
    least = {"n_chains": 1, "n_warmup": 20, "n_draws": 10}
    given = {"n_chains": n_chains, "n_warmup": n_warmup, "n_draws": n_draws}
    for name, count in given.items():
        if count < least[name]:
            raise UsageError(f"{name} must be at least {least[name]}, not {count}.")


def _known(first: Fit) -> Known:
    """Take the shape of each likelihood from empirical Bayes: a normal around where it ended."""
    group, rows = _group(first)
    prior = np.linalg.inv(group.covariance)
    lengths, ways = np.linalg.eigh(np.linalg.inv(first.covariance) - prior)
    bend = np.einsum("pij,pj,pkj->pik", ways, np.maximum(lengths, 0.0), ways)
    slope = (first.scaled - rows @ group.coefficients) @ prior
    pull = np.einsum("pij,pj->pi", bend, first.scaled) + slope
    parameters = first.model.parameters
    return Known(
        trials=first.trials.arrays(),
        rows=rows,
        pull=pull,
        curvature=bend,
        typical=typical(parameters),
        spread=spreads(parameters),
    )


def _group(first: Fit) -> tuple[Group, FloatArray]:
    """Give the group that empirical Bayes learnt, and the regressors of its people."""
    group = cast("Group", first.group)
    return group, np.ones((len(first.people), 1)) if group.rows is None else group.rows


def _start(first: Fit, known: Known, *, correlated: bool) -> tuple[Position, Position]:
    """Give the position of empirical Bayes, and about how far the posterior reaches from it."""
    group, _ = _group(first)
    size, n_people = len(known.typical), len(known.rows)
    spread = np.maximum(np.sqrt(np.diag(group.covariance)), NARROWEST_START)
    start = {
        "coefficients": group.coefficients,
        "log_spread": np.log(spread),
        "people": np.zeros((n_people, size)),
    }
    told = np.sqrt(1 + np.diagonal(first.covariance, axis1=1, axis2=2).mean(axis=0) / spread**2)
    reach = {
        "coefficients": np.clip(group.standard_errors, 1e-3, known.spread),
        "log_spread": told / np.sqrt(2 * n_people),
        "people": np.ones((n_people, size)),
    }
    if correlated:
        n_pairs = size * (size - 1) // 2
        start["angles"] = np.zeros(n_pairs)
        reach["angles"] = np.full(n_pairs, 1 / np.sqrt(n_people))
    return start, reach


def _around(start: Position, reach: Position, n_chains: int, seed: int) -> list[Begin]:
    """Draw a place for each chain, as far from the start as the posterior reaches."""
    begins: list[Begin] = []
    for one in np.random.SeedSequence(seed).spawn(n_chains):
        rng = np.random.default_rng(one)
        place = {
            name: part + reach[name] * rng.standard_normal(part.shape)
            for name, part in start.items()
        }
        begins.append((place, jax.random.wrap_key_data(one.generate_state(2))))
    return begins


@partial(jax.jit)
def _people(positions: Position, known: Known) -> People:
    """Turn positions of all chains into people."""
    each: People = jax.vmap(jax.vmap(lambda position: people_at(position, known)))(positions)
    return each


@partial(jax.jit, static_argnames="model")
def _scores(model: Model, scaled: Any, trials: Any) -> Any:
    """Score everybody's trials in each draw."""

    def score(own: Any) -> Any:
        return jax.vmap(partial(log_likelihood, model))(own, trials)

    return jax.lax.map(score, scaled, batch_size=AT_ONCE)


def _finished(first: Fit, course: Course, people: People, known: Known) -> Fit:
    """Put together what was found."""
    n_chains, n_draws = people.scaled.shape[:2]
    scaled = people.scaled.reshape(-1, *people.scaled.shape[2:])
    means = scaled.mean(axis=0)
    away = scaled - means
    covariance = np.einsum("dpi,dpj->pij", away, away) / (len(scaled) - 1)
    # The means are scored with the draws, and often enough that all are scored in one program.
    with_means = np.concatenate([scaled, *[means[None]] * (AT_ONCE - len(scaled) % AT_ONCE)])
    scores = np.asarray(_scores(first.model, with_means, known.trials))
    group, rows = _group(first)
    coefficients = course.position["coefficients"]
    flat = coefficients.reshape(-1, *coefficients.shape[2:])
    spread = people.root @ np.swapaxes(people.root, -1, -2)
    drawn = scores[: len(scaled)].reshape(n_chains, n_draws, *scores.shape[1:])
    draws = draws_of(first, course._asdict(), people, drawn)
    cautions, settled = convergence_cautions(draws)
    return replace(
        first,
        method="nuts",
        scaled=means,
        covariance=covariance,
        log_likelihood=scores[-1].sum(axis=-1),
        log_evidence=np.full(len(means), np.nan),
        converged=settled,
        group=replace(
            group,
            coefficients=flat.mean(axis=0),
            standard_errors=flat.std(axis=0, ddof=1),
            covariance=spread.mean(axis=(0, 1)),
            rows=rows,
        ),
        cautions=(*constant_cautions(first.trials), *cautions),
        draws=draws,
    )
