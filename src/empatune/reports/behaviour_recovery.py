"""The page of recovery: whether trials tell a model's parameters, and models from each other."""

from __future__ import annotations

import numpy as np

from empatune.behaviour.model import Model
from empatune.behaviour.recovery import ModelRecovery, ParameterRecovery
from empatune.behaviour.recovery.parameters import IDENTIFIABLE
from empatune.behaviour.tables import METHODS
from empatune.reports import behaviour_comparison_pictures, behaviour_recovery_pictures
from empatune.reports.behaviour_panels import card
from empatune.reports.behaviour_sections import set_equations, shown_number
from empatune.reports.behaviour_words import NAMES, citations, counted
from empatune.reports.layout import Part, compose, header
from empatune.reports.markup import Html, join, number, paragraph, table, tag

CLEAR = 0.8
"""Share of sets in which a model should be found when it is true."""

ALIKE = 0.1
"""Fitted people differ this little, as a share of how true ones do, where dots stand in a row."""

_CITED = "Wilson & Collins 2019, doi:10.7554/eLife.49547 (recovery)"

_HONEST = (
    "A recovery test: people are simulated by the model, so it is right about them. That a parameter "
    "comes back shows that trials like these can tell it, not that the model is right about real "
    "people."
)


def render_parameters(found: ParameterRecovery, source: str, drawn_from: str) -> str:
    """
    Return the page of a parameter recovery.

    Parameters
    ----------
    found : ParameterRecovery
        What was found.
    source : str
        Name of the table of trials.
    drawn_from : str
        Where simulated people came from, in words.

    Returns
    -------
    str
        A whole page, without a single link to a file or a server.
    """
    model, told = found.model, found.parameters
    parts: list[Part] = [
        ("parameters", "Do the trials tell the parameters?", _parameters(found)),
        ("model", "The model", _model(model)),
        ("cite", "How to say it", _cite_parameters(found, drawn_from)),
    ]
    n_sets = len(np.unique(found.sets))
    n_told = sum(one.identifiable for one in told)
    lowest = min(told, key=lambda one: one.correlation)
    tiles = [
        (
            f"{n_told} of {len(told)}",
            f"parameters come back (r above {IDENTIFIABLE:g})",
            n_told < len(told),
        ),
        (number(lowest.correlation), f"lowest correlation: {lowest.parameter}", n_told < len(told)),
        (str(len(found.sets)), "simulated people", False),
        (str(n_sets), "groups", False),
        (str(found.n_unfitted), "could not be fitted", found.n_unfitted > 0),
    ]
    title = f"Recovery of {model.name}: {source}"
    labels = [drawn_from, METHODS[found.method]]
    head = header(
        "empatune behaviour report",
        title,
        labels,
        parameters_in_words(found),
        tiles,
        warning=n_told < len(told),
    )
    return compose(title, head, parts)


def parameters_in_words(found: ParameterRecovery) -> str:
    """
    Say which parameters come back.

    Parameters
    ----------
    found : ParameterRecovery
        What was found.

    Returns
    -------
    str
        A sentence or two.
    """
    good = [one.parameter for one in found.parameters if one.identifiable]
    poor = [one for one in found.parameters if not one.identifiable]
    if not poor:
        return "Trials like these tell every parameter: true and fitted values agree."
    named = ", ".join(f"{one.parameter} (r = {number(one.correlation, 3)})" for one in poor)
    said = (
        f"Trials like these do not tell {named} of a person well enough to be believed alone, which "
        f"takes r above {IDENTIFIABLE:g}."
    )
    return said + (f" They do tell {', '.join(good)}." if good else "")


def render_models(found: ModelRecovery, models: list[Model], source: str, drawn_from: str) -> str:
    """
    Return the page of a model recovery.

    Parameters
    ----------
    found : ModelRecovery
        What was found.
    models : list of Model
        The models.
    source : str
        Name of the table of trials.
    drawn_from : str
        Where simulated people came from, in words.

    Returns
    -------
    str
        A whole page, without a single link to a file or a server.
    """
    parts: list[Part] = [
        ("models", "Can the models be told apart?", _matrices(found)),
        ("people", "In one person", _people(found)),
        ("cite", "How to say it", _cite_models(found, models, drawn_from)),
    ]
    diagonal = np.diag(found.confusion)
    low = int(diagonal.argmin())
    n_clear = int((diagonal > CLEAR).sum())
    n_sets = int(found.counts[0].sum())
    tiles = [
        (f"{n_clear} of {len(diagonal)}", "models found when true (above 0.80)",
         n_clear < len(diagonal)),
        (number(float(diagonal[low])), f"least often found: {found.models[low]}",
         diagonal[low] <= CLEAR),
        (number(float(diagonal.mean())), "found on average", False),
        (str(n_sets), "simulated groups a model", False),
    ]  # fmt: skip
    title = f"Recovery of {counted(len(models), 'model')}: {source}"
    labels = [drawn_from, METHODS[found.method], NAMES.get(found.criterion, found.criterion)]
    head = header(
        "empatune behaviour report",
        title,
        labels,
        models_in_words(found),
        tiles,
        warning=n_clear < len(diagonal),
    )
    return compose(title, head, parts)


