from __future__ import annotations

import subprocess
import sys

import pytest

import empatune.connectivity as room


def test_everything_that_is_promised_is_there() -> None:
    assert all(callable(getattr(room, name)) for name in room.__all__)
    assert set(room.__all__) <= set(dir(room))


def test_nothing_else_is_made_up() -> None:
    with pytest.raises(AttributeError, match="no attribute 'estimate'"):
        room.estimate  # noqa: B018


def test_jax_waits_until_something_is_fitted() -> None:
    script = (
        "import sys; from empatune.connectivity import Posterior, connect, fit_group, select_random; "
        "before = 'jax' in sys.modules; from empatune.connectivity import fit; "
        "print(before, 'jax' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]
