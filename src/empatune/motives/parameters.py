"""Every parameter of the model: its meaning, default, spread between people and source.

A person's value is ``default`` moved by a standard normal variate times ``spread`` on the scale
of the parameter's link; this is the population of simulations and the prior of fits. Defaults
are choices of this project unless a source is named: they are one set for all paradigms, set so
that findings of the literature hold with their signs while people differ as much as real people
do in the tables that are named as sources (docs/results/evidence.md, "The model beside the
data"). No study has measured them.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

import numpy as np

from empatune.errors import UsageError
from empatune.typing import FloatArray

Link = Literal["real", "positive", "unit"]
"""On what scale people differ: as it is, its logarithm, its logit."""

Part = Literal["appraisal", "regulation", "component", "learning", "training", "response", "noise"]
"""Where in the model a parameter acts."""

CHOICE = "our choice"
"""Source of what no publication that could be read tells."""

SAULIN = "trials of Saulin et al. 2022, doi 10.1016/j.neuroimage.2021.118827"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter.

    Parameters
    ----------
    name : str
        How users call it.
    part : str
        Where it acts.
    meaning : str
        What more of it does.
    unit : str
        Its unit.
    default : float
        Its value in the middle of the population [its unit].
    spread : float
        Standard deviation between people on the scale of the link; 0 where all are alike.
    link : str
        The scale on which people differ.
    source : str
        Where the value comes from.
    """

    name: str
    part: Part
    meaning: str
    unit: str
    default: float
    spread: float = 0.0
    link: Link = "real"
    source: str = CHOICE


MOTIVE = "logit of approaching"
COMPONENT = "response to full affect at net motive 0"

