"""Pictures of fits of networks: signals, convergence, evidence, parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from scipy import stats

from empatune.connectivity.posterior import Posterior
from empatune.connectivity.series import Series
from empatune.numerics.model_selection import FixedEffects, RandomEffects
from empatune.reports import figure
from empatune.reports.figure import COLOURS
from empatune.reports.heatmap import heatmap
from empatune.reports.markup import Html, number
from empatune.typing import Array

if TYPE_CHECKING:
    from empatune.connectivity.dcm.fit import Fit

PREDICTED = COLOURS["feedback"]
"""Colour of what models predict."""

_LANES = ("care", "mentalizing", "concern", "sharing", "distress", "other")
_REACH = 1.959963984540054


def signals(fit: Fit, name: str, *, series: Series | None = None) -> Html:
    """
    Draw measured and predicted signals of every region, what is left, and the inputs.

    What confounds explain is taken away from both.

    Parameters
    ----------
    fit : Fit
        The fit.
    name : str
        A short name that no other figure of the page has.
    series : Series, optional
        The recording, for its inputs.

    Returns
    -------
    Html
        The picture.
    """
    regions = fit.network.regions
    n_inputs = series.n_inputs if series is not None else 0
    ratios = [r for _ in regions for r in (1.0, 0.42)] + ([0.24 * n_inputs] if n_inputs else [])
    drawing, panels = figure.panels(len(ratios), 0.85 + 1.35 * sum(ratios), ratios=ratios, gap=0.24)
    times = fit.tr_s * np.arange(len(fit.signals))
    top = float(np.abs(fit.cleaned).max()) * 1.05 or 1.0
    rest = float(np.abs(fit.residuals).max()) * 1.05 or 1.0
    for place, region in enumerate(regions):
        above, below = panels[2 * place], panels[2 * place + 1]
        above.plot(times, fit.cleaned[:, place], color=COLOURS["muted"], lw=0.8, label="measured")
        above.plot(
            times,
            (fit.cleaned - fit.residuals)[:, place],
            color=PREDICTED,
            lw=1.6,
            label="predicted",
        )
        below.plot(times, fit.residuals[:, place], color=COLOURS["muted"], lw=0.7)
        below.axhline(0, color=COLOURS["line"], lw=0.7)
        share = f"{region}: {number(100 * fit.explained[place], 0)} % of the variance explained"
        figure.title(above, share)
        above.set_ylim(-top, top)
        below.set_ylim(-rest, rest)
        below.set_ylabel("rest", fontsize=7.5, color=COLOURS["muted"])
        below.yaxis.set_major_locator(MaxNLocator(2, symmetric=True))
        above.set_ylabel("signal [%]")
    figure.legend(panels[0], n_columns=2)
    if series is not None:
        _inputs(panels[-1], series, fit.network.inputs)
    panels[-1].set_xlabel("time [s]")
    panels[-1].set_xlim(0, float(times[-1]))
    shares = ", ".join(f"{r} {100 * s:.0f} %" for r, s in zip(regions, fit.explained, strict=True))
    words = f"Measured and predicted signals of {fit.name or 'a recording'}; explained: {shares}."
    return figure.to_svg(drawing, name, words)


def _inputs(axes: Axes, series: Series, names: Sequence[str]) -> None:
    """Draw inputs below one another, each scaled to its own greatest value."""
    times = series.bin_s * np.arange(len(series.inputs))
    for place, course in enumerate(series.inputs.T):
        base = len(names) - 1 - place
        height = 0.8 * course / (np.abs(course).max() or 1.0)
        kept = np.flatnonzero(np.diff(course, prepend=np.nan, append=np.nan) != 0)
        kept = np.unique(np.clip(np.concatenate([kept - 1, kept]), 0, len(course) - 1))
        shade = COLOURS[_LANES[place % len(_LANES)]]
        axes.fill_between(
            times[kept], base, base + height[kept], step="post", color=shade, lw=0.4, alpha=0.85
        )
    axes.set_yticks(np.arange(len(names)) + 0.3, list(names)[::-1])
    axes.set_ylim(-0.1, len(names))
    axes.grid(visible=False)


def convergence(fit: Fit, name: str) -> Html:
    """
    Draw the free energy over the points that each start tried.

    Parameters
    ----------
    fit : Fit
        The fit.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    Html
        The picture.
    """
    drawing, (whole, near) = figure.row(2, 2.5)
    best = fit.free_energy
    for place, ascent in enumerate(fit.ascents):
        course = np.maximum.accumulate(np.nan_to_num(ascent.free_energies, nan=-np.inf))
        shown = np.where(np.isfinite(course), course, np.nan)
        steps = np.arange(1, len(shown) + 1)
        chosen = place == fit.chosen
        shade = PREDICTED if chosen else COLOURS["muted"]
        for axes, values in ((whole, shown), (near, best - shown)):
            width = 1.8 if chosen else 0.9
            axes.plot(steps, values, color=shade, lw=width, zorder=3 if chosen else 2)
            if len(steps):
                mark = "o" if ascent.stop == "converged" else "x"
                axes.plot(steps[-1], values[-1], mark, color=shade, ms=5, zorder=4)
        near.set_yscale("symlog", linthresh=0.1)
    near.invert_yaxis()
    figure.title(whole, "free energy of the best point so far [nats]")
    figure.title(near, "below the best start [nats]; dot: settled, cross: not")
    for axes in (whole, near):
        axes.set_xlabel("points tried")
    drawing.subplots_adjust(wspace=0.22, bottom=0.2)
    words = (
        f"Free energy over iterations of {len(fit.ascents)} starts; the best reached {best:.1f}."
    )
    return figure.to_svg(drawing, name, words)


def evidence_people(table: Array, people: Sequence[str], networks: Sequence[str]) -> Html:
    """
    Draw every person's log evidence of every network, below the best one.

    Parameters
    ----------
    table : ndarray, shape (n_people, n_networks)
        Log evidences; NaN where a fit failed [nats].
    people, networks : sequence of str
        Their names.

    Returns
    -------
    Html
        The picture.
    """
    best = np.nanmax(table, axis=1, keepdims=True)
    below = table - best
    marks = [["" if value else " best" for value in row] for row in below]
    title = "Log evidence below each recording's best network [nats]; 3 is strong evidence"
    return heatmap(below, list(people), list(networks), marks, "evidence-people", title, reach=10.0)


def evidence(fixed: FixedEffects, random: RandomEffects | None) -> Html:
    """
    Draw how well networks do over people.

    Parameters
    ----------
    fixed : FixedEffects
        If everybody has the same network.
    random : RandomEffects or None
        If people differ; None for one recording.

    Returns
    -------
    Html
        The picture.
    """
    names = list(fixed.models)
    n_panels = 2 if random is None else 3
    longest = max(len(name) for name in names)
    height = 1.25 + 0.34 * len(names)
    drawing, panels = figure.row(n_panels, height, left=0.5 + 0.075 * longest)
    drawing.subplots_adjust(bottom=0.7 / height)
    places = np.arange(len(names))[::-1]
    best = int(np.argmax(fixed.log_evidence))
    shades = [PREDICTED if place == best else COLOURS["other"] for place in range(len(names))]
    below = fixed.log_evidence - fixed.log_evidence.max()
    panels[0].hlines(places, below, 0, color=shades, lw=2.5)
    panels[0].scatter(below, places, c=shades, s=36, zorder=3)
    panels[0].xaxis.set_major_locator(MaxNLocator(4))
    panels[0].axvline(-3, color=COLOURS["muted"], lw=0.8, ls="--")
    figure.title(panels[0], "log evidence below the best [nats]")
    panels[1].barh(places, fixed.probability, color=shades, height=0.55)
    figure.title(panels[1], "probability, if all share one network")
    if random is not None:
        _frequencies(panels[2], places, random)
    for panel in panels:
        panel.set_ylim(-0.6, len(names) - 0.4)
        panel.set_yticks(places, names if panel is panels[0] else [""] * len(names))
        panel.grid(visible=False, axis="y")
        panel.grid(visible=True, axis="x", color=COLOURS["line"], linewidth=0.5, alpha=0.5)
    for panel in panels[1:]:
        panel.set_xlim(0, 1.02)
    return figure.to_svg(drawing, "evidence", f"Evidence of networks: {names[best]} has the most.")


def _frequencies(axes: Axes, places: Array, random: RandomEffects) -> None:
    """Draw expected frequencies, exceedance and protected exceedance probabilities."""
    axes.barh(places, random.frequency, color=COLOURS["line"], height=0.55, label="frequency")
    axes.plot(random.exceedance, places, "o", mfc="none", mec=PREDICTED, ms=6.5, label="exceedance")
    axes.plot(random.protected, places, "o", color=PREDICTED, ms=5, label="protected exceedance")
    figure.title(axes, "if people differ")
    axes.legend(
        loc="upper right", bbox_to_anchor=(1.0, -0.3 / len(places) - 0.12), ncols=3, frameon=False,
        fontsize=7.5, handletextpad=0.2, columnspacing=0.8, borderaxespad=0.1,
        labelcolor=COLOURS["ink"],
    )  # fmt: skip


def parameters(rows: Mapping[str, Sequence[tuple[str, float, float, str]]], name: str) -> Html:
    """
    Draw parameters with their 95 % intervals.

    Parameters
    ----------
    rows : mapping of str to sequence of (str, float, float, str)
        By panel: names, means, standard deviations and colours.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    Html
        The picture.
    """
    most = max(len(each) for each in rows.values())
    longest = max(len(row[0]) for each in rows.values() for row in each)
    left = 0.4 + 0.07 * longest
    drawing, panels = figure.row(len(rows), 0.85 + 0.22 * most, left=left)
    share = left / figure.WIDTH * len(rows)
    drawing.subplots_adjust(wspace=share / max(1 - share / len(rows), 0.2) + 0.1)
    for panel, (title, each) in zip(panels, rows.items(), strict=True):
        for place, (_, mean, sd, shade) in enumerate(reversed(each)):
            sure = abs(mean) > _REACH * sd
            panel.hlines(place, mean - _REACH * sd, mean + _REACH * sd, color=shade, lw=1.6)
            panel.plot(mean, place, "o", color=shade, mfc=shade if sure else "none", ms=5)
        panel.axvline(0, color=COLOURS["muted"], lw=0.8)
        panel.set_yticks(range(len(each)), [row[0] for row in reversed(each)])
        panel.set_ylim(-0.6, most - 0.4)
        panel.grid(visible=False, axis="y")
        figure.title(panel, title)
    return figure.to_svg(drawing, name, f"Parameters with 95 % intervals: {', '.join(rows)}.")


def people(posteriors: Sequence[Posterior], fields: Sequence[str], name: str) -> Html:
    """
    Draw the parameters of every person, and their mean.

    Parameters
    ----------
    posteriors : sequence of Posterior
        A fit a person, of one network.
    fields : sequence of str
        Which parameters.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    Html
        The picture.
    """
    drawing, (axes,) = figure.row(1, 0.9 + 0.36 * len(fields), left=1.9)
    rng = np.random.default_rng(0)
    for place, field in enumerate(reversed(fields)):
        means = np.array([each.mean[each.names.index(field)] for each in posteriors])
        jitter = 0.26 * rng.uniform(-1, 1, len(means))
        axes.plot(means, place + jitter, "o", color=COLOURS["other"], ms=3.5, alpha=0.55)
        reach = stats.t.ppf(0.975, len(means) - 1) * means.std(ddof=1) / np.sqrt(len(means))
        axes.hlines(place, means.mean() - reach, means.mean() + reach, color=PREDICTED, lw=2.4)
        axes.plot(means.mean(), place, "D", color=PREDICTED, ms=5.5, zorder=4)
    axes.axvline(0, color=COLOURS["muted"], lw=0.8)
    axes.set_yticks(range(len(fields)), list(reversed(fields)))
    axes.set_ylim(-0.6, len(fields) - 0.4)
    figure.title(axes, "posterior means of people; diamond: their mean with 95 % interval (t)")
    return figure.to_svg(drawing, name, f"Parameters of {len(posteriors)} people.")


def shrunk(own: Sequence[Posterior], after: Sequence[Posterior], fields: Sequence[str]) -> Html:
    """
    Draw how the group moves the parameters of its people.

    Parameters
    ----------
    own, after : sequence of Posterior
        People's own fits, and the same in the light of the group.
    fields : sequence of str
        Parameters.

    Returns
    -------
    Html
        The picture.
    """
    drawing, (axes,) = figure.row(1, 0.9 + 0.36 * len(fields), left=1.9)
    for place, field in enumerate(reversed(fields)):
        low = np.array([each.mean[each.names.index(field)] for each in own])
        high = np.array([each.mean[each.names.index(field)] for each in after])
        for alone, together in zip(low, high, strict=True):
            axes.plot(
                [alone, together], [place + 0.17, place - 0.17], color=COLOURS["line"], lw=0.8
            )
        axes.plot(
            low, np.full(len(low), place + 0.17), "o", color=COLOURS["other"], ms=3, alpha=0.7
        )
        axes.plot(high, np.full(len(high), place - 0.17), "o", color=PREDICTED, ms=3, alpha=0.9)
    axes.axvline(0, color=COLOURS["muted"], lw=0.8)
    axes.set_yticks(range(len(fields)), list(reversed(fields)))
    axes.set_ylim(-0.6, len(fields) - 0.4)
    figure.title(axes, "people alone (above) and in the light of the group (below)")
    return figure.to_svg(drawing, "shrunk", f"Parameters of {len(own)} people before and after.")
