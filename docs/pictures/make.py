"""Take the pictures of the two pages and of the report, from a real simulated session.

    python docs/pictures/make.py

Needs the extra `test` and Chromium. With EMPATUNE_DATA the published maps are shown.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from empatune.cli.browser import FLAGS, find_chromium
from empatune.realtime import study as studies
from empatune.realtime.clock import SystemClock
from empatune.realtime.listener import Overview, Timing
from empatune.realtime.messages import Message
from empatune.realtime.opening import SourceOptions, open_session
from empatune.web import Pages

HERE = Path(__file__).parent
STUDY = HERE.parents[1] / "src" / "empatune" / "cli" / "demo.toml"
MOMENT = 50  # a volume in the second block with feedback


class Photographer:
    """Holds the session at a good moment until the pictures are taken."""

    def __init__(self, take: object) -> None:
        self._take = take

    def began(self, overview: Overview) -> None: ...

    def heard(self, number: int, message: Message) -> None: ...

    def saw(self, volume: object) -> None: ...

    def timed(self, timing: Timing) -> None:
        if timing.volume == MOMENT:
            self._take()  # type: ignore[operator]

    def ended(self) -> None: ...


def main() -> None:
    """Run the session and take the pictures."""
    chromium = find_chromium()
    if chromium is None:
        sys.exit("Pictures need Chromium.")
    folder = Path(tempfile.mkdtemp(prefix="empatune-pictures-")) / "session"
    session = open_session(studies.load(STUDY), "simulate", folder, options=SourceOptions(pace=0.0))
    pages = Pages(
        session.command,
        session.acknowledge,
        clock=SystemClock(),
        protocol=session.study.protocol,
    )
    pages.start()
    flags = [flag for flag in FLAGS if not flag.startswith(("--headless", "--remote"))]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=flags)
        views = {}
        for name, url in (
            ("participant", pages.urls.participant),
            ("operator", pages.urls.operator),
        ):
            views[name] = browser.new_page(viewport={"width": 1280, "height": 800})
            views[name].goto(url)

        def take() -> None:
            for name, view in views.items():
                view.bring_to_front()
                view.wait_for_timeout(1500)
                view.screenshot(path=str(HERE / f"{name}.png"))

        session.listen(pages)
        session.listen(Photographer(take))
        session.run()
        pages.stop()
        subprocess.run([sys.executable, "-m", "empatune", "report", str(folder)], check=True)
        report = browser.new_page(viewport={"width": 1100, "height": 1500})
        report.goto((folder / "report.html").as_uri())
        report.screenshot(path=str(HERE / "report.png"))
        browser.close()


if __name__ == "__main__":
    main()
