"""Summaries as tables: what a report shows, so that nobody has to read numbers off a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from empatune.bids import Cell, Column, Table
from empatune.exports import summary
from empatune.exports.history import STATUSES, SessionHistory
from empatune.exports.measures import measures
from empatune.exports.series import column_name
from empatune.exports.statistics import Estimate

LOW_COVERAGE = 0.8
"""Below this share of weight energy a response is hardly the published signature any more."""


def verdict(history: SessionHistory) -> Table:
    """Return completeness, exclusions and delays of a session.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    Table
        One row a number.
    """
    expected = history.overview.get("n_expected")
    rows: list[list[Cell]] = [
        ["finished", history.finished, None],
        ["volumes expected", expected, "volumes"],
        ["volumes known", len(history.volumes), "volumes"],
    ]
    rows += [[f"volumes {status}", history.n(status), "volumes"] for status in STATUSES]
    rows.append(["completeness", completeness(history), None])
    for delay in summary.delays(history):
        for name, share in (("median", 0.5), ("99th percentile", 0.99)):
            rows.append([f"delay until {delay.stage}, {name}", delay.quantile(share), "ms"])
    return Table(
        columns=(
            Column(name="name", description="What is told"),
            Column(name="value", description="Its value"),
            Column(name="units", description="Unit of the value"),
        ),
        rows=rows,
    )


def completeness(history: SessionHistory) -> float | None:
    """Return the share of the volumes that were decoded, of those expected and those that came.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    float or None
        Between 0 and 1; None if the record does not say how many were expected.
    """
    expected = history.overview.get("n_expected")
    if not expected:
        return None
    return history.n("decoded", "marked") / max(int(expected), len(history.volumes))


def blocks(history: SessionHistory) -> Table:
    """Return what every block came to.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    Table
        One row a block.
    """
    names = [measure.name for measure in measures(history)]
    columns = [
        Column(name="block", description="Number of the block, from 0"),
        Column(name="condition", description="Condition"),
        Column(name="onset", description="Start after that of volume 0", units="s"),
        Column(name="n_volumes", description="Length as it ran", units="volumes"),
        Column(
            name="n_used",
            description="Volumes that count: usable and later than the haemodynamic delay",
            units="volumes",
        ),
        Column(
            name="feedback_mean",
            description="Mean of the values that the page was told to show, -1 to 1",
        ),
    ]
    units = {measure.name: measure.unit for measure in measures(history)}
    for name in names:
        columns += _estimate_columns(column_name(name), f"Mean of {name}", units[name])
    rows = [
        [
            block.number,
            block.condition,
            round(block.parts[0].first * history.tr_s, 9),
            len(block.volumes),
            len(block.used),
            block.shown,
            *(cell for name in names for cell in _estimate_cells(block.means[name])),
        ]
        for block in summary.blocks(history)
    ]
    return Table(columns=columns, rows=rows)


def effects(history: SessionHistory) -> Table:
    """Return every condition against the baseline.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    Table
        One row per condition and measure.
    """
    return Table(
        columns=(
            Column(name="condition", description="Condition"),
            Column(name="measure", description="What was measured"),
            Column(name="kind", description="Score, signature, monitor, system or quality"),
            Column(name="units", description="Unit of the difference"),
            Column(name="n_blocks", description="Blocks of the condition"),
            Column(name="n_baseline_blocks", description="Blocks of the baseline"),
            *_estimate_columns(
                "difference", "Mean of block means, condition minus baseline", "see units"
            ),
            Column(name="d", description="Difference over volumes in pooled standard deviations"),
        ),
        rows=[
            [
                effect.condition,
                effect.measure.name,
                effect.measure.kind,
                effect.measure.unit,
                effect.n_blocks,
                effect.n_baseline_blocks,
                *_estimate_cells(effect.difference),
                effect.d,
            ]
            for effect in summary.effects(history)
        ],
        notes={"Description": "One session of one person: this is no evidence of efficacy."},
    )


def couplings(history: SessionHistory) -> Table:
    """Return how every measure goes with the score and with motion.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    Table
        One row a measure.
    """
    return Table(
        columns=(
            Column(name="measure", description="What was measured"),
            Column(name="kind", description="Signature, monitor, system or quality"),
            *_estimate_columns("r_score", "Correlation with the score", ""),
            *_estimate_columns("r_motion", "Correlation with framewise displacement", ""),
            Column(name="n", description="Volumes", units="volumes"),
        ),
        rows=[
            [
                coupling.measure.name,
                coupling.measure.kind,
                *_estimate_cells(coupling.with_score),
                *_estimate_cells(coupling.with_motion),
                coupling.with_score.n,
            ]
            for coupling in summary.couplings(history)
        ],
        notes={
            "Description": "Volumes that count for a block; intervals allow for autocorrelation."
        },
    )


def coverage(history: SessionHistory) -> Table:
    """Return how much of every map lies inside the image and the brain.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    Table
        One row a map.
    """
    preparation: Mapping[str, Any] = history.facts.get("preparation") or {}
    shares: Mapping[str, Any] = preparation.get("coverage") or {}
    return Table(
        columns=(
            Column(name="map", description="Signature or component system"),
            Column(name="voxel_share", description="Share of its voxels inside, 0 to 1"),
            Column(
                name="energy_share",
                description="Share of its squared weights inside, 0 to 1",
            ),
            Column(
                name="low",
                description=f"Whether less than {LOW_COVERAGE:g} of the energy is inside",
                levels={"true": "read its responses with reserve", "false": "enough is inside"},
            ),
        ),
        rows=[
            [
                name,
                float(entry["voxel_share"]),
                float(entry["energy_share"]),
                float(entry["energy_share"]) < LOW_COVERAGE,
            ]
            for name, entry in shares.items()
        ],
    )


def _estimate_columns(name: str, description: str, units: str) -> list[Column]:
    return [
        Column(name=name, description=description, units=units),
        Column(name=f"{name}_low", description="Lower end of its 95 % interval", units=units),
        Column(name=f"{name}_high", description="Upper end of its 95 % interval", units=units),
    ]


def _estimate_cells(estimate: Estimate) -> list[Cell]:
    return [estimate.value, estimate.low, estimate.high]
