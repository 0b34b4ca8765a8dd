"""What is asked of each data set of real behaviour: models, differences, covariates."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from empatune.behaviour.catalogue import MODELS, find_model
from empatune.behaviour.catalogue.closeness import PUBLISHED_SPREAD
from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model
from empatune.behaviour.variation import hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A data set, and what is asked of it.

    Attributes
    ----------
    key : str
        The data set's name.
    families : tuple of str
        Beginnings of the names of models that may suit it.
    differences : tuple of (str, str, str)
        A model and two of its parameters, the first of which may be larger.
    covariates : tuple of (str, tuple of str)
        A model, and columns of people that may bear on its parameters.
    held : tuple of (str, str, float)
        Models to be fitted once more with a parameter held as its publication holds it.
    scale : tuple of (str, float)
        Columns, and what they are multiplied by.
    retest : str or None
        A model to be fitted with parameters of its own in each of two sessions.
    note : str
        What a reader of the figures should know.
    ml : bool
        Whether people have trials enough for maximum likelihood.
    """

    key: str
    families: tuple[str, ...]
    differences: tuple[tuple[str, str, str], ...] = ()
    covariates: tuple[tuple[str, tuple[str, ...]], ...] = ()
    held: tuple[tuple[str, str, float], ...] = ()
    scale: tuple[tuple[str, float], ...] = ()
    retest: str | None = None
    note: str = ""
    ml: bool = True


STUDIES = (
    Study(
        key="selection",
        families=("selection",),
        covariates=(("selection", ("effort", "aversion", "efficacy")),),
        note="Many people have three trials, so that none is fitted alone. `bias` is the log odds "
        "of feeling rather than describing; covariates are ratings of feeling minus describing.",
        ml=False,
    ),
    Study(
        key="effort",
        families=("effort",),
        differences=(("effort-parabolic-discounts", "discount_other", "discount_self"),),
        note="The twelve are the forms of the publication.",
    ),
    Study(
        key="learning",
        families=("learning",),
        differences=(
            ("learning-rates", "rate_self", "rate_other"),
            ("learning-rates", "rate_self", "rate_none"),
            ("learning-rates", "rate_other", "rate_none"),
        ),
        covariates=(("learning-rates", ("group",)),),
        note="`learning`, `learning-self-others`, `learning-rates` and `learning-rates-precisions` "
        "are the forms of the publication, `learning-differential` and those with decay are not. "
        "Within a block of 16 trials a low rate with a high precision explains much the same as a "
        "higher rate with a lower precision, see recovery.",
    ),
    Study(
        key="closeness",
        families=("closeness",),
        held=(
            ("closeness", "spread", PUBLISHED_SPREAD),
            ("closeness-differential", "spread", PUBLISHED_SPREAD),
            ("closeness-recalibration", "spread", PUBLISHED_SPREAD),
        ),
        scale=(("rating", 0.01),),
        covariates=(("closeness-recalibration", ("empathic_concern", "perspective_taking")),),
        note="Ratings on a scale from 0 to 1. The publication holds the spread of ratings at .4, "
        "four times what people show; which model is best depends on that.",
    ),
    Study(
        key="motives",
        families=("allocation", "diffusion"),
        differences=(
            ("diffusion-motives", "drift_empathy", "drift_control"),
            ("diffusion-motives", "drift_reciprocity", "drift_control"),
            ("diffusion-motives", "drift_multi", "drift_control"),
            ("diffusion-motives", "start_empathy", "start_control"),
            ("diffusion-motives", "start_reciprocity", "start_control"),
            ("diffusion-motives", "start_multi", "start_control"),
            ("diffusion-motives", "start_multi", "start_reciprocity"),
        ),
        scale=(("cost", 0.01), ("gain", 0.01)),
        note="Our diffusion has no variability of drift, start and non-decision time between "
        "trials, as the publication's has.",
    ),
    Study(
        key="trust",
        families=("trust",),
        differences=(
            ("trust-social-value", "bonus_friend", "bonus_stranger"),
            ("trust-social-value", "bonus_stranger", "bonus_computer"),
        ),
        note="Partners returned half of all investments, so there was nothing to be learnt of "
        "them; the forms are ours.",
    ),
    Study(
        key="avoidance",
        families=("avoidance",),
        retest="avoidance-rates-weights",
        note="Both sessions with the same parameters, but for the reliability.",
    ),
    Study(
        key="seen_pain",
        families=("rating-seen-pain",),
        differences=(("rating-seen-pain", "mean_pain", "mean_no_pain"),),
        scale=(("rating", 0.01),),
        note="Ratings on a scale from 0 to 1.",
    ),
    Study(
        key="regulation",
        families=("rating-regulation",),
        scale=(("rating", 0.125),),
        note="Ratings on a scale from 0 to 1.",
    ),
)


def suiting(study: Study, trials: pd.DataFrame) -> list[Model]:
    """Choose the models whose columns and labels the table has."""
    return [
        model
        for model in (*MODELS, *held(study))
        if model.name.startswith(study.families)
        and all(known(trials, column) for column in (*model.columns, *model.response.columns))
    ]


def held(study: Study) -> list[Model]:
    """Make the models with a parameter held as the publication holds it."""
    return [
        hold(find_model(name), {parameter: value}, name=f"{name}, {parameter} {value:g}")
        for name, parameter, value in study.held
    ]


def known(trials: pd.DataFrame, column: Column) -> bool:
    """Tell whether a table has a column, with no labels but its own."""
    if column.name not in trials.columns:
        return column.optional
    labels = set(trials[column.name].dropna().astype(str)) if column.levels else set()
    return labels <= set(column.levels)
