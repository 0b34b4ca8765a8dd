"""The component systems of empathy: regions from published coordinates, masks in any grid."""

from empatune.systems.catalogue import SYSTEMS, Peak, Region, System
from empatune.systems.masks import masks

__all__ = ["SYSTEMS", "Peak", "Region", "System", "masks"]
