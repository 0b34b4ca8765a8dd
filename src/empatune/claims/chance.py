"""What chance alone would make of people's contrasts: permutation."""

from __future__ import annotations

import numpy as np

from empatune.claims.analysis import Test
from empatune.decoding.group.permutation import welch_t
from empatune.typing import FloatArray


def permute(
    own: FloatArray,
    test: Test,
    *,
    side: FloatArray,
    trait: FloatArray,
    n_most: int,
    rng: np.random.Generator,
) -> tuple[float, int]:
    """Flip signs, exchange people between groups, or traits between people.

    Parameters
    ----------
    own : ndarray, shape (n_people,)
        Each person's contrast.
    test : str
        Against zero, between groups, or along a trait.
    side : ndarray, shape (n_people,)
        1 and -1 for the groups that are compared.
    trait : ndarray, shape (n_people,)
        The trait.
    n_most : int
        Arrangements, the data among them.
    rng : Generator
        Where randomness comes from.

    Returns
    -------
    p : float
        How often an arrangement is as extreme, two-sided.
    n : int
        Number of arrangements.
    """
    n = len(own)
    if test == "mean":
        signs = rng.choice(np.array([-1.0, 1.0]), size=(n_most - 1, n))
        return _extreme(np.abs(own.mean()), np.abs(signs @ own / n))
    label = side if test == "groups" else trait
    order = rng.permuted(np.tile(np.arange(n), (n_most - 1, 1)), axis=1)
    if test == "groups":
        one = (side > 0).astype(np.float64)
        blocks = [one[None], *(one[block] for block in np.array_split(order, 20))]
        t = np.concatenate([np.abs(welch_t(block, own[:, None]))[:, 0] for block in blocks])
        return _extreme(t[0], t[1:])
    label = (label - label.mean()) / max(float(label.std()), 1e-300)
    away = own - own.mean()
    return _extreme(np.abs(label @ away), np.abs(label[order] @ away))


def _extreme(observed: float, drawn: FloatArray) -> tuple[float, int]:
    reached = int((drawn >= observed * (1 - 1e-9)).sum())
    return (reached + 1) / (len(drawn) + 1), len(drawn) + 1
