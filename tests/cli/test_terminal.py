"""The progress bar of a session."""

from __future__ import annotations

import io
import types
from typing import cast

from rich.console import Console

from empatune.cli.terminal import Terminal
from empatune.realtime.listener import Overview
from empatune.realtime.messages import Notice, VolumeLost


def test_a_run_longer_than_its_protocol_never_passes_its_end() -> None:
    written = io.StringIO()
    terminal = Terminal(Console(file=written, width=100))
    with terminal:
        terminal.began(cast("Overview", types.SimpleNamespace(n_expected=2)))
        for index in range(3):
            terminal.heard(index, VolumeLost(index=index, reason="never arrived"))
        terminal.heard(3, Notice(level="alarm", code="x", text="look here"))
    shown = written.getvalue()
    assert "3/3" in shown
    assert "3/2" not in shown
    assert "volume 2 lost: never arrived" in shown
    assert "alarm: look here" in shown
