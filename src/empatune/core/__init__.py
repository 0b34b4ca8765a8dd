"""Frozen records that every room shares: grids, volumes, provenance. No files."""

from empatune.core.grid import Grid
from empatune.core.volume import Provenance, Volume

__all__ = ["Grid", "Provenance", "Volume"]