PARAMETERS = (
    Parameter(
        name="disposition",
        part="appraisal",
        meaning="net motive of a situation in which all features are neutral",
        unit=MOTIVE,
        default=0.5,
        spread=0.25,
    ),
    Parameter(
        name="positive",
        part="appraisal",
        meaning="approach because the target's joy is pleasant to share",
        unit=MOTIVE,
        default=0.2,
        spread=0.4,
        link="positive",
    ),
    Parameter(
        name="group",
        part="appraisal",
        meaning="approach to the in-group and avoidance of the out-group, for one who identifies",
        unit=MOTIVE,
        default=1.6,
        spread=0.3,
        link="positive",
    ),
    Parameter(
        name="identification",
        part="appraisal",
        meaning="how far a person identifies with a real group of their own",
        unit="share",
        default=0.7,
        spread=1.5,
        link="unit",
    ),
    Parameter(
        name="indifference",
        part="appraisal",
        meaning="identification below which the preference turns to the out-group (Hackel's cross-over when above 0)",
        unit="share",
        default=0.0,
    ),
    Parameter(
        name="closeness",
        part="appraisal",
        meaning="approach to those who are close",
        unit=MOTIVE,
        default=2.5,
        spread=0.3,
        link="positive",
    ),
    Parameter(
        name="similarity",
        part="appraisal",
        meaning="approach to those who are alike",
        unit=MOTIVE,
        default=0.2,
        spread=0.2,
        link="real",
    ),
    Parameter(
        name="kindness",
        part="appraisal",
        meaning="approach to those who were kind and avoidance of those who were not",
        unit=MOTIVE,
        default=0.75,
        spread=0.4,
        link="positive",
    ),
    Parameter(
        name="affinity",
        part="appraisal",
        meaning="how much the appeal of one and the same target differs from person to person",
        unit=f"{MOTIVE}, standard deviation",
        default=0.7,
        link="positive",
        source=f"size: {SAULIN}, differences between partners in giving",
    ),
    Parameter(
        name="desirability",
        part="appraisal",
        meaning="approach because empathy makes one look good",
        unit=MOTIVE,
        default=1.8,
        spread=0.4,
        link="positive",
    ),
    Parameter(
        name="incentive",
        part="appraisal",
        meaning="approach because understanding is paid for",
        unit=MOTIVE,
        default=1.5,
        spread=0.4,
        link="positive",
    ),
    Parameter(
        name="goal",
        part="appraisal",
        meaning="how far a person follows the request to enhance or lower empathy",
        unit=MOTIVE,
        default=1.2,
        spread=0.3,
        link="positive",
    ),
    Parameter(
        name="suffering",
        part="appraisal",
        meaning="avoidance because the target's suffering is unpleasant to share",
        unit=MOTIVE,
        default=0.3,
        spread=0.4,
        link="positive",
    ),
    Parameter(
        name="exhaustion",
        part="appraisal",
        meaning="avoidance of what seems wearing",
        unit=MOTIVE,
        default=1.4,
        spread=0.4,
        link="positive",
    ),
    Parameter(
        name="cost",
        part="appraisal",
        meaning="avoidance because empathy would make one pay",
        unit=MOTIVE,
        default=2.6,
        spread=0.3,
        link="positive",
    ),
    Parameter(
        name="interference",
        part="appraisal",
        meaning="avoidance because the other's gain is one's loss",
        unit=MOTIVE,
        default=2.0,
        spread=0.3,
        link="positive",
    ),
    Parameter(
        name="coupling",
        part="regulation",
        meaning="1: motives act; 0: the path from motives to empathy is cut",
        unit="switch",
        default=1.0,
    ),
    Parameter(
        name="attention",
        part="regulation",
        meaning="how far net motive turns attention to or from the target",
        unit="log gain at full motive",
        default=0.6,
        spread=0.1,
        link="positive",
    ),
    Parameter(
        name="appraisal",
        part="regulation",
        meaning="how far net motive changes what the target's fate means to one",
        unit="welfare weight at full motive",
        default=1.1,
        spread=0.1,
        link="positive",
    ),
    Parameter(
        name="welfare",
        part="regulation",
        meaning="what another's fate means without any motive; below 0 it would please to see harm",
        unit="welfare weight",
        default=0.5,
        spread=0.1,
    ),
    Parameter(
        name="selection",
        part="regulation",
        meaning="how firmly net motive decides on entering an empathic situation",
        unit="logit per logit",
        default=1.0,
    ),
    Parameter(
        name="sharing",
        part="component",
        meaning="gain of experience sharing",
        unit=COMPONENT,
        default=1.0,
        spread=0.6,
        link="positive",
        source="spread: ratings of seen pain, doi 10.18112/openneuro.ds000201",
    ),
    Parameter(
        name="mentalizing",
        part="component",
        meaning="gain of mentalizing",
        unit=COMPONENT,
        default=1.0,
        spread=0.25,
        link="positive",
    ),
    Parameter(
        name="concern",
        part="component",
        meaning="gain of empathic concern",
        unit=COMPONENT,
        default=1.5,
        spread=0.65,
        link="positive",
        source="spread: that of sharing, about which a table tells",
    ),
    Parameter(
        name="distress",
        part="component",
        meaning="gain of vicarious distress",
        unit=COMPONENT,
        default=1.0,
        spread=0.25,
        link="positive",
    ),
    Parameter(
        name="buffer",
        part="component",
        meaning="how far concern keeps sharing from turning into distress",
        unit="per unit of concern",
        default=2.0,
        spread=0.2,
        link="positive",
    ),
    Parameter(
        name="inhibition",
        part="component",
        meaning="how far shared suffering disturbs mentalizing",
        unit="per unit of sharing",
        default=0.25,
        source="sign: Kanske et al. 2016, PMC5015801; size: our choice",
    ),
    Parameter(
        name="persistence",
        part="component",
        meaning="share of the mood towards a target that lasts to the next trial with them",
        unit="share",
        default=0.99,
    ),
    Parameter(
        name="warmth",
        part="component",
        meaning="how far concern for a target strengthens approach on later trials with them",
        unit=f"{MOTIVE} per unit of concern",
        default=0.022,
        spread=0.2,
        link="positive",
    ),
    Parameter(
        name="aversion",
        part="component",
        meaning="how far distress at a target strengthens avoidance on later trials with them",
        unit=f"{MOTIVE} per unit of distress",
        default=0.015,
        spread=0.2,
        link="positive",
    ),
    Parameter(
        name="learning",
        part="learning",
        meaning="share of a surprise about a target's kindness that the belief takes over",
        unit="share",
        default=0.35,
        spread=0.6,
        link="unit",
    ),
    Parameter(
        name="generalization",
        part="learning",
        meaning="share of what is learned that carries over to a fully alike member of the group",
        unit="share",
        default=0.9,
        spread=0.6,
        link="unit",
    ),
    Parameter(
        name="surprise",
        part="learning",
        meaning="how strongly the anterior insula answers to a surprise",
        unit="activity per unit of prediction error",
        default=0.6,
        source="that it does: Hein et al. 2016 PNAS, PMID 26699464; size: our choice",
    ),
    Parameter(
        name="observation",
        part="learning",
        meaning="share of a surprise at another's pain that the cue of it takes over",
        unit="share",
        default=0.3,
        spread=0.15,
        link="unit",
    ),
    Parameter(
        name="resonance",
        part="learning",
        meaning="1: a cue learns from the pain that is shared; 0: from the pain that is seen",
        unit="share",
        default=1.0,
    ),
    Parameter(
        name="training_sharing",
        part="training",
        meaning="growth of sharing by a full training in empathic resonance",
        unit="log gain",
        default=0.4,
        spread=0.1,
    ),
    Parameter(
        name="training_concern",
        part="training",
        meaning="growth of concern by a full training in compassion",
        unit="log gain",
        default=0.8,
        spread=0.1,
    ),
    Parameter(
        name="training_mentalizing",
        part="training",
        meaning="growth of mentalizing by a full training in perspective taking",
        unit="log gain",
        default=0.4,
        spread=0.1,
    ),
    Parameter(
        name="plasticity",
        part="training",
        meaning="growth of the cortex that a module trains, by the whole module",
        unit="standard deviations between people",
        default=0.5,
        spread=0.3,
        link="positive",
    ),
    Parameter(
        name="exploration",
        part="learning",
        meaning="spread of the ways of regulating that a person tries under feedback",
        unit="welfare weight",
        default=0.3,
    ),
    Parameter(
        name="feedback",
        part="learning",
        meaning="how far a try that was better than expected changes the policy of regulation",
        unit="per unit of surprise and of try",
        default=0.6,
        spread=0.3,
        link="positive",
    ),
    Parameter(
        name="entry_bias",
        part="response",
        meaning="tendency to enter empathic situations whatever the motives",
        unit="logit of approaching",
        default=0.0,
        spread=1.6,
        source="spread: Empathy Selection Task, pilots 1, 3 and 5a (est_praise)",
    ),
    Parameter(
        name="help_bias",
        part="response",
        meaning="tendency to help without concern, welfare or cost",
        unit="logit of helping",
        default=1.3,
        spread=0.75,
        source=f"spread: {SAULIN}, giving to the control partner",
    ),
    Parameter(
        name="help_concern",
        part="response",
        meaning="how far concern makes one help",
        unit="logit of helping per unit of concern",
        default=2.0,
        spread=0.2,
        link="positive",
    ),
    Parameter(
        name="help_welfare",
        part="response",
        meaning="how far the target's benefit counts, by the welfare weight",
        unit="logit of helping",
        default=1.35,
        spread=0.2,
        link="positive",
    ),
    Parameter(
        name="help_cost",
        part="response",
        meaning="how far the cost keeps one from helping",
        unit="logit of helping",
        default=2.0,
        spread=0.4,
        link="positive",
        source="spread: slopes over effort for another, doi 10.1016/j.cub.2022.08.010",
    ),
    Parameter(
        name="donation_concern",
        part="response",
        meaning="what concern adds to a donation",
        unit="share of the endowment per unit of concern",
        default=0.7,
        spread=0.2,
        link="positive",
        source="sign: Ashar et al. 2016, PMID 27018610; size: our choice",
    ),
    Parameter(
        name="donation_distress",
        part="response",
        meaning="what distress adds to a donation",
        unit="share of the endowment per unit of distress",
        default=0.1,
        spread=0.2,
        link="positive",
        source="sign: Ashar et al. 2017, doi 10.1016/j.neuron.2017.04.014; size: our choice",
    ),
    Parameter(
        name="accuracy",
        part="response",
        meaning="how far mentalizing and attention make one understand",
        unit="logit of a right answer per unit",
        default=0.8,
        spread=0.2,
        link="positive",
    ),
    Parameter(
        name="rating_noise",
        part="noise",
        meaning="standard deviation of a rating from trial to trial",
        unit="units of the rated component",
        default=0.25,
        spread=0.2,
        link="positive",
    ),
    Parameter(
        name="activity_noise",
        part="noise",
        meaning="standard deviation of a region's response from trial to trial",
        unit="units of a component",
        default=1.0,
    ),
    Parameter(
        name="trait_noise",
        part="noise",
        meaning="error of a questionnaire, as share of the trait's own spread",
        unit="standard deviations",
        default=0.4,
    ),
)
"""All parameters, in the order of the model's path."""

BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}
"""The same, by name."""


def to_value(parameter: Parameter, scale: FloatArray) -> FloatArray:
    """Bring numbers from the scale of a parameter's link to its own.

    Parameters
    ----------
    parameter : Parameter
        Whose link.
    scale : ndarray
        Numbers on the scale of the link.

    Returns
    -------
    ndarray
        Values [its unit].
    """
    if parameter.link == "positive":
        return np.exp(scale)
    if parameter.link == "unit":
        return 1.0 / (1.0 + np.exp(-scale))
    return np.asarray(scale, dtype=float)


def to_scale(parameter: Parameter, value: float) -> float:
    """Bring a value to the scale of a parameter's link.

    Parameters
    ----------
    parameter : Parameter
        Whose link.
    value : float
        A value [its unit].

    Returns
    -------
    float
        The number on the scale of the link.
    """
    if parameter.link == "positive":
        return float(np.log(value))
    if parameter.link == "unit":
        return float(np.log(value / (1.0 - value)))
    return float(value)


def check(given: Mapping[str, float], *, where: str = "parameters") -> dict[str, float]:
    """Tell whether parameters exist and may have their values.

    Parameters
    ----------
    given : mapping of str to float
        Values that replace defaults [their units].
    where : str
        Who says so; for messages.

    Returns
    -------
    dict of str to float
        The same.

    Raises
    ------
    UsageError
        If a parameter is unknown, or its value is not possible.
    """
    for name, value in given.items():
        parameter = BY_NAME.get(name)
        if parameter is None:
            near = get_close_matches(name, BY_NAME, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise UsageError(
                f"{where}: the model has no parameter '{name}'.{hint} "
                f"There are: {', '.join(BY_NAME)}."
            )
        _check_range(parameter, value, where)
    return {name: float(value) for name, value in given.items()}


def _check_range(parameter: Parameter, value: float, where: str) -> None:
    allowed = {
        "positive": (value >= 0, "0 or more"),
        "unit": (0 <= value <= 1, "0 to 1"),
        "real": (True, "any number"),
    }
    possible, words = allowed[parameter.link]
    if not (possible and np.isfinite(value)):
        raise UsageError(
            f"{where}: {parameter.name} is {value:g}; allowed is {words} ({parameter.meaning})."
        )


def population(
    n: int, *, seed: int, overrides: Mapping[str, float] | None = None
) -> dict[str, FloatArray]:
    """Draw people.

    Parameters
    ----------
    n : int
        How many.
    seed : int
        Seed. Each parameter has a stream of its own: an override of one leaves the people the
        same in all others.
    overrides : mapping of str to float, optional
        Values that replace defaults, as the middle of the population; a value at the end of
        its range (0 for a weight) is everybody's [their units].

    Returns
    -------
    dict of str to ndarray, shape (n,)
        Each parameter's value for each person [its unit].

    Raises
    ------
    UsageError
        If there are no people, or an override is impossible.
    """
    if n < 1:
        raise UsageError(f"A population of {n} people was asked for; at least 1 is needed.")
    middle = check(overrides or {}, where="overrides")
    people = {}
    for parameter in PARAMETERS:
        rng = np.random.default_rng([seed, zlib.crc32(parameter.name.encode())])
        people[parameter.name] = _draw(parameter, middle.get(parameter.name), n, rng)
    return people


def _draw(
    parameter: Parameter, middle: float | None, n: int, rng: np.random.Generator
) -> FloatArray:
    value = parameter.default if middle is None else middle
    deviations = parameter.spread * rng.standard_normal(n)
    at_an_end = (parameter.link != "real" and value == 0) or (
        parameter.link == "unit" and value == 1
    )
    if parameter.spread == 0 or at_an_end:
        return np.full(n, value)
    return to_value(parameter, to_scale(parameter, value) + deviations)
