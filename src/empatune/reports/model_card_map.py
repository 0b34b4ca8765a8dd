"""The map of a model card: its weights, and where they are certain."""

from __future__ import annotations

from typing import Any

from empatune.reports import brain
from empatune.reports.markup import Html, join, number, paragraph, table, tag
from empatune.reports.model_card_material import Material, plain, plural, several
from empatune.signatures.training.clusters import MNI

MOST_CLUSTERS = 12
"""Clusters that are shown at once; the others are in the table beside the map."""


def brain_map(material: Material) -> Html:
    """Draw the map, and list where its weights are certain.

    Parameters
    ----------
    material : Material
        The signature.

    Returns
    -------
    Html
        Pictures and clusters.
    """
    saved, facts = material.saved, material.facts["weights"]
    reach = brain.reach_of(saved.weights)
    parts: list[object] = [
        tag("h3", "All weights"),
        _drawn(material, saved.weights, reach),
        brain.scale(reach),
    ]
    if saved.certain is None:
        parts.append(paragraph("No bootstrap was made: how certain each weight is, is not known."))
        return join(*parts)
    n = facts["n_voxels_fdr"]
    share = 100 * n / material.facts["data"]["n_voxels"]
    parts.append(tag("h3", f"Certain weights: false discovery rate {facts['fdr']:g}"))
    parts.append(
        paragraph(
            f"{plural(facts['n_bootstraps'], 'bootstrap sample')} of whole "
            f"{several(material.unit)}: {n} voxels ({share:.1f} %) differ from 0 at a false discovery rate "
            f"of {facts['fdr']:g} (Benjamini and Hochberg). The colours mean the same as above. "
            "The model predicts with all weights, not with these alone."
        )
    )
    if n:
        parts.append(_drawn(material, saved.certain, reach))
        parts.append(_clusters(material))
    return join(*parts)


def _drawn(material: Material, weights: Any, reach: float) -> Html:
    name, ground = material.name, material.ground
    if ground is not None:
        made = brain.on_image(name, weights, ground, reach=reach)
    else:
        made = brain.in_template(name, weights, material.saved.grid, reach=reach)
    return tag("div", made, class_="card scroll brain")


def _clusters(material: Material) -> Html:
    found = material.saved.clusters
    if found is None or not len(found):
        return paragraph("No cluster is larger than the smallest that is listed.")
    named = material.facts["data"]["space"] == MNI
    heads = ["", "voxels", "volume [mm³]", "x", "y", "z", "peak z-value"]
    columns = ["sign", "n_voxels", "volume_mm3", "x", "y", "z", "peak_z"]
    if named:
        heads, columns = [*heads, "component systems, voxels shared"], [*columns, "regions"]
    rows = []
    for row in found.head(MOST_CLUSTERS)[columns].itertuples(index=False):
        cells = [plain(cell) for cell in row]
        cells[2:6] = [number(float(value), 0) for value in row[2:6]]
        rows.append(cells)
    rest = len(found) - len(rows)
    where = "MNI" if named else "the space of the images"
    more = f"; {rest} smaller ones are in {material.name}_clusters.tsv" if rest > 0 else ""
    words = f"Largest clusters of certain weights; peaks in {where} [mm]{more}"
    note = (
        "Spheres of 8 mm around published peaks stand for the regions of the component systems."
        if named
        else "The space is the person's own: regions have no names there."
    )
    return join(table(heads, rows, caption=words), paragraph(note, note=True))
