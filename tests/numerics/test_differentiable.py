"""Flags of the compiler: ours where nobody chose, none where they may not be known."""

import pytest

from empatune.numerics import differentiable


@pytest.fixture
def flags(monkeypatch):
    def chosen(given, version="0.10.2"):
        monkeypatch.setenv("XLA_FLAGS", given)
        monkeypatch.setattr(differentiable, "version", lambda _: version)
        differentiable._choose_flags()
        return differentiable.os.environ["XLA_FLAGS"].split()

    return chosen


def test_the_users_flags_stay_and_ours_are_added(flags):
    found = flags("--xla_cpu_use_fusion_emitters=true --xla_dump_to=x")
    assert found[:2] == ["--xla_cpu_use_fusion_emitters=true", "--xla_dump_to=x"]
    names = [one.partition("=")[0] for one in found]
    assert sorted(names) == sorted(set(names))
    assert "--xla_backend_extra_options" in names


def test_a_version_that_may_not_know_them_is_left_alone(flags):
    assert flags("--xla_dump_to=x", "0.11.0") == ["--xla_dump_to=x"]


def test_choosing_twice_changes_nothing(flags):
    once = flags("")
    assert flags(" ".join(once)) == once
