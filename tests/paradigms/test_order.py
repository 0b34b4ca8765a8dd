"""Orders of trials."""

from __future__ import annotations

import numpy as np
import pytest

from empatune.paradigms.order import alternating_orders, possible, random_orders


def longest_repeat(row: np.ndarray) -> int:
    changes = np.flatnonzero(np.diff(row)) + 1
    return int(np.diff([0, *changes, len(row)]).max())


@pytest.mark.parametrize(
    ("counts", "limit"), [((10, 10), 1), ((10, 10), 3), ((4, 9), 2), ((5, 5, 5, 5), 1), ((2, 7), 3)]
)
def test_random_orders_keep_counts_and_limit(counts: tuple[int, ...], limit: int) -> None:
    orders = random_orders(counts, n_rows=300, max_repeats=limit, rng=np.random.default_rng(0))
    for row in orders:
        assert np.bincount(row, minlength=len(counts)).tolist() == list(counts)
        assert longest_repeat(row) <= limit


def test_random_orders_differ_and_favour_no_place() -> None:
    orders = random_orders([6, 6], n_rows=4000, max_repeats=3, rng=np.random.default_rng(1))
    assert len(np.unique(orders, axis=0)) > 300
    assert np.abs(orders.mean(axis=0) - 0.5).max() < 0.05


def test_one_kind_may_follow_itself_forever() -> None:
    orders = random_orders([9], n_rows=2, max_repeats=2, rng=np.random.default_rng(0))
    assert (orders == 0).all()


@pytest.mark.parametrize(
    ("counts", "limit", "there_is"),
    [((4, 1), 2, True), ((5, 1), 2, False), ((3, 3), 1, True), ((5, 3), 1, False), ((7,), 1, True)],
)
def test_possible_orders(counts: tuple[int, ...], limit: int, there_is: bool) -> None:
    assert possible(counts, limit) is there_is
    if there_is and len(counts) > 1:
        rng = np.random.default_rng(0)
        orders = random_orders(counts, n_rows=50, max_repeats=limit, rng=rng)
        assert max(map(longest_repeat, orders)) <= limit


def test_alternating_orders_take_turns() -> None:
    assert alternating_orders([2, 2], n_rows=1).tolist() == [[0, 1, 0, 1]]
