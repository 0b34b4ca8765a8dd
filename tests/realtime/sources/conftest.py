"""Real series as bytes, synthetic pieces, and a clock that stands still."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pydicom
import pytest

from empatune.core import Volume
from empatune.realtime.messages import Notice, VolumeLost
from empatune.realtime.sources.piece import Piece, one_way

FOLDERS = {
    "siemens_nf_run": "siemens_nf_run/dicoms",
    "siemens_objects_run-1": "siemens_objects_run-1/run_1",
    "siemens_objects_run-2": "siemens_objects_run-2/run_2",
    "skyra_mosaic": "reader_fixtures/skyra_mosaic",
    "xa30_enhanced": "reader_fixtures/xa30_enhanced",
    "ge_mr750": "reader_fixtures/ge_mr750/mr_0004",
    "philips_localizer": "philips_localizer/dicoms",
}


@pytest.fixture(scope="session")
def folder_of(testdata: Path) -> Callable[[str], Path]:
    """The folder of a stored series."""
    return lambda name: testdata / FOLDERS[name]


@pytest.fixture(scope="session")
def objects_of(folder_of: Callable[[str], Path]) -> Callable[..., list[bytes]]:
    """The first objects of a stored series, in the order of their names."""

    def read(name: str, n: int | None = None) -> list[bytes]:
        files = (path for path in folder_of(name).iterdir() if path.suffix != ".txt")
        return [path.read_bytes() for path in sorted(files)[:n]]

    return read


@pytest.fixture(scope="session")
def edited() -> Callable[..., bytes]:
    """Change an object: a function that gets its data set."""

    def edit(content: bytes, change: Callable[[pydicom.Dataset], Any]) -> bytes:
        dataset = pydicom.dcmread(io.BytesIO(content))
        change(dataset)
        target = io.BytesIO()
        dataset.save_as(target)
        return target.getvalue()

    return edit


@dataclass
class StillClock:
    """A clock that moves only when it is told to."""

    ns: int = 1_000_000_000_000

    def monotonic_ns(self) -> int:
        """Return the time."""
        return self.ns

    def wall_s(self) -> float:
        """Return the time of day."""
        return self.ns / 1e9

    def pass_s(self, seconds: float) -> None:
        """Let time pass."""
        self.ns += int(seconds * 1e9)


@pytest.fixture
def still_clock() -> StillClock:
    """A clock that stands still."""
    return StillClock()


@pytest.fixture
def make_piece() -> Callable[..., Piece]:
    """Make a slice of a small synthetic run: 4 slices of 3 x 5, TR 2 s."""

    def make(volume: int | None, place: int, n_slices: int | None = 4, **changes: Any) -> Piece:
        index = 0 if volume is None else volume
        settings: dict[str, Any] = {
            "kind": "slices",
            "series": "series-a",
            "digest": one_way(f"{index}/{place}"),
            "volume": volume,
            "instance": index * 4 + place + 1,
            "n_slices": n_slices,
            "pixels": np.full((1, 3, 5), 100 * index + place, np.uint16),
            "positions_mm": np.array([[-10.0, -20.0, 2.5 * place]]),
            "orientation": np.array([1.0, 0, 0, 0, 1, 0]),
            "pixel_mm": (2.0, 2.0),
            "spacing_mm": 2.5,
            "scaling": np.array([[1.0, 0.0]]),
            "tr_s": 2.0,
            "clock_s": 36_000.0 + 2.0 * index,
        }
        return Piece(**(settings | changes))

    return make


@pytest.fixture
def listen() -> Callable[..., tuple[list[Volume], list[VolumeLost], list[Notice]]]:
    """Sort what a source says into volumes, losses and notices."""

    def sort(messages: Iterable[Any]) -> tuple[list[Volume], list[VolumeLost], list[Notice]]:
        said = list(messages)
        return (
            [m for m in said if isinstance(m, Volume)],
            [m for m in said if isinstance(m, VolumeLost)],
            [m for m in said if isinstance(m, Notice)],
        )

    return sort


@pytest.fixture
def stop() -> Iterator[Event]:
    """An event that is set at the end whatever happened."""
    event = Event()
    yield event
    event.set()
