"""Small sessions with a simulated participant, quick enough for many tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from empatune.realtime import study as studies
from empatune.realtime.opening import SourceOptions, open_session
from empatune.realtime.session import Session
from empatune.simulation.participant import ParticipantSettings

SMALL = ParticipantSettings(seed=3, shape=(32, 38, 26), voxel_size_mm=(6.0, 6.0, 6.0))

STUDY = """
[study]
name = "small"
seed = 3
[preparation]
{preparation}
[protocol]
start = "{start}"
[[protocol.blocks]]
condition = "rest"
duration_s = 24
[[protocol.blocks]]
condition = "care"
duration_s = 20
feedback = true
[[protocol.blocks]]
condition = "rest"
duration_s = 12
"""

N_VOLUMES = 28


def small_study(start: str = "first-volume", preparation: Path | None = None) -> studies.Study:
    how = "n_volumes = 4" if preparation is None else f'folder = "{preparation}"'
    return studies.loads(STUDY.format(start=start, preparation=how), Path("small.toml"))


@pytest.fixture(scope="session")
def small_preparation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The preparation of the small participant, made by a session on its first volumes."""
    folder = tmp_path_factory.mktemp("small") / "session"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMPATUNE_DATA", str(folder / "no-maps"))
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        options = SourceOptions(pace=0.0, person=SMALL)
        open_session(small_study(), "simulate", folder, options=options).run()
    return folder / "preparation"


@pytest.fixture
def small_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_preparation: Path
) -> Callable[..., Session]:
    """Make a new small session in a folder of its own."""
    monkeypatch.setenv("EMPATUNE_DATA", str(tmp_path / "no-maps"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def make(
        name: str = "session",
        start: str = "first-volume",
        pace: float = 0.0,
        *,
        prepared: bool = True,
    ) -> Session:
        return open_session(
            small_study(start, small_preparation if prepared else None),
            "simulate",
            tmp_path / name,
            options=SourceOptions(pace=pace, person=SMALL),
        )

    return make
