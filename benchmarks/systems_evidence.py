"""What maps of seen pain show in the component systems, beside random places of the same map.

    python benchmarks/systems_evidence.py [--n 5000] > docs/results/systems.md

Needs EMPATUNE_DATA or ../shared, with its `data/maps`. Prints the whole page.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import nibabel
import numpy as np
from scipy.stats import false_discovery_control

from empatune.core import Grid
from empatune.systems import SYSTEMS, Shape
from empatune.systems.evidence import Finding, find_evidence, grey_matter

ROOT = Path(__file__).resolve().parents[1]
THRESHOLD = 3.29  # p < .001, one-sided, 44 degrees of freedom
MAPS = {
    "observed_pain_group_tmap": "Seeing another in pain > no pain",
    "observed_pain_motive_group_tmap": "The same, treatment > control",
}
SYSTEM_NAMES = tuple(system.name for system in SYSTEMS)
SIDES = (" left", " right")
CHOSEN = (*SYSTEM_NAMES, "ACC", "AI left", "AI right", "IPL", "TPJ left", "TPJ right", "precuneus")

PREFACE = """# Seen pain in the component systems

Group t maps of 46 people who saw others in pain, in every region of the paper's Figure 1. Made by

    python benchmarks/systems_evidence.py > docs/results/systems.md

Spheres of 8 mm around published peaks (`docs/reference/component-systems.md`). Peaks that were published of these same people are not among them. **mean**: mean t; **over 3.29**: share of voxels with t > 3.29 (p < .001, one-sided, 44 degrees of freedom, uncorrected); **peak**: largest t and where;
**random**: mean t (SD) of the same spheres carried, unturned, to {n:,} random places in grey matter of the same map, each side of a region to a place of its own; **p**: how often a random mean lies as far from the middle of the random means, to either side; **q**: the same, corrected for
the {n_tests} regions and sides of this table (false discovery rate). **held**: share of the spheres inside the map.

The random places tell whether a region stands out from the rest of this map. They do not tell whether people differ: for that there is t. Whoever made these maps cut their negative half to 0, so nothing can be said on decreases, and a mean of 0.5 is what a place without an effect has
in the first map, 1.1 in the second.
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--n", type=int, default=5000, help="random places")
    n = options.parse_args().n
    folder = Path(os.environ.get("EMPATUNE_DATA", ROOT.parent / "shared")) / "data" / "maps"
    n_tests = sum(1 + 2 * (not region.medial) for s in SYSTEMS for region in s.regions)
    print(PREFACE.format(n=n, n_tests=n_tests))
    for name, title in MAPS.items():
        print(f"## {title}\n")
        print(table(_found(folder / f"{name}.nii.gz", n)))
    print("## The first map with other masks\n")
    print("Mean t and p of the same regions.\n")
    print(variants(folder / f"{next(iter(MAPS))}.nii.gz", n))
    print(SAYS.rstrip())


def _found(
    path: Path, n: int, *, shape: Shape = "sphere", radius_mm: float = 8.0
) -> tuple[Finding, ...]:
    image = nibabel.load(path)
    grid = Grid(shape=image.shape, affine=image.affine)
    return find_evidence(
        np.asarray(image.dataobj, dtype=np.float64),
        grid,
        grey_matter(grid),
        rng=np.random.default_rng(20180501),
        threshold=THRESHOLD,
        zeros_count=True,  # NaN marks what lies outside
        n_random=n,
        shape=shape,
        radius_mm=radius_mm,
    )


def table(found: tuple[Finding, ...]) -> str:
    regions = [each for each in found if each.name not in SYSTEM_NAMES]
    adjusted = false_discovery_control([each.p for each in regions])
    q = dict(zip((each.name for each in regions), adjusted, strict=True))
    lines = [
        "| system, region | held | mean | over 3.29 | peak (x, y, z) | random | p | q |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for each in found:
        x, y, z = each.peak_mm
        name = f"**{each.name}**" if each.name in SYSTEM_NAMES else each.name
        name = f"– {name}" if each.name.endswith(SIDES) else name
        corrected = f"{q[each.name]:.3f}" if each.name in q else ""
        lines.append(
            f"| {name} | {each.coverage:.0%} | {each.mean:.2f} | {each.above:.0%} | "
            f"{each.peak:.2f} ({x:g}, {y:g}, {z:g}) | {each.random_mean:.2f} ({each.random_sd:.2f}) "
            f"| {each.p:.4f} | {corrected} |"
        )
    return "\n".join(lines) + "\n"


def variants(path: Path, n: int) -> str:
    """Return the chosen regions under other masks."""
    found = [
        _found(path, n, radius_mm=6.0),
        _found(path, n, radius_mm=10.0),
        _found(path, n, shape="probability"),
    ]
    lines = ["| | spheres of 6 mm | spheres of 10 mm | smooth maps |", "|---|---|---|---|"]
    for name in CHOSEN:
        each = [next(f for f in several if f.name == name) for several in found]
        lines.append(f"| {name} | " + " | ".join(f"{f.mean:.2f}, {f.p:.4f}" for f in each) + " |")
    return "\n".join(lines) + "\n"


SAYS = """## What it says

* **Seeing pain shows in mentalizing more than in experience sharing.** Both temporoparietal junctions stand out (mean t 3.6 left and 2.6 right, 61 % and 30 % of their voxels over threshold, q .01 and .02), and mentalizing is the one system that does. Precuneus leans the same way (q .09). mPFC and temporal poles do not stand out.
* **Of experience sharing, the right anterior insula alone answers** (mean t 2.3, a fifth of its voxels over threshold, peak 4.6), and after correction it does not stand out for certain (q .08). The left does not.
* **ACC is absent**: mean t 0.2, largest t 1.7, no more than elsewhere. So are premotor cortex and IPL, apart from the edge of the right premotor sphere. The figure's claim that experience sharing rests on ACC finds no support in this contrast: others' pain against no pain, while people rated. Not
  finding it is no proof of absence.
* **Empathic concern does not show** in the first map.
* **Treatment against control is weak everywhere** (69 % of its voxels lie under t = 1.5, and no region stands out after correction). If anything, empathic concern is lower than the rest of that map (p .01; ventral striatum p .01, q .3).
* **Other masks say the same**: spheres of 6 and 10 mm, and smooth maps.

A region that answers does not tell what a person felt; see `docs/reference/component-systems.md` for what else these places answer to.
"""

if __name__ == "__main__":
    main()
