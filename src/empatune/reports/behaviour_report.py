"""The page of a model of behaviour that was fitted to people's trials."""

from __future__ import annotations

from empatune.behaviour.fitting.record import Fit
from empatune.behaviour.tables import METHODS, group_table, parameter_table
from empatune.bids import Table
from empatune.reports import behaviour_pictures as pictures
from empatune.reports.behaviour_checks import UNLIKELY, checks_section, departures
from empatune.reports.behaviour_covariates import covariates_section
from empatune.reports.behaviour_material import FitMaterial
from empatune.reports.behaviour_panels import card
from empatune.reports.behaviour_reliability import reliability_section
from empatune.reports.behaviour_sections import (
    cautions_section,
    model_section,
    shown_interval,
    shown_number,
)
from empatune.reports.behaviour_words import citations, counted, how_fitted
from empatune.reports.layout import Part, compose, header
from empatune.reports.markup import Html, join, paragraph, table, tag

SHOWN = 12
"""Rows of people that are shown without a click."""


_ADVICE = paragraph(
    "A model that fits is not a model that is right: look at the checks, and compare it with others "
    "(empatune compare). Whether these trials can tell its parameters at all is what empatune "
    "recover shows.",
    note=True,
)


def render_fit(material: FitMaterial) -> str:
    """
    Return the page of a fit.

    Parameters
    ----------
    material : FitMaterial
        What it rests on.

    Returns
    -------
    str
        A whole page, without a single link to a file or a server.
    """
    fit = material.fit
    parts: list[Part] = [("model", "What was fitted", model_section(fit))]
    parts.append(("parameters", "Parameters", _parameters(material)))
    if fit.group is not None and len(fit.group.regressors) > 1:
        parts.append(("covariates", "Covariates", covariates_section(fit)))
    if material.reliability:
        first, last = material.sessions
        kept = reliability_section(fit, material.reliability, (first, last))
        parts.append(("sessions", "From session to session", kept))
    parts.append(("checks", "Does the model do what people did?", checks_section(material)))
    if fit.draws is not None:
        # ArviZ takes seconds to load, and only sampled fits need it
        from empatune.reports.behaviour_chains import chains_section

        parts.append(("chains", "Can the chains be believed?", chains_section(fit)))
    parts += [
        ("cautions", "What to know before believing it", _cautions(material)),
        ("people", "People", _people(fit)),
        ("cite", "How to say it", cite_section(fit)),
    ]
    title = f"{fit.model.name}: {material.source}"
    return compose(title, _head(material, title), parts)


def _head(material: FitMaterial, title: str) -> Html:
    fit, trials = material.fit, material.fit.trials
    n_answered, n_missed = int(trials.n_answered.sum()), int(trials.n_missed.sum())
    tiles = [
        (str(trials.n_people), "people fitted", False),
        (f"{n_answered:,}".replace(",", " "), "trials with a response", False),
        (f"{100 * n_missed / max(n_answered + n_missed, 1):.1f} %", "missed", False),
        (str(len(fit.unfitted)), "could not be fitted", bool(fit.unfitted)),
        (str(len(fit.cautions)), "cautions", bool(fit.cautions)),
    ]
    if material.accuracy is not None and "hits" in material.accuracy:
        hits = float(material.accuracy["hits"].iloc[-1])
        tiles.insert(3, (f"{100 * hits:.0f} %", "of choices said beforehand", hits <= 0.5))
    labels = [
        counted(trials.n_people, "person", "people"),
        METHODS[fit.method],
        counted(len(fit.model.parameters), "parameter"),
    ]
    verdict, missed = _verdict(fit), _missed(material)
    warned = bool(fit.cautions or fit.unfitted or missed)
    return header(
        "empatune behaviour report", title, labels, verdict + missed, tiles, warning=warned
    )


def _verdict(fit: Fit) -> str:
    said = []
    lost = int((~fit.converged).sum())
    if lost:
        who = counted(lost, "person", "people")
        said.append(
            f"The draws of {who} do not suffice."
            if fit.method == "nuts"
            else f"The search did not arrive for {who}."
        )
    else:
        said.append("Everybody's fit settled.")
    effects = _sure_effects(fit)
    if effects:
        said.append(f"Told from none: {', '.join(effects)}.")
    if fit.unfitted:
        said.append(f"{counted(len(fit.unfitted), 'person', 'people')} could not be fitted.")
    if fit.cautions:
        said.append(fit.cautions[0])
    return " ".join(said)


