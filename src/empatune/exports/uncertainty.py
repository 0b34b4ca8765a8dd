"""Standard errors on the scale on which responses are compared."""

from __future__ import annotations

import numpy as np

from empatune.exports.blocks import baseline_conditions, settled
from empatune.exports.history import SessionHistory
from empatune.realtime.messages import Response
from empatune.typing import FloatArray


def standard_errors(history: SessionHistory, group: str, name: str) -> FloatArray:
    """Bring the standard errors of a response to the scale of its z.

    A z divides by the spread of the baseline volumes before it, which the record does not
    repeat: it is gone through again here, by the loop's own rule.

    Parameters
    ----------
    history : SessionHistory
        The session.
    group : {"signatures", "systems"}
        Where the response belongs.
    name : str
        Its name.

    Returns
    -------
    ndarray, shape (n_volumes,)
        Standard errors [baseline SD]; NaN where there is no z.
    """
    baseline = baseline_conditions(history)
    errors = np.full(len(history.volumes), np.nan)
    seen: list[float] = []
    for volume in history.volumes:
        if volume.decoded is None:
            continue
        responses: dict[str, Response] = getattr(volume.decoded, group)
        response = responses.get(name)
        if response is None:
            continue
        spread = float(np.std(seen, ddof=1)) if len(seen) > 1 else 0.0
        if response.z != 0 and spread > 0:
            errors[volume.index] = response.standard_error / spread
        if volume.usable and volume.condition in baseline and settled(history, volume):
            seen.append(response.cleaned)
    return errors
