"""``empatune report``: a session as one HTML file."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console

from empatune.reports import write_report


@click.command()
@click.argument("session", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file; report.html in the session's folder if not given.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def report(session: Path, *, out: Path | None, as_json: bool) -> int:
    """Write the report of SESSION as one HTML file that needs nothing else.

    Example: empatune report sessions/sub-01
    """
    with Console(stderr=True).status("writing the report"):
        written = write_report(session, out)
    click.echo(json.dumps({"report": str(written)}) if as_json else str(written))
    return 0
