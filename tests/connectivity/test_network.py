from __future__ import annotations

import numpy as np
import pytest

from empatune.connectivity.dcm.parameters import names_of, prior_of, sizes_of, take_apart
from empatune.connectivity.network import Network, connect
from empatune.errors import ConnectivityError

REGIONS = ("ACC", "AI", "VS")


def test_names_say_where_a_connection_goes() -> None:
    network = connect(
        REGIONS,
        ["events", "motive"],
        edges=[("ACC", "AI"), ("AI", "VS")],
        modulated={"motive": [("AI", "VS")]},
        driven={"events": ["ACC"]},
    )
    prior = prior_of(network)
    free = {name for name, is_free in zip(prior.names, prior.free, strict=True) if is_free}
    assert free == {
        "A ACC<-ACC", "A AI<-AI", "A VS<-VS", "A AI<-ACC", "A VS<-AI", "B[motive] VS<-AI",
        "C ACC<-events", "transit ACC", "transit AI", "transit VS", "decay", "epsilon",
    }  # fmt: skip


def test_a_vector_comes_apart_by_its_names() -> None:
    network = connect(REGIONS, ["events", "motive"])
    names = names_of(network)
    parts = take_apart(np.arange(len(names), dtype=float)[:, None], sizes_of(network))
    assert parts.a[1, 0, 0] == names.index("A AI<-ACC")
    assert parts.b[1, 2, 1, 0] == names.index("B[motive] VS<-AI")
    assert parts.c[2, 1, 0] == names.index("C VS<-motive")
    assert parts.transit[1, 0] == names.index("transit AI")
    assert parts.decay[0] == names.index("decay")
    assert parts.epsilon[0] == names.index("epsilon")


def test_without_edges_everything_connects() -> None:
    assert connect(REGIONS, ["events"]).connections.all()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"edges": [("ACC", "PFC")]}, "'PFC' is no region of the network. Regions: ACC, AI, VS"),
        ({"driven": {"shock": ["AI"]}}, "'shock' is no input of the network. Inputs: events"),
        (
            {"edges": [("ACC", "AI")], "modulated": {"events": [("AI", "ACC")]}},
            "events modulates AI->ACC, which is not a connection",
        ),
    ],
)
def test_unknown_names_are_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ConnectivityError, match=said):
        connect(REGIONS, ["events"], **given)  # type: ignore[arg-type]


def test_a_name_twice_is_refused() -> None:
    with pytest.raises(ConnectivityError, match="each its own; given: 'AI', 'AI'"):
        connect(["AI", "AI"], ["events"])


def test_a_wrong_shape_is_refused() -> None:
    with pytest.raises(ConnectivityError, match=r"drives .* \(3, 2\); .* it must be \(3, 1\)"):
        Network(
            regions=REGIONS,
            inputs=("events",),
            connections=np.ones((3, 3)),
            modulations=np.zeros((1, 3, 3)),
            drives=np.zeros((3, 2)),
        )
