"""A scripted session for the pages: everything that the engine would tell, without an engine."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from empatune.core import Grid, Provenance, Volume
from empatune.realtime.clock import SystemClock
from empatune.realtime.listener import BlockPlan, Overview, Timing
from empatune.realtime.messages import (
    Aligned,
    Decoded,
    Drawn,
    Feedback,
    Message,
    Notice,
    OperatorCommand,
    Response,
    StateChanged,
    VolumeLost,
    VolumeReceived,
)
from empatune.web import Pages

WORDS = {"rest": "Rest", "care": "Let warm care grow", "view": "Watch", "transfer": "Care, alone"}


def affine(size_mm: float, shape: tuple[int, int, int]) -> np.ndarray:
    made = np.diag([size_mm, size_mm, size_mm, 1.0])
    made[:3, 3] = [-size_mm * count / 2 for count in shape]
    return made


def grid_of(shape: tuple[int, int, int], size_mm: float) -> Grid:
    return Grid(shape=shape, affine=affine(size_mm, shape))


def ball(shape: tuple[int, int, int]) -> np.ndarray:
    axes = np.meshgrid(*[np.linspace(-1.25, 1.25, count) for count in shape], indexing="ij")
    return sum(axis**2 for axis in axes) < 1


def overview(grid: Grid, *, n: int = 120, synthetic: bool = True) -> Overview:
    plan = [("rest", 15), ("care", 20), ("view", 10), ("care", 20), ("rest", 15), ("transfer", 20)]
    blocks, start, turn = [], 0, 0
    while start < n:
        condition, length = plan[turn % len(plan)]
        length = min(length, n - start)
        blocks.append(
            BlockPlan(
                condition=condition, start=start, n_volumes=length, feedback=condition == "care"
            )
        )
        start, turn = start + length, turn + 1
    brain = ball(grid.shape)
    ramp = np.linspace(-1, 1, grid.shape[1], dtype=np.float32)[None, :, None]
    return Overview(
        study="tuning-care",
        participant="07",
        session="02",
        run="1",
        task="empathy",
        tr_s=0.8,
        n_expected=n,
        fd_limit_mm=0.5,
        blocks=tuple(blocks),
        score_signatures=("care", "distress"),
        monitors=("vps", "pines", "guilt"),
        systems=("experience-sharing", "mentalizing", "empathic-concern"),
        synthetic=synthetic,
        synthetic_signatures=synthetic,
        grid=grid,
        brain=brain,
        weights={"care": (brain * ramp).astype(np.float32), "distress": brain * -ramp},
    )


@dataclass
class Feed:
    """Plays a session to the pages and keeps what they send."""

    grid: Grid = field(default_factory=lambda: grid_of((40, 48, 32), 4.5))
    n: int = 120
    sham: bool = False
    host: str = "127.0.0.1"
    port: int = 0
    token: str | None = None
    commands: list[OperatorCommand] = field(default_factory=list)
    drawn: list[Drawn] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pages = Pages(
            self.commands.append,
            self.drawn.append,
            clock=SystemClock(),
            host=self.host,
            port=self.port,
            token=self.token,
        )
        self.rng = np.random.default_rng(7)
        self.shown = np.random.default_rng(11 if self.sham else 12)
        self.overview = overview(self.grid, n=self.n)
        self.anatomy = (self.overview.brain * 900 + 60).astype(np.int16)
        self.number = 0
        self.level = {"care": 0.0, "distress": 0.0}
        self.motion = np.zeros(6)

    def __enter__(self) -> Feed:
        self.pages.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.pages.stop()

    def tell(self, *messages: Message) -> None:
        for message in messages:
            self.number += 1
            self.pages.heard(self.number, message)

    def begin(self, *, state: str = "running") -> None:
        self.tell(StateChanged(state="preparing", reason="the first volumes are the reference"))
        self.pages.began(self.overview)
        self.change(state)

    def change(self, state: str, reason: str = "asked by the script") -> None:
        self.tell(StateChanged(state=state, reason=reason))

    def alarm(self, text: str = "Volume 12 never arrived: check the export.") -> None:
        self.tell(Notice(level="alarm", code="lost", text=text))

    def lose(self, index: int) -> None:
        self.tell(VolumeLost(index=index, reason="2 of 36 slices never arrived"))

    def block(self, index: int) -> int:
        starts = [block.start for block in self.overview.blocks]
        return int(np.searchsorted(starts, min(index, self.n - 1), side="right")) - 1

    def volume(self, index: int) -> Volume:
        noise = self.rng.normal(0, 20, self.grid.shape)
        return Volume(
            stored=(self.anatomy + noise).astype(np.int16),
            grid=self.grid,
            index=index,
            tr_s=0.8,
            received_ns=time.monotonic_ns(),
            provenance=Provenance(source="replay", kind="mosaic", series="s"),
        )

    def play(self, index: int, *, usable: bool = True) -> None:
        """Tell everything about one volume, in the engine's order."""
        volume = self.volume(index)
        received = volume.received_ns
        recorded = time.monotonic_ns()
        self.tell(self._received(volume))
        self.tell(*self.results(index, usable=usable))
        self.pages.timed(
            Timing(
                volume=index,
                received_ns=received,
                recorded_ns=recorded,
                decoded_ns=recorded + 9_000_000 + int(self.rng.integers(3_000_000)),
                shown_ns=time.monotonic_ns(),
            )
        )
        self.pages.saw(volume)

    def results(self, index: int, *, usable: bool = True) -> list[Message]:
        number = self.block(index)
        block = self.overview.blocks[number]
        self.motion += self.rng.normal(0, 0.012, 6)
        jump = 0.0 if usable else 1.4
        fd = abs(self.rng.normal(0.09, 0.04)) + jump
        goal = {"care": 1.6, "distress": -0.7} if block.condition in ("care", "transfer") else {}
        for name in self.level:
            self.level[name] += 0.15 * (goal.get(name, 0) - self.level[name])
        z = {name: self.level[name] + self.rng.normal(0, 0.55) for name in self.level}
        score = z["care"] - z["distress"]
        elapsed = (index + 1 - block.start) / block.n_volumes
        return [
            Aligned(
                index=index,
                motion=tuple(float(value) for value in self.motion),
                fd_mm=fd,
                displacement_mm=0.1 + jump,
                dvars_percent=abs(self.rng.normal(1.1, 0.1)) + 3 * jump,
                tsnr=40 + 25 * (1 - np.exp(-index / 40)) if index > 2 else 0.0,
                usable=usable,
                reason="" if usable else f"moved {fd:.1f} mm since the volume before",
            ),
            Decoded(
                index=index,
                signatures={
                    **{name: self._response(value) for name, value in z.items()},
                    **{name: self._response(self.rng.normal()) for name in self.overview.monitors},
                },
                systems={name: self._response(self.rng.normal()) for name in self.overview.systems},
                usable=usable,
            ),
            Feedback(
                index=index,
                phase=block.condition,
                block=number,
                instruction=WORDS[block.condition],
                show=block.feedback,
                value=float(self.shown.uniform(-1, 1)) if self.sham else float(np.tanh(score / 3)),
                score=score,
                elapsed=min(1.0, elapsed),
            ),
        ]

    @staticmethod
    def _response(z: float) -> Response:
        return Response(raw=100 + z, cleaned=0.2 * z, standard_error=0.06, z=float(z), z_error=0.3)

    @staticmethod
    def _received(volume: Volume) -> VolumeReceived:
        return VolumeReceived(
            index=volume.index,
            file=f"raw/vol-{volume.index:05d}.nii",
            sha256="0" * 64,
            tr_s=volume.tr_s,
            acquired_s=volume.index * volume.tr_s,
            received_ns=volume.received_ns,
            affine=tuple(volume.grid.affine.ravel()),
            slope=1.0,
            intercept=0.0,
            source="replay",
            kind="mosaic",
            series="s",
            scanner="",
            objects=(),
            notes=(),
        )
