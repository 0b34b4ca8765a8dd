"""A page of scores: how strongly images express signatures, beside how much of each they hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from empatune.reports import figure, page
from empatune.reports.figure import COLOURS, colour
from empatune.reports.markup import Html, paragraph, table, tag
from empatune.typing import FloatArray, JsonObject

_N_LISTED = 500
"""More scores than these are drawn but not listed: the table has them."""

_COLUMNS = ("dot", "cosine", "correlation", "coverage_voxels", "coverage_weight")


def render_scores(
    rows: Sequence[JsonObject], *, warnings: Sequence[str] = (), min_coverage: float
) -> str:
    """Return scores as one HTML page.

    Parameters
    ----------
    rows : sequence of dict
        From `empatune.signatures.ImageScores.rows`.
    warnings : sequence of str
        What a reader must know.
    min_coverage : float
        Images that hold less of a signature are drawn hollow.

    Returns
    -------
    str
        A whole page, without a single link to a file or a server.
    """
    names = list(dict.fromkeys(str(row["signature"]) for row in rows))
    n_images = len(rows) // max(len(names), 1)
    headers = ("image", "volume", "signature", *_COLUMNS)
    listed = [[row[header] for header in headers] for row in rows[:_N_LISTED]]
    body = tag(
        "main",
        tag("header", tag("div", "empatune", class_="kind"), tag("h1", "Scores on signatures")),
        tag("div", scores(rows, names, min_coverage=min_coverage), class_="card"),
        paragraph(
            f"One dot an image or volume, {n_images} for each signature; the bar is their median. "
            f"Hollow: the image holds less than {min_coverage:.0%} of the signature's voxels or "
            "weight energy. A missing part changes a score and can turn its sign.",
            note=True,
        ),
        *(paragraph(tag("strong", "Warning: "), warning) for warning in warnings),
        tag("details", tag("summary", "All scores"), table(headers, listed)),
    )
    return page.whole(title="Scores on signatures", body=body)


def scores(rows: Sequence[JsonObject], names: Sequence[str], *, min_coverage: float) -> Html:
    """Draw cosine and coverage of every image, one line a signature.

    Parameters
    ----------
    rows : sequence of dict
        From `empatune.signatures.ImageScores.rows`.
    names : sequence of str
        The signatures, from above.
    min_coverage : float
        Below this, dots are hollow.

    Returns
    -------
    Html
        The picture.
    """
    left = min(3.0, 0.4 + 0.075 * max(map(len, names)))
    drawing, (score, share) = figure.row(2, 1.1 + 0.42 * len(names), left=left)
    for place, name in enumerate(names):
        own = [row for row in rows if row["signature"] == name]
        cosine = np.array([row["cosine"] for row in own], dtype=float)
        coverage = np.array(
            [[row["coverage_voxels"], row["coverage_weight"]] for row in own], dtype=float
        ).min(axis=1)
        _dots(score, cosine, place, shade=colour(name), whole=coverage >= min_coverage)
        _dots(share, coverage, place, shade=colour(name), whole=coverage >= min_coverage)
        if np.isfinite(cosine).any():
            middle = float(np.nanmedian(cosine))
            score.plot([middle] * 2, [place - 0.3, place + 0.3], color=COLOURS["ink"], lw=1.4)
    score.axvline(0, color=COLOURS["muted"], lw=0.8)
    share.axvline(min_coverage, color=COLOURS["muted"], lw=0.8, ls="--")
    reach = 1.1 * max(0.05, *(abs(edge) for edge in score.get_xlim()))
    score.set_xlim(-reach, reach)
    share.set_xlim(min(0.5, share.get_xlim()[0]), 1.02)
    score.set_yticks(range(len(names)), names)
    share.set_yticks(range(len(names)), [""] * len(names))
    for axes, title in ((score, "Score (cosine)"), (share, "Coverage")):
        axes.set_ylim(len(names) - 0.5, -0.5)
        figure.title(axes, title)
    return figure.to_svg(drawing, "scores", "Score and coverage of every image, by signature")


def _dots(axes: Axes, values: FloatArray, place: int, *, shade: str, whole: FloatArray) -> None:
    """Draw values along a line, moved up and down a little so that equal ones are seen."""
    n = len(values)
    heights = place + 0.22 * (np.arange(n) * 0.618 % 1 - 0.5) * min(1.0, n / 10)
    for chosen, face in ((whole, shade), (~whole.astype(bool), "none")):
        axes.scatter(
            values[chosen], heights[chosen], s=16, facecolors=face, edgecolors=shade, linewidths=0.9
        )
