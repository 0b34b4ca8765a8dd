"""Events with quantities as a GLM of nilearn takes them: kinds of events, modulators of the mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from empatune.behaviour.bridges.events import TYPE
from empatune.errors import BehaviourError
from empatune.typing import FloatArray

if TYPE_CHECKING:
    import pandas as pd

MISSED = "_missed"
"""What is appended to the type of events of trials without a response."""

SMALLEST = 1e-9
"""A standard deviation below this is none."""


def modulated(
    events: pd.DataFrame,
    quantities: Sequence[str],
    *,
    by_type: bool = False,
    standardised: bool = False,
) -> pd.DataFrame:
    """
    Turn quantities of one run's events into parametric modulators.

    Each event stays what it is, with a modulation of 1; each quantity is there a second time as
    events ``quantity`` whose modulation is the quantity less its mean in the run. The first then
    estimates the mean response and the second how it follows the quantity. Modulators are not
    orthogonalised: what several share goes to none.

    Parameters
    ----------
    events : pandas.DataFrame
        Events of a run with ``onset`` and ``duration`` [s], and quantities.
    quantities : sequence of str
        Their columns.
    by_type : bool
        Whether each type of events has modulators of its own, named ``type_quantity`` and centred
        within the type.
    standardised : bool
        Whether modulators are divided by their standard deviation in the run, so that an effect is
        one of a standard deviation, not of a unit.

    Returns
    -------
    pandas.DataFrame
        Columns ``onset``, ``duration``, ``trial_type``, ``modulation``, for
        ``nilearn.glm.first_level.make_first_level_design_matrix``. Trials without a response are a
        type of their own, ``type_missed``.

    Raises
    ------
    BehaviourError
        If a quantity is not there, or never varies.
    """
    import pandas as pd

    absent = [name for name in quantities if name not in events]
    if absent or not quantities:
        raise BehaviourError(
            f"The events have no quantity {', '.join(absent) or '(none named)'}; they have: "
            f"{', '.join(map(str, events.columns))}."
        )
    types = events[TYPE].astype(str) if TYPE in events else pd.Series("trial", events.index)
    plain = events[["onset", "duration"]].astype(float).assign(**{TYPE: types, "modulation": 1.0})
    known = events[list(quantities)].notna()
    lacking = types.isin(types[known.any(axis=1)]) & ~known.any(axis=1)
    parts = [plain.assign(**{TYPE: types.where(~lacking, types + MISSED)})]
    for name in quantities:
        groups = sorted(set(types[known[name]])) if by_type else [""]
        for group in groups:
            rows = known[name] & (types == group) if by_type else known[name]
            label = f"{group}_{name}" if by_type else name
            values = _centred(events.loc[rows, name], label, standardised=standardised)
            parts.append(plain[rows].assign(**{TYPE: label, "modulation": values}))
    return pd.concat(parts).sort_values("onset", kind="stable", ignore_index=True)


def _centred(quantity: pd.Series, label: str, *, standardised: bool) -> FloatArray:
    """Take the mean off a quantity."""
    values: FloatArray = quantity.to_numpy(float)
    centred = values - values.mean() if len(values) else values
    spread = float(np.std(centred)) if len(values) else 0.0
    if spread < SMALLEST:
        raise BehaviourError(
            f"{label} does not vary over {len(values)} events of this run, so it modulates "
            f"nothing. Leave it out of this run's model."
        )
    return centred / spread if standardised else centred
