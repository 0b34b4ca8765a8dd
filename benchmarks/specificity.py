"""How real maps of other states score on the signatures: a table with bootstrap intervals.

    python benchmarks/specificity.py [--seed 0] > table.md

Correlations, because units differ. Intervals are 95 % percentiles of 5,000 resamplings of people
or studies; a single group map has none. Needs ../shared.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from pathlib import Path

import numpy as np

from empatune.errors import CoverageWarning
from empatune.signatures import CATALOGUE, ExpressionSettings, express

SHARED = Path(os.environ.get("EMPATUNE_SHARED", Path(__file__).parents[2] / "shared"))
SETS = {
    "faces > scrambled": "faces_vs_scrambled/*.nii.gz",
    "words": "words/*.nii.gz",
    "own pain": "self_pain/*.nii.gz",
    "observed pain": "observed_pain_group_tmap.nii.gz",
}
N_RESAMPLINGS = 5000


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    rng = np.random.default_rng(parser.parse_args().seed)
    maps = [SHARED / "signatures" / entry.file for entry in CATALOGUE.values()]
    settings = ExpressionSettings(min_overlap=0.3)
    columns = []
    for pattern in SETS.values():
        paths = sorted((SHARED / "data" / "maps").glob(pattern))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CoverageWarning)  # the table shows coverage
            scored = [each.scores for each in express(paths, maps, settings=settings)]
        columns.append(
            (
                np.concatenate([each.correlation for each in scored]),
                np.concatenate([each.coverage_weight for each in scored]),
            )
        )
    heads = [f"{name} (n={len(r)})" for name, (r, _) in zip(SETS, columns, strict=True)]
    print("| signature | " + " | ".join(heads) + " |")
    print("|---" * (len(heads) + 1) + "|")
    for number, name in enumerate(CATALOGUE):
        cells = [_cell(r[:, number], share[:, number], rng) for r, share in columns]
        print(f"| {name} | " + " | ".join(cells) + " |")
    return 0


def _cell(values: np.ndarray, coverage: np.ndarray, rng: np.random.Generator) -> str:
    text = f"{values.mean():.3f}"
    if len(values) > 1:
        drawn = rng.integers(len(values), size=(N_RESAMPLINGS, len(values)))
        low, high = np.percentile(values[drawn].mean(axis=1), [2.5, 97.5])
        text += f" [{low:.3f}, {high:.3f}]"
    return f"{text}; {coverage.mean():.0%}"


if __name__ == "__main__":
    sys.exit(main())
