"""The model as a path diagram: context, motives, regulation, components, what is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from empatune.motives.parameters import BY_NAME
from empatune.reports.figure import COLOURS

COLUMNS = (0.0, 2.4, 4.35, 6.7, 9.0)
WIDTH, HEIGHT = 1.5, 0.42


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One thing of the model and its place."""

    text: str
    column: int
    row: float
    colour: str = "muted"


BOXES = {
    "affect": Box(text="target's affect", column=0, row=7.6),
    "positive": Box(text="joy to share", column=0, row=6.9, colour="good"),
    "group": Box(text="in-group", column=0, row=6.2, colour="good"),
    "closeness": Box(text="closeness", column=0, row=5.5, colour="good"),
    "similarity": Box(text="similarity", column=0, row=4.8, colour="good"),
    "kindness": Box(text="kindness", column=0, row=4.1, colour="good"),
    "desirability": Box(text="looking good", column=0, row=3.4, colour="good"),
    "suffering": Box(text="suffering", column=0, row=2.7, colour="bad"),
    "exhaustion": Box(text="exhaustion", column=0, row=2.0, colour="bad"),
    "cost": Box(text="cost of helping", column=0, row=1.3, colour="bad"),
    "interference": Box(text="competition", column=0, row=0.6, colour="bad"),
    "approach": Box(text="approach", column=1, row=5.2, colour="good"),
    "avoidance": Box(text="avoidance", column=1, row=1.9, colour="bad"),
    "net": Box(text="net motive", column=2, row=3.55, colour="ink"),
    "selection": Box(text="situation selection", column=3, row=2.0, colour="feedback"),
    "attention": Box(text="attention", column=3, row=5.6, colour="feedback"),
    "appraisal": Box(text="appraisal", column=3, row=3.8, colour="feedback"),
    "sharing": Box(text="experience sharing", column=4, row=6.6, colour="sharing"),
    "mentalizing": Box(text="mentalizing", column=4, row=5.4, colour="mentalizing"),
    "concern": Box(text="empathic concern", column=4, row=4.2, colour="concern"),
    "distress": Box(text="vicarious distress", column=4, row=3.0, colour="distress"),
    "choice": Box(text="choice to empathize", column=4, row=1.8, colour="feedback"),
}
"""Where everything stands."""

APPROACH = ("positive", "group", "closeness", "similarity", "kindness", "desirability")
AVOIDANCE = ("suffering", "exhaustion", "cost", "interference")

EDGES = (
    *((name, "approach", name) for name in APPROACH),
    *((name, "avoidance", name) for name in AVOIDANCE),
    ("approach", "net", None),
    ("avoidance", "net", None),
    ("net", "attention", "attention"),
    ("net", "appraisal", "appraisal"),
    ("net", "selection", "selection"),
    ("attention", "sharing", "sharing"),
    ("attention", "mentalizing", "mentalizing"),
    ("appraisal", "concern", "concern"),
    ("selection", "choice", None),
)
"""From, to, and the parameter that is the weight."""


def path_diagram(values: Mapping[str, float] | None = None, *, title: str = "") -> Figure:
    """Draw the model with its weights.

    Parameters
    ----------
    values : mapping of str to float, optional
        Weights by parameter, such as fitted ones; defaults where not given.
    title : str
        What is shown.

    Returns
    -------
    Figure
        The diagram; the width of an arrow follows its weight.
    """
    weights = {name: each.default for name, each in BY_NAME.items()} | dict(values or {})
    figure = Figure(figsize=(11.8, 6.6), facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.01, 0.01, 0.98, 0.98))
    axes.set_xlim(-0.15, 11.7)
    axes.set_ylim(-0.3, 9.1)
    axes.axis("off")
    _headings(axes)
    for start, end, name in EDGES:
        _arrow(axes, start, end, weights[name] if name else None)
    _extra_paths(axes, weights)
    for box in BOXES.values():
        _box(axes, box)
    if title:
        axes.text(-0.1, 8.95, title, fontsize=11, fontweight="bold", color=COLOURS["ink"])
    return figure


def _headings(axes: Axes) -> None:
    words = ("context", "motives", "", "regulation", "components")
    for x, word in zip(COLUMNS, words, strict=True):
        axes.text(
            x + WIDTH / 2,
            8.35,
            word,
            ha="center",
            fontsize=10.5,
            color=COLOURS["muted"],
            style="italic",
        )


