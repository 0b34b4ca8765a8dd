"""The simulated source keeps the contract, in lockstep with what is shown."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from empatune.core import Volume
from empatune.errors import UsageError
from empatune.realtime.messages import Feedback, SourceEnded
from empatune.realtime.sources.simulate import SimulatedSource
from empatune.simulation.participant import ParticipantSettings, SimulatedParticipant
from empatune.simulation.signatures import synthetic

MAPS = {name: synthetic(name) for name in ("care", "distress")}
SMALL = {"shape": (20, 24, 16), "voxel_size_mm": (9.0, 9.0, 9.0)}


def make(n_volumes: int = 8, seed: int = 1) -> SimulatedParticipant:
    return SimulatedParticipant(ParticipantSettings(seed=seed, **SMALL), MAPS, n_volumes=n_volumes)


def feedback(index: int, value: float = 0.0) -> Feedback:
    return Feedback(
        index=index,
        phase="care",
        block=0,
        instruction="",
        show=True,
        value=value,
        score=0.0,
        elapsed=0.5,
    )


def run(source: SimulatedSource, answer) -> list[Volume]:
    volumes = []
    for message in source.messages(threading.Event()):
        if isinstance(message, Volume):
            volumes.append(message)
            source.show(answer(message.index))
        else:
            assert isinstance(message, SourceEnded)
    return volumes


def answers(index: int) -> Feedback | None:
    return None if index < 2 else feedback(index, np.sin(index))


def test_yields_every_volume_then_ends():
    volumes = run(SimulatedSource(make(), pace=0), answers)
    assert [volume.index for volume in volumes] == list(range(8))
    assert all(volume.stored.dtype == np.int16 for volume in volumes)
    assert all(volume.tr_s == 2.0 for volume in volumes)
    assert len({volume.provenance.objects for volume in volumes}) == 8
    assert len({volume.provenance.series for volume in volumes}) == 1


def test_same_seed_and_feedback_give_the_same_volumes_at_any_pace():
    fast = run(SimulatedSource(make(), pace=0), answers)
    slow = run(SimulatedSource(make(), pace=20), answers)
    assert all(np.array_equal(a.stored, b.stored) for a, b in zip(fast, slow, strict=True))


def test_other_seed_gives_another_person():
    one, two = SimulatedSource(make(seed=1)), SimulatedSource(make(seed=2))
    assert not np.allclose(one.mni_to_world, two.mni_to_world)


def test_what_is_shown_changes_what_comes():
    one = run(SimulatedSource(make(), pace=0), answers)
    two = run(SimulatedSource(make(), pace=0), lambda index: None)
    assert np.array_equal(one[2].stored, two[2].stored)
    assert not np.array_equal(one[7].stored, two[7].stored)


def test_next_volume_waits_for_the_feedback():
    source, stop, seen = SimulatedSource(make(), pace=0), threading.Event(), []

    def pump() -> None:
        for message in source.messages(stop):
            seen.append(message)
            arrived.set()

    arrived = threading.Event()
    thread = threading.Thread(target=pump)
    thread.start()
    assert arrived.wait(30)
    assert not threading.Event().wait(0.2)
    assert len(seen) == 1
    source.close()
    thread.join(30)
    assert isinstance(seen[-1], SourceEnded)
    assert len(seen) == 2


def test_at_true_pace_the_scanner_does_not_wait():
    source = SimulatedSource(make(n_volumes=4), pace=40)
    messages = list(source.messages(threading.Event()))
    assert [type(message) for message in messages] == [Volume] * 4 + [SourceEnded]


def test_stop_ends_the_run():
    source, stop = SimulatedSource(make(), pace=0), threading.Event()
    stream = source.messages(stop)
    next(stream)
    stop.set()
    assert isinstance(next(stream), SourceEnded)
    assert list(stream) == []


@pytest.mark.parametrize("n_recorded", [1, 2, 5, 8])
def test_resumed_run_goes_on_as_if_never_stopped(n_recorded):
    whole = run(SimulatedSource(make(), pace=0), answers)
    shown = [answers(index) for index in range(2, n_recorded)]
    rest = run(SimulatedSource(make(), pace=0, n_recorded=n_recorded, replay=shown), answers)
    assert [volume.index for volume in rest] == list(range(n_recorded, 8))
    for volume in rest:
        assert np.array_equal(volume.stored, whole[volume.index].stored)


def test_says_that_all_is_simulated():
    facts = SimulatedSource(make()).describe()
    assert "simulated" in str(facts["notice"])
    assert facts["participant"]["seed"] == 1


def test_refuses_impossible_settings():
    with pytest.raises(UsageError, match=r"pace.*-1"):
        SimulatedSource(make(), pace=-1)
    with pytest.raises(UsageError, match=r"holds 9 volumes"):
        SimulatedSource(make(), n_recorded=9)
