"""The section on chains: whether posterior samples can be believed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from empatune.behaviour.fitting.convergence import FEWEST, LARGEST_R_HAT
from empatune.behaviour.fitting.record import Fit
from empatune.numerics.posterior_draws import arviz
from empatune.reports import behaviour_chain_pictures as pictures
from empatune.reports.behaviour_panels import card
from empatune.reports.behaviour_sections import shown_interval
from empatune.reports.behaviour_words import counted
from empatune.reports.markup import Html, join, number, paragraph, table, tag
from empatune.typing import FloatArray

DRAWN = 3
"""Quantities of the group whose chains are drawn: those that settled worst."""

SHOWN = 12
"""Rows of the table that are shown without a click."""


class Told(NamedTuple):
    """How well the chains tell one quantity of the group."""

    words: str
    draws: FloatArray
    bulk: float
    tail: float
    r_hat: float


def chains_section(fit: Fit) -> Html:
    """
    Show where chains went and how many independent draws they are worth.

    Parameters
    ----------
    fit : Fit
        A fit with posterior samples.

    Returns
    -------
    Html
        Picture, words, numbers.
    """
    told = list(_told(fit))
    worst = sorted(told, key=lambda one: one.bulk)[:DRAWN]
    diverging = fit.draws.sample_stats["diverging"].values.astype(bool)
    n_chains, n_draws = diverging.shape
    rows = [
        (one.words, _summed(one.draws), f"{one.bulk:.0f}", f"{one.tail:.0f}", number(one.r_hat, 3))
        for one in told
    ]
    head = ("of the group", "mean [95 %]", "bulk ESS", "tail ESS", "R-hat")
    first, more = rows[:SHOWN], rows[SHOWN:]
    drawn = pictures.chains([(one.words, one.draws, one.bulk) for one in worst], diverging)
    return join(
        card(drawn),
        paragraph(
            f"{counted(n_chains, 'chain')} of {counted(n_draws, 'draw')}; of all of them "
            f"{int(diverging.sum())} diverged. Drawn are the numbers of the group that settled "
            "worst, on the scale of estimation. Chains that lie upon one another, without steps or "
            "drifts, and ranks within the grey band (what chance gives) speak for believing them.",
            note=True,
        ),
        table(head, first, caption=f"Independent draws (ESS) should be {FEWEST} at least, R-hat at "
              f"most {LARGEST_R_HAT}"),
        tag("details", tag("summary", f"{len(more)} more"), table(head, more)) if more else "",
    )  # fmt: skip


def _told(fit: Fit) -> Iterator[Told]:
    """Sum up the chains of every number of the group."""
    posterior = fit.draws.posterior
    names = ["coefficients", "spread"]
    bulk = arviz.ess(posterior, var_names=names)
    tail = arviz.ess(posterior, var_names=names, method="tail")
    r_hat = arviz.rhat(posterior, var_names=names)
    for parameter in fit.model.names:
        for regressor in posterior["regressor"].values:
            what = "mean of" if regressor == "mean" else f"{regressor} on"
            where = {"parameter": parameter, "regressor": regressor}
            yield Told(
                f"{what} {parameter}",
                posterior["coefficients"].sel(where).values,
                *(float(one["coefficients"].sel(where)) for one in (bulk, tail, r_hat)),
            )
        where = {"parameter": parameter}
        yield Told(
            f"spread of {parameter}",
            posterior["spread"].sel(where).values,
            *(float(one["spread"].sel(where)) for one in (bulk, tail, r_hat)),
        )


def _summed(draws: FloatArray) -> str:
    """Give the mean of draws with the ends of 95 %."""
    low, high = np.quantile(draws, (0.025, 0.975))
    return shown_interval(float(draws.mean()), float(low), float(high))
