"""How commands list what they have, and tables in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TypeVar

import click

T = TypeVar("T")

DIGITS = 5
"""Significant digits of a number in a terminal; files and --json have all."""


class WholeGroup(click.Group):
    """A group whose help shows the whole first sentence of each command."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands; a summary that is too long for a line goes on in the next."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, each.get_short_help_str(limit=300)) for name, each in commands if each]
            )


def readable(rows: Sequence[Sequence[T]]) -> list[list[T | float]]:
    """Round numbers if a person reads them in a terminal.

    Parameters
    ----------
    rows : sequence of sequence
        Cells of a table.

    Returns
    -------
    list of list
        Numbers with `DIGITS` significant digits; as they are where a file or program takes them.
    """
    shorten = sys.stdout.isatty()
    return [
        [
            float(f"{cell:.{DIGITS}g}") if shorten and isinstance(cell, float) else cell
            for cell in row
        ]
        for row in rows
    ]


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Set the cells of a table below each other.

    Parameters
    ----------
    rows : sequence of sequence of str
        Cells; the first row may be heads.

    Returns
    -------
    list of str
        A line a row.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
