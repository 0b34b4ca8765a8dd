"""Under which circumstances a session ran: motion, delays, brain and coverage."""

from __future__ import annotations

import numpy as np

from empatune.exports import outcomes, series
from empatune.preparation import Prepared
from empatune.reports import brain, comparisons, traces
from empatune.reports.markup import Html, join, number, paragraph, table, tag
from empatune.reports.material import Material


def quality(material: Material) -> Html:
    """Return motion and image quality.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The section's content.
    """
    history = material.history
    rows = []
    for name, words, unit in (
        ("fd_mm", "framewise displacement", "mm"),
        ("displacement_mm", "displacement from the reference", "mm"),
        ("dvars_percent", "DVARS", "percent"),
    ):
        found = [series.quality(volume, name) for volume in history.volumes]
        values = np.array([value for value in found if value is not None])
        if len(values):
            marks = np.quantile(values, (0.5, 0.95, 1.0))
            rows.append((words, unit, float(values.mean()), *(float(mark) for mark in marks)))
    if not rows:
        return paragraph("No volume was aligned.")
    tsnr = [series.quality(volume, "tsnr") for volume in history.volumes]
    last = next((value for value in reversed(tsnr) if value is not None), None)
    return join(
        tag("div", traces.quality(history), class_="card"),
        table(("", "unit", "mean", "median", "95 % within", "largest"), rows),
        paragraph(f"tSNR of the brain at the end: {number(last, 1)}.", note=True),
    )


def latency(material: Material) -> Html:
    """Return how long every stage took.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The section's content.
    """
    found = [delay for delay in material.delays if len(delay.values_ms)]
    n_waited = sum(volume.waited for volume in material.history.volumes)
    if not found:
        return paragraph("The record holds no delays.")
    note = "From the last byte of a volume to each stage, on the clock of the recording machine."
    if n_waited:
        note += f" {n_waited} volumes that waited for the preparation are left out."
    pace = material.history.pace
    if pace != 1:
        words = "as fast as possible" if pace == 0 else f"at {pace:g} times their true pace"
        note = (
            f"The volumes were played {words}: they wait for one another, so these delays say "
            f"nothing about a scanner's. {note}"
        )
    return join(
        tag("div", comparisons.delays(found), class_="card"),
        table(
            (
                "stage",
                "volumes",
                "median [ms]",
                "95 % within [ms]",
                "99 % within [ms]",
                "longest [ms]",
            ),
            [
                (
                    d.stage,
                    len(d.values_ms),
                    *(number(d.quantile(share), 1) for share in (0.5, 0.95, 0.99, 1.0)),
                )
                for d in found
            ],
        ),
        paragraph(note, note=True),
    )


def brains(material: Material) -> Html:
    """Return pictures of the preparation and how much of every map is covered.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The section's content.
    """
    history, prepared = material.history, material.prepared
    coverage = outcomes.coverage(history)
    low = [str(row[0]) for row in coverage.rows if row[3]]
    parts: list[object] = []
    if low:
        text = (
            f"Less than {100 * outcomes.LOW_COVERAGE:.0f} % of the weight energy of {', '.join(low)} "
            "lies inside image and brain: read these responses with reserve."
        )
        parts.append(tag("div", text, class_="banner"))
    if prepared is None:
        parts.append(paragraph("The record holds no preparation: there is nothing to draw."))
    else:
        parts += [tag("h3", "Brain mask on the mean image"), brain.mask(prepared)]
        for name in history.overview.get("score_signatures", ()):
            if name in prepared.weights:
                parts += [tag("h3", f"Weights of {name}"), brain.signature(prepared, name)]
        parts += [tag("h3", "Component systems"), brain.systems(prepared)]
        text = (
            f"Brought to this brain by {prepared.method}{_agreement(prepared)}. Left is left. Warm weights count for, cold "
            "ones against the signature; the largest 1 % are clipped. Systems: green experience "
            "sharing, blue mentalizing, purple empathic concern."
        )
        parts.append(paragraph(text, note=True))
    if coverage.rows:
        parts += [
            tag("h3", "Coverage"),
            table(
                ("map", "voxels inside [%]", "weight energy inside [%]", ""),
                [
                    (
                        row[0],
                        number(100 * float(str(row[1])), 1),
                        number(100 * float(str(row[2])), 1),
                        tag("span", "low", class_="tag warning") if row[3] else "",
                    )
                    for row in coverage.rows
                ],
            ),
        ]
    return join(*parts)


def _agreement(prepared: Prepared) -> str:
    alignment = prepared.details.get("alignment")
    dice = alignment.get("brain_dice") if isinstance(alignment, dict) else None
    if not isinstance(dice, float):
        return ""
    return f"; template and brain mask overlap with a Dice coefficient of {number(dice)}"
