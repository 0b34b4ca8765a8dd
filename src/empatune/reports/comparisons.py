"""Pictures that compare: blocks, conditions, monitors, delays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from empatune.exports import SessionHistory
from empatune.exports.blocks import baseline_conditions
from empatune.exports.statistics import Estimate
from empatune.exports.summary import BlockSummary, Coupling, Delay, Effect
from empatune.reports import figure
from empatune.reports.figure import COLOURS, colour
from empatune.reports.markup import Html


def blocks(history: SessionHistory, summaries: Sequence[BlockSummary]) -> Html:
    """Draw the mean score of every block, in its order, condition by condition.

    Parameters
    ----------
    history : SessionHistory
        The session.
    summaries : sequence of BlockSummary
        The blocks.

    Returns
    -------
    Html
        The picture.
    """
    drawing, (left, right) = figure.row(2, 3.3)
    names = [name for name in history.signatures if name not in history.monitors]
    baseline = baseline_conditions(history)
    used = [block for block in summaries if block.used]
    for block in used:
        shade = _condition_colour(block, baseline)
        _point(left, block.number, block.means["score"], shade, marker="o")
    _connect(left, used, baseline)
    figure.title(left, "Score of every block, 95 % interval")
    left.set_ylabel("score [baseline SD]")
    for step, name in enumerate(names):
        place = (step - (len(names) - 1) / 2) * 0.22
        for block in used:
            filled = block.condition not in baseline
            _point(right, block.number + place, block.means[name], colour(name), filled=filled)
        right.plot([], [], "o", color=colour(name), markersize=5, label=name)
    figure.title(right, "Signatures of every block, 95 % interval")
    figure.legend(right)
    for axis in (left, right):
        axis.axhline(0, color=COLOURS["muted"], linewidth=0.6)
        _label(axis, used)
        _limit(axis, [block.means[n] for block in used for n in ("score", *names)])
    return figure.to_svg(
        drawing,
        "blocks",
        "Mean score and mean signature responses of every block with 95 percent intervals.",
    )


def specificity(effects: Sequence[Effect], couplings: Sequence[Coupling]) -> Html:
    """Draw how far every measure moves with the condition, with the score and with motion.

    Parameters
    ----------
    effects : sequence of Effect
        Those of one condition.
    couplings : sequence of Coupling
        Of the same session.

    Returns
    -------
    Html
        The picture.
    """
    names = [effect.measure.name for effect in effects]
    places = np.arange(len(names))[::-1]
    drawing, axes = figure.row(3, 0.9 + 0.27 * len(names), left=1.55)
    by_name = {coupling.measure.name: coupling for coupling in couplings}
    for place, effect in zip(places, effects, strict=True):
        shade = _measure_colour(effect)
        axes[0].plot(
            [0, effect.d],
            [place, place],
            color=shade,
            linewidth=4,
            alpha=0.85,
            solid_capstyle="butt",
        )
        found = by_name.get(effect.measure.name)
        if found is not None:
            _whisker(axes[1], place, found.with_score, shade)
            _whisker(axes[2], place, found.with_motion, shade)
    titles = (
        f"{effects[0].condition} against baseline, Cohen's d",
        "correlation with the score",
        "correlation with motion (FD)",
    )
    for axis, title in zip(axes, titles, strict=True):
        figure.title(axis, title)
        axis.set_yticks(places)
        axis.axvline(0, color=COLOURS["muted"], linewidth=0.7)
        axis.set_ylim(-0.7, len(names) - 0.3)
        axis.grid(visible=False, axis="y")
        axis.grid(visible=True, axis="x", color=COLOURS["line"], linewidth=0.5, alpha=0.5)
        axis.tick_params(axis="y", length=0)
    axes[0].set_yticklabels(names)
    for axis in axes[1:]:
        axis.set_yticklabels([])
        axis.set_xlim(-1.02, 1.02)
    return figure.to_svg(
        drawing,
        "specificity",
        "Effect sizes and correlations of every signature, monitor, system and quality measure.",
    )


def delays(found: Sequence[Delay]) -> Html:
    """Draw how the delays of the stages are distributed.

    Parameters
    ----------
    found : sequence of Delay
        The stages.

    Returns
    -------
    Html
        The picture.
    """
    drawing, (axis,) = figure.row(1, 2.6)
    shown = [delay for delay in found if len(delay.values_ms)]
    shades = [COLOURS[name] for name in ("line", "other", "mentalizing", "care", "concern")]
    longest = max((delay.quantile(0.995) for delay in shown), default=1.0)
    bins = np.linspace(0, longest * 1.05, 60)
    for shade, delay in zip(shades, shown, strict=False):
        heights, edges = np.histogram(np.clip(delay.values_ms, 0, bins[-1]), bins=bins)
        axis.stairs(heights, edges, color=shade, fill=True, alpha=0.25)
        axis.stairs(heights, edges, color=shade, linewidth=1.1, label=delay.stage)
        axis.axvline(delay.quantile(0.5), color=shade, linewidth=0.9, linestyle="--")
    axis.set_xlabel("delay after the last byte of a volume [ms]; broken lines are medians")
    axis.set_ylabel("volumes")
    axis.set_xlim(left=0)
    if shown:
        figure.legend(axis, n_columns=5)
    return figure.to_svg(drawing, "delays", "Histograms of the delays of every stage.")


def _label(axis: Axes, used: Sequence[BlockSummary]) -> None:
    if len(used) > 14:  # too many for words: the legend tells the conditions
        axis.set_xticks([b.number for b in used if (b.number + 1) % 5 == 0])
        axis.set_xticklabels([str(b.number + 1) for b in used if (b.number + 1) % 5 == 0])
        axis.set_xlabel("block")
        return
    axis.set_xticks([block.number for block in used])
    axis.set_xticklabels([f"{b.number + 1}\n{b.condition}" for b in used], fontsize=7.5)


def _condition_colour(block: BlockSummary, baseline: tuple[str, ...]) -> str:
    if block.condition in baseline:
        return COLOURS["other"]
    shown = any(part.feedback for part in block.parts)
    return COLOURS["care"] if shown else COLOURS["concern"]


def _measure_colour(effect: Effect) -> str:
    if effect.measure.kind == "score":
        return COLOURS["ink"]
    return COLOURS["bad"] if effect.measure.kind == "quality" else colour(effect.measure.name)


def _point(
    axis: Axes,
    place: float,
    estimate: Estimate,
    shade: str,
    *,
    marker: str = "o",
    filled: bool = True,
) -> None:
    axis.plot([place, place], [estimate.low, estimate.high], color=shade, linewidth=1.2)
    axis.plot(
        [place],
        [estimate.value],
        marker,
        color=shade,
        markerfacecolor=shade if filled else COLOURS["paper"],
        markersize=5,
    )


def _connect(axis: Axes, used: Sequence[BlockSummary], baseline: tuple[str, ...]) -> None:
    for condition in dict.fromkeys(block.condition for block in used):
        mine = [block for block in used if block.condition == condition]
        axis.plot(
            [block.number for block in mine],
            [block.means["score"].value for block in mine],
            color=_condition_colour(mine[0], baseline),
            linewidth=0.9,
            alpha=0.6,
            label=condition,
        )
    if used:
        figure.legend(axis)


def _limit(axis: Axes, estimates: Sequence[Estimate]) -> None:
    # an interval of two volumes may be endless; it must not flatten all others
    values = np.array([e.value for e in estimates if np.isfinite(e.value)])
    if not len(values):
        return
    reach = max(2.5, 2.0 * float(np.ptp(values)))
    axis.set_ylim(
        max(float(values.min()) - reach, axis.get_ylim()[0]),
        min(float(values.max()) + reach, axis.get_ylim()[1]),
    )


def _whisker(axis: Axes, place: float, estimate: Estimate, shade: str) -> None:
    axis.plot([estimate.low, estimate.high], [place, place], color=shade, linewidth=1.2)
    axis.plot([estimate.value], [place], "o", color=shade, markersize=4.5)
