"""``empatune connectivity baselines``: correlations of the series that networks were fitted to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import click

_KINDS = ("full", "partial", "lagged")


@click.command()
@click.argument("fits", type=click.Path(file_okay=False, path_type=Path))
@click.option("--kind", "kinds", multiple=True, type=click.Choice(_KINDS), default=_KINDS,
              show_default=True, help="Which correlations.")  # fmt: skip
@click.option("--condition", "conditions", multiple=True, metavar="INPUT",
              help="Also within an input's time alone; again for more.")  # fmt: skip
@click.option("--lag", default=1, show_default=True, type=click.IntRange(1),
              help="Scans from before to now.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def baselines(
    fits: Path,
    *,
    kinds: tuple[str, ...],
    conditions: tuple[str, ...],
    lag: int,
    as_json: bool,
) -> None:
    """Correlate the regions of FITS: what is known without a model.

    Full, partial and lagged correlations of the same series that networks were fitted to. None of
    them knows what causes what: see the page of results of connectivity for what a model adds.
    Writes baselines.tsv beside parameters.tsv.

    Example: empatune connectivity baselines fits --condition pain
    """
    from empatune.cli.listing import readable
    from empatune.cli.region_tables import records
    from empatune.connectivity.correlation import Kind
    from empatune.decoding.connections.baselines import tabulate, write_baselines

    table = tabulate(fits, kinds=cast("tuple[Kind, ...]", kinds), conditions=conditions, lag=lag)
    write_baselines(fits, table)
    if as_json:
        click.echo(json.dumps({"folder": str(fits), "correlations": records(table)}))
        return
    rows = [table.names, *readable(table.rows)]
    click.echo("\n".join("\t".join(map(str, row)) for row in rows))
