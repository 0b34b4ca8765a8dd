"""A Chromium without a screen, for pages that nobody looks at: the demo and the benchmarks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--hide-scrollbars", "--window-size=1280,800", "--remote-debugging-port=0"),
)


def find_chromium() -> str | None:
    """Look for a Chromium on this machine.

    Returns
    -------
    str or None
        Its path; None if there is none.
    """
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def has_screen() -> bool:
    """Tell whether somebody could see a window of a browser.

    Returns
    -------
    bool
        False on a Unix machine without a display.
    """
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@contextmanager
def window(chromium: str, url: str) -> Iterator[None]:
    """Keep a page open, without a screen, while the block runs.

    Parameters
    ----------
    chromium : str
        Path of the browser.
    url : str
        Address of the page.

    Yields
    ------
    None
        Nothing.
    """
    with tempfile.TemporaryDirectory(prefix="empatune-", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [chromium, *FLAGS, f"--user-data-dir={profile}", url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=10)
