"""Models compared: the same people, the same trials, one criterion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from empatune.behaviour.comparison.criteria import Criterion, criteria_of, find_criterion
from empatune.behaviour.comparison.record import Comparison
from empatune.behaviour.fitting.record import Fit, Unfitted
from empatune.behaviour.wording import counted
from empatune.errors import BehaviourError, UsageError
from empatune.numerics.model_selection import select_random
from empatune.typing import FloatArray


def compare(
    fits: Sequence[Fit],
    *,
    criterion: str | Criterion | None = None,
    names: Sequence[str] | None = None,
    seed: int = 0,
) -> Comparison:
    """
    Compare models that were fitted to the same trials.

    Parameters
    ----------
    fits : sequence of Fit
        A fit a model, all by one method.
    criterion : str or Criterion, optional
        By what; if not given, the method's first: integrated BIC (eb, map), BIC (ml), PSIS-LOO
        (nuts).
    names : sequence of str, optional
        Names to tell the fits apart; those of the models if not given.
    seed : int
        Seed of the draws, where the criterion needs any.

    Returns
    -------
    Comparison
        What was found; people whom one model could not fit are left out of all, and named.

    Raises
    ------
    UsageError
        If there are fewer than two fits, a name is there twice, methods differ, or the criterion
        is not defined for the method.
    BehaviourError
        If fits are of different people or trials, or nobody was fitted by all models.
    """
    labels = _names(fits, names)
    asked = _criterion(fits, criterion)
    check_same(fits)
    people = [one for one in fits[0].people if all(one in fit.people for fit in fits[1:])]
    if not people:
        raise BehaviourError("Nobody was fitted by all of these models. Leave some of them out.")
    scores = [asked.score(fit, seed) for fit in fits]
    by_person = np.stack(
        [_of(score.people, fit, people) for score, fit in zip(scores, fits, strict=True)], axis=1
    )
    cautions = [caution for score in scores for caution in score.cautions]
    return Comparison(
        criterion=asked,
        models=labels,
        n_parameters=tuple(len(fit.model.parameters) for fit in fits),
        people=tuple(people),
        by_person=by_person,
        total=by_person.sum(axis=0) + np.array([score.shared for score in scores]),
        random_effects=select_random(-by_person / 2, models=labels),
        left_out=_left_out(fits, labels),
        cautions=(*cautions, *_lost(fits, labels)),
    )


def check_same(fits: Sequence[Fit]) -> None:
    """
    Refuse fits of different people or trials.

    Parameters
    ----------
    fits : sequence of Fit
        The fits.

    Raises
    ------
    BehaviourError
        If people, responses or trials differ.
    """
    first = fits[0]
    for other in fits[1:]:
        pair = f"{first.model.name} and {other.model.name}"
        if _everybody(first) != _everybody(other):
            odd = sorted(_everybody(first) ^ _everybody(other))
            raise BehaviourError(
                f"{pair} were fitted to different people ({', '.join(odd[:5])} in one of them "
                f"alone). Fit all models to the same table of trials."
            )
        if first.model.response.names != other.model.response.names:
            raise BehaviourError(
                f"{pair} explain different responses ({', '.join(first.model.response.names)}; "
                f"{', '.join(other.model.response.names)}), so that their likelihoods cannot be "
                f"compared. Compare models of the same response."
            )
        _check_same_trials(first, other, pair)


def _check_same_trials(first: Fit, other: Fit, pair: str) -> None:
    """Refuse other trials of the same people."""
    places = {person: place for place, person in enumerate(other.people)}
    for place, person in enumerate(first.people):
        if person not in places:
            continue
        if not all(
            np.array_equal(one, two)
            for one, two in zip(
                _responses(first, place), _responses(other, places[person]), strict=True
            )
        ):
            raise BehaviourError(
                f"{pair} were fitted to different trials of {person}. Fit all models to the same "
                f"table of trials."
            )


def _responses(fit: Fit, place: int) -> list[FloatArray]:
    """Give a person's responses."""
    counts = fit.trials.answered[place]
    return [fit.trials.columns[name][place][counts] for name in fit.model.response.names]


def _everybody(fit: Fit) -> set[str]:
    """Give the people whom a fit was asked for."""
    return {*fit.people, *(one.participant for one in fit.unfitted)}


def _names(fits: Sequence[Fit], names: Sequence[str] | None) -> tuple[str, ...]:
    """Name the fits."""
    if len(fits) < 2:
        raise UsageError(f"A comparison needs two fits or more, not {len(fits)}.")
    labels = tuple(names or (fit.model.name for fit in fits))
    if len(labels) != len(fits) or len(set(labels)) < len(labels):
        raise UsageError(
            f"{len(fits)} fits need a name each, all different; given: {', '.join(labels)}."
        )
    return labels


def _criterion(fits: Sequence[Fit], criterion: str | Criterion | None) -> Criterion:
    """Choose a criterion that suits how models were fitted."""
    methods = sorted({fit.method for fit in fits})
    if len(methods) > 1:
        raise UsageError(
            f"These models were fitted by different methods ({', '.join(methods)}). Fit all by one."
        )
    known = criteria_of(fits[0].method)
    if criterion is None:
        return known[0]
    asked = find_criterion(criterion) if isinstance(criterion, str) else criterion
    if fits[0].method not in asked.methods:
        raise UsageError(
            f"{asked.name} is defined for fits by {', '.join(asked.methods)}, not by "
            f"{fits[0].method}; there it can be {', '.join(one.name for one in known)}."
        )
    return asked


def _of(scores: FloatArray, fit: Fit, people: Sequence[str]) -> FloatArray:
    """Give the scores of some people."""
    places = {person: place for place, person in enumerate(fit.people)}
    return scores[[places[person] for person in people]]


def _left_out(fits: Sequence[Fit], labels: Sequence[str]) -> tuple[Unfitted, ...]:
    """Name the people whom a model could not fit, with every reason."""
    reasons: dict[str, list[str]] = {}
    for fit, label in zip(fits, labels, strict=True):
        for one in fit.unfitted:
            reasons.setdefault(one.participant, []).append(f"{label}: {one.reason}")
    return tuple(
        Unfitted(participant=person, reason="; ".join(said)) for person, said in reasons.items()
    )


def _lost(fits: Sequence[Fit], labels: Sequence[str]) -> list[str]:
    """Tell of searches that did not arrive, and chains that are too short."""
    said = []
    for fit, label in zip(fits, labels, strict=True):
        lost = counted(int((~fit.converged).sum()), "person", "people")
        if fit.converged.all():
            continue
        if fit.method == "nuts":
            from empatune.behaviour.fitting.convergence import FEWEST

            said.append(
                f"{label}: the draws of {lost} do not suffice: everybody needs {FEWEST} effective "
                f"ones from chains that agree. Take more --warmup and --draws."
            )
        else:
            said.append(f"{label}: the search did not arrive for {lost}.")
    return said
