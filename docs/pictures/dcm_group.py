"""Draw the group of `docs/tutorials/dcm-in-ten-minutes.md`.

    python docs/pictures/dcm_group.py fits study/participants.tsv

Fits and table are those of the tutorial.
"""

from __future__ import annotations

import sys
from pathlib import Path

from empatune.decoding.connections.people import fit_people
from empatune.decoding.connections.study import read_fits
from empatune.reports.connectivity_links import diagrams_of_effect
from empatune.reports.connectivity_paths import write_paths

NETWORK = "both"


def main(fits: Path, table: Path) -> None:
    """Draw what reciprocity adds: the mean, and what goes with trust."""
    people = fit_people(fits, network=NETWORK, covariates=["trust"], table=table, fields=["B"])
    average = people.searched.average
    chances = dict(zip(average.names, map(float, people.searched.probability), strict=True))
    network = read_fits(fits, network=NETWORK)[0][1].network
    diagrams = [
        diagram
        for effect in people.group.design.effects
        for diagram in diagrams_of_effect(average, network, effect, probability=chances)
    ]
    write_paths(diagrams, network.regions, Path(__file__).with_name("dcm-group.png"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
