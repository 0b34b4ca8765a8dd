"""From a run to one image a block."""

import numpy as np
import pytest

from empatune.errors import TrainingError
from empatune.numerics.design import convolved_boxcars
from empatune.signatures.training.localizer import Block, Run, block_images

BLOCKS = [Block(condition="a", onset_s=10 + 30.0 * n, duration_s=12) for n in range(5)]
N, TR_S = 90, 2.0


def test_blocks_are_estimated_apart_from_drift_and_motion():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(5, 20))
    tasks = np.array([convolved_boxcars([b.onset_s], [12], n_volumes=N, tr_s=TR_S) for b in BLOCKS])
    motion = rng.normal(size=(N, 6)) * 0.01
    images = tasks.T @ truth + 100 + np.linspace(-3, 3, N)[:, None] + 40 * motion[:, :1]
    run = Run(images=images.astype(np.float32), motion=motion)
    np.testing.assert_allclose(block_images(run, BLOCKS, tr_s=TR_S), truth, atol=1e-3)


def test_events_of_another_run_are_refused():
    run = Run(images=np.ones((N, 5), np.float32), motion=np.zeros((N, 6)))
    late = [*BLOCKS, Block(condition="late", onset_s=400, duration_s=10)]
    with pytest.raises(TrainingError, match="Do events and series belong together"):
        block_images(run, late, tr_s=TR_S)
