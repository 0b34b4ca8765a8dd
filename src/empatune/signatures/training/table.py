"""From a user's table to what a signature is trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from empatune.errors import TrainingError, UsageError
from empatune.signatures.training.data import TrainingData
from empatune.signatures.training.files import read_images
from empatune.typing import Array, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns of a table mean what.

    Parameters
    ----------
    image : str
        Paths of 3D maps; relative ones start at the table's folder.
    outcome : str
        What to predict: numbers, or names of two classes.
    group : str
        What is held out together.
    positive : str
        The class that higher responses shall mean; the later of both in the alphabet if empty.
    condition : str
        Names of conditions, of which some are off-target.
    off_target : tuple of str
        Conditions on which the signature is tested and never trained.
    off_target_outcomes : tuple of str
        Columns of numbers that the signature should not tell.
    """

    image: str
    outcome: str
    group: str
    positive: str = ""
    condition: str = ""
    off_target: tuple[str, ...] = ()
    off_target_outcomes: tuple[str, ...] = ()


def read_table(
    path: Path,
    columns: Columns,
    *,
    resample: bool = False,
    check_space: bool = True,
    progress: Callable[[float], None] = lambda _share: None,
) -> TrainingData:
    """Read a table and the images that it names.

    Parameters
    ----------
    path : Path
        Comma-separated (.csv) or tab-separated (.tsv) text with a header.
    columns : Columns
        What its columns mean.
    resample : bool
        Bring images of other grids to that of the first.
    check_space : bool
        Refuse images that cannot lie in MNI space.
    progress : callable
        Told which share of the images is read.

    Returns
    -------
    TrainingData
        Images, outcomes, groups.

    Raises
    ------
    UsageError
        If a column or condition that is named is not there.
    TrainingError
        If the table or an image cannot be used.
    """
    frame = _read(path)
    _check_columns(frame, path, columns)
    _check_groups(frame, path, columns)
    _check_double(frame, path, columns)
    off_target = _off_target(frame, columns)
    trained = np.ones(len(frame), bool) if off_target is None else off_target == ""
    outcome, classes = _outcome(frame[columns.outcome].tolist(), trained, columns, path)
    paths = [path.parent / str(name) for name in frame[columns.image]]
    others = {name: _numbers(frame[name].tolist(), name) for name in columns.off_target_outcomes}
    return TrainingData(
        images=read_images(paths, resample=resample, check_space=check_space, progress=progress),
        outcome=outcome,
        groups=frame[columns.group].astype(str).to_numpy(),
        classes=classes,
        off_target=off_target,
        off_target_outcomes=others,
        outcome_name=columns.outcome,
        group_name=columns.group,
        space="MNI" if check_space else "unchecked",
    )


def _read(path: Path) -> Any:
    import pandas as pd

    try:
        frame = pd.read_csv(path, sep="\t" if path.suffix == ".tsv" else ",")
    except (OSError, ValueError) as error:
        raise TrainingError(f"{path} cannot be read as a table: {error}") from error
    if not len(frame):
        raise TrainingError(f"{path} holds no rows.")
    return frame


def _check_columns(frame: Any, path: Path, columns: Columns) -> None:
    wanted = [columns.image, columns.outcome, columns.group, *columns.off_target_outcomes]
    if columns.condition:
        wanted.append(columns.condition)
    absent = [name for name in wanted if name not in frame.columns]
    if absent:
        raise UsageError(
            f"{path.name} has no column {', '.join(absent)}; it has {', '.join(frame.columns)}."
        )
    if columns.off_target and not columns.condition:
        raise UsageError(
            "Off-target conditions are named, but not the column that holds them (--condition)."
        )


def _check_groups(frame: Any, path: Path, columns: Columns) -> None:
    for name in (columns.image, columns.group):
        empty = np.flatnonzero(frame[name].isna())
        if len(empty):
            lines = ", ".join(str(row + 2) for row in empty[:10])
            raise TrainingError(f"{path}: column '{name}' is empty in line(s) {lines}.")


