"""Pictures of chains: where each went, and whether all went to the same places alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from scipy.stats import rankdata

from empatune.behaviour.fitting.convergence import FEWEST
from empatune.reports import figure
from empatune.reports.behaviour_panels import grid
from empatune.reports.figure import COLOURS
from empatune.reports.markup import Html
from empatune.typing import BoolArray, FloatArray

CHAINS = tuple(COLOURS[one] for one in ("mentalizing", "care", "sharing", "concern", "other"))
"""Colours of chains; further ones begin anew."""

N_BINS = 15
"""Bins of ranks."""

_MOST_POINTS = 1000
"""Draws of a chain that are drawn; of more every second, third and so on."""


def chains(
    shown: Sequence[tuple[str, FloatArray, float]], diverging: BoolArray, name: str = "chains"
) -> Html:
    """
    Draw the course of chains beside the ranks of their draws, a row a quantity.

    Parameters
    ----------
    shown : sequence of (str, ndarray of shape (n_chains, n_draws), float)
        What each quantity is, its draws, and how many independent draws they are worth.
    diverging : ndarray of bool, shape (n_chains, n_draws)
        Which draws diverged.
    name : str
        A short name that no other figure of the page has.

    Returns
    -------
    Html
        The picture.
    """
    drawing, axes = grid(2 * len(shown), 2, 1.5)
    gaps = axes[0].get_gridspec()
    gaps.set_width_ratios([2.2, 1])  # type: ignore[union-attr]
    drawing.subplots_adjust(wspace=0.16, hspace=0.42)
    for row, (words, draws, effective) in enumerate(shown):
        trace, ranks = axes[2 * row : 2 * row + 2]
        _trace(trace, draws, diverging)
        _ranks(ranks, draws, effective)
        figure.title(trace, words)
        for axis in (trace, ranks):
            axis.tick_params(labelbottom=row == len(shown) - 1)
        if row == 0:
            figure.title(ranks, "ranks of draws")
    axes[-2].set_xlabel("draw after warming up", labelpad=1)
    axes[-1].set_xlabel("rank among draws of all chains", labelpad=1)
    described = "Traces of chains, and histograms of the ranks of their draws."
    return figure.to_svg(drawing, name, described)


def _trace(axis: Axes, draws: FloatArray, diverging: BoolArray) -> None:
    """Draw where each chain went."""
    n_draws = draws.shape[1]
    places = np.arange(0, n_draws, -(-n_draws // _MOST_POINTS))
    for chain, own in enumerate(draws):
        shade = CHAINS[chain % len(CHAINS)]
        axis.plot(places, own[places], color=shade, linewidth=0.6, alpha=0.8)
    low, high = axis.get_ylim()
    away = np.flatnonzero(diverging.any(axis=0))
    axis.plot(away, np.full(len(away), low), "|", color=COLOURS["bad"], markersize=7)
    axis.set_xlim(0, n_draws)
    axis.set_ylim(low, high)


def _ranks(axis: Axes, draws: FloatArray, effective: float) -> None:
    """Draw how often each chain has low, middle and high ranks, with the band of chance."""
    n_chains, n_draws = draws.shape
    ranks = rankdata(draws, method="ordinal").reshape(draws.shape)
    edges = np.linspace(0.5, draws.size + 0.5, N_BINS + 1)
    share = 1 / N_BINS
    # as many independent draws as these are worth would scatter so; too few must not widen the band
    worth = min(max(effective, FEWEST) / n_chains, n_draws)
    reach = 1.96 * n_draws * np.sqrt(share * (1 - share) / worth)
    expected = n_draws * share
    axis.axhspan(expected - reach, expected + reach, color=COLOURS["line"], alpha=0.4, linewidth=0)
    axis.axhline(expected, color=COLOURS["muted"], linewidth=0.8)
    for chain, own in enumerate(ranks):
        counts = np.histogram(own, edges)[0]
        axis.stairs(counts, edges, color=CHAINS[chain % len(CHAINS)], linewidth=1.3, baseline=None)
    axis.set_xlim(edges[0], edges[-1])
    axis.set_ylim(0, 1.15 * axis.get_ylim()[1])
