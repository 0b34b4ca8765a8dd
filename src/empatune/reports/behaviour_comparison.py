"""The page of models of behaviour that were compared on the same trials."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from empatune.behaviour.comparison import Comparison
from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.tables import METHODS
from empatune.reports import behaviour_comparison_pictures as pictures
from empatune.reports import behaviour_pictures
from empatune.reports.behaviour_panels import card
from empatune.reports.behaviour_sections import cautions_section, set_equations, shown_number
from empatune.reports.behaviour_words import NAMES, citations, counted, how_fitted
from empatune.reports.figure import COLOURS
from empatune.reports.layout import Part, compose, header
from empatune.reports.markup import Html, join, number, paragraph, table, tag

CLEAR = 6.0
"""A difference of deviance that counts as clear: odds of 20 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComparisonMaterial:
    """What the page of a comparison rests on.

    Attributes
    ----------
    fits : tuple of Fit
        The fits.
    comparisons : tuple of Comparison
        What each criterion says; the one that decides first.
    source : str
        Name of the table of trials.
    given : tuple of str
        How each model was asked for, such as ``FILE.py:NAME``; their names if empty.
    """

    fits: tuple[Fit, ...]
    comparisons: tuple[Comparison, ...]
    source: str
    given: tuple[str, ...] = ()

    @property
    def references(self) -> tuple[str, ...]:
        """What a command calls the models."""
        return tuple(map(shlex.quote, self.given or (fit.model.name for fit in self.fits)))


def render_comparison(material: ComparisonMaterial) -> str:
    """
    Return the page of a comparison.

    Parameters
    ----------
    material : ComparisonMaterial
        What it rests on.

    Returns
    -------
    str
        A whole page, without a single link to a file or a server.
    """
    first = material.comparisons[0]
    best = next(fit for fit in material.fits if fit.model.name == first.best)
    parts: list[Part] = [
        ("criteria", "Which model is best", _criteria(material)),
        ("people", "Do people differ in their model?", _people(first)),
        ("parameters", f"Parameters of {best.model.name}", _parameters(material, best)),
        ("models", "The models", _models(material)),
        ("cautions", "What to know before believing it", _cautions(material)),
        ("cite", "How to say it", _cite(material)),
    ]
    title = f"{counted(len(first.models), 'model')} compared: {material.source}"
    return compose(title, _head(material, title), parts)


def verdict(comparison: Comparison) -> str:
    """
    Say which model is best, and how surely.

    Parameters
    ----------
    comparison : Comparison
        What was found.

    Returns
    -------
    str
        A sentence or two.
    """
    order = np.argsort(comparison.total)
    second = int(order[1])
    lead = float(comparison.difference[second])
    error = float(comparison.difference_error[second])
    name = NAMES[comparison.criterion.name]
    said = (
        f"{comparison.best} is best by {name}, {number(lead, 1)} ahead of "
        f"{comparison.models[second]}"
    )
    said += f" (standard error over people {number(error, 1)})." if np.isfinite(error) else "."
    if lead < CLEAR:
        said += " That is too little to choose between them."
    elif np.isfinite(error) and lead < 2 * error:
        said += " That is less than two standard errors: a few people carry it."
    random = comparison.random_effects
    top = int(np.argmax(random.protected))
    said += (
        f" If people may differ, {random.models[top]} is the most frequent with a protected "
        f"probability of {number(float(random.protected[top]))}."
    )
    return said


def _head(material: ComparisonMaterial, title: str) -> Html:
    first = material.comparisons[0]
    best = first.models.index(first.best)
    agree = sum(one.best == first.best for one in material.comparisons)
    tiles = [
        (str(len(first.people)), "people", False),
        (str(len(first.models)), "models", False),
        (
            f"{agree} of {len(material.comparisons)}",
            "criteria agree",
            agree < len(material.comparisons),
        ),
        (f"{first.winners.count(first.best)}", f"people whose best is {first.best}", False),
        (
            number(float(first.random_effects.protected[best])),
            "protected exceedance probability",
            False,
        ),
        (str(len(first.left_out)), "left out", bool(first.left_out)),
    ]
    labels = [
        counted(len(first.people), "person", "people"),
        METHODS[material.fits[0].method],
        NAMES[first.criterion.name],
    ]
    unclear = float(np.sort(first.difference)[1]) < CLEAR
    doubtful = first.cautions or first.left_out or agree < len(material.comparisons)
    return header(
        "empatune behaviour report",
        title,
        labels,
        verdict(first),
        tiles,
        warning=bool(unclear or doubtful),
    )


