"""What the evidence of a study says about networks: in words, drawn, and in numbers."""

from __future__ import annotations

import numpy as np

from empatune.decoding.connections.comparison import Comparison
from empatune.numerics.model_selection import select_fixed
from empatune.reports import connectivity_pictures
from empatune.reports.connectivity_material import StudyMaterial
from empatune.reports.markup import Html, join, number, paragraph, table, tag

SHOWN_IN_FULL = 60
"""A study with more fits shows those with remarks, and folds the others away."""


def winner(found: Comparison) -> str:
    """
    Say which network the evidence speaks for, and whether sums and people agree.

    Parameters
    ----------
    found : Comparison
        Networks over people.

    Returns
    -------
    str
        A sentence or two.
    """
    random, fixed = found.random, found.fixed
    by_sum = int(np.argmax(fixed.log_evidence))
    order = np.sort(fixed.log_evidence)[::-1]
    lead = f"{number(float(order[0] - order[1]), 1)} nats ahead of the next"
    if len(found.participants) == 1:
        return f"{fixed.models[by_sum]} has the most evidence, {lead}."
    frequent = int(np.argmax(random.frequency))
    share = (
        f"the model of {100 * random.frequency[frequent]:.0f} % of people (protected exceedance "
        f"probability {number(float(random.protected[frequent]))})"
    )
    if by_sum == frequent:
        return f"{fixed.models[by_sum]} has the most evidence, {lead}; if people differ, it is {share}."
    ahead = found.log_evidence[:, by_sum] - found.log_evidence[:, frequent]
    most = int(np.argmax(ahead))
    return (
        f"If people differ, {random.models[frequent]} is {share}. Sums of evidence disagree: "
        f"{fixed.models[by_sum]} is {lead}. Look at sub-{found.participants[most]}, in whom "
        f"{fixed.models[by_sum]} is {number(float(ahead[most]), 1)} nats ahead: a fit may have "
        f"stopped early there."
    )


def evidence_section(material: StudyMaterial) -> Html:
    """
    Show the evidence of networks over recordings.

    Parameters
    ----------
    material : StudyMaterial
        The study.

    Returns
    -------
    Html
        The section's content.
    """
    recordings, values = material.evidence
    networks = material.networks
    found = material.comparison
    whole = values[np.isfinite(values).all(axis=1)]
    parts: list[object] = []
    random = None
    if found is not None:
        random = found.random if len(found.participants) > 1 else None
        parts.append(tag("div", connectivity_pictures.evidence(found.fixed, random), class_="card"))
    elif len(whole):
        fixed = select_fixed(whole, models=networks)
        parts.append(tag("div", connectivity_pictures.evidence(fixed, None), class_="card"))
    shown = connectivity_pictures.evidence_people(values, recordings, networks)
    if len(recordings) > SHOWN_IN_FULL:
        parts.append(tag("details", tag("summary", "Every recording"), shown))
    else:
        parts.append(tag("div", shown, class_="card"))
    words = (
        "A network that does far worse than others in one recording alone has often stopped early "
        "there: try more starts."
    )
    parts.append(paragraph(words, note=True))
    if found is not None and random is not None:
        parts.append(_evidence_numbers(found))
    return join(*parts)


def _evidence_numbers(found: Comparison) -> Html:
    headers = ("network", "log evidence", "probability", "frequency", "exceedance", "protected")
    fixed, random = found.fixed, found.random
    columns = (
        fixed.log_evidence,
        fixed.probability,
        random.frequency,
        random.exceedance,
        random.protected,
    )
    rows = [(name, *map(float, each)) for name, *each in zip(fixed.models, *columns, strict=True)]
    caption = (
        f"{len(found.participants)} people; log evidence above the worst network; probability that "
        f"all networks are equally frequent (omnibus risk): {number(random.omnibus_risk, 3)}"
    )
    return tag("details", tag("summary", "In numbers"), table(headers, rows, caption=caption))
