"""Where tests find real data and a browser, and what happens when they are missing.

Optional tests skip when what they need is absent. With ``EMPATUNE_TEST_ALL=1``, as in CI, an
absence is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# threads of linear algebra that wait for a core of another worker cost a third of all time
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, so that no worker is left alone with one."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def _absent(what: str) -> None:
    if os.environ.get("EMPATUNE_TEST_ALL") == "1":
        pytest.fail(f"{what} is required here (EMPATUNE_TEST_ALL=1) and was not found.")
    pytest.skip(f"{what} was not found.")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the project."""
    folder = Path(os.environ.get("EMPATUNE_SHARED", ROOT.parent / "shared"))
    if not (folder / "data" / "unpack").exists():
        _absent(f"The folder of shared data, {folder.name},")
    return folder


@pytest.fixture(scope="session")
def testdata(shared: Path) -> Path:
    """The unpacked DICOM series."""
    done = subprocess.run(
        ["bash", str(shared / "data" / "unpack")], check=True, capture_output=True, text=True
    )
    return Path(done.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium that can run headless."""
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        found = shutil.which(name)
        if found:
            return found
    _absent("A Chromium browser")
    raise AssertionError
