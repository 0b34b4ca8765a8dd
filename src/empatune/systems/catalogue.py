"""The component systems of empathy: a literal list of regions with their sources.

The systems are those of Figure 1 of Weisz & Zaki 2018, doi 10.1016/j.copsyc.2018.05.005. The
figure gives no coordinates: those here are peaks of the publications named beside them, all in
MNI space. How they were chosen is told in docs/reference/component-systems.md.
"""

from __future__ import annotations

from empatune.systems.region import Confound, Kind, Peak, Region, Source, System


def _source(citation: str, about: str, pmid: str, kind: Kind = "study") -> Source:
    return Source(citation=citation, about=about, pmid=pmid, kind=kind)


LAMM = _source("Lamm, Decety & Singer 2011", "empathy for pain", "20946964", "meta-analysis")
FAN = _source("Fan, Duncan, de Greck & Northoff 2011", "empathy", "20974173", "meta-analysis")
GU = _source("Gu & Han 2007", "seen pain", "17400480")
CONTRERAS = _source("Contreras-Huerta et al. 2013", "seen pain of own and other race", "24376780")
MASTEN = _source("Masten, Morelli & Eisenberger 2011", "empathy for social pain", "21122817")
KANSKE = _source("Kanske et al. 2015", "empathy and mentalizing in one task (EmpaToM)", "26254589")
DODELL = _source("Dodell-Feder et al. 2011", "false-belief localizer", "21182967")
SAXE = _source("Saxe & Kanwisher 2003", "false beliefs", "12948738")
MITCHELL = _source("Mitchell, Macrae & Banaji 2006", "judging similar and other people", "16701214")
CLITHERO = _source("Clithero & Rangel 2014", "subjective value", "23887811", "meta-analysis")
MORELLI = _source(
    "Morelli, Sacchet & Zaki 2015", "own and vicarious reward", "25554428", "meta-analysis"
)
KIM = _source("Kim et al. 2009", "compassionate attitude", "19428038")
EMMERT = _source("Emmert et al. 2016", "regulating one's own brain", "26419389", "meta-analysis")

_EFFORT = (
    f"effort of regulating one's own brain, any target (Emmert et al. 2016, PMID {EMMERT.pmid})"
)


def _peaks(source: Source, table: str, *places: tuple[float, float, float]) -> tuple[Peak, ...]:
    return tuple(Peak(x=x, y=y, z=z, source=source, table=table) for x, y, z in places)


