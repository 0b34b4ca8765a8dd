"""A trained classifier: the rule, what it was made of, and how it answers a new fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from empatune.motives.classification.cases import Cases
from empatune.motives.classification.discriminant import Discriminant, learn
from empatune.motives.classification.fits import Fits, Scale, check_parameters
from empatune.motives.classification.validation import Validation, validate
from empatune.typing import FloatArray

FAR_SD = 4.0
"""A feature further than this from the mean of the training cases is told to users [sd]."""

_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Classifier:
    """A rule that tells two motives apart, with the fits that it is for.

    Attributes
    ----------
    classes : (str, str)
        The motives; scores above 0 speak for the second.
    network : str
        Name of the network.
    parameters : tuple of str
        All parameters of the fits; other fits are refused.
    modulators : tuple of str
        The inputs that were compared where each recording gave two cases; else empty.
    features : tuple of str
        What the rule looks at.
    scale : {'mean', 'z'}
        What of them.
    rule : Discriminant
        The rule, learnt from everybody.
    centre, spread : ndarray, shape (n_features,)
        Mean and standard deviation of the features in training.
    """

    classes: tuple[str, str]
    network: str
    parameters: tuple[str, ...]
    modulators: tuple[str, ...]
    features: tuple[str, ...]
    scale: Scale
    rule: Discriminant
    centre: FloatArray
    spread: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trained:
    """A classifier, the cases that it learnt from, and how well it does.

    Attributes
    ----------
    classifier : Classifier
        The rule.
    cases : Cases
        What it learnt from.
    validation : Validation
        With people held out.
    """

    classifier: Classifier
    cases: Cases
    validation: Validation


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a classifier says of a fit.

    Attributes
    ----------
    participant, run : str
        Whose.
    motive : str
        The more probable motive.
    probability : float
        Probability of the classifier's second motive, both as probable beforehand.
    low, high : float
        Its 95 % interval from the uncertainty of the fit (its parameters taken as independent).
    remark : str
        What a reader should know; empty if nothing.
    """

    participant: str
    run: str
    motive: str
    probability: float
    low: float
    high: float
    remark: str = ""


def train(
    fits: Fits,
    cases: Cases,
    *,
    scale: Scale = "mean",
    modulators: tuple[str, ...] = (),
    n_permutations: int = 1000,
    rng: np.random.Generator,
) -> Trained:
    """
    Train a classifier on everybody, and validate it with people held out.

    Parameters
    ----------
    fits : Fits
        The fits.
    cases : Cases
        The cases that were made of them.
    scale : {'mean', 'z'}
        How they were made.
    modulators : tuple of str
        Inputs that were compared, where each recording gave two cases.
    n_permutations : int
        Exchanges of labels for the test against chance.
    rng : numpy.random.Generator
        Source of the exchanges.

    Returns
    -------
    Trained
        The classifier and its validation.

    Raises
    ------
    TrainingError
        If the permutations cannot be made.
    """
    classifier = Classifier(
        classes=cases.classes,
        network=fits.network,
        parameters=fits.parameters,
        modulators=modulators,
        features=cases.features,
        scale=scale,
        rule=learn(cases.values, cases.positive),
        centre=cases.values.mean(axis=0),
        spread=cases.values.std(axis=0, ddof=1),
    )
    return Trained(
        classifier=classifier,
        cases=cases,
        validation=validate(cases, n_permutations=n_permutations, rng=rng),
    )


def classify(classifier: Classifier, fits: Fits) -> tuple[Answer, ...]:
    """
    Tell the motive of new fits.

    Parameters
    ----------
    classifier : Classifier
        The classifier.
    fits : Fits
        Fits of the same network.

    Returns
    -------
    tuple of Answer
        An answer a fit; two, where the classifier compares modulators.

    Raises
    ------
    TrainingError
        If the fits have other parameters than those of the training.
    """
    check_parameters(
        classifier.parameters,
        fits.parameters,
        whose=f"The network '{fits.network}' of these fits",
        than=f"the one that the classifier was trained on ('{classifier.network}')",
    )
    answers: list[Answer] = []
    for columns, about in _features(classifier, fits):
        values = fits.scaled(classifier.scale)[:, columns]
        sds = fits.sds[:, columns] if classifier.scale == "mean" else np.ones_like(values)
        scores = classifier.rule.score(values)
        unsure = np.sqrt((sds**2) @ (classifier.rule.weights**2))
        for row, (participant, run) in enumerate(fits.keys):
            answers.append(
                Answer(
                    participant=participant,
                    run=" ".join(word for word in (run, about) if word),
                    motive=classifier.classes[int(scores[row] > 0)],
                    probability=float(expit(scores[row])),
                    low=float(expit(scores[row] - _Z95 * unsure[row])),
                    high=float(expit(scores[row] + _Z95 * unsure[row])),
                    remark=_remark(classifier, values[row]),
                )
            )
    return tuple(answers)


def _features(classifier: Classifier, fits: Fits) -> list[tuple[list[int], str]]:
    """Find the columns of the features, once a modulator."""
    if not classifier.modulators:
        return [([fits.parameters.index(name) for name in classifier.features], "")]
    return [
        (
            [
                fits.parameters.index(name.replace("B ", f"B[{modulator}] ", 1))
                for name in classifier.features
            ],
            modulator,
        )
        for modulator in classifier.modulators
    ]


def _remark(classifier: Classifier, values: FloatArray) -> str:
    """Name the features that lie far from all that was learnt from."""
    away = np.abs(values - classifier.centre) > FAR_SD * classifier.spread
    names = [name for name, far in zip(classifier.features, away, strict=True) if far]
    return f"far from the training: {', '.join(names)}" if names else ""
