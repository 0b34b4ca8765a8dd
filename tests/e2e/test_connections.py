"""A real localizer from the scanner's files to a page about the connections of three regions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from empatune.cli.series import read_series

from .conftest import empatune
from .test_localizer_to_feedback import MNI_TO_EPI

pytestmark = [pytest.mark.slow, pytest.mark.shared]

RUN = "siemens_objects_run-1"
PLACES = {"V1": (10, -88, 2), "LO": (44, -74, -8), "FG": (38, -50, -18)}
"""MNI, chosen by anatomy: primary visual, lateral occipital, fusiform; spheres of 10 mm."""

NETWORKS = """
[space]
name = "vision"
title = "Pictures of things against noise"
[regions.V1]
mm = [10, -88, 2]
[regions.LO]
mm = [44, -74, -8]
[regions.FG]
mm = [38, -50, -18]
[inputs.pictures]
events = ["living", "non_living", "gaussian"]
[inputs.things]
events = ["living", "non_living"]
[networks.forward]
edges = ["V1->LO", "LO->FG"]
driven = { pictures = ["V1"] }
modulated = { things = ["V1->LO"] }
[networks.both]
edges = ["V1<->LO", "LO<->FG"]
driven = { pictures = ["V1"] }
modulated = { things = ["V1->LO", "LO->FG"] }
"""


def write_signals(series: Path, path: Path) -> None:
    """Write the mean of a sphere around each place, as measured: no motion correction."""
    volumes, n_lost = read_series(str(series))
    assert (len(volumes), n_lost) == (209, 0)
    grid = volumes[0].grid
    to_epi = np.array(MNI_TO_EPI.split(), dtype=float).reshape(4, 4)
    world = np.moveaxis(np.indices(grid.shape), 0, -1) @ grid.affine[:3, :3].T + grid.affine[:3, 3]
    spheres = [
        ((world - (to_epi[:3, :3] @ mm + to_epi[:3, 3])) ** 2).sum(axis=-1) <= 10**2
        for mm in PLACES.values()
    ]
    images = (volume.intensities() for volume in volumes)
    rows = ["\t".join(f"{image[each].mean():.4f}" for each in spheres) for image in images]
    path.write_text("\t".join(PLACES) + "\n" + "\n".join(rows) + "\n")


def test_signals_of_a_real_localizer_go_the_whole_way(
    shared: Path, testdata: Path, tmp_path: Path
) -> None:
    table, networks, out = tmp_path / "objects.tsv", tmp_path / "vision.toml", tmp_path / "fits"
    write_signals(testdata / RUN, table)
    networks.write_text(NETWORKS)
    events = shared / "data" / "fmri" / f"{RUN}_events.tsv"
    facts = empatune(
        *("connectivity", "fit", table, networks, "--out", out, "--events", events),
        *("--tr", "2", "--scaling", "percent", "--report"),
    )
    assert [each["status"] for each in facts["fits"]] == ["done", "done"]
    assert [each["why"] for each in facts["fits"]] == ["", ""]  # nothing to remark
    convergence = (out / "convergence.tsv").read_text().splitlines()
    names, *rows = (line.split("\t") for line in convergence)
    starts = [dict(zip(names, row, strict=True)) for row in rows]
    kept = [start for start in starts if start["explained_least"] != "n/a"]
    assert len(kept) == 2  # one start of each network was kept
    for start in kept:
        assert start["stop"] == "converged"
        assert float(start["explained_least"]) > 0.25
    parameters = {}
    for line in (out / "parameters.tsv").read_text().splitlines()[1:]:
        _, _, network, name, mean, sd, *_ = line.split("\t")
        parameters[network, name] = (float(mean), float(sd))
    for network in ("forward", "both"):
        for name in ("C V1<-pictures", "B[things] LO<-V1"):  # LO answers to things, not to noise
            mean, sd = parameters[network, name]
            assert mean > 4 * sd, (network, name)
    page = Path(str(facts["report"])).read_text(encoding="utf-8")
    for words in ("Pictures of things against noise", "Convergence", "V1", "LO", "FG", "settled"):
        assert words in page
    assert "nan" not in json.dumps(facts).lower()