SYSTEMS = (
    System(
        name="experience-sharing",
        summary="vicariously feeling what another feels",
        regions=(
            Region(
                name="ACC",
                summary="anterior and anterior middle cingulate cortex",
                medial=True,
                also=("aMCC", "MCC", "dACC"),
                peaks=(
                    *_peaks(LAMM, "Table 3", (-2, 23, 40)),
                    *_peaks(LAMM, "Table 2", (6, 18, 30)),
                    *_peaks(FAN, "Table 1", (-2, 24, 38)),
                    *_peaks(FAN, "Table 2", (-6, 20, 46)),
                    *_peaks(GU, "Table 1", (-6, 23, 30), (10, 30, 30)),
                    *_peaks(CONTRERAS, "Table 1", (-8, 20, 42), (-10, 30, 26)),
                    *_peaks(MASTEN, "Table 2", (-2, 12, 30)),
                ),
                confounds=(_EFFORT,),
            ),
            Region(
                name="AI",
                summary="anterior insula",
                also=("anterior insula", "insula", "aINS"),
                peaks=(
                    *_peaks(LAMM, "Table 3", (-40, 22, 0), (39, 23, -4)),
                    *_peaks(LAMM, "Table 2", (-45, 15, 0), (-45, 15, -6)),
                    *_peaks(LAMM, "Table 4", (33, 21, 0)),
                    *_peaks(FAN, "Table 1", (38, 24, -2), (38, 24, -8), (40, 24, 0), (-42, 18, 0)),
                    *_peaks(FAN, "Table 1", (-36, 16, 2), (-48, 16, 0), (-42, 20, -2)),
                    *_peaks(FAN, "Table 2", (40, 24, -4), (-44, 18, 0), (-34, 16, 0)),
                    *_peaks(GU, "Table 1", (38, 23, -3)),
                    *_peaks(CONTRERAS, "Table 1", (36, 28, 2), (-28, 22, -12)),
                    *_peaks(MASTEN, "Table 2", (42, 20, -6), (-46, 18, -8)),
                    *_peaks(KANSKE, "Table 1", (-36, 18, -6), (36, 22, -9)),
                    *_peaks(KANSKE, "Table 2", (-36, 21, -6)),
                ),
                confounds=(
                    "salience of either sign (Bartra, McGuire & Kable 2013, PMC3756836)",
                    _EFFORT,
                ),
            ),
            Region(
                name="PMC",
                summary="premotor cortex",
                also=("premotor",),
                peaks=(
                    *_peaks(LAMM, "Table 3", (-37, -2, 60), (48, 8, 36)),
                    *_peaks(LAMM, "Table 4", (-57, 9, 30)),
                ),
            ),
            Region(
                name="IPL",
                summary="inferior parietal lobule, supramarginal gyrus",
                also=("SMG", "supramarginal"),
                peaks=(
                    *_peaks(LAMM, "Table 3", (-57, -25, 38), (59, -25, 38)),
                    *_peaks(LAMM, "Table 4", (-63, -24, 39)),
                ),
                confounds=(_EFFORT,),
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
                medial=True,
                also=("dmPFC", "mmPFC"),
                peaks=(
                    *_peaks(DODELL, "Table 2", (0, 56, 26), (2, 58, 30), (2, 60, 18), (0, 60, 18)),
                    *_peaks(KANSKE, "Table 1", (-9, 57, 24)),
                    *_peaks(KANSKE, "Table 2", (9, 57, 21), (-9, 54, 33)),
                    *_peaks(MITCHELL, "Table 1", (18, 57, 9), (-9, 45, 42)),
                ),
            ),
            Region(
                name="TPJ",
                summary="temporoparietal junction",
                peaks=(
                    *_peaks(DODELL, "Table 2", (-50, -58, 20), (-50, -50, 24)),
                    *_peaks(DODELL, "Table 2", (52, -52, 22), (56, -48, 24)),
                    *_peaks(SAXE, "Table 1", (-54, -60, 21), (51, -54, 27)),
                    *_peaks(KANSKE, "Table 1", (-45, -57, 24), (63, -45, 21), (54, -42, 21)),
                    *_peaks(KANSKE, "Table 2", (-51, -57, 24)),
                ),
            ),
            Region(
                name="TP",
                summary="temporal pole",
                also=("temporal pole",),
                peaks=(
                    *_peaks(DODELL, "Table 2", (-52, 4, -28), (52, 2, -36), (50, 6, -34)),
                    *_peaks(KANSKE, "Table 1", (-54, 3, -30), (48, 9, -36)),
                    *_peaks(KANSKE, "Table 2", (-51, 3, -30), (51, 9, -33)),
                ),
                confounds=("signal loss near the sinuses",),
            ),
            Region(
                name="precuneus",
                summary="precuneus and posterior cingulate cortex",
                medial=True,
                also=("PCC", "posterior cingulate"),
                peaks=(
                    *_peaks(DODELL, "Table 2", (-2, -54, 38), (8, -58, 40)),
                    *_peaks(SAXE, "Table 1", (-9, -51, 33)),
                    *_peaks(KANSKE, "Table 1", (-6, -51, 27)),
                    *_peaks(KANSKE, "Table 2", (-6, -51, 30)),
                ),
                confounds=(_EFFORT,),
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
                also=("NAcc", "nucleus accumbens", "accumbens", "ventral striatum"),
                peaks=(
                    *_peaks(CLITHERO, "Table 3", (-8, 8, -6), (10, 14, -4)),
                    *_peaks(CLITHERO, "Table 5", (-10, 8, -6), (10, 12, -10)),
                    *_peaks(CLITHERO, "Table 7", (-8, 10, -6), (8, 14, -4)),
                    *_peaks(MORELLI, "Table 2", (12, 10, -6), (-12, 12, -6)),
                ),
                confounds=(
                    "reward of any kind: its own peaks come from value and reward",
                    "one's own reward more than others' (Morelli, Sacchet & Zaki 2015, PMID 25554428)",
                ),
            ),
            Region(
                name="VTA",
                summary="ventral tegmental area",
                medial=True,
                peaks=_peaks(KIM, "Table 4", (4, -18, -10)),
                largest_radius_mm=5.0,
                confounds=("reward of any kind", "pulsation of the brainstem"),
            ),
            Region(
                name="mOFC",
                summary="medial orbitofrontal cortex",
                medial=True,
                also=("OFC", "orbitofrontal"),
                peaks=(
                    *_peaks(CLITHERO, "Table 3", (-2, 28, -18)),
                    *_peaks(CLITHERO, "Table 7", (0, 32, -18)),
                    *_peaks(MORELLI, "Table 1", (2, 36, -14)),
                    *_peaks(MORELLI, "Table 3", (0, 34, -14), (0, 52, -12)),
                    *_peaks(KIM, "Table 4", (-6, 26, -18)),
                ),
                confounds=(
                    "reward of any kind: its own peaks come from value and reward",
                    "signal loss near the sinuses",
                ),
            ),
        ),
    ),
)
"""The three systems, in the order of the paper."""

CONFOUNDS = (
    Confound(
        name="regulation-effort",
        summary=(
            "regulating one's own brain with feedback, whatever the target; which peaks rise and "
            "which fall was not stored"
        ),
        peaks=(
            *_peaks(EMMERT, "Table 2", (32, 26, 4), (-36, 20, -2), (6, 20, 36), (54, 12, 14)),
            *_peaks(EMMERT, "Table 2", (-50, 8, 4), (42, 0, 42), (-34, -4, 40), (62, -34, 34)),
            *_peaks(EMMERT, "Table 2", (-58, -32, 32), (20, 0, 10), (-20, 0, 12), (8, -56, 38)),
        ),
    ),
    Confound(
        name="reward",
        summary="subjective value and reward, one's own and others'",
        peaks=(
            *_peaks(CLITHERO, "Table 3", (-8, 8, -6), (10, 14, -4), (-2, 40, -4), (-2, 28, -18)),
            *_peaks(CLITHERO, "Table 3", (-4, 58, -8), (-2, -34, 42), (-8, -56, 20)),
            *_peaks(CLITHERO, "Table 3", (-22, 34, -16), (-8, -20, 10)),
            *_peaks(CLITHERO, "Table 5", (-2, 40, -6), (-10, 8, -6), (10, 12, -10)),
            *_peaks(CLITHERO, "Table 7", (-8, 10, -6), (8, 14, -4), (0, 32, -18)),
            *_peaks(MORELLI, "Table 3", (0, 34, -14), (0, 52, -12), (22, -6, -14), (-18, -8, -14)),
            *_peaks(MORELLI, "Table 2", (12, 10, -6), (-12, 12, -6)),
            *_peaks(MORELLI, "Table 1", (2, 36, -14), (-6, 60, 24)),
        ),
    ),
)
"""Known confounds with published places; salience has none here that could be verified."""
