"""Words about fitted models of behaviour: what was done, and how to cite it."""

from __future__ import annotations

from empatune import __version__
from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.model import Model
from empatune.behaviour.wording import counted

__all__ = ["NAMES", "citations", "counted", "how_fitted"]

NAMES = {
    "integrated-bic": "integrated BIC",
    "laplace": "Laplace evidence",
    "bic": "BIC",
    "aic": "AIC",
    "loo": "PSIS-LOO",
    "waic": "WAIC",
}
"""Criteria as people call them."""

_HOW = {
    "ml": (
        "Each person was fitted alone by maximum likelihood: the parameters under which that "
        "person's responses are most probable. Nothing holds back what few trials cannot tell, so "
        "estimates may run to their bounds."
    ),
    "map": (
        "Each person was fitted alone by maximum a posteriori: the most probable parameters given "
        "the person's responses and the model's own priors, which were chosen before any data."
    ),
    "eb": (
        "People and their group were fitted together by empirical Bayes: each person's parameters "
        "are normal around the group's on the scale of estimation, each person's posterior is taken "
        "as normal at its mode, and the group is the one under which all trials are most probable. "
        "Who has few or noisy trials is drawn towards the group."
    ),
    "nuts": (
        "People and their group were sampled together (NUTS): the full posterior of everybody's "
        "parameters and of the group's, given all trials and weak priors on the group. Estimates are "
        "posterior means, intervals posterior ones."
    ),
}

_CITED = {
    "ml": (),
    "map": (),
    "eb": ("Huys et al. 2011, doi:10.1371/journal.pcbi.1002028 (empirical Bayes)",),
    "nuts": (
        "Hoffman & Gelman 2014, Journal of Machine Learning Research 15:1593-1623 (NUTS)",
        "Phan, Pradhan & Jankowiak 2019, arXiv:1912.11554 (NumPyro)",
        "Kumar et al. 2019, doi:10.21105/joss.01143 (ArviZ)",
    ),
}


def how_fitted(fit: Fit) -> str:
    """
    Say how a model was fitted.

    Parameters
    ----------
    fit : Fit
        What was found.

    Returns
    -------
    str
        Sentences for a methods section.
    """
    scales = (
        "Parameters with two bounds were estimated on a logistic scale, those with a lower bound on "
        "a logarithmic one."
    )
    said = [_HOW[fit.method], scales]
    if fit.group is not None and len(fit.group.regressors) > 1:
        said.append(
            "Covariates shift the parameters' means on that scale; numbers were standardised, labels "
            "coded against the first in the alphabet, so that the mean is that of all."
        )
    return " ".join(said)


def citations(models: list[Model], method: str) -> list[str]:
    """
    Give what should be cited.

    Parameters
    ----------
    models : list of Model
        The models.
    method : str
        How they were fitted.

    Returns
    -------
    list of str
        Models' sources, methods, software.
    """
    sources: dict[str, list[str]] = {}
    for one in models:
        if one.doi:
            sources.setdefault(one.doi, []).append(one.name)
    cited = [f"{', '.join(names)}: https://doi.org/{doi}" for doi, names in sources.items()]
    return [*cited, *_CITED[method], f"empatune {__version__}"]