def _criteria(material: ComparisonMaterial) -> Html:
    models = material.comparisons[0].models
    behind = {NAMES[one.criterion.name]: one.difference for one in material.comparisons}
    head = ("criterion", "model", "parameters a person", "total", "behind", "error", "weight")
    rows = [
        (NAMES[one.criterion.name], *row)
        for one in material.comparisons
        for row in zip(
            one.models,
            one.n_parameters,
            (shown_number(float(value), 6) for value in one.total),
            (number(float(value), 1) for value in one.difference),
            (number(float(value), 1) for value in one.difference_error),
            (number(float(value)) for value in one.weights),
            strict=True,
        )
    ]
    words = "; ".join(
        f"{NAMES[one.criterion.name]}: {one.criterion.summary} (doi:{one.criterion.doi})"
        for one in material.comparisons
    )
    return join(
        card(pictures.criteria(models, behind)),
        paragraph(f"Lower is better; all are in units of deviance. {words}.", note=True),
        table(head, rows, caption="Behind: above the best, with a standard error over people. "
              "Weight: probability, if one model is everybody's"),
    )  # fmt: skip


def _people(first: Comparison) -> Html:
    random = first.random_effects
    n_best = [first.winners.count(model) for model in first.models]
    frequent = pictures.frequencies(first.models, random.frequency, random.protected, n_best)
    strip = pictures.people_strip(first.models, first.people, -first.by_person / 2)
    rows = [
        (model, n, *(number(float(value)) for value in values))
        for model, n, *values in zip(
            first.models, n_best, random.frequency, random.exceedance, random.protected, strict=True
        )
    ]
    head = ("model", "best for", "frequency", "exceedance", "protected exceedance")
    risk = number(float(random.omnibus_risk))
    return join(
        card(frequent),
        card(strip),
        paragraph(
            f"Evidence is minus half of {NAMES[first.criterion.name]} of each person; full colour "
            "with a dot is that person's best, and colours fade with what a model is behind. The "
            "probability that all models are equally frequent, which the protected probability takes "
            f"in, is {risk}.",
            note=True,
        ),
        table(head, rows),
    )


def _parameters(material: ComparisonMaterial, best: Fit) -> Html:
    shade = pictures.shades(material.comparisons[0].models)[best.model.name]
    reference = material.references[material.fits.index(best)]
    return join(
        card(behaviour_pictures.parameters(best, shade=shade, mark=COLOURS["ink"])),
        paragraph(
            "A dot is a person, the cloud how dense they lie; the line is the "
            f"{'group' if best.group is not None else 'median with quartiles'}. For everything about "
            f"this model: empatune fit {reference}.",
            note=True,
        ),
    )


def _models(material: ComparisonMaterial) -> Html:
    """Tell the models; those of the same equations together."""
    alike: dict[str, list[Fit]] = {}
    for fit in material.fits:
        alike.setdefault(fit.model.equations, []).append(fit)
    parts: list[Html] = []
    for place, (equations, fits) in enumerate(alike.items()):
        parts.append(set_equations(equations, f"equations-{place}"))
        parts += [
            paragraph(
                tag("b", fit.model.name), f": {fit.model.summary}. Parameters: ",
                f"{', '.join(fit.model.names)}.",
            )
            for fit in fits
        ]  # fmt: skip
    return join(*parts)


def _cautions(material: ComparisonMaterial) -> Html:
    first = material.comparisons[0]
    said = [one for comparison in material.comparisons for one in comparison.cautions]
    more = tag("ul", *(tag("li", one) for one in dict.fromkeys(said))) if said else ""
    gone = [(one.participant, one.reason) for one in first.left_out]
    return join(
        more,
        cautions_section(list(material.fits), others=bool(said)),
        paragraph(
            "The best of these models may be a bad one, and models that make alike what people do "
            "cannot be told apart by any criterion: whether these can be on trials like these is "
            f"what empatune recover {' '.join(material.references)} shows.",
            note=True,
        ),
        table(("participant", "why"), gone, caption="Left out of all models") if gone else "",
    )


def _cite(material: ComparisonMaterial) -> Html:
    fits: Sequence[Fit] = material.fits
    first = material.comparisons[0]
    sentence = (
        f"{counted(len(fits), 'model')} ({', '.join(first.models)}) were fitted to the same trials "
        f"of {counted(len(first.people), 'person', 'people')} and compared by "
        f"{', '.join(NAMES[one.criterion.name] for one in material.comparisons)}. {verdict(first)} "
    )
    dois = [f"{NAMES[one.criterion.name]}: doi:{one.criterion.doi}" for one in material.comparisons]
    cited = [
        *citations([fit.model for fit in fits], fits[0].method),
        *dois,
        "Rigoux et al. 2014, doi:10.1016/j.neuroimage.2013.08.065 (protected exceedance)",
    ]
    return join(
        paragraph(sentence, how_fitted(fits[0])), tag("ul", *(tag("li", one) for one in cited))
    )
