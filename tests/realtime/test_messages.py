"""Messages survive JSON to the bit: the journal rests on it."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from empatune.realtime.messages import (
    KINDS,
    Aligned,
    Decoded,
    Drawn,
    Feedback,
    Inbound,
    Notice,
    Outbound,
    Response,
    VolumeLost,
    decode,
    encode,
)

number = st.floats(allow_nan=False, allow_infinity=False)
response = st.builds(Response, raw=number, cleaned=number, standard_error=number, z=number)


@given(
    st.builds(
        Decoded,
        index=st.integers(0, 10_000),
        signatures=st.dictionaries(st.text(min_size=1), response),
        systems=st.dictionaries(st.text(min_size=1), response),
        usable=st.booleans(),
    )
)
def test_responses_come_back_to_the_bit(message: Decoded) -> None:
    assert decode("Decoded", encode(message)) == message


@given(st.text(), st.floats(allow_nan=False, allow_infinity=False))
def test_feedback_comes_back_to_the_bit(words: str, value: float) -> None:
    message = Feedback(
        index=3, phase="care", block=1, instruction=words, show=True, value=value, score=value,
        elapsed=0.1,
    )  # fmt: skip
    assert decode("Feedback", encode(message)) == message


def test_tuples_stay_tuples() -> None:
    message = Aligned(
        index=0, motion=(0.1, 0.2, 1 / 3, 0, 0, 0), fd_mm=0.1, displacement_mm=0.2,
        dvars_percent=1.0, tsnr=50.0, usable=False, reason="moved",
    )  # fmt: skip
    again = decode("Aligned", encode(message))
    assert again == message
    assert isinstance(again, Aligned)
    assert isinstance(again.motion, tuple)


def test_a_number_that_is_none_cannot_enter_the_journal() -> None:
    bad = Response(raw=math.nan, cleaned=0.0, standard_error=0.0, z=0.0)
    with pytest.raises(ValueError, match="JSON"):
        encode(Decoded(index=0, signatures={"care": bad}, systems={}, usable=True))


def test_every_kind_has_a_name_and_no_array() -> None:
    assert set(KINDS) == {k.__name__ for k in (*get_args(Inbound), *get_args(Outbound))}
    for kind in KINDS.values():
        assert all("ndarray" not in str(field.type) for field in fields(kind))


def test_numpy_numbers_are_refused_early() -> None:
    with pytest.raises(TypeError):
        encode(Drawn(page="operator", volume=np.int64(3), update=1, drawn_ns=2))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "message",
    [
        VolumeLost(index=4, reason="slices 3 and 7 are missing"),
        Notice(level="info", code="a", text="b"),
    ],
)
def test_short_messages_come_back(message: VolumeLost | Notice) -> None:
    assert decode(type(message).__name__, encode(message)) == message
