"""Files of networks: what is read, and what is said of every mistake."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from empatune.connectivity.network import connect
from empatune.decoding.connections.reading import load, loads, template
from empatune.decoding.connections.space import split_edges
from empatune.errors import NetworkError


def test_a_file_gives_networks_with_all_regions_and_inputs() -> None:
    space = loads(template())
    expected = connect(
        ["ACC", "AI", "VS"],
        ["helping", "reciprocity"],
        edges=[("ACC", "AI"), ("AI", "ACC"), ("AI", "VS")],
        modulated={"reciprocity": [("AI", "ACC"), ("AI", "VS")]},
        driven={"helping": ["ACC"]},
    )
    found = space.network("back")
    assert found.regions == expected.regions
    assert found.inputs == expected.inputs
    for part in ("connections", "modulations", "drives"):
        np.testing.assert_array_equal(getattr(found, part), getattr(expected, part))
    assert space.regions["AI"].mm == (38.0, 24.0, -2.0)
    assert space.inputs["helping"].shape == "impulse"


def test_without_edges_every_region_connects_with_every_other() -> None:
    space = loads(template().replace('edges = ["ACC<->AI", "AI->VS"]\ndriven', "driven"))
    assert space.network("none").connections.all()


def test_edges_are_written_one_way_both_ways_or_to_oneself() -> None:
    assert split_edges(("A->B", " B <-> C", "C->C")) == [
        ("A", "B"), ("B", "C"), ("C", "B"), ("C", "C"),
    ]  # fmt: skip


MISTAKES = [
    ('"AI->VS"]   #', '"AI->SV"]   #', 31, "region 'SV', which does not exist; allowed: ACC, AI, VS"),
    ('"AI->VS"]   #', '"AI>VS"]   #', 31, "networks.both.edges is ['ACC<->AI', 'AI>VS']; allowed"),
    ("reciprocity = [", "recip = [", 33, "input 'recip', which does not exist"),
    ('helping = ["ACC"] }\nmod', 'helping = ["AC"] }\nmod', 32, "Did you mean ACC?"),
    ("mm = [38, 24, -2]", "mm = [38, 24]", 14, "three numbers, x y z of MNI space"),
    ("mm = [38, 24, -2]", 'mm = [38, 24, -2]\nmask = "a.nii"', 15, "by mm and by mask; allowed: one"),
    ('shape = "impulse"', 'shape = "impuls"', 23, "Did you mean impulse?"),
    ("[networks.none]\n", "[networks.bo-th]\n", 41, "differs from networks.both in signs or case"),
    ("[inputs.helping]", "[inputs.AI]", 21, "inputs.AI has the name of a region"),
    ('"AI->ACC", "AI->VS"] }\n\n[networks.none]', '"VS->ACC"] }\n\n[networks.none]', 39, "VS->ACC, which is not a connection"),
    ("radius_mm = 8", "radius_mm = 80", 15, "radius_mm is 80; allowed: a number from 1 to 30 mm"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "message"), MISTAKES)
def test_a_mistake_is_told_with_its_line(old: str, new: str, line: int, message: str) -> None:
    text = template()
    assert old in text
    with pytest.raises(NetworkError) as caught:
        loads(text.replace(old, new, 1))
    told = str(caught.value)
    assert message in told
    assert f"line {line}:" in told


def test_a_network_that_nothing_drives_is_refused() -> None:
    text = template().replace('driven = { helping = ["ACC"] }\n', "", 1)
    with pytest.raises(NetworkError, match=r"networks\.both has no driven regions"):
        loads(text)


def test_two_names_for_one_model_are_refused() -> None:
    text = template().replace('modulated = { reciprocity = ["AI->ACC", "AI->VS"] }\n', "")
    with pytest.raises(NetworkError, match=r"networks\.none is the same model as networks\.back"):
        loads(text)


def test_a_file_without_networks_and_no_file_at_all_are_told(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"\[networks.NAME\] is missing"):
        loads(template().split("[networks.both]")[0])
    with pytest.raises(NetworkError, match="empatune connectivity template"):
        load(tmp_path / "none.toml")


def test_a_network_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(NetworkError, match="Did you mean back"):
        loads(template()).network("bck")
