"""The demo: a whole closed loop, without a screen, pages drawn where Chromium is."""

from __future__ import annotations

from pathlib import Path

import pytest

from empatune.realtime.messages import Drawn
from empatune.realtime.recorder import Record

from .conftest import empatune


@pytest.mark.slow
def test_the_demo_closes_the_loop_and_both_pages_draw(chromium: str, tmp_path: Path) -> None:
    answer = empatune("demo", "--headless", "--pace", "8", "--out", tmp_path / "demo")
    assert answer["n_lost"] == 0
    assert answer["n_decoded"] == answer["n_received"] == 59
    assert Path(str(answer["report"])).is_file()
    with Record(tmp_path / "demo") as record:
        pages = [e.message.page for e in record.entries(Drawn)]  # type: ignore[union-attr]
    assert {"participant", "operator"} == set(pages)
    assert empatune("replay", tmp_path / "demo")["equal"] is True
