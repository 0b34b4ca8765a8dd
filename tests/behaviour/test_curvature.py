"""A function that brings its own slopes and curvature, against the same function without."""

import numpy as np

from empatune.behaviour.curvature import carried
from empatune.numerics.differentiable import jax, jnp


def plain(one, other):
    return one**2 * jnp.sin(other)


def derive(one, other):
    sine, cosine = jnp.sin(other), jnp.cos(other)
    slopes = 2 * one * sine, one**2 * cosine
    cross = 2 * one * cosine
    return one**2 * sine, slopes, ((2 * sine, cross), (cross, -(one**2) * sine))


def test_slopes_and_curvature_are_those_of_the_function():
    ones, others = np.array([0.5, -1.0, 2.0]), np.array([0.1, 1.0, -2.0])
    ways = (
        lambda of: jax.vmap(of)(ones, others),
        lambda of: jax.vmap(jax.grad(of, (0, 1)))(ones, others),
        lambda of: jax.vmap(jax.jacfwd(jax.jacfwd(of, (0, 1)), (0, 1)))(ones, others),
        lambda of: jax.vmap(jax.hessian(lambda at: of(at, 3 * at)))(ones),
    )
    for way in ways:
        for given, expected in zip(
            jax.tree.leaves(way(carried(derive))), jax.tree.leaves(way(plain)), strict=True
        ):
            np.testing.assert_allclose(given, expected, rtol=1e-12, atol=1e-12)


def test_what_it_is_told_is_what_is_carried():
    told = carried(lambda at: (at, (7.0,), ((3.0,),)))
    assert jax.grad(told)(1.0) == 7.0
    assert jax.grad(jax.grad(told))(1.0) == 3.0
