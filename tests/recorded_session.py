"""A session that is written straight into a record, for tests of what reads records."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from empatune.core import Grid, Provenance, Volume
from empatune.preparation import Coverage, Prepared
from empatune.realtime.listener import Timing
from empatune.realtime.messages import (
    Aligned,
    Decoded,
    Drawn,
    Feedback,
    Message,
    Notice,
    OperatorCommand,
    Response,
    SourceEnded,
    StateChanged,
    VolumeLost,
)
from empatune.realtime.recorder import PREPARATION, Recorder

TR_S = 1.5
SHAPE = (24, 28, 16)
GRID = Grid(
    shape=SHAPE,
    affine=np.array([[-8.0, 0, 0, 92.0], [0, 8.0, 0, -110.0], [0, 0, 8.0, -58.0], [0, 0, 0, 1.0]]),
)
BLOCKS = [("rest", 10), ("care", 12), ("rest", 10), ("care", 12), ("rest", 10), ("transfer", 8)]
N_EXPECTED = sum(n for _, n in BLOCKS)
LOST, MISSING, MARKED, PAUSED = 17, 29, 25, (40, 41)
SIGNATURES = ("care", "distress", "vps", "pines")
SYSTEMS = ("experience-sharing", "mentalizing", "empathic-concern")
STARTED_S = 1_800_000_000.0


@dataclass
class HeldClock:
    """A clock that only moves when it is told to."""

    now_s: float = STARTED_S

    def monotonic_ns(self) -> int:
        return int((self.now_s - STARTED_S + 1000) * 1e9)

    def wall_s(self) -> float:
        return self.now_s


@dataclass
class Options:
    """What sort of session it is."""

    stop_after: int | None = None
    simulated: bool = True
    allocation: dict | None = None
    prepared: bool = True
    feedback: str = "continuous"
    labels: dict = field(
        default_factory=lambda: {
            "participant": "07",
            "session": "01",
            "run": "1",
            "task": "empathy",
        }
    )


def block_of(position: int) -> tuple[int, str, int, int]:
    """Number, condition, first volume and length of the block at a position."""
    start = 0
    for number, (condition, n) in enumerate(BLOCKS):
        if position < start + n:
            return number, condition, start, n
        start += n
    return -1, "finished", start, 1


def record(folder: Path, options: Options | None = None) -> Path:
    """Record a session of 64 volumes; returns its folder."""
    options = options or Options()
    rng = np.random.default_rng(7)
    clock = HeldClock()
    with Recorder(folder, clock) as recorder:
        recorder.state(**facts(options))
        if options.prepared:
            prepared(rng).save(folder / PREPARATION)
        _write_run(recorder, clock, rng, options)
    return folder


def facts(options: Options) -> dict:
    starts = np.cumsum([0, *[n for _, n in BLOCKS]])
    return {
        "format": 1,
        "software": {"empatune": "0.1.0", "python": "3.12.1", "numpy": "2.1.0"},
        "created_wall_s": STARTED_S,
        "seed": 11,
        "study": {
            "study": {"name": "Tuning care", "seed": 11},
            "score": {
                "weights": {"care": 1.0, "distress": -1.0},
                "baseline": ["rest"],
                "delay_s": 3.0,
                "smoothing": "mean",
                "window": 3,
            },
            "scaling": {"kind": "baseline", "gain": 3.0},
            "protocol": {"feedback": options.feedback, "start": "first-volume", "repeat": 1},
            "nuisance": {
                "drift_cutoff_s": 128.0,
                "motion": 6,
                "task_regressors": True,
                "fd_mm": 0.5,
                "displacement_mm": 3.0,
                "dvars_z": 5.0,
                "ridge": 0.001,
            },
            "preparation": {"smoothing_fwhm_mm": 6.0, "quality": "fast"},
            "participant": {"label": "07", "session": "01", "run": "1", "task": "empathy"},
        },
        "source": {"kind": "simulate", "pace": 1.0},
        "preparation": {
            "method": "affine",
            "coverage": {n: c.to_json() for n, c in coverage().items()},
        },
        "overview": {
            "study": "Tuning care",
            **options.labels,
            "tr_s": TR_S,
            "n_expected": N_EXPECTED,
            "blocks": [
                {
                    "condition": condition,
                    "start": int(starts[i]),
                    "n_volumes": n,
                    "feedback": condition == "care",
                }
                for i, (condition, n) in enumerate(BLOCKS)
            ],
            "score_signatures": ["care", "distress"],
            "monitors": ["vps", "pines"],
            "systems": list(SYSTEMS),
            "synthetic": options.simulated,
            "synthetic_signatures": False,
            "grid": GRID.to_json(),
        },
        "allocation": options.allocation,
    }


def coverage() -> dict[str, Coverage]:
    shares = {"care": 0.97, "distress": 0.96, "vps": 0.74, "pines": 0.93}
    shares |= dict.fromkeys(SYSTEMS, 0.99)
    return {n: Coverage(voxel_share=s - 0.02, energy_share=s) for n, s in shares.items()}


def brain_shape() -> np.ndarray:
    i, j, k = np.meshgrid(*[np.linspace(-1, 1, n) for n in SHAPE], indexing="ij")
    return (i / 0.75) ** 2 + (j / 0.85) ** 2 + (k / 0.8) ** 2 < 1


def prepared(rng: np.random.Generator) -> Prepared:
    brain = brain_shape()
    smooth = np.cumsum(rng.normal(size=SHAPE), axis=1).astype(np.float32)
    reference = (brain * (800 + 40 * smooth)).clip(0).astype(np.float32)
    maps = {n: (rng.normal(size=SHAPE) * brain).astype(np.float32) for n in SIGNATURES}
    systems = {n: (brain & (rng.random(SHAPE) > 0.97)).astype(np.float32) for n in SYSTEMS}
    return Prepared(
        grid=GRID,
        reference=reference,
        brain=brain,
        template=reference.copy(),
        weights=maps,
        systems=systems,
        coverage=coverage(),
        method="affine",
        details={"agreement": 0.9},
    )


def _write_run(recorder: Recorder, clock: HeldClock, rng, options: Options) -> None:
    recorder.write([Notice(level="info", code="prepared", text="Prepared beforehand.")], "in")
    position, value = 0, 0.0
    stop = options.stop_after or N_EXPECTED + len(PAUSED)
    signal = _signal(rng)
    recorder.write([StateChanged(state="running", reason="first volume")], "out")
    _tell(recorder, -1, 0, value, 0.0)
    for index in range(stop):
        clock.now_s = STARTED_S + 30 + (index + 1) * TR_S + 0.2
        if index == PAUSED[0]:
            command = OperatorCommand(action="pause", operator="operator-1")
            recorder.write([command], "in")
            recorder.write([StateChanged(state="paused", reason="operator-1")], "out")
        inbound = _arrive(recorder, clock, rng, index)
        if index not in PAUSED:
            position += 1
        score = float(signal[position] + 0.4 * rng.normal())
        value = float(np.tanh(score / 3))
        if inbound is not None:
            recorder.write(_derived(rng, index, signal[position]), "out")
        if index != MISSING:
            _tell(recorder, index, position, value, score)
        if inbound is not None:
            _time(recorder, clock, rng, index)
        if index == PAUSED[1]:
            recorder.write([OperatorCommand(action="resume", operator="operator-1")], "in")
            recorder.write([StateChanged(state="running", reason="operator-1")], "out")
        if index == 33:
            clock.now_s += 0.5
            marker = OperatorCommand(action="marker", operator="operator-1", text="coughed")
            recorder.write([marker], "in")
    if options.stop_after is None:
        recorder.write([SourceEnded(reason="the series is over")], "in")
        recorder.write([StateChanged(state="finished", reason="the series is over")], "out")


def _signal(rng: np.random.Generator) -> np.ndarray:
    conditions = [block_of(p)[1] for p in range(N_EXPECTED)] + ["rest"] * 4
    target = np.array([1.2 if c == "care" else 0.4 if c == "transfer" else 0.0 for c in conditions])
    noise = np.convolve(rng.normal(size=len(target) + 2), np.ones(3) / 3, mode="valid")
    return target * np.linspace(0.7, 1.3, len(target)) + noise


def _arrive(recorder: Recorder, clock: HeldClock, rng, index: int) -> Message | None:
    if index == LOST:
        recorder.write([VolumeLost(index=index, reason="3 of 16 slices never arrived")], "in")
        return None
    if index == MISSING:
        return None
    brain = brain_shape()
    stored = (brain * 900 + rng.normal(0, 20, SHAPE)).clip(0, 4000).astype(np.int16)
    volume = Volume(
        stored=stored,
        slope=2.5,
        grid=GRID,
        index=index,
        tr_s=TR_S,
        acquired_s=index * TR_S,
        received_ns=clock.monotonic_ns(),
        provenance=Provenance(
            source="simulate", kind="simulated", series="ab12", scanner="SIEMENS Prisma"
        ),
    )
    received = recorder.receive(volume)
    recorder.write([received], "in")
    return received


def _derived(rng, index: int, signal: float) -> list[Message]:
    moved = index == MARKED
    fd = 1.4 if moved else abs(float(rng.normal(0.12, 0.05)))
    drift = 0.01 * index
    motion = tuple(
        float(v) for v in (drift, -drift / 2, drift / 3, 0.1 * drift, 0.0, -0.05 * drift)
    )
    reason = "moved 1.40 mm since the volume before; at most 0.50 mm is allowed" if moved else ""
    aligned = Aligned(
        index=index,
        motion=motion,
        fd_mm=fd,
        displacement_mm=0.3 + fd / 4,
        dvars_percent=3.1 if moved else 1.1 + 0.05 * float(rng.normal()),
        tsnr=0.0 if index < 2 else 60 + 8 * (1 - np.exp(-index / 10)),
        usable=not moved,
        reason=reason,
    )
    known = index >= 6
    shares = {"care": 0.7, "distress": -0.5, "vps": 0.25, "pines": -0.1}
    shares |= {"experience-sharing": 0.1, "mentalizing": 0.3, "empathic-concern": 0.5}

    def response(name: str) -> Response:
        z = shares[name] * signal + float(rng.normal(0, 0.8)) + 4 * moved
        raw = 3 + 0.02 * z + 0.001 * index
        error = 0.02 * (1 + 6 / (index + 1))
        return Response(raw=raw, cleaned=0.02 * z, standard_error=error, z=z if known else 0.0)

    decoded = Decoded(
        index=index,
        signatures={name: response(name) for name in SIGNATURES},
        systems={name: response(name) for name in SYSTEMS},
        usable=not moved,
    )
    return [aligned, decoded]


def _tell(recorder: Recorder, index: int, position: int, value: float, score: float) -> None:
    block, condition, start, n = block_of(position)
    words = {"rest": "Rest", "care": "Let warm care grow", "transfer": "Care, without feedback"}
    feedback = Feedback(
        index=index,
        phase=condition,
        block=block,
        instruction=words.get(condition, "Thank you"),
        show=condition == "care",
        value=value,
        score=score,
        elapsed=(position - start) / n,
    )
    recorder.write([feedback], "out")


def _time(recorder: Recorder, clock: HeldClock, rng, index: int) -> None:
    received = clock.monotonic_ns()
    steps = np.cumsum(rng.gamma(4, [0.8e6, 2.5e6, 1.0e6, 6e6])).astype(int)
    recorder.time(
        Timing(
            volume=index,
            received_ns=received,
            recorded_ns=int(received + steps[0]),
            decoded_ns=int(received + steps[1]),
            shown_ns=int(received + steps[2]),
        )
    )
    for page in ("participant", "operator"):
        drawn = Drawn(page=page, volume=index, update=index, drawn_ns=int(received + steps[3]))
        recorder.write([drawn], "in")