def models_in_words(found: ModelRecovery) -> str:
    """
    Say which models are found when they are true.

    Parameters
    ----------
    found : ModelRecovery
        What was found.

    Returns
    -------
    str
        A sentence or two.
    """
    confusion = found.confusion
    said = []
    for place, model in enumerate(found.models):
        if confusion[place, place] > CLEAR:
            continue
        others = np.where(np.arange(len(confusion)) == place, -1.0, confusion[place])
        taken = found.models[int(others.argmax())]
        said.append(
            f"{model} is found in {confusion[place, place]:.0%} of the groups that it simulates "
            f"(most often taken for {taken})."
        )
    if not said:
        return "Trials like these tell the models apart: each is found when it is true."
    return " ".join(["Trials like these do not tell all models apart.", *said])


def _parameters(found: ParameterRecovery) -> Html:
    names = found.model.names
    drawn = behaviour_recovery_pictures.scatters(
        names,
        found.true_values,
        found.fitted_values,
        {one.parameter: one.correlation for one in found.parameters},
        {one.name: one.unit for one in found.model.parameters},
    )
    head = ("parameter", "r", "rank r", "slope", "bias", "in intervals of 90 %", "comes back")
    rows = [
        (
            one.parameter,
            number(one.correlation, 3),
            number(one.rank_correlation, 3),
            number(one.slope),
            shown_number(one.bias, 2),
            f"{100 * one.coverage:.0f} %",
            one.identifiable,
        )
        for one in found.parameters
    ]
    return join(
        card(drawn),
        paragraph(
            "A dot is a simulated person; on the line fitted values are true ones. A slope below 1 "
            "is the group's pull on people whose trials tell little. Far from 90 % in their intervals "
            "means that intervals are too narrow or too wide.",
            _level(found),
            note=True,
        ),
        table(head, rows),
        paragraph(_HONEST),
    )


def _level(found: ParameterRecovery) -> str:
    """Say in how many groups the fit gave all people one value, which shows as dots in a row."""
    numbers, named = np.unique(found.sets), []
    for place, name in enumerate(found.model.names):
        spread = found.true[:, place].std()
        alike = sum(
            found.fitted[found.sets == one, place].std() < ALIKE * spread for one in numbers
        )
        if alike:
            named.append(f"{name} in {alike} of {counted(len(numbers), 'group')}")
    if not named:
        return ""
    return (
        " Dots in a row at one height are a group in which the fit found next to no difference "
        f"between people, and gave all of them the group's value: {', '.join(named)}."
    )


def _model(model: Model) -> Html:
    return join(
        paragraph(tag("b", model.name), f": {model.summary}."),
        set_equations(model.equations, "equations"),
    )


def _matrices(found: ModelRecovery) -> Html:
    shown = [
        ("p(found | true): rows are true", found.confusion),
        ("p(true | found): columns are found", found.inversion),
    ]
    return join(
        card(behaviour_comparison_pictures.matrices(shown, found.models)),
        paragraph(
            "Left: what is found in groups that a model simulates. Right: what a finding tells, if "
            "all models are equally probable beforehand. A model that holds another as a special case "
            "may rightly be taken for it where people of the two do the same.",
            note=True,
        ),
        paragraph(_HONEST),
    )


def _people(found: ModelRecovery) -> Html:
    shown = [
        ("p(found | true) of one person", found.people_confusion),
        ("p(true | found) of one person", found.people_inversion),
    ]
    return card(behaviour_comparison_pictures.matrices(shown, found.models, "own"))


def _cite_parameters(found: ParameterRecovery, drawn_from: str) -> Html:
    n_sets = len(np.unique(found.sets))
    sentence = (
        f"{counted(n_sets, 'group')} of people ({counted(len(found.sets), 'person', 'people')} in "
        f"all) were simulated by {found.model.name} on the real trials, {drawn_from}, and fitted by "
        f"{METHODS[found.method]}. {parameters_in_words(found)}"
    )
    cited = [*citations([found.model], found.method), _CITED]
    return join(paragraph(sentence), tag("ul", *(tag("li", one) for one in cited)))


def _cite_models(found: ModelRecovery, models: list[Model], drawn_from: str) -> Html:
    n_sets = int(found.counts[0].sum())
    sentence = (
        f"Each of {counted(len(models), 'model')} simulated {counted(n_sets, 'group')} of people on "
        f"the real trials, {drawn_from}; all models were fitted to each by {METHODS[found.method]} "
        f"and compared by {NAMES.get(found.criterion, found.criterion)}. {models_in_words(found)}"
    )
    cited = [*citations(models, found.method), _CITED]
    return join(paragraph(sentence), tag("ul", *(tag("li", one) for one in cited)))
