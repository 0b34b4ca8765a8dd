"""Names, tables, images and datasets of the Brain Imaging Data Structure. Knows no signature."""

from empatune.bids.dataset import VERSION, Dataset
from empatune.bids.images import SeriesLayout, write_image, write_series
from empatune.bids.names import Entities, label
from empatune.bids.tables import Cell, Column, Table, read_rows, with_sidecars

__all__ = [
    "VERSION",
    "Cell",
    "Column",
    "Dataset",
    "Entities",
    "SeriesLayout",
    "Table",
    "label",
    "read_rows",
    "with_sidecars",
    "write_image",
    "write_series",
]
