"""Draw the gallery's pictures of connections from a folder of fits.

    python docs/tutorials/dcm_study.py study
    empatune connectivity fit study docs/tutorials/networks.toml --out fits --starts 3
    python docs/pictures/connectivity.py fits --participants study/participants.tsv

Needs the extra `test` and Chromium.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from empatune.cli.browser import FLAGS, find_chromium
from empatune.reports.connectivity_links import diagrams_of_fit
from empatune.reports.connectivity_paths import write_paths
from empatune.reports.connectivity_study import read_material, write_connectivity_report

GALLERY = Path(__file__).parents[1] / "gallery"
CARDS = {
    "connectivity-evidence.png": "#evidence .card >> nth=0",
    "connectivity-group.png": "#group .card >> nth=0",
    "connectivity-brain.png": "#group .card >> nth=1",
    "connectivity-signals.png": "#signals .card >> nth=0",
}
"""Pictures of the page, and what they show."""


def main() -> None:
    """Draw one person's paths, write the report and take pictures of its cards."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("fits", type=Path)
    parser.add_argument("--participants", type=Path)
    parser.add_argument("--covariate", action="append", default=[])
    asked = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        sys.exit("Pictures need Chromium.")
    material = read_material(asked.fits)
    first = next(each.fit for each in material.fits if each.network == material.best)
    diagrams = diagrams_of_fit(first.posterior, first.network)
    write_paths(diagrams, first.network.regions, GALLERY / "connectivity-person.png")
    page = write_connectivity_report(
        asked.fits,
        Path(tempfile.mkdtemp(prefix="empatune-pictures-")) / "report.html",
        covariates=asked.covariate,
        table=asked.participants if asked.covariate else None,
    )
    flags = [flag for flag in FLAGS if not flag.startswith(("--headless", "--remote"))]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=flags)
        view = browser.new_page(viewport={"width": 1100, "height": 1200})
        view.goto(page.as_uri())
        view.screenshot(path=str(GALLERY / "connectivity.png"))
        for name, where in CARDS.items():
            view.locator(where).screenshot(path=str(GALLERY / name))
        browser.close()


if __name__ == "__main__":
    main()
