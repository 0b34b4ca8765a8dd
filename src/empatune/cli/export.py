"""``empatune export``: a session as BIDS."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console

from empatune.exports import Exported
from empatune.exports import export as export_session


@click.command()
@click.argument("session", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="The data set: a new or empty folder, or one that was exported before.",
)
@click.option("--overwrite", is_flag=True, help="Replace this run if the data set has it.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def export(session: Path, *, out: Path, overwrite: bool, as_json: bool) -> int:
    """Write SESSION as BIDS: the raw series with its events, and what was derived from it.

    Several sessions may go into one data set. All of a session is written, or nothing.

    Example: empatune export sessions/sub-01 --out bids
    """
    with Console(stderr=True).status("writing the data set"):
        exported = export_session(session, out, overwrite=overwrite)
    if as_json:
        click.echo(json.dumps(exported.to_json()))
    else:
        click.echo(_sentence(exported))
    return 0


def _sentence(exported: Exported) -> str:
    n_empty = len(exported.empty)
    words = f"{exported.n_volumes} volumes and {len(exported.files)} files in {exported.folder}"
    if n_empty:
        words += f"; {n_empty} lost or missing volumes are filled with zeros and listed"
    if not exported.finished:
        words += "; the session is not finished"
    return f"{words}."
