"""Signals and confounds of one run, from a table or from images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from empatune.core import Grid
from empatune.decoding import models
from empatune.decoding.confounds import read_confounds
from empatune.decoding.connections.images import RegionVoxels, draw_region, read_voxels
from empatune.decoding.connections.recordings import Recording, read_table
from empatune.decoding.connections.records import RegionPart
from empatune.decoding.connections.settings import ReadingSettings
from empatune.decoding.series import Series as ImageSeries
from empatune.errors import DecodingError
from empatune.forms import alike
from empatune.typing import FloatArray, JsonObject

TR_TOLERANCE = 0.01
"""Two tellings of a TR may differ by this share."""

RAW = 20.0
"""A mean above this many standard deviations looks like raw intensities."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunSignals:
    """One run as a model sees it.

    Parameters
    ----------
    signals : ndarray, shape (n_scans, n_regions)
        Signals.
    nuisance : ndarray, shape (n_scans, n_nuisance)
        Constant, drift and confounds, orthonormal.
    tr_s : float
        Time from scan to scan [s].
    delay_s : float
        When within the TR a scan was measured [s].
    notes : tuple of str
        What a user should know.
    facts : dict
        Coverage of regions and names of confounds.
    """

    signals: FloatArray
    nuisance: FloatArray
    tr_s: float
    delay_s: float
    notes: tuple[str, ...]
    facts: JsonObject


def read_run(
    recording: Recording,
    regions: Mapping[str, RegionPart],
    settings: ReadingSettings,
    *,
    folder: Path,
) -> RunSignals:
    """
    Read the signals of a run.

    Parameters
    ----------
    recording : Recording
        Where they are.
    regions : dict of str to RegionPart
        Which regions.
    settings : ReadingSettings
        How.
    folder : Path
        Where paths of masks begin.

    Returns
    -------
    RunSignals
        Signals and confounds.

    Raises
    ------
    DecodingError
        If a file is missing or damaged, a region has no signal, or times do not fit.
    ImageError
        If an image is damaged or not in MNI space.
    """
    if recording.images is not None:
        return _read_images(recording, regions, settings, folder)
    return _read_table(recording, regions, settings)


def _read_table(
    recording: Recording, regions: Mapping[str, RegionPart], settings: ReadingSettings
) -> RunSignals:
    path = recording.table
    if path is None:
        raise DecodingError(f"{recording.stem} has no table of signals.")
    rows = read_table(path)
    signals = _columns(path, rows, regions)
    tr_s = _repetition_time(recording, settings, told_s=0.0)
    if settings.scaling == "percent":
        signals = _percent(signals, list(regions), path.name)
    with np.errstate(invalid="ignore", divide="ignore"):
        raw = bool((np.abs(signals.mean(axis=0)) > RAW * signals.std(axis=0)).any())
    notes = (
        "means are far above the changes: if these are raw intensities, use --scaling percent",
    )
    nuisance, names = _nuisance(recording, settings, len(signals), tr_s)
    return RunSignals(
        signals=signals,
        nuisance=nuisance,
        tr_s=tr_s,
        delay_s=_delay(recording, tr_s),
        notes=notes if raw else (),
        facts={"Confounds": list(names)},
    )


def _columns(
    path: Path, rows: list[dict[str, str]], regions: Mapping[str, RegionPart]
) -> FloatArray:
    """Read the columns of regions; whatever is no number is told with its line."""
    if len(rows) < 3:
        raise DecodingError(f"{path.name} has {len(rows)} rows; a recording has one a scan.")
    signals = np.zeros((len(rows), len(regions)))
    for place, (name, part) in enumerate(regions.items()):
        header = part.column or name
        if header not in rows[0]:
            raise DecodingError(
                f"{path.name} has no column '{header}' for the region '{name}'; it has "
                f"{', '.join(rows[0])}.{alike(header, list(rows[0]))} Name its column in "
                f"[regions.{name}]."
            )
        for line, row in enumerate(rows):
            try:
                signals[line, place] = float(row[header])
            except ValueError:
                signals[line, place] = np.nan
    bad = np.argwhere(~np.isfinite(signals))
    if bad.size:
        line, place = bad[0]
        name, part = list(regions.items())[place]
        raise DecodingError(
            f"{path.name}: '{part.column or name}' is "
            f"'{rows[line][part.column or name]}' in line {line + 2}, which is not a number "
            f"({len(bad)} such values). Interpolate them, or leave the run out."
        )
    return signals


def _read_images(
    recording: Recording,
    regions: Mapping[str, RegionPart],
    settings: ReadingSettings,
    folder: Path,
) -> RunSignals:
    run = recording.images
    if run is None or run.bold is None:
        raise DecodingError(f"{recording.stem} has no preprocessed series.")
    if "Damaged" in run.metadata:
        raise DecodingError(str(run.metadata["Damaged"]))
    series = ImageSeries.open(run.bold)
    tr_s = _repetition_time(recording, settings, told_s=series.tr_s)
    nuisance, names = _nuisance(recording, settings, series.n_volumes, tr_s)
    masks = {
        name: draw_region(name, part, series.grid, folder=folder) for name, part in regions.items()
    }
    voxels = read_voxels(series, masks, _brain(run.mask, series, recording.stem))
    _check_coverage(voxels, settings.min_coverage, recording.stem)
    columns = [
        _summarise(each, nuisance, settings, f"{name} of {series.path.name}")
        for name, each in voxels.items()
    ]
    low = {name: each.coverage for name, each in voxels.items() if each.coverage < 0.9}
    return RunSignals(
        signals=np.stack(columns, axis=1),
        nuisance=nuisance,
        tr_s=tr_s,
        delay_s=_delay(recording, tr_s),
        notes=tuple(f"{name}: only {share:.0%} in the brain" for name, share in low.items()),
        facts={
            "Confounds": list(names),
            "Coverage": {name: each.coverage for name, each in voxels.items()},
            "Voxels": {name: each.values.shape[1] for name, each in voxels.items()},
        },
    )


