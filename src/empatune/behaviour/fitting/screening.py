"""Who can be fitted: people whose trials say something of the parameters."""

from __future__ import annotations

import numpy as np

from empatune.behaviour.fitting.record import Method, Unfitted
from empatune.behaviour.model import Model
from empatune.behaviour.trials import Trials
from empatune.behaviour.wording import counted, first_of
from empatune.errors import BehaviourError


def screen(trials: Trials, model: Model, method: Method) -> tuple[Trials, tuple[Unfitted, ...]]:
    """
    Set people aside who cannot be fitted.

    Parameters
    ----------
    trials : Trials
        Trials of all.
    model : Model
        The model.
    method : str
        How it will be fitted: with a prior, one who always chose the same can be.

    Returns
    -------
    trials : Trials
        Trials of those who can be fitted.
    unfitted : tuple of Unfitted
        The others, with the reason.

    Raises
    ------
    BehaviourError
        If nobody can be fitted.
    """
    unfitted, kept = [], []
    needed = len(model.parameters) if method == "ml" else 1
    for place, person in enumerate(trials.people):
        n_answered = int(trials.n_answered[place])
        if n_answered < needed:
            unfitted.append(
                Unfitted(
                    participant=person,
                    reason=f"{counted(n_answered, 'trial')} with a response; {model.name} needs at least "
                    f"{needed} when fitted by {method}",
                )
            )
        elif _is_constant(trials, place) and method == "ml":
            unfitted.append(
                Unfitted(
                    participant=person,
                    reason="gave the same response in every trial, so that maximum likelihood "
                    "has no end; map, eb and nuts can fit them",
                )
            )
        else:
            kept.append(place)
    if not kept:
        raise BehaviourError(
            f"Nobody can be fitted with {model.name}. {unfitted[0].participant}: "
            f"{unfitted[0].reason}."
        )
    return trials.take(kept), tuple(unfitted)


def constant_cautions(trials: Trials) -> tuple[str, ...]:
    """
    Tell of people whose responses are all the same.

    Parameters
    ----------
    trials : Trials
        Trials of those who are fitted.

    Returns
    -------
    tuple of str
        A caution that names them, or none.
    """
    constant = [one for place, one in enumerate(trials.people) if _is_constant(trials, place)]
    if not constant:
        return ()
    caution = (
        f"{first_of(constant)} gave the same response always: what is estimated of them leans on "
        f"the prior."
    )
    return (caution,)


def _is_constant(trials: Trials, place: int) -> bool:
    """Tell whether a person's responses are all the same."""
    name = "choice" if "choice" in trials.columns else "rating"
    if name not in trials.columns:
        return False
    given = trials.columns[name][place][trials.answered[place]]
    return bool(np.ptp(given) == 0)
