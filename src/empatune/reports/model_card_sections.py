"""The sections of a model card."""

from __future__ import annotations

from typing import Any

import numpy as np

from empatune.reports import model_card_pictures as pictures
from empatune.reports.markup import Html, join, number, paragraph, table, tag
from empatune.reports.model_card_material import (
    Material,
    estimate,
    plain,
    plural,
    probability,
    scheme_words,
)

_EXCHANGED = {
    "within": "outcomes were exchanged within groups",
    "between": "outcomes were exchanged between whole groups",
    "free": "outcomes were exchanged between all images",
}


def use(material: Material) -> Html:
    """Say what the signature is for, and what it is not for.

    Parameters
    ----------
    material : Material
        The signature.

    Returns
    -------
    Html
        Intended use and limits.
    """
    limits = tag("ul", *(tag("li", words) for words in material.facts["limits"]))
    return join(
        tag("h3", "What its makers mean it for"),
        tag("div", material.facts["intended_use"], class_="statement"),
        tag("h3", "Where it ends"),
        limits,
    )


def data(material: Material) -> Html:
    """Describe the images.

    Parameters
    ----------
    material : Material
        The signature.

    Returns
    -------
    Html
        A table.
    """
    facts = material.facts["data"]
    outcome, grid = facts["outcome"], facts["grid"]
    sizes = np.sqrt((np.array(grid["affine"])[:3, :3] ** 2).sum(axis=0))
    if material.classes:
        counts = ", ".join(plural(n, f"{name} image") for name, n in outcome["classes"].items())
        about = f"{outcome['name']}: {counts}; higher responses mean {outcome['positive']}"
    else:
        spread = f"mean {number(outcome['mean'])}, SD {number(outcome['sd'])}"
        about = f"{outcome['name']}: {spread}, {number(outcome['min'])} to {number(outcome['max'])}"
    lattice = " x ".join(map(str, grid["shape"]))
    rows: list[tuple[object, object]] = [
        ("trained on", plural(facts["n_images"], "image")),
        ("held out together", plural(facts["n_groups"], material.unit)),
        ("predicted", about),
        ("off-target, never trained on", plural(facts["n_off_target_images"], "image")),
        ("space", facts["space"]),
        ("grid", f"{lattice} voxels of {' x '.join(f'{s:.3g}' for s in sizes)} mm"),
        ("voxels with a weight", f"{facts['n_voxels']:,}".replace(",", " ")),
        ("SHA-256 of the images' values", tag("code", facts["images_sha256"])),
    ]
    return table(("", ""), [(what, str(v) if isinstance(v, int) else v) for what, v in rows])


def performance(material: Material) -> Html:
    """Show how well images that were left out are predicted.

    Parameters
    ----------
    material : Material
        The signature.

    Returns
    -------
    Html
        Pictures and measures.
    """
    scheme, panels = material.facts["cross_validation"], _panels(material)
    rows = [
        (found["label"], estimate(found), probability(found["p"]))
        for found in material.measures.values()
    ]
    return join(
        paragraph(
            f"Nested cross-validation, {scheme_words(material)} ({plural(scheme['n_folds'], 'fold')}): "
            "every prediction comes from a model that saw nothing of its "
            f"{material.unit}, the choice of the penalty included."
        ),
        _beside(panels, 2 if len(panels) == 4 else 3),
        table(
            ("measure", "value, 95 % interval", "permutation p"),
            rows,
            caption=f"Intervals: {scheme['intervals']}",
        ),
        tag(
            "details",
            tag("summary", f"Every {material.unit} in numbers"),
            _groups_table(material),
        ),
    )


def _panels(material: Material) -> list[Html]:
    saved, names = material.saved, material.classes
    rows = saved.predictions[saved.predictions["off_target"].isna()]
    x, y = (rows[column].to_numpy(dtype=np.float64) for column in ("prediction", "outcome"))
    kept = material.facts["calibration"]
    curve = np.array([kept[key] for key in ("mean_prediction", "mean_outcome", "n_images")])
    made = [
        pictures.classes(rows, names) if names else pictures.ratings(rows, material.outcome),
        pictures.calibration(curve, classes=names, outcome=material.outcome),
    ]
    if names:
        made.insert(0, pictures.roc_curve(x, y, material.estimate("auc")))
    column, words = ("difference", "response, second − first class") if names else ("r", "r")
    if saved.groups[column].notna().sum() >= 3:
        made.append(pictures.groups(saved.groups, column, words, material.unit))
    return made


