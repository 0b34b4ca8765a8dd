"""The component systems of empathy: regions from published coordinates, masks in any grid."""

from empatune.systems.catalogue import CONFOUNDS, SYSTEMS
from empatune.systems.finding import find, sources
from empatune.systems.masks import By, Mask, Shape, draw, masks
from empatune.systems.overlap import Overlap, nearest_mm, overlaps
from empatune.systems.region import Confound, Peak, Region, Source, System

__all__ = [
    "CONFOUNDS",
    "SYSTEMS",
    "By",
    "Confound",
    "Mask",
    "Overlap",
    "Peak",
    "Region",
    "Shape",
    "Source",
    "System",
    "draw",
    "find",
    "masks",
    "nearest_mm",
    "overlaps",
    "sources",
]
