"""How long from a volume's last byte to its drawing on both pages, in a real browser.

A simulated run of 104 x 104 x 72 voxels at 0.8 s is sent by C-STORE at its true pace to a
session with both pages open in headless Chromium. The delay of every volume ends when the
page's word that it has drawn is back. Scanner, session and both browsers share this machine.

    python benchmarks/end_to_end.py [--volumes 600] [--json FILE]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import socket
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

from empatune.cli.browser import find_chromium, window
from empatune.errors import EmpatuneWarning
from empatune.preparation import AffineTransform, prepare
from empatune.realtime.messages import Drawn, VolumeReceived
from empatune.realtime.recorder import Record
from empatune.simulation import scan
from empatune.simulation.participant import ParticipantSettings, SimulatedParticipant
from empatune.simulation.signatures import synthetic

PERSON = ParticipantSettings(seed=4, tr_s=0.8, shape=(104, 104, 72), voxel_size_mm=(2.0, 2.0, 2.0))

NAMES = ("care", "distress", "vps", "pines", "guilt", "siips1")

STUDY = """
[study]
name = "End to end"
[scanner]
tr_s = 0.8
n_volumes = {n_volumes}
[signatures]
monitors = ["vps", "pines", "guilt", "siips1"]
[preparation]
folder = "{preparation}"
[protocol]
repeat = {repeat}
[[protocol.blocks]]
condition = "rest"
duration_s = 24
[[protocol.blocks]]
condition = "care"
duration_s = 24
feedback = true
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--volumes", type=int, default=600)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="empatune-bench-") as base:
        result = measure(Path(base), options.volumes)
    for page in ("participant", "operator"):
        row = result[page]
        print(
            f"{page:12} drawn: median {row['median_ms']:6.1f} ms, p99 {row['p99_ms']:6.1f} ms, "
            f"largest {row['max_ms']:6.1f} ms, {row['n_volumes']} volumes"
        )
    for stage, value in result["stages_ms"].items():
        print(f"{stage:12} median {value:6.1f} ms after the last byte")
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def measure(base: Path, n_volumes: int) -> dict[str, dict[str, float]]:
    """Play a run into a session and read the delays from its record."""
    run, study, session = base / "run", base / "study.toml", base / "session"
    make_run(run, base / "prepared", n_volumes)
    repeat = max(1, int(n_volumes * PERSON.tr_s / 48))
    study.write_text(
        STUDY.format(n_volumes=n_volumes, preparation=base / "prepared", repeat=repeat),
        encoding="utf-8",
    )
    play(run, study, session)
    return read(session)


def make_run(run: Path, prepared: Path, n_volumes: int) -> None:
    """Scan a simulated person into enhanced DICOM objects and prepare them exactly."""
    maps = {name: synthetic(name) for name in NAMES}
    person = SimulatedParticipant(PERSON, maps, n_volumes=n_volumes)
    print(f"making {n_volumes} volumes ...", file=sys.stderr)
    scan.save_dicoms(person, scan.blocks(n_volumes, PERSON.tr_s), run, kind="enhanced")
    person.restart()
    seen = scan.blocks(n_volumes, PERSON.tr_s)
    first = next(iter(scan.volumes(person, seen))).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EmpatuneWarning)
        aligner = AffineTransform(matrix=person.mni_to_world, origin="simulated")
        prepare(first, person.grid, list(maps.values()), aligner=aligner).save(prepared)


def play(run: Path, study: Path, session: Path) -> None:
    """Run session, browsers and scanner."""
    chromium = find_chromium()
    if chromium is None:
        sys.exit("This benchmark needs Chromium.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    empatune = [sys.executable, "-m", "empatune"]
    words = ["session", study, "--source", f"dicom:{port}", "--out", session, "--no-open"]
    with (
        subprocess.Popen([*empatune, *map(str, words)], stderr=subprocess.PIPE, text=True) as loop,
        contextlib.ExitStack() as windows,
    ):
        assert loop.stderr is not None
        urls = [_next_url(loop.stderr) for _ in range(2)]
        for url in urls:
            windows.enter_context(window(chromium, url))
        subprocess.run(
            [*empatune, "scanner", str(run), "--to", f"127.0.0.1:{port}", "--json"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        loop.stderr.read()
        if loop.wait() != 0:
            sys.exit("The session failed.")


def _next_url(lines: object) -> str:
    for line in lines:  # type: ignore[attr-defined]
        found = re.search(r"http://\S+", line)
        if found:
            return found.group()
        print(line, end="", file=sys.stderr)
    sys.exit("The session ended before its pages were served.")


def read(session: Path) -> dict[str, dict[str, float]]:
    """Read delays and stages from a record."""
    with Record(session) as record:
        messages = [entry.message for entry in record.entries(VolumeReceived, Drawn)]
        timings = record.timings()
    received = {m.index: m.received_ns for m in messages if isinstance(m, VolumeReceived)}
    result: dict[str, dict[str, float]] = {}
    for page in ("participant", "operator"):
        first: dict[int, int] = {}
        for m in messages:
            if isinstance(m, Drawn) and m.page == page and m.volume in received:
                first.setdefault(m.volume, m.drawn_ns - received[m.volume])
        delays = np.array(list(first.values())) / 1e6
        result[page] = {
            "median_ms": float(np.median(delays)),
            "p99_ms": float(np.percentile(delays, 99)),
            "max_ms": float(delays.max()),
            "n_volumes": len(delays),
            "n_received": len(received),
        }
    stages = {
        name: float(np.median([getattr(t, f"{name}_ns") - t.received_ns for t in timings])) / 1e6
        for name in ("recorded", "decoded", "shown")
    }
    result["stages_ms"] = stages
    return result


if __name__ == "__main__":
    main()
