"""Decode real localizers: one person's decoder from run to run, and categories within a run.

    python benchmarks/real_decoding.py

Methods were fixed before the figures were seen, but for the voxels that answer to the task and
the six categories, which were added when two blocks of faces had shown too few; all are printed.
"""

from __future__ import annotations

import os
import subprocess
import time
from itertools import permutations
from pathlib import Path

import numpy as np

from empatune.cli.series import read_series
from empatune.preparation.brain import find_brain
from empatune.signatures.training import TrainingSettings
from empatune.signatures.training.blocks import Block, Contrast, read_blocks
from empatune.signatures.training.localizer import (
    Head,
    Run,
    block_images,
    bring_to_reference,
    noise,
    responsive,
)
from empatune.signatures.training.personal import Scored, assess_decoder, train_decoder

LEAST_T = 3.1
"""Voxels that answer to blocks of any kind, p < .001."""


def main() -> None:
    shared = Path(os.environ.get("EMPATUNE_SHARED", "../shared")) / "data"
    unpack = ["bash", str(shared / "unpack")]
    done = subprocess.run(unpack, check=True, capture_output=True, text=True)
    data = Path(done.stdout.strip().splitlines()[-1])
    began = time.perf_counter()
    objects(data, shared / "fmri")
    print(f"\nrun 1 to run 2 took {time.perf_counter() - began:.0f} s in all\n")
    faces(data, shared / "fmri")


def objects(data: Path, events: Path) -> None:
    """Train on run 1, test on run 2."""
    names = ("siemens_objects_run-1", "siemens_objects_run-2")
    volumes = [read_series(str(data / name))[0] for name in names]
    head = head_of(volumes[0])
    first, second = (bring_to_reference(each, head) for each in volumes)
    blocks = [read_blocks(events / f"{name}_events.tsv") for name in names]
    contrast = Contrast(positive=("living",), against=("non_living",))
    decoder = train_decoder(first, blocks[0], contrast, settings=settings())
    decoder = assess_decoder(decoder, second, blocks[1], n_permutations=10_000)
    show("living against non-living, run 1, held-out pairs of blocks", decoder.localizer)
    if decoder.test is not None:
        show("living against non-living, run 2, decoder of run 1", decoder.test)


def faces(data: Path, events: Path) -> None:
    """Two halves of one run, each category once in each."""
    volumes, _ = read_series(str(data / "philips_localizer"))
    run = bring_to_reference(volumes, head_of(volumes))
    blocks = read_blocks(events / "philips_localizer_events.tsv")
    rest = tuple(sorted({block.condition for block in blocks} - {"face"}))
    contrast = Contrast(positive=("face",), against=rest)
    for least_t, where in ((None, "whole brain"), (LEAST_T, "voxels that answer to blocks")):
        decoder = train_decoder(run, blocks, contrast, settings=settings(), least_t=least_t)
        show(f"faces against all other categories, {where}", decoder.localizer)
    categories(run, blocks)


def categories(run: Run, blocks: list[Block]) -> None:
    """Find each block of one half in the other by correlation (Haxby et al. 2001)."""
    spread = noise(run, blocks)
    voxels = np.abs(responsive(run, blocks, spread=spread)) >= LEAST_T
    images = (block_images(run, blocks) / spread)[:, voxels]
    names = sorted({block.condition for block in blocks})
    places = [[n for n, block in enumerate(blocks) if block.condition == name] for name in names]
    first, second = (images[[place[half] for place in places]] for half in (0, 1))
    alike = np.corrcoef(first - first.mean(axis=0), second - second.mean(axis=0))[:6, 6:]
    null = [share_found(alike[:, list(order)]) for order in permutations(range(6))]
    found = share_found(alike)
    p = np.mean(np.array(null) >= found - 1e-9)
    print("six categories, each block looked for in the other half (chance .17)")
    print(f"  {round(12 * found)} of 12 blocks found, exact p {p:.4f} (720 orders)")
    face = names.index("face")
    both = int(alike[face].argmax() == face) + int(alike[:, face].argmax() == face)
    print(f"  of the 2 blocks of faces, {both} found")


def share_found(alike: np.ndarray) -> float:
    own = np.arange(len(alike))
    return float(np.mean([alike.argmax(axis=1) == own, alike.argmax(axis=0) == own]))


def head_of(volumes: list) -> Head:
    reference = np.mean([v.intensities() for v in volumes[3:13]], axis=0, dtype=np.float32)
    grid = volumes[0].grid
    return Head(grid=grid, reference=reference, brain=find_brain(reference, grid))


def settings() -> TrainingSettings:
    return TrainingSettings(method="ridge", n_bootstraps=0, n_permutations=2000)


def show(title: str, scored: Scored) -> None:
    print(f"{title} ({len(scored.blocks)} blocks)")
    for name in ("auc", "balanced_accuracy", "forced_choice"):
        result = scored.results[name]
        print(f"  {result.label:<36} {result.value:.3f}, p {result.p:.4f}")


if __name__ == "__main__":
    main()
