"""Frozen records that every room shares: grids, volumes, provenance, context. No files."""

from empatune.core.context import FEATURE_NAMES, FEATURES, Feature, check_feature, situation
from empatune.core.grid import Grid
from empatune.core.volume import Provenance, Volume

__all__ = [
    "FEATURES",
    "FEATURE_NAMES",
    "Feature",
    "Grid",
    "Provenance",
    "Volume",
    "check_feature",
    "situation",
]
