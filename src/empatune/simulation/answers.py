"""What people tick and choose: states of the model on the scales of a paradigm's responses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from empatune.paradigms import Response
from empatune.simulation.cohort import Cohort
from empatune.typing import Array, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Which state stands for the end of a scale.

    Parameters
    ----------
    full : float
        The state that is rated with the upper end [units of the model].
    signed : bool
        True if states below 0 are as strong the other way round, so that 0 lies in the middle.
    """

    full: float
    signed: bool = False


REACHES: Mapping[str, Reach] = {
    "empathy": Reach(full=3.0),
    "care": Reach(full=3.0),
    "distress": Reach(full=1.2),
    "positive": Reach(full=2.0),
    "liking": Reach(full=1.5, signed=True),
    "closeness": Reach(full=3.0, signed=True),
    "conditioned": Reach(full=1.5),
    "donation": Reach(full=1.5),
    "points": Reach(full=1.0),
}
"""For every rating; our choice: near the strongest states in a hundred, over all paradigms."""

WORDS = ("no", "yes")
"""Options of a choice that names none."""


def answer(response: Response, states: FloatArray) -> Array:
    """Put states on the scale of a response.

    Parameters
    ----------
    response : Response
        What is asked.
    states : ndarray, shape (n_rows,)
        What is so, in the model's units; 0 and 1 for choices.

    Returns
    -------
    ndarray, shape (n_rows,)
        The option that is chosen, or the rating: clipped to the scale, and rounded to whole numbers
        on scales wider than 2, to hundredths on others.
    """
    if response.kind == "choice":
        options = np.array(response.options or WORDS, dtype=object)
        chosen: Array = options[(states > 0.5).astype(int)]
        return chosen
    reach = REACHES[response.of]
    zero = _zero(response, signed=reach.signed)
    rated = np.clip(
        zero + states / reach.full * (response.high - zero), response.low, response.high
    )
    if response.high - response.low > 2:
        whole = np.clip(np.rint(rated), np.ceil(response.low), np.floor(response.high))
        return np.asarray(whole, dtype=np.int64)
    return np.asarray(np.round(rated, 2))


def _zero(response: Response, *, signed: bool) -> float:
    """Tell where on a scale the state 0 lies."""
    if signed:
        return (response.low + response.high) / 2
    return max(response.low, 0.0) if response.high > 0 else response.low


def answers(cohort: Cohort) -> dict[str, Array]:
    """Let people answer all that a paradigm asks.

    Parameters
    ----------
    cohort : Cohort
        The people.

    Returns
    -------
    dict of str to ndarray, shape (n_rows,)
        Answers by response, a row a trial; only those in a phase that asks count.
    """
    return {
        name: answer(response, cohort.layout.gather(cohort.simulated.responses[response.of]))
        for name, response in cohort.paradigm.responses.items()
    }