def _box(axes: Axes, box: Box) -> None:
    x, ink = COLUMNS[box.column], COLOURS[box.colour]
    axes.add_patch(
        FancyBboxPatch(
            (x, box.row - HEIGHT / 2),
            WIDTH,
            HEIGHT,
            boxstyle="round,pad=0.04,rounding_size=0.12",
            facecolor=COLOURS["paper"],
            edgecolor=ink,
            linewidth=1.6,
            zorder=3,
        )
    )
    axes.text(
        x + WIDTH / 2,
        box.row,
        box.text,
        ha="center",
        va="center",
        fontsize=9,
        color=COLOURS["ink"],
        zorder=4,
    )


def _arrow(axes: Axes, start: str, end: str, weight: float | None, *, bend: float = 0.0) -> None:
    one, other = BOXES[start], BOXES[end]
    tail = (COLUMNS[one.column] + WIDTH + 0.06, one.row)
    head = (COLUMNS[other.column] - 0.07, other.row)
    _draw(axes, tail, head, weight=weight, ink=COLOURS[one.colour], bend=bend)


def _draw(
    axes: Axes,
    tail: tuple[float, float],
    head: tuple[float, float],
    *,
    weight: float | None,
    ink: str,
    bend: float = 0.0,
    dashed: bool = False,
) -> None:
    width = 1.4 if weight is None else 0.6 + 2.0 * min(abs(weight), 2.0)
    axes.add_patch(
        FancyArrowPatch(
            tail,
            head,
            arrowstyle="-|>",
            mutation_scale=11,
            linewidth=width,
            color=ink,
            alpha=0.75,
            linestyle="--" if dashed else "-",
            connectionstyle=f"arc3,rad={bend}",
            zorder=2,
        )
    )
    if weight is not None:
        share = 0.36
        x, y = (a + share * (b - a) for a, b in zip(tail, head, strict=True))
        axes.text(
            x,
            y - bend * 0.5 * abs(head[0] - tail[0]),
            f"{weight:.2g}",
            fontsize=7.5,
            ha="center",
            va="center",
            color=ink,
            zorder=5,
            bbox={"facecolor": COLOURS["paper"], "edgecolor": "none", "pad": 0.8, "alpha": 0.9},
        )


def _extra_paths(axes: Axes, weights: Mapping[str, float]) -> None:
    right = COLUMNS[4] + WIDTH
    _draw(
        axes,
        (COLUMNS[0] + WIDTH + 0.06, 7.6),
        (COLUMNS[4] - 0.07, 6.75),
        weight=None,
        ink=COLOURS["muted"],
        bend=-0.06,
    )
    axes.text(4.9, 7.72, "what the target feels", fontsize=8, color=COLOURS["muted"])
    for start, end, name, bend, sign in (
        (6.6, 3.0, "distress", -0.75, 1),
        (4.2, 3.0, "buffer", -0.8, -1),
        (6.6, 5.4, "inhibition", -0.8, -1),
    ):
        ink = COLOURS["distress"] if sign > 0 else COLOURS["muted"]
        _draw(axes, (right + 0.06, start), (right + 0.06, end), weight=None, ink=ink, bend=bend)
        x = right + 0.2 - 0.35 * bend * abs(start - end) * 0.55
        minus = "" if sign > 0 else "−"
        axes.text(
            x,
            (start + end) / 2,
            f"{minus}{weights[name]:.2g}",
            fontsize=7.5,
            color=ink,
            va="center",
        )
    _mood(axes, weights)


def _mood(axes: Axes, weights: Mapping[str, float]) -> None:
    for source, name, sign, low in (
        ("concern", "warmth", "+", -0.02),
        ("distress", "aversion", "−", 0.42),
    ):
        box = BOXES[source]
        ink = COLOURS[source]
        axes.plot(
            [COLUMNS[4] + WIDTH * (0.8 if source == "concern" else 0.6)] * 2,
            [box.row - HEIGHT / 2 - 0.05, low],
            color=ink,
            lw=1.2,
            ls="--",
            zorder=1,
        )
        x = COLUMNS[2] + WIDTH * (0.6 if source == "concern" else 0.4)
        axes.plot(
            [COLUMNS[4] + WIDTH * (0.8 if source == "concern" else 0.6), x],
            [low, low],
            color=ink,
            lw=1.2,
            ls="--",
            zorder=1,
        )
        _draw(
            axes,
            (x, low),
            (x, BOXES["net"].row - HEIGHT / 2 - 0.06),
            weight=None,
            ink=ink,
            dashed=True,
        )
        axes.text(
            x + (0.08 if source == "concern" else -0.08),
            1.0,
            f"{sign}{weights[name]:.2g}",
            fontsize=7.5,
            color=ink,
            ha="left" if source == "concern" else "right",
        )
    axes.text(
        7.0, 0.12, "later trials", fontsize=8, color=COLOURS["muted"], style="italic", ha="center"
    )
