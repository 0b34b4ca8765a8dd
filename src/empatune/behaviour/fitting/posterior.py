r"""The hierarchical posterior, in coordinates in which sampling is easy.

Each person's parameters are normal around what their covariates predict,

.. math:: \theta_i \sim N(B^T x_i, \Sigma),

with priors B (mean) ~ N(typical, spread), B (effects) ~ N(0, spread), SD over people ~ half-N(0,
spread), and correlations ~ LKJ(2) where they are asked for; ``typical`` and ``spread`` are those
of the parameters, on the scale of estimation. Covariates are standardised (`design_of`).

People are not sampled as they are. Where trials tell much, a person hardly depends on the group;
where they tell nothing, a person is the group's mean and a standard normal deviation. The shape
of each likelihood (a normal with pull h and curvature H) says where between the two somebody is,

.. math:: \theta_i = A^{-1} (h_i + \Sigma^{-1} B^T x_i) + A^{-1/2} u_i,\quad
    A = H_i + \Sigma^{-1},

so that u is nearly standard normal and independent of the group, whatever the group is. This is
a change of variables, not an approximation: the posterior is exact if the shapes are wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from empatune.behaviour.model import Model, log_likelihood
from empatune.numerics.differentiable import jax, jnp
from empatune.numerics.probabilistic import CorrCholeskyTransform, LKJCholesky

CONCENTRATION = 2.0
"""Of the LKJ prior: correlations near 0 are a little more probable than extreme ones."""

Position = Mapping[str, Any]
"""``coefficients``, ``log_spread``, ``people`` and, where correlated, ``angles``."""


class Known(NamedTuple):
    """What the sampler is given, arrays alone.

    Attributes
    ----------
    trials : mapping of str to array, shape (n_people, n_trials)
        Columns, and ``answered``.
    rows : array, shape (n_people, n_regressors)
        Regressors of people.
    pull : array, shape (n_people, n_parameters)
        Curvature of each likelihood times its centre.
    curvature : array, shape (n_people, n_parameters, n_parameters)
        Curvature of each negative log likelihood, positive semi-definite.
    typical, spread : array, shape (n_parameters,)
        Prior means of the group, and standard deviations.
    """

    trials: Mapping[str, Any]
    rows: Any
    pull: Any
    curvature: Any
    typical: Any
    spread: Any


class People(NamedTuple):
    """A position in the terms of people.

    Attributes
    ----------
    scaled : array, shape (n_people, n_parameters)
        Parameters on the scale of estimation.
    root : array, shape (n_parameters, n_parameters)
        Cholesky factor of the covariance over people.
    log_volume : array, shape ()
        Logarithm of the volume that the change of variables makes of a unit, and the log
        probability of the correlations.
    """

    scaled: Any
    root: Any
    log_volume: Any


def people_at(position: Position, known: Known) -> People:
    """
    Turn a position into people.

    Parameters
    ----------
    position : mapping of str to array
        Where the sampler is.
    known : Known
        What it was given.

    Returns
    -------
    People
        Everybody's parameters.
    """
    root, log_probability = _root(position)
    identity = jnp.eye(root.shape[0])
    inverse = jax.scipy.linalg.solve_triangular(root, identity, lower=True)
    precision = inverse.T @ inverse
    bend = jnp.linalg.cholesky(known.curvature + precision)
    mean = known.rows @ position["coefficients"]
    pull = (known.pull + mean @ precision)[..., None]
    solve = jax.scipy.linalg.solve_triangular
    pulled = solve(bend, pull, lower=True) + position["people"][..., None]
    scaled = solve(bend, pulled, lower=True, trans=1)[..., 0]
    volume = -jnp.log(jnp.diagonal(bend, axis1=1, axis2=2)).sum()
    return People(scaled, root, volume + log_probability)


def _root(position: Position) -> tuple[Any, Any]:
    """Give the factor of the covariance, and the log probability of its correlations."""
    spread = jnp.exp(position["log_spread"])
    if "angles" not in position:
        return jnp.diag(spread), 0.0
    transform = CorrCholeskyTransform()
    factor = transform(position["angles"])
    volume = transform.log_abs_det_jacobian(position["angles"], factor)
    prior = LKJCholesky(spread.shape[0], CONCENTRATION).log_prob(factor)
    return spread[:, None] * factor, volume + prior


def potential(model: Model, position: Position, known: Known) -> Any:
    """
    Give the negative log posterior, but for a constant.

    Parameters
    ----------
    model : Model
        The model.
    position : mapping of str to array
        Where the sampler is.
    known : Known
        What it was given.

    Returns
    -------
    array, shape ()
        What the sampler moves in.
    """
    people = people_at(position, known)
    away = people.scaled - known.rows @ position["coefficients"]
    far = jax.scipy.linalg.solve_triangular(people.root, away.T, lower=True)
    narrow = len(away) * jnp.log(jnp.diagonal(people.root)).sum()
    effects = position["coefficients"].at[0].add(-known.typical) / known.spread
    spread = jnp.exp(position["log_spread"]) / known.spread
    prior = (effects**2).sum() / 2 + (spread**2).sum() / 2 - position["log_spread"].sum()
    group = (far**2).sum() / 2 + narrow + prior - people.log_volume
    return group - _total(model, people.scaled, known.trials)


def _total(model: Model, scaled: Any, trials: Mapping[str, Any]) -> Any:
    """Give the log likelihood of all, with its slope carried forward.

    A person has few parameters, so walking once with all their slopes is cheaper than walking
    back through every trial. People come last: what is done to all of them lies side by side.
    """

    def of_all(columns: Any) -> Any:
        return jax.vmap(lambda own, trial: log_likelihood(model, own, trial).sum(), in_axes=(1, 0))(
            columns, trials
        )

    def plain(scaled: Any) -> Any:
        return of_all(scaled.T).sum()

    def ahead(scaled: Any) -> tuple[Any, Any]:
        def along(way: Any) -> tuple[Any, Any]:
            ways = jnp.broadcast_to(way[:, None], scaled.T.shape)
            values, slopes = jax.jvp(of_all, (scaled.T,), (ways,))
            return values, slopes

        values, slopes = jax.vmap(along, out_axes=(None, 1))(jnp.eye(scaled.shape[1]))
        return values.sum(), slopes

    def back(slopes: Any, weight: Any) -> tuple[Any]:
        return (weight * slopes,)

    total = jax.custom_vjp(plain)
    total.defvjp(ahead, back)
    return total(scaled)