def _missed(material: FitMaterial) -> str:
    """Say whether the model does what people did; nothing if it does, as far as chance tells."""
    if material.checks is None:
        return ""
    odd, n_looked = departures(material.checks)
    if len(odd) <= max(1, 2 * UNLIKELY * n_looked):
        return ""
    return f" Simulated people depart from real ones in {len(odd)} of {n_looked} statistics."


def _cautions(material: FitMaterial) -> Html:
    missed = _missed(material).strip()
    return join(
        paragraph(missed) if missed else "",
        cautions_section([material.fit], others=bool(missed)),
        _ADVICE,
    )


def _sure_effects(fit: Fit) -> list[str]:
    """Name effects of covariates whose interval does not hold 0."""
    if fit.group is None:
        return []
    found = []
    for row, regressor in enumerate(fit.group.regressors[1:], start=1):
        ratio = fit.group.coefficients[row] / fit.group.standard_errors[row]
        found += [
            f"{regressor} {'raises' if one > 0 else 'lowers'} {name}"
            for one, name in zip(ratio, fit.model.names, strict=True)
            if abs(one) > 1.96
        ]
    return found


def _parameters(material: FitMaterial) -> Html:
    fit = material.fit
    middle = (
        "Orange: the group's mean with its interval of 95 %, in the parameter's own unit."
        if fit.group is not None
        else "Orange: median and quartiles of people."
    )
    parts = [
        card(pictures.parameters(fit)),
        paragraph(f"A dot is a person, the cloud how dense they lie. {middle}", note=True),
        _group_numbers(fit),
    ]
    if fit.alone is not None:
        parts += [
            tag("h3", "What the group does to each person"),
            card(pictures.shrinkage(fit, fit.alone)),
            paragraph(
                "Above: each person alone under the model's own prior. Below: in the group, whose "
                "mean is orange. Lines that lean much belong to people whose trials tell little, or "
                "to a parameter in which people differ little.",
                note=True,
            ),
        ]
    return join(*parts)


def _group_numbers(fit: Fit) -> Html:
    made = group_table(fit)
    if fit.group is None:
        return _shown(made, caption="Estimates of people who were fitted alone")
    rows = []
    for row in made.rows:
        cell = dict(zip(made.names, row, strict=True))
        if cell["regressor"] != "mean":
            continue
        people = f"{shown_number(cell['people_low'], 2)} to {shown_number(cell['people_high'], 2)}"
        group = shown_interval(cell["value"], cell["value_low"], cell["value_high"])
        rows.append((cell["parameter"], str(cell["unit"]) or None, group, people))
    head = ("parameter", "unit", "typical person [95 %]", "95 % of people lie between")
    with_covariates = len(fit.group.regressors) > 1
    more = "; people with the covariates that they have" if with_covariates else ""
    return table(head, rows, caption=f"The group, in each parameter's unit{more}")


def _people(fit: Fit) -> Html:
    made = parameter_table(fit)
    names = ("participant", "n_trials", "n_missed", *fit.model.names, "log_likelihood", "converged")
    places = [made.names.index(name) for name in names]
    rows = [[_cell(row[place]) for place in places] for row in made.rows]
    head = [name.replace("_", " ") if name.startswith(("n_", "log")) else name for name in names]
    if len(rows) <= SHOWN:
        return table(head, rows)
    return join(
        table(head, rows[:SHOWN]),
        tag("details", tag("summary", f"{len(rows) - SHOWN} more"), table(head, rows[SHOWN:])),
    )


def cite_section(fit: Fit) -> Html:
    """
    Say how the fit can be described, and what should be cited.

    Parameters
    ----------
    fit : Fit
        What was found.

    Returns
    -------
    Html
        Sentences and references.
    """
    n_trials = int(fit.trials.n_answered.sum())
    sentence = (
        f"The model {fit.model.name} ({fit.model.summary}) was fitted to "
        f"{counted(n_trials, 'trial')} of {counted(len(fit.people), 'person', 'people')}. "
    )
    cited = [tag("li", one) for one in citations([fit.model], fit.method)]
    return join(paragraph(sentence, how_fitted(fit)), tag("ul", *cited))


def _shown(made: Table, *, caption: str) -> Html:
    rows = [[_cell(cell) for cell in row] for row in made.rows]
    return table([name.replace("_", " ") for name in made.names], rows, caption=caption)


def _cell(value: object) -> object:
    return shown_number(value) if isinstance(value, float) else value if value != "" else None
