"""The command line as users run it: real processes, real sockets, real folders."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

STUDY = """
[study]
name = "Real run"
[participant]
label = "{label}"
task = "care"
[scanner]
calling_ae_titles = ["SCANNER"]
n_volumes = {n_volumes}
[signatures]
monitors = ["vps", "pines", "guilt", "siips1"]
[preparation]
folder = "{preparation}"
[protocol]
repeat = 2
[[protocol.blocks]]
condition = "rest"
duration_s = 60
[[protocol.blocks]]
condition = "care"
duration_s = 80
feedback = true
"""


@dataclass(frozen=True)
class Run:
    """A real run of the shared data."""

    name: str
    folder: str
    n_volumes: int
    tr_s: float
    shape: tuple[int, int, int]


RUNS = (
    Run("philips", "philips_localizer/dicoms", 156, 2.0, (80, 80, 35)),
    Run("siemensnf", "siemens_nf_run/dicoms", 155, 1.978, (74, 74, 36)),
    Run("siemensobjects", "siemens_objects_run-1/run_1", 209, 2.0, (64, 64, 34)),
)


def empatune(*words: object, timeout_s: float = 300) -> dict[str, object]:
    """Run a command with --json to its end and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "empatune", *map(str, words), "--json"],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def start(*words: object) -> subprocess.Popen[str]:
    """Start a command that goes on, with as many threads as users give it."""
    users = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    return subprocess.Popen(
        [sys.executable, "-m", "empatune", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**users, "COLUMNS": "200"},
    )


def free_port() -> int:
    """Find a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for_port(port: int, process: subprocess.Popen[str], timeout_s: float = 120) -> None:
    """Wait until somebody listens."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        assert process.poll() is None, process.communicate()[1]
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail(f"Nobody listens on port {port}.")


@pytest.fixture(scope="session")
def maps(shared: Path) -> Path:
    """Point empatune to the published maps."""
    os.environ["EMPATUNE_DATA"] = str(shared)
    return shared


@pytest.fixture(scope="session", params=RUNS, ids=[run.name for run in RUNS])
def run(request: pytest.FixtureRequest) -> Run:
    """Take the real runs one after the other."""
    chosen: Run = request.param
    return chosen


@pytest.fixture(scope="session")
def prepared(
    run: Run, testdata: Path, maps: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Bring the published maps to the person of a run."""
    folder = tmp_path_factory.mktemp("prepared") / run.name
    names = ("care", "distress", "vps", "pines", "guilt", "siips1")
    empatune(
        *("prepare", testdata / run.folder, "--out", folder, "--quality", "fast"),
        *(word for name in names for word in ("--signature", name)),
        timeout_s=600,
    )
    return folder


@pytest.fixture
def study(run: Run, prepared: Path, tmp_path: Path) -> Path:
    """Write the study of a run."""
    path = tmp_path / "study.toml"
    content = STUDY.format(label=run.name, n_volumes=run.n_volumes, preparation=prepared)
    path.write_text(content, encoding="utf-8")
    return path
