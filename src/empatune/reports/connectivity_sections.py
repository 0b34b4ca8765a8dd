"""Sections of pages about fits of networks: diagrams, numbers, convergence, methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from empatune import __version__
from empatune.connectivity.network import Network
from empatune.connectivity.posterior import Posterior
from empatune.connectivity.series import Series
from empatune.exports.statistics import Estimate
from empatune.reports import connectivity_brain, connectivity_pictures
from empatune.reports.connectivity_links import diagrams_of_fit, in_hertz
from empatune.reports.connectivity_paths import paths
from empatune.reports.figure import COLOURS
from empatune.reports.markup import Html, join, number, paragraph, table, tag

if TYPE_CHECKING:
    from empatune.connectivity.dcm.fit import Fit

Places = Mapping[str, tuple[float, float, float]]
"""Where regions lie in MNI space [mm]."""

STOPS = {
    "converged": "settled",
    "iteration limit": "stopped at the limit of iterations",
    "unstable": "left the stable range",
}
"""Why a start ended, in plain words."""

READING = (
    "An arrow from one region to another says how fast activity of the first changes the second "
    "[Hz], with its 95 % interval below. It is the model's account of these signals, among the "
    "networks that were tried: not a fibre, and not the only account that is possible."
)
"""How path diagrams are to be read."""

NEAR = 1.0
"""Starts this close reached the same end [nats]."""

_COURSE = ("how it ended", "points tried", "worse than before", "starts at the best")
_REACH = 1.959963984540054


def connections(posterior: Posterior, network: Network, name: str, places: Places) -> Html:
    """
    Show connections: path diagrams, and at their place in the brain.

    Parameters
    ----------
    posterior : Posterior
        Parameters of a fit, or of a group's average.
    network : Network
        Its network.
    name : str
        A short name that nothing else on the page has.
    places : mapping of str to tuple of float
        Where regions lie; no brain is drawn where one is missing [mm].

    Returns
    -------
    Html
        The section's content.
    """
    diagrams = diagrams_of_fit(posterior, network)
    parts: list[object] = [
        paragraph(READING),
        tag("div", paths(diagrams, network.regions, f"{name}-paths"), class_="card scroll"),
    ]
    if all(region in places for region in network.regions):
        chosen = [diagrams[0], *diagrams[2::2]] if len(diagrams) > 1 else list(diagrams)
        parts.append(tag("div", connectivity_brain.on_brain(chosen[:2], places), class_="card"))
    return join(*parts)


def numbers(posterior: Posterior) -> Html:
    """
    Give every estimated parameter with its interval and prior.

    Parameters
    ----------
    posterior : Posterior
        Parameters of a fit.

    Returns
    -------
    Html
        A table that opens.
    """
    rows = []
    prior_sd = np.sqrt(np.diag(posterior.prior_covariance))
    for place in posterior.places():
        mean, sd = float(posterior.mean[place]), float(posterior.sd[place])
        rows.append(
            (
                posterior.names[place],
                Estimate(value=mean, low=mean - _REACH * sd, high=mean + _REACH * sd, n=0),
                f"{number(float(posterior.prior_mean[place]))} ± {number(float(prior_sd[place]))}",
                float(posterior.sign_probability[place]),
            )
        )
    own = "self-inhibition" if in_hertz(posterior) else "log of its self-inhibition over 0.5 Hz"
    shown = table(
        ("parameter", "mean [95 % interval]", "prior mean ± SD", "P of its sign"),
        rows,
        caption=f"A: connection [Hz] (with itself: {own}); B: its "
        "change by an input; C: drive [Hz/16]; transit, decay, epsilon: log scales of the blood "
        "response",
    )
    return tag("details", tag("summary", "In numbers"), shown)


def forest(posterior: Posterior, name: str) -> Html:
    """
    Draw connections, modulations and drives with their intervals.

    Parameters
    ----------
    posterior : Posterior
        Parameters of a fit.
    name : str
        A short name that nothing else on the page has.

    Returns
    -------
    Html
        The picture.
    """
    rows: dict[str, list[tuple[str, float, float, str]]] = {}
    kinds = {"A": ("connections [Hz]", "other"), "B": ("changes by inputs [Hz]", "concern"),
             "C": ("drives [Hz/16]", "care")}  # fmt: skip
    for place in posterior.places():
        parameter = posterior.names[place]
        kind = kinds.get(parameter[0]) if parameter[1] in " [" else None
        words = parameter.split(" ", 1)[-1]
        if kind is None or (parameter[0] == "A" and len(set(words.split("<-"))) == 1):
            continue
        entry = (words, float(posterior.mean[place]), float(posterior.sd[place]), COLOURS[kind[1]])
        rows.setdefault(kind[0], []).append(entry)
    return connectivity_pictures.parameters(rows, name)


def signals(fit: Fit, name: str, series: Series | None) -> Html:
    """
    Show measured and predicted signals.

    Parameters
    ----------
    fit : Fit
        The fit.
    name : str
        A short name that nothing else on the page has.
    series : Series or None
        The recording, for its inputs.

    Returns
    -------
    Html
        The picture in its card.
    """
    return tag("div", connectivity_pictures.signals(fit, name, series=series), class_="card")


def convergence(fit: Fit) -> Html:
    """
    Tell how every start of a fit went.

    Parameters
    ----------
    fit : Fit
        The fit.

    Returns
    -------
    Html
        The table.
    """
    rows = [
        (
            f"{place + 1}" + (" (taken)" if place == fit.chosen else ""),
            STOPS[ascent.stop],
            ascent.iterations,
            ascent.rejected,
            float(ascent.free_energy),
            float(fit.free_energy - ascent.free_energy),
        )
        for place, ascent in enumerate(fit.ascents)
    ]
    headers = ("start", *_COURSE[:-1], "free energy [nats]", "below the best [nats]")
    return table(headers, rows, caption=f"Explained: {_share(fit)} % of the variance of a region")


def convergences(fits: Sequence[tuple[tuple[str, ...], Fit]], headers: Sequence[str]) -> Html:
    """
    Tell how each of many fits came about; those with remarks first.

    Parameters
    ----------
    fits : sequence of (labels, Fit)
        Fits with what tells them apart.
    headers : sequence of str
        Heads of the columns of labels.

    Returns
    -------
    Html
        The table.
    """
    rows = [
        (
            *labels,
            STOPS[fit.ascent.stop],
            fit.ascent.iterations,
            fit.ascent.rejected,
            f"{_n_agreeing(fit)} of {len(fit.ascents)}",
            float(fit.free_energy),
            _share(fit),
            "; ".join(doubts(fit)) or None,
        )
        for labels, fit in sorted(fits, key=lambda each: not doubts(each[1]))
    ]
    head = (*headers, *_COURSE, "free energy [nats]", "explained [%]", "remarks")
    caption = (
        f"Starts at the best: how many starts came within {NEAR:g} nats of it. Explained: share of "
        "variance, worst to best region"
    )
    return table(head, rows, caption=caption)


def doubts(fit: Fit) -> tuple[str, ...]:
    """
    Say what a reader should know before believing a fit.

    Parameters
    ----------
    fit : Fit
        The fit.

    Returns
    -------
    tuple of str
        Its remarks, regions that are predicted worse than by nothing, starts that disagree.
    """
    pairs = zip(fit.network.regions, fit.explained, strict=True)
    worse = [region for region, share in pairs if share < 0]
    said = list(fit.remarks)
    if worse:
        said.append(f"predicts {', '.join(worse)} worse than a flat line: try more starts")
    if len(fit.ascents) > 1 and _n_agreeing(fit) == 1:
        said.append("no two starts reached the same end: try more")
    return tuple(said)


def methods(*extra: str, linear: bool = False) -> Html:
    """
    Say how it was done, for a methods section.

    Parameters
    ----------
    *extra : str
        What this page adds.
    linear : bool
        Whether networks were fitted by regression DCM.

    Returns
    -------
    Html
        The section's content.
    """
    regression = (
        "Networks are linear and were fitted in the frequency domain by regression DCM (Frässle et "
        "al. 2017, doi:10.1016/j.neuroimage.2017.02.090) with a canonical blood response; the free "
        "energy bounds the log evidence. "
    )
    bilinear = (
        "Networks are dynamic causal models for fMRI (bilinear neuronal equations, balloon model "
        "of the blood, priors of SPM12), inverted by variational Laplace; the free energy bounds "
        "the log evidence. "
    )
    text = (regression if linear else bilinear) + (
        "Intervals are posterior intervals of 95 % (mean ± 1.96 SD). A connection "
        "is drawn pale where its interval holds 0. Variance explained leaves out what confounds "
        "alone explain. Evidence compares networks for the same signals; a difference of 3 nats is "
        "a ratio of about 20. "
    )
    cited = (
        "Friston, Harrison & Penny 2003, doi:10.1016/S1053-8119(03)00202-7",
        "Friston et al. 2007, doi:10.1016/j.neuroimage.2006.08.035",
        "Stephan et al. 2009, doi:10.1016/j.neuroimage.2009.03.025",
        "Rigoux et al. 2014, doi:10.1016/j.neuroimage.2013.08.065",
        "Friston et al. 2016, doi:10.1016/j.neuroimage.2015.11.015",
    )
    return join(
        paragraph(text, " ".join(extra)),
        paragraph("; ".join(cited), f". empatune {__version__}.", note=True),
    )


def _n_agreeing(fit: Fit) -> int:
    return sum(fit.free_energy - ascent.free_energy < NEAR for ascent in fit.ascents)


def _share(fit: Fit) -> str:
    low, high = 100 * float(fit.explained.min()), 100 * float(fit.explained.max())
    return f"{number(low, 0)} to {number(high, 0)}"
