"""Posterior samples as ArviZ has them, with names of people, parameters and regressors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from empatune.behaviour.fitting.posterior import People
from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.parameters import to_values
from empatune.numerics.posterior_draws import arviz
from empatune.typing import FloatArray

STATISTICS = ("diverging", "energy", "acceptance_rate", "n_steps", "step_size")
"""What is kept of each step of the sampler."""


def draws_of(first: Fit, course: Mapping[str, Any], people: People, scores: FloatArray) -> Any:
    """
    Put posterior samples into an ArviZ InferenceData.

    Parameters
    ----------
    first : Fit
        Whose model, trials and group they are.
    course : mapping of str to array, shape (n_chains, n_draws, ...)
        ``position`` and the statistics of the sampler.
    people : People
        People of each draw, shape (n_chains, n_draws, ...) each.
    scores : ndarray, shape (n_chains, n_draws, n_people, n_trials)
        Log probability of each response.

    Returns
    -------
    arviz.InferenceData
        ``posterior``: ``coefficients`` (regressor, parameter), ``spread`` (parameter), ``scaled``
        (participant, parameter) on the scale of estimation, ``typical`` (parameter) and ``value``
        (participant, parameter) in the parameters' own units, and ``correlation`` (parameter,
        other) where parameters may correlate; ``log_likelihood``: ``response``, one for each
        answered trial, with the participant and the row of the table it stood in; and
        ``sample_stats`` and ``observed_data``.
    """
    answered = first.trials.answered
    data = arviz.from_dict(
        posterior=_posterior(first, course["position"], people),
        log_likelihood={"response": scores[:, :, answered]},
        sample_stats={name: course[name] for name in STATISTICS},
        observed_data={
            name: first.trials.columns[name][answered] for name in first.model.response.names
        },
        dims=_DIMS | {name: ["observation"] for name in first.model.response.names},
        coords={
            "parameter": list(first.model.names),
            "other": list(first.model.names),
            "regressor": list(first.group.regressors) if first.group else ["mean"],
            "participant": list(first.people),
        },
    )
    who = np.repeat(np.array(first.people), answered.sum(axis=1))
    places = {
        "person": ("observation", who),
        "row": ("observation", first.trials.rows[answered]),
    }
    data.map(lambda group: group.assign_coords(places), groups=["log_likelihood"], inplace=True)
    return data


_DIMS = {
    "coefficients": ["regressor", "parameter"],
    "spread": ["parameter"],
    "typical": ["parameter"],
    "scaled": ["participant", "parameter"],
    "value": ["participant", "parameter"],
    "correlation": ["parameter", "other"],
    "response": ["observation"],
}


def _posterior(first: Fit, position: Mapping[str, Any], people: People) -> dict[str, FloatArray]:
    """Give everything that has a posterior."""
    covariance = people.root @ np.swapaxes(people.root, -1, -2)
    spread = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    given = {
        "coefficients": np.asarray(position["coefficients"]),
        "spread": spread,
        "typical": _in_units(first, position["coefficients"][..., 0, :]),
        "scaled": people.scaled,
        "value": _in_units(first, people.scaled),
    }
    if "angles" in position:
        given["correlation"] = covariance / (spread[..., :, None] * spread[..., None, :])
    return given


def _in_units(first: Fit, scaled: Any) -> FloatArray:
    """Turn numbers on the scale of estimation into parameters' own units, in their order."""
    values = to_values(scaled, first.model.parameters)
    return np.stack([np.asarray(values[name]) for name in first.model.names], axis=-1)
