"""The model card of a trained signature: one HTML file that needs nothing else.

Its parts follow the model cards of Mitchell et al. 2019, doi 10.1145/3287560.3287596, in the words
of the field: what it is, what it is for, on which data, how well it does, what else it answers to.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from empatune.reports import brain, page
from empatune.reports import model_card_sections as sections
from empatune.reports.markup import Html, interval, join, number, paragraph, table, tag
from empatune.reports.model_card_map import brain_map
from empatune.reports.model_card_material import (
    LEVEL,
    Material,
    estimate,
    plural,
    probability,
    scheme_words,
    several,
    told,
)
from empatune.signatures.training.clusters import MNI
from empatune.signatures.training.reading import read

Section = tuple[str, str, Html]
"""Name, title and content of a section."""


def write_model_card(
    path: Path, *, ground: brain.Ground | None = None, more: Sequence[Section] = ()
) -> Path:
    """Write the model card beside a trained signature.

    Parameters
    ----------
    path : Path
        Its map, as `signatures.training.save` returned it.
    ground : Ground, optional
        What the map is drawn on if it does not lie in MNI space; the grid is the map's.
    more : sequence of (str, str, Html)
        Sections that this signature has beside the usual ones: name, title, content.

    Returns
    -------
    Path
        The page, ``NAME.html``.

    Raises
    ------
    TrainingError
        If a file of the signature is missing, damaged or not the one the card describes.
    ExportError
        If the page cannot be written.
    """
    target = path.with_name(path.name.removesuffix(".gz").removesuffix(".nii") + ".html")
    return page.write(target, lambda: render_model_card(path, ground=ground, more=more))


def render_model_card(
    path: Path, *, ground: brain.Ground | None = None, more: Sequence[Section] = ()
) -> str:
    """Return the model card of a trained signature as HTML.

    Parameters
    ----------
    path : Path
        Its map, as `signatures.training.save` returned it.
    ground : Ground, optional
        What the map is drawn on if it does not lie in MNI space; the grid is the map's.
    more : sequence of (str, str, Html)
        Sections that this signature has beside the usual ones: name, title, content.

    Returns
    -------
    str
        A whole page, without a single link to a file or a server.

    Raises
    ------
    TrainingError
        If a file of the signature is missing, damaged or not the one the card describes.
    """
    material = Material(saved=read(path), path=path, ground=ground)
    made = [
        ("map", "The map", brain_map(material)),
        ("performance", "Performance in what was left out", sections.performance(material)),
        ("chance", "Against chance", sections.chance(material)),
        ("off-target", "What else it answers to", sections.off_target(material)),
        *more,
        ("use", "Intended use and limits", sections.use(material)),
        ("data", "Data", sections.data(material)),
        ("apply", "How to use it", _apply(material)),
        ("methods", "Methods, citation, versions", _methods(material)),
    ]
    body = tag(
        "main",
        _header(material),
        tag("nav", *(tag("a", words, href=f"#{name}") for name, words, _ in made)),
        *(tag("section", tag("h2", words), content, id=name) for name, words, content in made),
        tag(
            "footer",
            paragraph(
                f"Written by empatune {material.facts['versions']['empatune']} from the files "
                "beside it. Parts as in Mitchell et al. 2019, doi 10.1145/3287560.3287596."
            ),
        ),
    )
    return page.whole(title=f"Model card: {material.name}", body=body)


def _header(material: Material) -> Html:
    facts = material.facts
    leading = material.measures[material.leading]
    certain = facts["weights"].get("n_voxels_fdr")
    counts = facts["data"]
    tiles = [
        (number(leading["value"]), leading["label"]),
        (probability(leading["p"]), "permutation p"),
        (str(counts["n_groups"]), f"{several(material.unit)} held out in turn"),
        (str(counts["n_images"]), "images"),
        ("–" if certain is None else str(certain), "certain weights (FDR .05)"),
    ]
    boxes = [
        tag("div", tag("b", value), tag("span", words), class_="tile") for value, words in tiles
    ]
    method = facts["method"]
    return tag(
        "header",
        tag("div", "empatune model card", class_="kind"),
        tag("h1", material.name),
        tag("p", f"{method['summary']} · {facts['created'][:10]}", class_="labels"),
        _verdict(material),
        tag("div", *boxes, class_="tiles"),
    )


def _verdict(material: Material) -> Html:
    leading = material.measures[material.leading]
    if material.classes:
        first, second = material.classes
        does = f"tells {second} from {first}"
    else:
        does = f"predicts {material.outcome}"
    figures = told(leading)
    where = f"in {several(material.unit)} left out of training"
    off = _loudest(material)
    if leading["p"] is None:
        words, level = f"This map {does} {where}: {figures}, not tested against chance.", "warning"
    elif leading["p"] > LEVEL:
        words, level = f"Not shown that this map {does}: {figures}.", "alarm"
    else:
        words, level = f"This map {does} {where}: {figures}.", ""
    return tag("div", words, " ", off, class_=f"verdict {level}".strip())


def _loudest(material: Material) -> str:
    """Name the off-target answer that speaks most against the map."""
    found = material.facts["off_target"]
    if not found:
        return "Nothing off-target was tested."
    conditions = [each for each in found if "auc" in each["measures"]]
    outcomes = [each for each in found if "r" in each["measures"]]
    words = []
    if conditions:
        worst = min(conditions, key=lambda each: each["measures"]["auc"]["value"])
        area = interval(estimate(worst["measures"]["auc"]))
        words.append(f"told from {worst['name']} with an AUC of {area}")
    if outcomes:
        worst = max(outcomes, key=lambda each: abs(each["measures"]["r"]["value"]))
        r = interval(estimate(worst["measures"]["r"]))
        words.append(f"correlated with {worst['name']}, r {r}")
    return f"Least specific where tested: {'; '.join(words)}." if words else ""


def _apply(material: Material) -> Html:
    name, method = material.name, material.facts["method"]
    file = f"{name}.nii.gz"
    commands = (
        f"# how strongly images express it, with coverage\n"
        f"empatune express --signature {file} IMAGES... --out scores.tsv\n\n"
        f"# every trial of a study of fMRIPrep derivatives\n"
        f"empatune decode BIDS_DIR OUT_DIR participant group --signature {file}\n\n"
        f"# beside published signatures\n"
        f"empatune signatures compare {file} care distress --out compared\n\n"
        f"# in a closed-loop session: in the study file\n"
        f'[signatures]\nfeedback = ["{file}"]\n'
    )
    python = (
        "from empatune.signatures import load\n"
        "from empatune.signatures.training import load_card\n\n"
        f'signature = load("{file}")  # weights and grid\n'
        f'card = load_card("{file}")  # refuses a map that is not the one described here\n'
    )
    meaning = (
        f"the response: above 0 speaks for {material.classes[1]}"
        if material.classes
        else f"the predicted {material.outcome}"
    )
    words = (
        f"The dot product of an image with the map, plus {number(method['intercept'], 4)}, is "
        f"{meaning}. That holds for images in the unit and with the preprocessing of those it was "
        "trained on; with others compare responses, not predictions. Read responses beside their "
        "coverage and beside those of other maps."
    )
    if material.facts["data"]["space"] != MNI:
        words += (
            " This map lies in one person's images: it is for that person alone, by its name in the "
            "[signatures] of a study that is run with their preparation."
        )
        commands = f'[signatures]\nfeedback = ["{name}"]\n'
    return join(paragraph(words), tag("pre", commands), tag("pre", python), _files(material))


def _files(material: Material) -> Html:
    name = material.name
    rows = [
        (f"{name}.nii.gz", "the map: one weight a voxel"),
        (f"{name}.json", "everything on this page, for programs"),
        (f"{name}_predictions.tsv, _groups.tsv", "out-of-fold predictions; groups held out"),
    ]
    if material.saved.null is not None:
        rows.append((f"{name}_null.tsv", "measures of every permutation"))
    if material.saved.certain is not None:
        rows += [
            (f"{name}_fdr05.nii.gz, _q, _z", "certain weights, false discovery rates, bootstrap z"),
            (f"{name}_error.nii.gz, _low, _high", "standard error and 95 % interval of weights"),
            (f"{name}_clusters.tsv", "clusters of certain weights"),
        ]
    return table(("file", "what it holds"), [(tag("code", file), what) for file, what in rows])


def _methods(material: Material) -> Html:
    facts = material.facts
    method, counts, scheme = facts["method"], facts["data"], facts["cross_validation"]
    penalties = np.array(scheme["fold_penalties"])
    chosen = (
        f"the penalty ({method['penalty']:.3g} in the final model; {penalties.min():.3g} to "
        f"{penalties.max():.3g} over folds) was chosen in up to {scheme['n_inner_folds']} inner "
        f"folds by {material.unit}"
        if method["penalty_chosen_by"] == "inner folds"
        else f"the penalty was fixed at {method['penalty']:.3g}"
    )
    parts = (
        "all components"
        if method["n_components"] is None
        else f"the largest {plural(method['n_components'], 'component')}"
    )
    tested = (
        f"p values from {scheme['n_permutations']} permutations of the whole procedure; "
        if scheme["n_permutations"]
        else ""
    )
    n_bootstraps = facts["weights"]["n_bootstraps"]
    weighed = (
        f"weights from {n_bootstraps} bootstrap samples of whole {several(material.unit)}, thresholded at a "
        "false discovery rate of .05; "
        if n_bootstraps
        else ""
    )
    text = (
        f"{material.name} was trained with empatune {facts['versions']['empatune']} on "
        f"{plural(counts['n_images'], 'image')} of {plural(counts['n_groups'], material.unit)} to "
        f"predict {material.outcome}: {method['summary'].lower()} ({method['name']}, doi "
        f"{method['doi']}; {parts}); {chosen}. Cross-validation: {scheme_words(material)} "
        f"({plural(scheme['n_folds'], 'fold')}); intervals: {scheme['intervals']}; {tested}{weighed}"
        f"seed {facts['seed']}."
    )
    rows = [(name, words) for name, words in facts["versions"].items()]
    checksum = paragraph("SHA-256 of the map: ", tag("code", material.saved.card.checksum))
    return join(
        tag("h3", "For a methods section"),
        tag("div", text, class_="statement"),
        tag("h3", "To cite this map"),
        paragraph(
            f"Name it with its checksum: {material.name}, trained {facts['created'][:10]}, "
            f"SHA-256 {material.saved.card.checksum[:12]}…"
        ),
        checksum,
        tag("details", tag("summary", "Versions"), table(("software", "version"), rows)),
    )
