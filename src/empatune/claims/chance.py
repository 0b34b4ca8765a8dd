"""What chance alone would make of people's contrasts: permutation."""

from __future__ import annotations

import numpy as np

from empatune.claims.analysis import Test
from empatune.decoding.group.permutation import divisions, sign_flips, welch_t
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
        Arrangements at most, the data among them; if no more exist, all signs or divisions are
        counted.
    rng : Generator
        Where randomness comes from.

    Returns
    -------
    p : float
        How often an arrangement is as extreme, two-sided.
    n : int
        Number of arrangements.
    """
    if test == "mean":
        signs, exact = sign_flips(len(own), n_most, rng)
        return _share(np.abs(own.mean()), np.abs(signs @ own / len(own)), exact=exact)
    if test == "groups":
        one = (side > 0).astype(np.float64)
        others, exact = divisions(one, n_most, rng)
        blocks = (block.astype(np.float64) for block in np.array_split(others, 20) if len(block))
        t = np.concatenate([np.abs(welch_t(block, own[:, None]))[:, 0] for block in blocks])
        return _share(np.abs(welch_t(one[None], own[:, None]))[0, 0], t, exact=exact)
    order = rng.permuted(np.tile(np.arange(len(own)), (n_most - 1, 1)), axis=1)
    label = (trait - trait.mean()) / max(float(trait.std()), 1e-300)
    away = own - own.mean()
    return _share(np.abs(label @ away), np.abs(label[order] @ away), exact=False)


def _share(observed: float, found: FloatArray, *, exact: bool) -> tuple[float, int]:
    """Tell how often an arrangement is as extreme; those at random leave out the data."""
    own = 0 if exact else 1
    n = len(found) + own
    return (int((found >= observed * (1 - 1e-9)).sum()) + own) / n, n
