from __future__ import annotations

import pytest

from empatune.errors import UsageError
from empatune.numerics.workers import each


def test_each_keeps_the_order_in_other_processes() -> None:
    assert list(each(abs, [-3, 2, -1], workers=2)) == list(each(abs, [-3, 2, -1], workers=1))


def test_somebody_must_do_the_work() -> None:
    with pytest.raises(UsageError, match="0 workers"):
        list(each(abs, [1], workers=0))