def _groups_table(material: Material) -> Html:
    value = ("difference", "second − first class") if material.classes else ("r", "r within")
    columns = ("group", "fold", "n_images", "mean_prediction", "mean_outcome", value[0])
    heads = (material.unit, "fold", "images", "mean predicted", "mean observed", value[1])
    rows = material.saved.groups[list(columns)].itertuples(index=False)
    return table(heads, [[plain(cell) for cell in row] for row in rows])


def chance(material: Material) -> Html:
    """Show what permuted outcomes gave.

    Parameters
    ----------
    material : Material
        The signature.

    Returns
    -------
    Html
        Histograms.
    """
    scheme, null = material.facts["cross_validation"], material.saved.null
    if null is None:
        return paragraph("No permutation test was made: nothing here is tested against chance.")
    drawn = [
        pictures.null(
            null[name].to_numpy(dtype=np.float64),
            material.estimate(name),
            name=name,
            label=material.measures[name]["label"],
            p=material.measures[name]["p"],
        )
        for name in null.columns
        if name in material.measures and np.isfinite(null[name]).any()
    ]
    return join(
        paragraph(
            f"The whole cross-validation, choice of the penalty included, was repeated "
            f"{scheme['n_permutations']} times with permuted outcomes: "
            f"{_EXCHANGED[scheme['exchanged']]}. p is one-sided, the true order counted among the "
            "permutations. Their middle can lie below chance: what is held out is missing from the "
            "mean of the rest."
        ),
        _beside(drawn, 3),
    )


def off_target(material: Material) -> Html:
    """Show what else the signature answers to.

    Parameters
    ----------
    material : Material
        The signature.

    Returns
    -------
    Html
        Pictures and measures.
    """
    found = material.facts["off_target"]
    statement = tag(
        "div",
        "Specificity is never absolute: it holds against what was tested, and against nothing else.",
        class_="statement",
    )
    if not found:
        return join(
            statement,
            tag(
                "div",
                "Nothing off-target was tested. What this map answers to beside "
                f"{material.outcome} is not known.",
                class_="banner",
            ),
        )
    parts: list[object] = [statement]
    for kind, made in (("condition", _conditions), ("outcome", _outcomes)):
        mine = [each for each in found if each["kind"] == kind]
        if mine:
            parts += made(material, mine)
    rows = [
        (each["name"], each["kind"], each["n_images"], result["label"], estimate(result))
        for each in found
        for result in each["measures"].values()
    ]
    heads = ("off-target", "kind", "images", "measure", "value, 95 % interval")
    parts.append(tag("details", tag("summary", "In numbers"), table(heads, rows)))
    return join(*parts)


def _conditions(material: Material, found: list[dict[str, Any]]) -> list[object]:
    known = [each for each in found if "auc" in each["measures"]]
    rows = [(f"{each['name']}", estimate(each["measures"]["auc"])) for each in known]
    if material.classes:
        target = (f"{material.classes[0]} (trained on)", material.estimate("auc"))
        rows.insert(0, target)
        what = material.classes[1]
    else:
        what = f"high {material.outcome} (above the median)"
    if not rows:
        return [paragraph("No off-target condition can be compared with the target's images.")]
    words = f"Area under the ROC curve: {what} told from each condition"
    return [
        tag(
            "div",
            paragraph(words),
            pictures.off_targets(rows, chance=0.5, words=words, marked=bool(material.classes)),
            class_="card slim",
        ),
        paragraph(
            "At .5 the map cannot tell the condition from what it was trained on: it answers to both "
            "alike. These images were scored by models that did not see their "
            f"{material.unit}, and never trained on.",
            note=True,
        ),
    ]


def _outcomes(material: Material, found: list[dict[str, Any]]) -> list[object]:
    known = [each for each in found if "r" in each["measures"]]
    rows = [(each["name"], estimate(each["measures"]["r"])) for each in known]
    if not material.classes:
        rows.insert(0, (f"{material.outcome} (trained on)", material.estimate("r")))
    if not rows:
        return []
    words = "Correlation of the predictions with other outcomes of the same images"
    return [
        tag(
            "div",
            paragraph(words),
            pictures.off_targets(rows, chance=0.0, words=words, marked=not material.classes),
            class_="card slim",
        ),
        paragraph(
            "An off-target outcome that goes with what is predicted in these data is correlated "
            "with the predictions as well; only data that part them can tell them apart.",
            note=True,
        ),
    ]


def _beside(made: list[Html], n: int) -> Html:
    """Put pictures beside one another, n in a row where the page is wide enough."""
    boxes = [tag("div", each, class_="card") for each in made]
    return tag("div", *boxes, class_="row", style=f"--n: {n}")
