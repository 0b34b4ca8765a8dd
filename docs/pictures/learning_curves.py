"""Draw the learning curves of `docs/tutorials/fit-your-data.md`.

    python docs/pictures/learning_curves.py fit/checks.tsv

The table is that of the tutorial's first fit.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from empatune.reports.behaviour_checking_pictures import drawn_checks

STATISTIC = "share of choice 1"


def main(path: Path) -> None:
    """Draw what people chose beside what simulated people choose."""
    checks = pd.read_csv(path, sep="\t", dtype={"place": str})
    drawing = drawn_checks(checks[checks["statistic"] == STATISTIC])
    place = Path(__file__).with_name("learning-curves.png")
    drawing.savefig(place, dpi=110, facecolor="#ffffff", metadata={"Software": ""})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
