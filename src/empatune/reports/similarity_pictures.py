"""Pictures of how alike signatures are, and of the regions in which their weight lies."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline

from empatune.reports import figure, page
from empatune.reports.figure import COLOURS, colour
from empatune.reports.heatmap import heatmap
from empatune.reports.markup import Html, paragraph, table, tag
from empatune.signatures.similarity import ELSEWHERE, Comparison, Share

_GAP = 0.03
"""Room between the blocks of the fuller side, the height of all blocks being 1."""


def render_similarity(found: Comparison) -> str:
    """Return tables and pictures of a comparison as one HTML page.

    Parameters
    ----------
    found : Comparison
        The comparison.

    Returns
    -------
    str
        A whole page, without a single link to a file or a server.
    """
    whole = [row for row in found.similarities if row.place == "whole map"]
    headers = ("map", "other", "place", "voxels", "cosine", "correlation")
    rows = [(s.one, s.other, s.place, s.n_voxels, s.cosine, s.correlation) for s in whole]
    local = [
        (s.one, s.other, s.place, s.n_voxels, s.cosine, s.correlation)
        for s in found.similarities
        if s.place != "whole map"
    ]
    words = "where both maps have weight" if found.voxels == "joint" else "where either has weight"
    off = ", ".join(found.interpolated)
    body = tag(
        "main",
        tag("header", tag("div", "empatune", class_="kind"), tag("h1", "Signatures compared")),
        paragraph(f"Voxels {words}; spheres of {found.radius_mm:g} mm around published peaks."),
        paragraph(f"Off the common lattice, interpolated: {off}.") if off else "",
        tag("div", similarities(found), class_="card"),
        tag("div", river(found), class_="card"),
        paragraph(
            "Ribbons: share of each map's positive weight energy in each region. What lies in no "
            "region is not drawn; its share stands below the map's name.",
            note=True,
        ),
        table(headers, rows, caption="Whole maps"),
        tag("details", tag("summary", "By system and region"), table(headers, local)),
        tag("details", tag("summary", "Weights by region"), _weights(found)),
    )
    return page.whole(title="Signatures compared", body=body)


def similarities(found: Comparison) -> Html:
    """Draw the spatial correlation of every two maps.

    Parameters
    ----------
    found : Comparison
        The comparison.

    Returns
    -------
    Html
        The picture.
    """
    names = list(found.names)
    r = np.full((len(names), len(names)), np.nan)
    for row in found.similarities:
        if row.place == "whole map":
            i, j = names.index(row.one), names.index(row.other)
            r[i, j] = r[j, i] = row.correlation
    top = max(0.25, float(np.nanmax(np.abs(r))))
    blank = [[""] * len(names)] * len(names)
    return heatmap(r, names, names, blank, "similarity", "Spatial correlation", reach=top)


def river(found: Comparison) -> Html:
    """Draw ribbons from every map to the regions in which its positive weight lies.

    Parameters
    ----------
    found : Comparison
        The comparison.

    Returns
    -------
    Html
        The picture.
    """
    inside = [share for share in found.shares if share.system != ELSEWHERE]
    outside = {s.name: s.positive for s in found.shares if s.system == ELSEWHERE}
    regions = list(dict.fromkeys((share.system, share.region) for share in inside))
    flows = {(s.name, (s.system, s.region)): s.positive for s in inside}
    total = sum(flows.values()) or 1.0
    n_most = max(len(found.names), len(regions))
    left = _stack([sum(flows[n, r] for r in regions) / total for n in found.names], n_most)
    right = _stack([sum(flows[n, r] for n in found.names) / total for r in regions], n_most)
    drawing, (axis,) = figure.row(1, max(4.2, 0.42 * len(regions), 0.6 * len(found.names)))
    axis.set_axis_off()
    axis.set_xlim(-0.34, 1.3)
    axis.set_ylim(1.03 + _GAP * (n_most - 1), -0.03)
    used = dict(zip(regions, right, strict=True))
    for name, top in zip(found.names, left, strict=True):
        start = top
        for region in regions:
            width = flows[name, region] / total
            _ribbon(axis, start, used[region], width, colour(region[0]))
            start, used[region] = start + width, used[region] + width
        words = f"{name}\n{100 * outside[name]:.0f} % elsewhere"
        _block(axis, 0.0, top, start, colour(name), words, side=-1)
    for region, top in zip(regions, right, strict=True):
        _block(
            axis, 1.0, top, used[region], colour(region[0]), f"{region[1]} · {region[0]}", side=1
        )
    return figure.to_svg(
        drawing, "river", "Share of each map's positive weight energy in each region."
    )


def _weights(found: Comparison) -> Html:
    def row(share: Share) -> tuple[object, ...]:
        place = (share.name, share.system, share.region, share.n_voxels)
        return (*place, share.mean, 100 * share.positive, 100 * share.volume)

    headers = ("map", "system", "region", "voxels", "mean weight [SD]", "energy [%]", "volume [%]")
    return table(headers, [row(share) for share in found.shares])


def _stack(sizes: list[float], n_most: int) -> list[float]:
    """Return where blocks begin that add up to a height of 1, with even gaps between them."""
    gap = _GAP * (n_most - 1) / max(len(sizes) - 1, 1)  # both sides end at the same height
    starts = np.cumsum([0.0, *(size + gap for size in sizes[:-1])])
    return [float(start) for start in starts]


def _ribbon(axis: Axes, one: float, other: float, width: float, shade: str) -> None:
    if width <= 0:
        return
    points = [
        (0.02, one), (0.5, one), (0.5, other), (0.98, other),
        (0.98, other + width), (0.5, other + width), (0.5, one + width), (0.02, one + width),
        (0.02, one),
    ]  # fmt: skip
    curve = Outline.CURVE4
    codes = [Outline.MOVETO, curve, curve, curve, Outline.LINETO, curve, curve, curve]
    outline = Outline(points, [*codes, Outline.CLOSEPOLY])
    axis.add_patch(PathPatch(outline, facecolor=shade, alpha=0.42, linewidth=0))


def _block(
    axis: Axes, x: float, top: float, bottom: float, shade: str, words: str, *, side: int
) -> None:
    axis.plot([x, x], [top, bottom], color=shade, linewidth=5, solid_capstyle="butt")
    axis.text(
        x + 0.02 * side,
        (top + bottom) / 2,
        words,
        ha="left" if side > 0 else "right",
        va="center",
        fontsize=8,
        color=COLOURS["ink"],
    )
