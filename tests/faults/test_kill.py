"""Killed at random moments while slices come in over the network: nothing is lost."""

from __future__ import annotations

import multiprocessing
import random
import socket
import threading
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from empatune.numerics.warming import warm_up
from empatune.realtime import study as studies
from empatune.realtime.clock import SystemClock
from empatune.realtime.messages import Decoded, SourceEnded, VolumeReceived
from empatune.realtime.opening import open_session, resume_session
from empatune.realtime.recorder import JOURNAL, Record
from empatune.realtime.session import replay
from empatune.realtime.sources.outlets import StoreOutlet
from empatune.realtime.sources.player import Played, compose, play

from .conftest import N_VOLUMES

N_KILLS = 20


def run(study: studies.Study, folder: Path, port: int) -> None:
    source = f"dicom:{port}"
    if (folder / JOURNAL).exists() and (folder / "study.toml").exists():
        session = resume_session(folder, source)
    else:
        session = open_session(study, source, folder)
    session.run()


# pynetdicom leaves the socket of a refused connection to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.slow
@pytest.mark.shared
def test_twenty_kills_lose_nothing(
    slices: Path, fault_study: studies.Study, tmp_path: Path
) -> None:
    warm_up()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    score, folder = compose(slices), tmp_path / "session"
    played: list[Played] = []

    def send() -> None:
        outlet = StoreOutlet("127.0.0.1", port, calling="SCANNER", called="EMPATUNE")
        played.append(play(score, outlet, speed=np.inf, clock=SystemClock(), stop=Event()))

    scanner = threading.Thread(target=send)
    chance, n_killed = random.Random(7), 0
    fork = multiprocessing.get_context("fork")
    scanner_started = False
    while True:
        worker = fork.Process(target=run, args=(fault_study, folder, port))
        worker.start()
        if not scanner_started:
            scanner.start()
            scanner_started = True
        if n_killed < N_KILLS:
            worker.join(timeout=chance.uniform(0.1, 1.5))
            if worker.is_alive():
                worker.kill()
                n_killed += 1
            worker.join()
            if worker.exitcode == 0:
                break
        else:
            worker.join(timeout=120)
            assert worker.exitcode == 0
            break
    scanner.join(timeout=60)
    assert n_killed == N_KILLS
    assert played[0].n_accepted == len(score.shots)
    with Record(folder) as record:
        received = [e.message.index for e in record.entries(VolumeReceived)]  # type: ignore[union-attr]
        decoded = [e.message.index for e in record.entries(Decoded)]  # type: ignore[union-attr]
        ended = sum(1 for _ in record.entries(SourceEnded))
    assert received == list(range(N_VOLUMES))
    assert decoded == list(range(N_VOLUMES))
    assert ended == 1
    assert replay(folder).equal