def _check_double(frame: Any, path: Path, columns: Columns) -> None:
    """Refuse an image that stands in the table twice: it would count twice, or test itself."""
    lines: dict[Path, list[int]] = {}
    for line, name in enumerate(frame[columns.image], start=2):
        lines.setdefault((path.parent / str(name)).resolve(), []).append(line)
    double = {image: places for image, places in lines.items() if len(places) > 1}
    if double:
        listed = "; ".join(
            f"{image.name} in lines {', '.join(map(str, places))}"
            for image, places in list(double.items())[:5]
        )
        more = f"; and {len(double) - 5} more" if len(double) > 5 else ""
        raise TrainingError(
            f"{path.name} names {len(double)} {'image' if len(double) == 1 else 'images'} more than "
            f"once: {listed}{more}. An image that is trained on twice counts twice, and can stand on "
            "both sides of the test. Keep one line for each image."
        )


def _off_target(frame: Any, columns: Columns) -> Array | None:
    if not columns.off_target:
        return None
    conditions = frame[columns.condition].astype(str).to_numpy()
    unknown = sorted(set(columns.off_target) - set(conditions))
    if unknown:
        raise UsageError(
            f"Column '{columns.condition}' has no condition {', '.join(unknown)}; it has "
            f"{', '.join(sorted(set(conditions)))}."
        )
    return np.where(np.isin(conditions, columns.off_target), conditions, "")


def _outcome(
    values: Sequence[object], trained: Array, columns: Columns, path: Path
) -> tuple[FloatArray, tuple[str, str] | None]:
    known = [value for value, used in zip(values, trained, strict=True) if used]
    _check_known(known, columns.outcome)
    numbers = _numbers_or_none(known)
    distinct = sorted(set(map(str, known)) if numbers is None else set(map(float, numbers)))
    if numbers is not None and (len(distinct) > 2 or len(distinct) == 1):
        if columns.positive:
            raise UsageError(
                f"--positive '{columns.positive}' names a class, and column '{columns.outcome}' "
                "holds numbers: they are predicted as they are, and a higher response means a "
                "higher number. Leave --positive out, or name a column of two classes."
            )
        outcome = np.full(len(values), np.nan)
        outcome[np.asarray(trained)] = numbers
        return outcome, None
    if len(distinct) != 2:
        _check_numbers(values, trained, columns.outcome, path)
        what = f"one class only ({distinct[0]})" if distinct else "nothing"
        if len(distinct) > 2:
            what = f"{len(distinct)} classes ({', '.join(map(str, distinct[:6]))})"
        raise TrainingError(
            f"Column '{columns.outcome}' holds {what}; numbers or two classes can be predicted. "
            "Name the conditions that are not to be trained on as off-target."
        )
    names = [f"{value:g}" if isinstance(value, float) else str(value) for value in distinct]
    second = columns.positive or names[1]
    if second not in names:
        raise UsageError(f"'{second}' is no class of '{columns.outcome}'; it has {names}.")
    first = names[1 - names.index(second)]
    texts = [f"{v:g}" if isinstance(v, int | float) else str(v) for v in values]
    signs = [1.0 if text == second else -1.0 if text == first else np.nan for text in texts]
    return np.where(trained, np.array(signs), np.nan), (first, second)


def _check_numbers(values: Sequence[object], trained: Array, name: str, path: Path) -> None:
    """Show the few words among numbers: these were meant as ratings, not as classes."""
    used = [(line, value) for line, value in enumerate(values, start=2) if trained[line - 2]]
    words = [(line, value) for line, value in used if _numbers_or_none([value]) is None]
    if 2 * len(words) < len(used):
        listed = ", ".join(f"'{value}' in line {line}" for line, value in words[:5])
        more = f" and {len(words) - 5} more" if len(words) > 5 else ""
        raise TrainingError(
            f"{path.name}: column '{name}' holds numbers, and {listed}{more}. Mend or leave out "
            f"{'this line' if len(words) == 1 else 'these lines'}."
        )


def _check_known(values: Sequence[object], name: str) -> None:
    n_missing = sum(str(value).lower() in ("nan", "none") for value in values)
    if n_missing:
        raise TrainingError(
            f"The outcome '{name}' is missing in {n_missing} of {len(values)} images that are "
            "trained on. Leave these images out of the table, or mend them."
        )


def _numbers_or_none(values: Sequence[object]) -> FloatArray | None:
    try:
        return np.array([float(str(value)) for value in values])
    except ValueError:
        return None


def _numbers(values: Sequence[object], name: str) -> FloatArray:
    numbers = _numbers_or_none(values)
    if numbers is None:
        raise TrainingError(f"Column '{name}' holds words; an off-target outcome needs numbers.")
    return numbers
