"""``empatune doctor``: what is installed, found and missing."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import shutil
import sys
import webbrowser
from dataclasses import asdict, dataclass

import click
from rich.console import Console
from rich.table import Table

from empatune import __version__
from empatune.cli.browser import find_chromium
from empatune.signatures import CATALOGUE, data_folders, find

PACKAGES = {
    "numpy": "core",
    "scipy": "core",
    "numba": "core",
    "nibabel": "core",
    "nilearn": "core",
    "scikit-learn": "core",
    "pandas": "core",
    "pydicom": "core",
    "pynetdicom": "core",
    "starlette": "core",
    "uvicorn": "core",
    "antspyx": "prepare",
    "dask": "decode",
    "dask-jobqueue": "decode",
    "bids-validator-deno": "test",
}
"""What is looked for, and the extra that brings it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked for.

    Parameters
    ----------
    what : str
        Its name.
    found : str
        What was found; empty if nothing was.
    needed : bool
        True if nothing works without it.
    remedy : str
        What to do if it is missing.
    """

    what: str
    found: str
    needed: bool
    remedy: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(*, as_json: bool) -> int:
    """Tell what is installed, which signature maps are found, and whether a page can be opened.

    Leaves with 1 if something is missing without which nothing works.

    Example: empatune doctor
    """
    findings = [*_software(), *_maps(), _browser()]
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        _show(findings)
    return 1 if any(f.needed and not f.found for f in findings) else 0


def _software() -> list[Finding]:
    python = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    found = [
        Finding(what="empatune", found=__version__, needed=True, remedy=""),
        Finding(what="Python", found=python, needed=True, remedy=""),
    ]
    for name, extra in PACKAGES.items():
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            version = ""
        core = extra == "core"
        remedy = "pip install empatune" if core else f"pip install 'empatune[{extra}]'"
        found.append(Finding(what=name, found=version, needed=core, remedy=remedy))
    return found


def _maps() -> list[Finding]:
    looked = ", ".join(str(folder) for folder in data_folders())
    remedy = (
        f"Fetch the missing maps: empatune signatures fetch. Looked in {looked}; EMPATUNE_DATA "
        "names a folder that has them. Without them a simulated participant runs on stand-in "
        "signatures."
    )
    return [
        Finding(
            what=f"signature {entry.name}",
            found="found" if find(entry) else "",
            needed=False,
            remedy=remedy,
        )
        for entry in CATALOGUE.values()
    ]


def _browser() -> Finding:
    name = find_chromium() or shutil.which("firefox") or ""
    if not name:
        try:
            name = webbrowser.get().__class__.__name__
        except webbrowser.Error:
            name = ""
    return Finding(
        what="browser",
        found=name,
        needed=False,
        remedy="Open the addresses that `empatune session` prints in any browser.",
    )


def _show(findings: list[Finding]) -> None:
    console = Console(file=sys.stdout)
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("what")
    table.add_column("found")
    for finding in findings:
        mark = (
            "[green]✓[/]" if finding.found else ("[red]✗[/]" if finding.needed else "[yellow]–[/]")
        )
        table.add_row(mark, finding.what, finding.found or "not found")
    console.print(table)
    for remedy in dict.fromkeys(f.remedy for f in findings if not f.found):
        console.print(f"→ {remedy}", highlight=False, markup=False)