def _check_coverage(voxels: Mapping[str, RegionVoxels], least: float, stem: str) -> None:
    low = [
        f"{name} ({each.coverage:.0%})"
        for name, each in voxels.items()
        if each.coverage < least or not each.values.shape[1]
    ]
    if low:
        raise DecodingError(
            f"Too little of {', '.join(low)} lies in the brain of {stem}; at least {least:.0%} is "
            "asked for. Move the region, leave the run out, or allow less (--min-coverage)."
        )


def _summarise(
    voxels: RegionVoxels, nuisance: FloatArray, settings: ReadingSettings, whose: str
) -> FloatArray:
    """Bring the voxels of a region down to one signal."""
    values = voxels.values
    if settings.summary == "mean":
        values = values.mean(axis=1, keepdims=True)
    if settings.scaling != "none":
        values = _percent(values, [whose] * values.shape[1], whose)
    if settings.summary == "mean":
        return np.asarray(values[:, 0])
    # As SPM12's spm_regions: the first component of what nuisance leaves, in the voxels' unit.
    left, sizes, right = np.linalg.svd(
        values - nuisance @ (nuisance.T @ values), full_matrices=False
    )
    sign = np.sign(right[0].sum()) or 1.0
    return np.asarray(sign * left[:, 0] * sizes[0] / np.sqrt(values.shape[1]))


def _percent(values: FloatArray, names: list[str], where: str) -> FloatArray:
    mean = values.mean(axis=0)
    low = np.flatnonzero(~(mean > 1e-3 * np.maximum(values.std(axis=0), 1.0)))
    if low.size:
        raise DecodingError(
            f"{where}: the mean of {names[low[0]]} is {mean[low[0]]:g}, of which no percent can be "
            "taken: the signals were demeaned or are empty. Use --scaling none."
        )
    return np.asarray(100 * (values / mean - 1))


def _nuisance(
    recording: Recording, settings: ReadingSettings, n_scans: int, tr_s: float
) -> tuple[FloatArray, tuple[str, ...]]:
    """Read confounds and add drift: an orthonormal basis of all that is no response."""
    strategy = settings.confounds
    if recording.images is None and recording.confounds is None:
        strategy = ("none",)  # a table of signals may have been cleaned before
    elif strategy == ("all",):
        strategy = ("*",)
    confounds, names = read_confounds(recording.confounds, strategy, n_volumes=n_scans)
    times: FloatArray = tr_s * (np.arange(n_scans, dtype=np.float64) + 0.5)
    return models.nuisance_basis(confounds, times, high_pass_s=settings.high_pass_s), names


def _repetition_time(recording: Recording, settings: ReadingSettings, *, told_s: float) -> float:
    """Take the TR that is told; refuse two that differ."""
    if settings.tr_s is not None:
        return settings.tr_s
    found = {"the sidecar": _sidecar_time(recording), "the image's header": told_s}
    told = {where: value for where, value in found.items() if value > 0}
    if not told:
        raise DecodingError(
            f"Nothing tells the repetition time of {recording.stem}. Give it (--tr 2.0), or write "
            "RepetitionTime into the sidecar of the table."
        )
    values = list(told.values())
    if max(values) - min(values) > TR_TOLERANCE * min(values):
        tellings = " and ".join(f"{where} {value:g} s" for where, value in told.items())
        raise DecodingError(
            f"The TR of {recording.stem} is unclear: {tellings}. Say which is right (--tr)."
        )
    if not 0.05 <= values[0] <= 30:
        raise DecodingError(
            f"The TR of {recording.stem} is {values[0]:g} s; allowed: 0.05 to 30 s. Mend its "
            "sidecar, or give it (--tr)."
        )
    return values[0]


def _sidecar_time(recording: Recording) -> float:
    told: Any = recording.metadata.get("RepetitionTime")
    if isinstance(told, int | float) and told > 0:
        return float(told)
    rate: Any = recording.metadata.get("SamplingFrequency")
    return 1.0 / rate if isinstance(rate, int | float) and rate > 0 else 0.0


def _delay(recording: Recording, tr_s: float) -> float:
    start: Any = recording.metadata.get("StartTime")
    told = isinstance(start, int | float) and 0 <= start <= tr_s
    return float(start) if told else tr_s / 2


def _brain(mask: Path | None, series: ImageSeries, stem: str) -> Any:
    import nibabel

    if mask is None:
        raise DecodingError(f"{stem} has no *_desc-brain_mask.nii.gz in its space.")
    try:
        image: Any = nibabel.load(mask)
        values = np.asarray(image.dataobj)
    except Exception as problem:  # nibabel raises many kinds for damaged files
        raise DecodingError(f"{mask} cannot be read: {problem}") from problem
    if values.ndim != 3 or not Grid(shape=values.shape, affine=image.affine).matches(series.grid):
        raise DecodingError(
            f"{mask.name} does not lie in the grid of {series.path.name}: shapes {values.shape} "
            f"and {series.grid.shape}."
        )
    return values > 0
