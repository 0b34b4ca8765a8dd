"""What a model makes of each trial: values, prediction errors, how probable the response was."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from empatune.behaviour.model import Model, follow
from empatune.behaviour.trials import Trials
from empatune.numerics.differentiable import jax, jnp
from empatune.typing import FloatArray

if TYPE_CHECKING:
    import pandas as pd


@partial(jax.jit, static_argnames="model")
def _follow_all(model: Model, values: Any, trials: Any) -> Any:
    """Follow many people through their trials."""
    return jax.vmap(lambda own, trial: follow(model, own, trial))(values, trials)


def quantities_of(
    model: Model, values: Mapping[str, FloatArray], trials: Trials
) -> dict[str, FloatArray]:
    """
    Follow people through their trials.

    Parameters
    ----------
    model : Model
        The model.
    values : mapping of str to ndarray, shape (n_people,)
        Each person's parameters.
    trials : Trials
        Their trials.

    Returns
    -------
    dict of str to ndarray, shape (n_people, n_trials)
        ``log_probability`` of the response, then what the model made of the trial before it learnt
        from it; NaN where there was no response.
    """
    own = {name: jnp.asarray(values[name], float) for name in model.names}
    scored, made = _follow_all(model, own, trials.arrays())
    return {
        name: np.where(trials.answered, np.asarray(one), np.nan)
        for name, one in {"log_probability": scored, **made}.items()
    }


def trial_table(model: Model, values: Mapping[str, FloatArray], trials: Trials) -> pd.DataFrame:
    """
    Give what a model makes of each trial as a table, a row a trial.

    Parameters
    ----------
    model : Model
        The model.
    values : mapping of str to ndarray, shape (n_people,)
        Each person's parameters.
    trials : Trials
        Their trials.

    Returns
    -------
    pandas.DataFrame
        ``participant``; ``row``, the trial's place in the table that was read, from 0; and the
        quantities, empty where there was no response. Ordered by row.
    """
    import pandas as pd

    there = trials.rows >= 0
    people = np.broadcast_to(np.array(trials.people, object)[:, None], there.shape)
    made = quantities_of(model, values, trials)
    table = pd.DataFrame(
        {
            "participant": people[there],
            "row": trials.rows[there],
            **{name: one[there] for name, one in made.items()},
        }
    )
    return table.sort_values("row", ignore_index=True)
