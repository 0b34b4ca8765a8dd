"""Figures for a page: drawn with matplotlib, coloured by the page's style sheet."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping
from types import MappingProxyType

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from empatune.reports.markup import Html, escape

COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "ink": "#101112",
        "muted": "#707172",
        "line": "#c0c1c2",
        "paper": "#fdfcfb",
        "care": "#a86a01",
        "distress": "#c03a63",
        "other": "#6f7a86",
        "feedback": "#1f8a8b",
        "sharing": "#2f8f4e",
        "mentalizing": "#2f6fc4",
        "concern": "#7a48b8",
        "good": "#3b8a52",
        "bad": "#c2402a",
        "regulate": "#e9b24a",
        "transfer": "#9a7fc6",
    }
)
"""Colours that stand for a variable of the style sheet, so that a figure follows the page."""

WIDTH = 10.0
"""Width of a full figure [inch]; it fills the page whatever its size."""

_SETTINGS = {
    "svg.fonttype": "none",
    "font.size": 8.5,
    "axes.labelsize": 8.5,
}


def colour(name: str) -> str:
    """Return the colour of a thing that has one, and a quiet one for all others.

    Parameters
    ----------
    name : str
        Name of a signature, component system or variable.

    Returns
    -------
    str
        A colour that the style sheet replaces.
    """
    for word, key in (("sharing", "sharing"), ("mental", "mentalizing"), ("concern", "concern")):
        if word in name:
            return COLOURS[key]
    return COLOURS.get(name, COLOURS["other"])


def panels(
    n: int, height: float, *, ratios: list[float] | None = None, gap: float = 0.16
) -> tuple[Figure, list[Axes]]:
    """Make panels below one another that share their horizontal axis.

    Parameters
    ----------
    n : int
        How many.
    height : float
        Of all together [inch].
    ratios : list of float, optional
        Their relative heights.
    gap : float
        Room between them [inch].

    Returns
    -------
    Figure
        The figure.
    list of Axes
        From top to bottom, dressed.
    """
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(WIDTH, height), facecolor="none")
        axes = figure.subplots(
            n, 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": ratios or [1.0] * n}
        )
        # fixed margins [inch]: fast, and the time axes of all figures stand below one another
        figure.subplots_adjust(
            left=0.88 / WIDTH,
            right=1 - 0.08 / WIDTH,
            bottom=0.45 / height,
            top=1 - 0.30 / height,
            hspace=gap * n / max(height - 0.75 - gap * (n - 1), 0.1),
        )
    found = [axes[i, 0] for i in range(n)]
    for panel in found:
        dress(panel)
    return figure, found


def row(n: int, height: float, *, left: float = 0.6) -> tuple[Figure, list[Axes]]:
    """Make panels beside one another.

    Parameters
    ----------
    n : int
        How many.
    height : float
        Their height [inch].
    left : float
        Room for what stands left of the first [inch].

    Returns
    -------
    Figure
        The figure.
    list of Axes
        From left to right, dressed.
    """
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(WIDTH, height), facecolor="none")
        axes = figure.subplots(1, n, squeeze=False)
        figure.subplots_adjust(
            left=left / WIDTH,
            right=1 - 0.1 / WIDTH,
            bottom=0.45 / height,
            top=1 - 0.32 / height,
            wspace=0.12,
        )
    found = [axes[0, i] for i in range(n)]
    for panel in found:
        dress(panel)
    return figure, found


def dress(axes: Axes) -> None:
    """Give a panel the page's look: no box, quiet ticks, a light grid.

    Parameters
    ----------
    axes : Axes
        The panel.
    """
    axes.set_facecolor("none")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(COLOURS["line"])
    axes.tick_params(colors=COLOURS["muted"], length=3, width=0.6)
    axes.yaxis.label.set_color(COLOURS["ink"])
    axes.xaxis.label.set_color(COLOURS["ink"])
    axes.grid(visible=True, axis="y", color=COLOURS["line"], linewidth=0.5, alpha=0.5)
    axes.set_axisbelow(True)


def title(axes: Axes, text: str, shade: str = COLOURS["ink"]) -> None:
    """Put a title above a panel, flush left.

    Parameters
    ----------
    axes : Axes
        The panel.
    text : str
        The title.
    shade : str
        Its colour.
    """
    axes.set_title(text, loc="left", fontsize=9, color=shade, pad=4)


def legend(axes: Axes, *, n_columns: int = 4, above: Axes | None = None) -> None:
    """Put a legend above a panel, out of the way of the data.

    Parameters
    ----------
    axes : Axes
        The panel.
    n_columns : int
        Entries beside one another.
    above : Axes, optional
        The panel above which it stands, if that is another one.
    """
    found = (above or axes).legend(
        *axes.get_legend_handles_labels(),
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=n_columns,
        borderaxespad=0.1,
        handlelength=1.4,
        columnspacing=1.2,
        frameon=False,
        fontsize=8.5,
    )
    for text in found.get_texts():
        text.set_color(COLOURS["ink"])


def to_svg(figure: Figure, name: str, description: str) -> Html:
    """Turn a figure into markup that follows the page's colours.

    Parameters
    ----------
    figure : Figure
        The figure.
    name : str
        A short name that no other figure of the page has.
    description : str
        What it shows, for those who cannot see it.

    Returns
    -------
    Html
        An SVG element.
    """
    buffer = io.StringIO()
    with mpl.rc_context({**_SETTINGS, "svg.hashsalt": name}):
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'(url\(#|href="#)', rf"\1{name}-", text)
    text = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", text)
    text = re.sub(r"font: (\w+) ([\d.]+)px [^;\"]*", r"font-weight: \1; font-size: \2px", text)
    for key, value in COLOURS.items():
        text = re.sub(value, f"var(--{key})", text, flags=re.IGNORECASE)
    label = f'<svg role="img" aria-label="{escape(description)}" class="figure"'
    return Html(text.replace("<svg", label, 1))


def to_png(figure: Figure, description: str, *, dpi: int = 110) -> Html:
    """Turn a figure of images into a picture inside the page.

    Parameters
    ----------
    figure : Figure
        The figure.
    description : str
        What it shows, for those who cannot see it.
    dpi : int
        Its resolution [dots per inch].

    Returns
    -------
    Html
        An image element that needs no file.
    """
    canvas = FigureCanvasAgg(figure)
    figure.set_dpi(dpi)
    canvas.draw()
    image = np.asarray(canvas.buffer_rgba())
    buffer = io.BytesIO()
    mpl.image.imsave(buffer, image, format="png", metadata={"Software": ""})
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return Html(
        f'<img class="figure" alt="{escape(description)}" src="data:image/png;base64,{data}">'
    )
