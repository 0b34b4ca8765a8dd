"""One way in: fit a model by any method."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

from empatune.behaviour.fitting.credibility import doubts
from empatune.behaviour.fitting.design import Design
from empatune.behaviour.fitting.hierarchy import fit_group
from empatune.behaviour.fitting.point import fit_each
from empatune.behaviour.fitting.record import Fit, Method, Progress, Unfitted
from empatune.behaviour.fitting.screening import screen
from empatune.behaviour.model import Model
from empatune.behaviour.trials import Trials
from empatune.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FitSettings:
    """How a model is fitted.

    Attributes
    ----------
    design : Design or None
        Covariates of people (eb, nuts).
    correlated : bool
        Whether parameters may correlate over people (eb, nuts).
    n_starts : int or None
        Starts of the search (ml, map, eb); as many as suit the method if None.
    n_chains, n_warmup, n_draws : int
        Chains, and iterations of each (nuts).
    seed : int
        Seed of starts and samples.
    """

    design: Design | None = None
    correlated: bool = False
    n_starts: int | None = None
    n_chains: int = 2
    n_warmup: int = 500
    n_draws: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse counts that cannot be."""
        for name in ("n_starts", "n_chains", "n_warmup", "n_draws"):
            given = getattr(self, name)
            if given is not None and given < 1:
                raise UsageError(f"{name} must be at least 1, not {given}.")


def fit(
    model: Model,
    trials: Trials,
    *,
    method: Method = "eb",
    settings: FitSettings | None = None,
    progress: Progress | None = None,
) -> Fit:
    """
    Fit a model to trials.

    Parameters
    ----------
    model : Model
        The model.
    trials : Trials
        The trials.
    method : {'ml', 'map', 'eb', 'nuts'}
        Maximum likelihood, maximum a posteriori under the model's own priors, empirical Bayes, or
        full sampling of people and group.
    settings : FitSettings, optional
        The rest.
    progress : callable, optional
        Told in a few words what begins: `n_parts` times.

    Returns
    -------
    Fit
        What was found.

    Raises
    ------
    UsageError
        If there is no such method, or it knows no covariates.
    BehaviourError
        If trials or covariates cannot be fitted by it.
    """
    asked = settings or FitSettings()
    if method not in get_args(Method):
        raise UsageError(f"Method must be one of {', '.join(get_args(Method))}, not '{method}'.")
    if method in ("ml", "map") and (asked.design is not None or asked.correlated):
        raise UsageError(
            f"Method {method} fits each person alone, so covariates and correlations have no "
            f"place in it. Take eb or nuts."
        )
    described, undescribed = _described(model, trials, method, asked.design)
    found = _fitted(model, described, method, asked, progress)
    first, then = doubts(found)
    return replace(
        found,
        unfitted=(*found.unfitted, *undescribed),
        cautions=(*first, *found.cautions, *then),
    )


def _described(
    model: Model, trials: Trials, method: Method, design: Design | None
) -> tuple[Trials, tuple[Unfitted, ...]]:
    """Set those aside whose trials could be fitted, but whose covariates are not known."""
    if design is None:
        return trials, ()
    people = screen(trials, model, method)[0].people
    unknown = set(people) - set(design.people)
    if len(unknown) == len(people):
        design.rows_of(people)  # says what is the matter
    kept = [place for place, one in enumerate(trials.people) if one not in unknown]
    return trials.take(kept), tuple(
        Unfitted(
            participant=person,
            reason="no complete covariates; add them to the table of people, or fit without",
        )
        for person in people
        if person in unknown
    )


def n_parts(method: Method) -> int:
    """
    Say in how many parts a method is told of.

    Parameters
    ----------
    method : str
        A method.

    Returns
    -------
    int
        How often ``progress`` is called.
    """
    if method != "nuts":
        return 0
    from empatune.behaviour.fitting.sampling import N_PARTS

    return N_PARTS


def _fitted(
    model: Model, trials: Trials, method: Method, asked: FitSettings, progress: Progress | None
) -> Fit:
    """Fit by the method."""
    if method in ("ml", "map"):
        n_starts = asked.n_starts or 8
        return fit_each(model, trials, method=method, n_starts=n_starts, seed=asked.seed)
    if method == "eb":
        return fit_group(
            model,
            trials,
            design=asked.design,
            correlated=asked.correlated,
            n_starts=asked.n_starts or 4,
            seed=asked.seed,
        )
    from empatune.behaviour.fitting.sampling import fit_sampled

    return fit_sampled(
        model,
        trials,
        design=asked.design,
        correlated=asked.correlated,
        n_chains=asked.n_chains,
        n_warmup=asked.n_warmup,
        n_draws=asked.n_draws,
        seed=asked.seed,
        progress=progress,
    )
