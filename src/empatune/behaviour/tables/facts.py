"""What a program or a reader should know about a fit beside its tables."""

from __future__ import annotations

import math
from importlib.metadata import PackageNotFoundError, version

from empatune import __version__
from empatune.behaviour.fitting.record import Fit
from empatune.typing import JsonObject, JsonValue

METHODS = {
    "ml": "maximum likelihood",
    "map": "maximum a posteriori",
    "eb": "empirical Bayes",
    "nuts": "full sampling (NUTS)",
}
"""Methods in words."""

_PACKAGES = ("numpy", "pandas", "jax", "numpyro", "arviz")


def facts_of(fit: Fit) -> JsonObject:
    """
    Give what a program or a reader should know about a fit.

    Parameters
    ----------
    fit : Fit
        What was found.

    Returns
    -------
    dict
        Model, method, counts, likelihood and evidence, cautions, who could not be fitted, versions.
    """
    evidence = float(fit.log_evidence.sum())
    unfitted: list[JsonValue] = [
        {"participant": one.participant, "reason": one.reason} for one in fit.unfitted
    ]
    parameters: list[JsonValue] = list(fit.model.names)
    return {
        "model": fit.model.name,
        "summary": fit.model.summary,
        "doi": fit.model.doi,
        "equations": fit.model.equations,
        "parameters": parameters,
        "method": fit.method,
        "n_people": len(fit.people),
        "n_trials": int(fit.trials.n_answered.sum()),
        "n_missed": int(fit.trials.n_missed.sum()),
        "log_likelihood": float(fit.log_likelihood.sum()),
        "log_evidence": evidence if math.isfinite(evidence) else None,
        "n_converged": int(fit.converged.sum()),
        "cautions": list(fit.cautions),
        "unfitted": unfitted,
        "versions": versions(),
    }


def versions() -> JsonObject:
    """
    Give versions of what computed.

    Returns
    -------
    dict
        Version by name of the package; null where it is not installed.
    """
    found: JsonObject = {"empatune": __version__}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def notes_of(fit: Fit) -> JsonObject:
    """
    Say of which fit a table is.

    Parameters
    ----------
    fit : Fit
        What was found.

    Returns
    -------
    dict
        Model, method, and what wrote it.
    """
    return {
        "Model": fit.model.name,
        "Method": METHODS[fit.method],
        "GeneratedBy": [{"Name": "empatune", "Version": __version__}],
    }
