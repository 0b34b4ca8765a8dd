"""``empatune replay``: recompute a session and compare."""

from __future__ import annotations

import json
from pathlib import Path

import click

from empatune.realtime.session import replay as replay_session


@click.command()
@click.argument("session", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def replay(session: Path, *, as_json: bool) -> int:
    """Recompute SESSION from its raw volumes and compare, to the bit.

    Every result is derived again from what was received and compared with what was recorded.
    Leaves with 0 if all are equal, 1 if not.

    Example: empatune replay sessions/sub-01
    """
    result = replay_session(session)
    if as_json:
        click.echo(json.dumps(result.to_json()))
    else:
        click.echo(result.sentence)
    return 0 if result.equal else 1
