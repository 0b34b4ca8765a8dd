"""How well a fitted model says each response beforehand, knowing the trials before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.quantities import quantities_of
from empatune.typing import FloatArray

if TYPE_CHECKING:
    import pandas as pd


def accuracy(fit: Fit) -> pd.DataFrame:
    """
    Say how well each person's responses are said one step ahead, at the estimates.

    Parameters
    ----------
    fit : Fit
        A fit.

    Returns
    -------
    pandas.DataFrame
        A row a person, then ``all``: ``n_trials``; ``log_probability``, the mean of a response
        [nats]; and for choices between two ``probability``, its mean, ``hits``, the share of
        choices that were the likelier one (half where both were alike), and ``pseudo_r2``,
        McFadden's: 0 for guessing, 1 for certainty.
    """
    import pandas as pd

    scored = quantities_of(fit.model, fit.values, fit.trials)["log_probability"]
    choices = fit.model.response.names == ("choice",)
    rows = [
        {"participant": person, **_told(own[~np.isnan(own)], choices=choices)}
        for person, own in zip(fit.people, scored, strict=True)
    ]
    rows.append({"participant": "all", **_told(scored[~np.isnan(scored)], choices=choices)})
    return pd.DataFrame(rows)


def _told(scored: FloatArray, *, choices: bool) -> dict[str, float | int]:
    """Sum up log probabilities of responses."""
    told: dict[str, float | int] = {
        "n_trials": scored.size,
        "log_probability": float(scored.mean()),
    }
    if choices:
        probability = np.exp(scored)
        ahead = np.where(np.abs(probability - 0.5) < 1e-9, 0.5, probability > 0.5)
        told |= {
            "probability": float(probability.mean()),
            "hits": float(ahead.mean()),
            "pseudo_r2": float(1 + scored.mean() / np.log(2)),
        }
    return told
