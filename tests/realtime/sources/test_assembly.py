"""Volumes whatever the arrival order: shuffled, twice, missing, late, stripped of their tags."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from empatune.core import Volume
from empatune.realtime.messages import VolumeLost
from empatune.realtime.sources.assembly import Assembler
from empatune.realtime.sources.piece import Piece

SECOND = 1_000_000_000


class Told(list):
    """What an assembler says to the operator."""

    def __call__(self, code: str, text: str) -> None:
        self.append((code, text))

    @property
    def codes(self) -> list[str]:
        return [code for code, _ in self]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def assembler(told) -> Assembler:
    return Assembler(source="test", tell=told)


def feed(assembler: Assembler, pieces: list[Piece], *, step_ns: int = 10_000_000, start: int = 0):
    """Add pieces one after the other, and return what came out by then."""
    messages: list[Volume | VolumeLost] = []
    now = start or SECOND
    for piece in pieces:
        now += step_ns
        assembler.add(piece, now)
        messages += assembler.ready(now)
    return messages, now


def run_of(make_piece, n: int, **changes) -> list[Piece]:
    return [make_piece(v, k, **changes) for v in range(n) for k in range(4)]


def indices(messages) -> list[int]:
    return [message.index for message in messages]


def test_slices_in_order(assembler, make_piece, told) -> None:
    messages, now = feed(assembler, run_of(make_piece, 3))
    assert indices(messages) == [0, 1, 2]
    last = messages[-1]
    assert last.received_ns == now
    assert last.stored.shape == (5, 3, 4)
    np.testing.assert_array_equal(last.stored[0, 0], [200, 201, 202, 203])
    expected = [[-2, 0, 0, 10], [0, -2, 0, 20], [0, 0, 2.5, 0], [0, 0, 0, 1]]
    np.testing.assert_allclose(last.grid.affine, expected, atol=1e-12)
    assert (last.tr_s, last.acquired_s) == (2.0, 4.0)
    assert last.provenance.kind == "slices"
    assert len(last.provenance.objects) == 4
    assert not told


@pytest.mark.parametrize("seed", range(5))
def test_any_order_gives_every_volume_in_order(assembler, make_piece, seed) -> None:
    pieces = run_of(make_piece, 12)
    np.random.default_rng(seed).shuffle(pieces)
    messages, now = feed(assembler, pieces)
    messages += assembler.ready(now + SECOND) + assembler.finish()
    assert indices(messages) == list(range(12))
    assert all(isinstance(message, Volume) for message in messages)
    for volume in messages:
        np.testing.assert_array_equal(volume.stored[0, 0], 100 * volume.index + np.arange(4))


def test_slice_by_slice_through_the_whole_run(assembler, make_piece) -> None:
    pieces = sorted(run_of(make_piece, 6), key=lambda piece: piece.positions_mm[0, 2])
    messages, _ = feed(assembler, pieces, step_ns=SECOND)
    assert indices(messages) == list(range(6))
    assert all(isinstance(message, Volume) for message in messages)


def test_missing_slice_loses_its_volume_only(assembler, make_piece) -> None:
    pieces = run_of(make_piece, 4)
    del pieces[5]
    messages, now = feed(assembler, pieces[:11])
    assert indices(messages) == [0]  # volume 1 may still become whole
    messages += assembler.ready(now + assembler.grace_ns() - 1)
    assert indices(messages) == [0]
    messages += assembler.ready(now + assembler.grace_ns())
    assert messages[1] == VolumeLost(index=1, reason="3 of 4 slices arrived")
    messages += feed(assembler, pieces[11:], start=now + SECOND)[0]
    assert indices(messages) == [0, 1, 2, 3]


def test_missing_volume_and_incomplete_end(assembler, make_piece) -> None:
    pieces = [piece for piece in run_of(make_piece, 5) if piece.volume != 2][:-2]
    messages, now = feed(assembler, pieces)
    messages += assembler.ready(now + SECOND) + assembler.finish()
    assert indices(messages) == [0, 1, 2, 3, 4]
    assert messages[2] == VolumeLost(index=2, reason="never arrived")
    assert messages[4] == VolumeLost(index=4, reason="2 of 4 slices arrived")
    assert [m.acquired_s for m in messages if isinstance(m, Volume)] == [0, 2, 6]


def test_late_volume_still_comes_out_and_says_so(assembler, make_piece) -> None:
    pieces = run_of(make_piece, 3)
    late = pieces.pop(5)
    messages, now = feed(assembler, pieces)
    messages += assembler.ready(now + SECOND)
    assert [type(m).__name__ for m in messages] == ["Volume", "VolumeLost", "Volume"]
    assembler.add(late, now + 2 * SECOND)
    (belated,) = assembler.ready(now + 2 * SECOND)
    assert (belated.index, belated.received_ns) == (1, now + 2 * SECOND)
    assert "Arrived after" in belated.provenance.notes[-1]


def test_slices_twice_are_used_once(assembler, make_piece, told) -> None:
    pieces = run_of(make_piece, 2)
    other = replace(pieces[1], digest="again", pixels=pieces[1].pixels + 7)
    messages, _ = feed(assembler, [*pieces[:2], other, *pieces[2:], replace(other, digest="x")])
    assert indices(messages) == [0, 1]
    assert messages[0].stored[0, 0, 1] == 1
    assert told.codes == ["twice", "settled"]


def test_jitter_in_the_last_digits_is_no_other_place(assembler, make_piece, told) -> None:
    rng = np.random.default_rng(4)
    pieces = [
        replace(
            piece,
            positions_mm=piece.positions_mm + rng.normal(0, 1e-3, 3),
            orientation=piece.orientation + rng.normal(0, 1e-6, 6),
        )
        for piece in run_of(make_piece, 6)
    ]
    messages, _ = feed(assembler, pieces)
    assert indices(messages) == list(range(6))
    assert all(volume.grid is messages[0].grid for volume in messages)
    assert not told


def test_a_head_that_is_followed_by_the_scanner_keeps_its_own_grid(
    assembler, make_piece, told
) -> None:
    whole = [
        make_piece(
            volume,
            0,
            kind="mosaic",
            pixels=np.full((4, 3, 5), volume, np.uint16),
            positions_mm=np.array([[-10.0 + 0.4 * volume, -20, 2.5 * k] for k in range(4)]),
            scaling=np.tile([1.0, 0.0], (4, 1)),
        )
        for volume in range(2)
    ]
    first, second = feed(assembler, whole)[0]
    assert first.grid.affine[0, 3] - second.grid.affine[0, 3] == pytest.approx(0.4)
    assert told.codes == ["grid-moved"]


def test_another_matrix_is_lost_not_mixed_in(assembler, make_piece) -> None:
    pieces = run_of(make_piece, 3)
    pieces[4:8] = [replace(p, pixels=np.zeros((1, 6, 5), np.uint16)) for p in pieces[4:8]]
    messages, now = feed(assembler, pieces)
    messages += assembler.ready(now + SECOND)
    assert messages[1] == VolumeLost(
        index=1, reason="its matrix differs from that of the first volume"
    )
    assert indices(messages) == [0, 1, 2]


def test_oblique_slices_of_another_slab_are_left_out(assembler, make_piece, told) -> None:
    pieces = run_of(make_piece, 1)
    tilted = replace(pieces[0], digest="t", orientation=np.array([1.0, 0, 0, 0, 0.8, 0.6]))
    far = replace(pieces[0], digest="f", positions_mm=np.array([[-10.0, -20, 99]]), volume=1)
    messages, _ = feed(assembler, [*pieces, tilted, far])
    assert indices(messages) == [0]
    assert told.codes == ["other-geometry", "other-geometry"]


def test_slopes_that_differ_between_slices_are_applied(assembler, make_piece) -> None:
    pieces = [
        replace(piece, scaling=np.array([[1.0 + k, 3.0]]))
        for k, piece in enumerate(run_of(make_piece, 1))
    ]
    (volume,) = feed(assembler, pieces)[0]
    assert (volume.stored.dtype, volume.slope, volume.intercept) == (np.float32, 1.0, 0.0)
    np.testing.assert_array_equal(volume.intensities()[0, 0], [3, 5, 9, 15])


@pytest.mark.parametrize("seed", [None, 0, 1, 2])
def test_numbers_alone_tell_the_volumes(assembler, make_piece, seed) -> None:
    """GE without private tags: no temporal position, no number of slices."""
    pieces = [
        replace(piece, volume=None, instance=number + 1)
        for number, piece in enumerate(run_of(make_piece, 5, n_slices=None))
    ]
    if seed is not None:
        np.random.default_rng(seed).shuffle(pieces)
    messages, _ = feed(assembler, pieces)
    messages += assembler.finish()
    assert indices(messages) == list(range(5))
    for volume in messages:
        np.testing.assert_array_equal(volume.stored[0, 0], 100 * volume.index + np.arange(4))


@pytest.mark.parametrize("seed", [None, 3])
def test_temporal_positions_without_number_of_slices(assembler, make_piece, seed) -> None:
    pieces = run_of(make_piece, 5, n_slices=None)
    if seed is not None:
        np.random.default_rng(seed).shuffle(pieces)
    messages, now = feed(assembler, pieces)
    messages += assembler.ready(now + SECOND) + assembler.finish()
    assert indices(messages) == list(range(5))
    assert all(isinstance(message, Volume) for message in messages)


def test_one_volume_that_never_says_its_slices_is_reported(assembler, make_piece, told) -> None:
    piece = make_piece(None, 0, n_slices=None)
    messages, _ = feed(assembler, [piece])
    assert messages + assembler.finish() == []
    assert told.codes == ["homeless"]


def test_absurd_number_is_left_out(assembler, make_piece, told) -> None:
    absurd = replace(make_piece(1, 0), volume=50_000)
    messages, _ = feed(assembler, [*run_of(make_piece, 1), absurd])
    assert indices(messages + assembler.finish()) == [0]
    assert told.codes == ["implausible"]


def test_run_that_is_joined_late_marks_what_was_missed(assembler, make_piece) -> None:
    messages, now = feed(assembler, [make_piece(v, k) for v in (3, 4) for k in range(4)])
    messages += assembler.ready(now + SECOND)
    assert [(m.index, isinstance(m, Volume)) for m in messages] == [
        (0, False),
        (1, False),
        (2, False),
        (3, True),
        (4, True),
    ]
    assert messages[3].acquired_s == pytest.approx(6.0)


def test_end_is_known_where_the_header_tells(assembler, make_piece) -> None:
    pieces = run_of(make_piece, 3, n_volumes=3)
    feed(assembler, pieces[:-1])
    assert assembler.n_expected == 3
    assert not assembler.is_finished()
    feed(assembler, pieces[-1:])
    assert assembler.is_finished()


def test_header_that_promises_too_few_is_not_believed(assembler, make_piece) -> None:
    messages, _ = feed(assembler, run_of(make_piece, 3, n_volumes=2))
    assert indices(messages) == [0, 1, 2]
    assert assembler.n_expected is None


def test_volume_waits_for_a_repetition_time(assembler, make_piece) -> None:
    pieces = run_of(make_piece, 2, tr_s=None)
    messages, _ = feed(assembler, pieces[:4])
    assert messages == []
    messages, _ = feed(assembler, pieces[4:])
    assert [(m.index, m.tr_s) for m in messages] == [(0, 2.0), (1, 2.0)]


def test_volumes_without_any_time_are_lost_with_a_reason(assembler, make_piece) -> None:
    messages, _ = feed(assembler, run_of(make_piece, 2, tr_s=None, clock_s=None))
    messages += assembler.finish()
    assert {m.reason for m in messages} == {"its repetition time is not known"}
    assert indices(messages) == [0, 1]
