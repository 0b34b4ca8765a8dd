"""The models of behaviour by name."""

from __future__ import annotations

import difflib

from empatune.behaviour.catalogue.allocation import ALLOCATION_MODELS
from empatune.behaviour.catalogue.avoidance import AVOIDANCE_MODELS
from empatune.behaviour.catalogue.closeness import CLOSENESS_MODELS
from empatune.behaviour.catalogue.diffusion import DIFFUSION_MODELS
from empatune.behaviour.catalogue.donation import DONATION_MODELS
from empatune.behaviour.catalogue.effort import EFFORT_MODELS
from empatune.behaviour.catalogue.fear import FEAR_MODELS
from empatune.behaviour.catalogue.generalisation import GENERALISATION_MODELS
from empatune.behaviour.catalogue.learning import LEARNING_MODELS
from empatune.behaviour.catalogue.rating import RATING_MODELS
from empatune.behaviour.catalogue.selection import SELECTION_MODELS
from empatune.behaviour.catalogue.social_value import SOCIAL_VALUE_MODELS
from empatune.behaviour.catalogue.trust import TRUST_MODELS
from empatune.behaviour.model import Model
from empatune.errors import UsageError

MODELS: tuple[Model, ...] = (
    *LEARNING_MODELS,
    *CLOSENESS_MODELS,
    *GENERALISATION_MODELS,
    *FEAR_MODELS,
    *TRUST_MODELS,
    *AVOIDANCE_MODELS,
    *EFFORT_MODELS,
    *ALLOCATION_MODELS,
    *DIFFUSION_MODELS,
    *SELECTION_MODELS,
    *RATING_MODELS,
    *DONATION_MODELS,
    *SOCIAL_VALUE_MODELS,
)
"""Every model, by kind."""


def find_model(name: str) -> Model:
    """
    Find a model.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    Model
        The model.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    for model in MODELS:
        if model.name == name:
            return model
    close = difflib.get_close_matches(name, [model.name for model in MODELS], n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    raise UsageError(f"There is no model '{name}'.{hint} All of them: empatune models list.")
