"""Compiling every kernel before the session, so that no volume waits for the compiler."""

from __future__ import annotations

import numpy as np

from empatune.numerics import expression, quality, realignment, recursion


def warm_up() -> None:
    """Run every compiled kernel once on a small head; a second or less once cached."""
    i, j, k = np.indices((16, 16, 12)) - np.array([7.5, 7.5, 5.5]).reshape(3, 1, 1, 1)
    head = (1000 * np.exp(-(i**2 + j**2 + 2 * k**2) / 30)).astype(np.float32)
    affine = np.diag([3.0, 3.0, 3.0, 1.0])
    reference = realignment.prepare_reference(head, affine)
    realignment.estimate(head, reference, np.zeros(6), coarse=True)
    weights = expression.prepare_weights(head[None], affine, fwhm_mm=6.0)
    responses, voxels, _ = expression.express(head, weights, np.eye(4))
    quality.accumulate(quality.no_moments(len(voxels)), voxels)
    quality.dvars_percent(voxels, voxels)
    recursion.update(recursion.initial(2, 1), np.ones(2), responses)
