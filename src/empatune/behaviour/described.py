"""Frames as tables that say what their columns mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from empatune.bids import Column, Table

if TYPE_CHECKING:
    import pandas as pd


def described(frame: pd.DataFrame, words: Mapping[str, str]) -> Table:
    """
    Say what the columns of a frame mean.

    Parameters
    ----------
    frame : pandas.DataFrame
        The frame.
    words : mapping of str to str
        A sentence for each column.

    Returns
    -------
    Table
        The same with words.
    """
    columns = [Column(name=name, description=words[name]) for name in frame.columns]
    return Table(columns=columns, rows=list(frame.itertuples(index=False, name=None)))
