"""The component systems of empathy: a literal list of regions with their sources.

The systems are those of Figure 1 of Weisz & Zaki 2018, doi 10.1016/j.copsyc.2018.05.005. The
figure gives no coordinates: those here are peaks of the studies named beside them, all in MNI
space, meta-analyses first. The sources store coordinates without names, so that which region a
peak belongs to is our reading of where it lies. For mentalizing no meta-analysis whose table
could be read exists here; its peaks are those of false-belief localizers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LAMM = "Lamm, Decety & Singer 2011, meta-analysis, PMID 20946964"
FAN = "Fan, Duncan, de Greck & Northoff 2011, meta-analysis, PMID 20974173"
DODELL = "Dodell-Feder et al. 2011, false-belief localizer, PMID 21182967"
SAXE = "Saxe & Kanwisher 2003, false-belief localizer, PMID 12948738"
CLITHERO = "Clithero & Rangel 2014, meta-analysis of value, PMID 23887811"
KIM = "Kim et al. 2009, compassionate attitude, PMID 19428038"

Hemisphere = Literal["left", "right", "middle"]
"""Where a peak lies; ``middle`` within 2 mm of the midline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """One published coordinate.

    Parameters
    ----------
    x, y, z : float
        MNI coordinates: right, front, top [mm].
    source : str
        Who published it.
    """

    x: float
    y: float
    z: float
    source: str

    @property
    def hemisphere(self) -> Hemisphere:
        """Where the peak lies."""
        if abs(self.x) <= 2:
            return "middle"
        return "left" if self.x < 0 else "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A region of a system.

    Parameters
    ----------
    name : str
        Its usual short name.
    summary : str
        Its full name.
    peaks : tuple of Peak
        Published coordinates that stand for it.
    largest_radius_mm : float
        A sphere larger than this leaves the region [mm].
    confounds : tuple of str
        What else it is known to answer to.
    """

    name: str
    summary: str
    peaks: tuple[Peak, ...]
    largest_radius_mm: float = 12.0
    confounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A component of empathy and the regions that carry it.

    Parameters
    ----------
    name : str
        The name by which users ask for it.
    summary : str
        What the component is.
    regions : tuple of Region
        Its regions.
    """

    name: str
    summary: str
    regions: tuple[Region, ...]


SYSTEMS = (
    System(
        name="experience-sharing",
        summary="vicariously feeling what another feels",
        regions=(
            Region(
                name="ACC",
                summary="anterior and anterior middle cingulate cortex",
                peaks=(
                    Peak(x=-2, y=23, z=40, source=LAMM),
                    Peak(x=6, y=18, z=30, source=LAMM),
                    Peak(x=-2, y=24, z=38, source=FAN),
                ),
            ),
            Region(
                name="AI",
                summary="anterior insula",
                peaks=(
                    Peak(x=-40, y=22, z=0, source=LAMM),
                    Peak(x=39, y=23, z=-4, source=LAMM),
                    Peak(x=-42, y=18, z=0, source=FAN),
                    Peak(x=38, y=24, z=-2, source=FAN),
                ),
                confounds=(
                    "salience of either sign (Bartra, McGuire & Kable 2013, PMC3756836)",
                    "effort of regulating one's own brain, any target (Emmert et al. 2016, PMID 26419389)",
                ),
            ),
            Region(
                name="PMC",
                summary="premotor cortex",
                peaks=(
                    Peak(x=-37, y=-2, z=60, source=LAMM),
                    Peak(x=48, y=8, z=36, source=LAMM),
                ),
            ),
            Region(
                name="IPL",
                summary="inferior parietal lobule with supramarginal gyrus",
                peaks=(
                    Peak(x=-57, y=-25, z=38, source=LAMM),
                    Peak(x=59, y=-25, z=38, source=LAMM),
                    Peak(x=-39, y=-46, z=56, source=LAMM),
                ),
            ),
        ),
    ),
    System(
        name="mentalizing",
        summary="explicitly considering another's thoughts and states",
        regions=(
            Region(
                name="mPFC",
                summary="medial prefrontal cortex, dorsal and middle",
                peaks=(
                    Peak(x=0, y=56, z=26, source=DODELL),
                    Peak(x=0, y=60, z=18, source=DODELL),
                ),
            ),
            Region(
                name="TPJ",
                summary="temporoparietal junction",
                peaks=(
                    Peak(x=-50, y=-58, z=20, source=DODELL),
                    Peak(x=56, y=-48, z=24, source=DODELL),
                    Peak(x=-54, y=-60, z=21, source=SAXE),
                    Peak(x=51, y=-54, z=27, source=SAXE),
                ),
            ),
            Region(
                name="TP",
                summary="temporal pole",
                peaks=(
                    Peak(x=-52, y=4, z=-28, source=DODELL),
                    Peak(x=50, y=6, z=-34, source=DODELL),
                ),
            ),
            Region(
                name="precuneus",
                summary="precuneus and posterior cingulate cortex",
                peaks=(
                    Peak(x=-2, y=-54, z=38, source=DODELL),
                    Peak(x=8, y=-58, z=40, source=DODELL),
                    Peak(x=-9, y=-51, z=33, source=SAXE),
                ),
            ),
        ),
    ),
    System(
        name="empathic-concern",
        summary="warm, positive care for another's welfare",
        regions=(
            Region(
                name="VS",
                summary="ventral striatum with nucleus accumbens",
                peaks=(
                    Peak(x=-8, y=8, z=-6, source=CLITHERO),
                    Peak(x=10, y=14, z=-4, source=CLITHERO),
                ),
                confounds=("reward of any kind",),
            ),
            Region(
                name="VTA",
                summary="ventral tegmental area",
                peaks=(Peak(x=4, y=-18, z=-10, source=KIM),),
                largest_radius_mm=5.0,
                confounds=("reward of any kind", "pulsation of the brainstem"),
            ),
            Region(
                name="mOFC",
                summary="medial orbitofrontal cortex",
                peaks=(
                    Peak(x=-2, y=28, z=-18, source=CLITHERO),
                    Peak(x=0, y=32, z=-18, source=CLITHERO),
                    Peak(x=-6, y=26, z=-18, source=KIM),
                ),
                confounds=("reward of any kind", "signal loss near the sinuses"),
            ),
        ),
    ),
)
"""The three systems, in the order of the paper."""
