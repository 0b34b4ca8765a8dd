"""Fits of many recordings as one table, and the cases that a classifier makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from empatune.errors import TrainingError
from empatune.motives.classification.cases import Cases, arrange
from empatune.typing import FloatArray

Scale = Literal["mean", "z"]
"""Posterior means, or means over standard deviations (so that unsure estimates count less)."""

Key = tuple[str, str]
"""Participant and run."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fits:
    """Estimates of one network in many recordings.

    Attributes
    ----------
    network : str
        Name of the network.
    keys : tuple of (str, str)
        Participant and run of each recording.
    parameters : tuple of str
        Names of the estimated parameters.
    means, sds : ndarray, shape (n_recordings, n_parameters)
        Posterior means and standard deviations.
    """

    network: str
    keys: tuple[Key, ...]
    parameters: tuple[str, ...]
    means: FloatArray
    sds: FloatArray

    def columns(self, fields: Sequence[str]) -> list[int]:
        """
        Find parameters by names or beginnings of names.

        Parameters
        ----------
        fields : sequence of str
            ``B[motive] AI<-ACC``, or ``B`` for every name that begins with ``B`` and a bracket
            or space.

        Returns
        -------
        list of int
            Their columns.

        Raises
        ------
        TrainingError
            If one picks nothing.
        """
        found: list[int] = []
        for field in fields:
            picked = [i for i, name in enumerate(self.parameters) if _picks(field, name)]
            if not picked:
                raise TrainingError(
                    f"'{field}' picks no estimated parameter of the network '{self.network}'. It "
                    f"has: {', '.join(self.parameters)}."
                )
            found += picked
        return sorted(set(found))

    def scaled(self, scale: Scale) -> FloatArray:
        """
        Give the estimates on a scale.

        Parameters
        ----------
        scale : {'mean', 'z'}
            Posterior means, or means over standard deviations.

        Returns
        -------
        ndarray, shape (n_recordings, n_parameters)
            The estimates.
        """
        return self.means if scale == "mean" else self.means / self.sds


def collect(rows: Iterable[tuple[Key, str, float, float]], network: str) -> Fits:
    """
    Collect fits from tidy rows.

    Parameters
    ----------
    rows : iterable of ((str, str), str, float, float)
        Participant and run, parameter, posterior mean and standard deviation.
    network : str
        Name of the network.

    Returns
    -------
    Fits
        A recording a row, in the order in which they come.

    Raises
    ------
    TrainingError
        If rows repeat each other, recordings have different parameters, or a value is unusable.
    """
    tables: dict[Key, dict[str, tuple[float, float]]] = {}
    for key, parameter, mean, sd in rows:
        own = tables.setdefault(key, {})
        if parameter in own:
            raise TrainingError(
                f"{parameter} of {_who(key)} is there twice in the network '{network}'."
            )
        if not (np.isfinite(mean) and np.isfinite(sd) and sd > 0):
            raise TrainingError(
                f"{parameter} of {_who(key)} has mean {mean} and standard deviation {sd}; both "
                f"must be numbers, the second above 0. Leave failed fits out."
            )
        own[parameter] = (mean, sd)
    if not tables:
        raise TrainingError("There are no fits. Fit recordings first: empatune connectivity fit")
    keys = tuple(tables)
    names = tuple(tables[keys[0]])
    for key in keys[1:]:
        check_parameters(names, tuple(tables[key]), whose=_who(key), than=_who(keys[0]))
    values = np.array([[tables[key][name] for name in names] for key in keys])
    return Fits(
        network=network, keys=keys, parameters=names, means=values[:, :, 0], sds=values[:, :, 1]
    )


def check_parameters(
    expected: Sequence[str], given: Sequence[str], *, whose: str, than: str
) -> None:
    """
    Refuse fits of another parameterisation.

    Parameters
    ----------
    expected, given : sequence of str
        Names of parameters.
    whose, than : str
        Who has the given and the expected ones, for the message.

    Raises
    ------
    TrainingError
        If they are not the same.
    """
    lacking = [name for name in expected if name not in set(given)]
    more = [name for name in given if name not in set(expected)]
    if lacking or more:
        parts = [f"lacks {', '.join(lacking)}"] if lacking else []
        parts += [f"has {', '.join(more)} besides"] if more else []
        raise TrainingError(
            f"{whose} has other parameters than {than}: it {' and '.join(parts)}. Fit everybody "
            f"with one network; a parameter means another thing in another network."
        )


def cases_by_label(
    fits: Fits,
    labels: Mapping[Key, str],
    *,
    fields: Sequence[str] = ("B",),
    scale: Scale = "mean",
    positive: str = "",
) -> Cases:
    """
    Make a case of every recording that has a label.

    Parameters
    ----------
    fits : Fits
        The fits.
    labels : mapping of (str, str) to str
        Motive of each participant and run; an empty run stands for all of the participant's.
    fields : sequence of str
        Parameters to learn from.
    scale : {'mean', 'z'}
        What of them.
    positive : str
        Motive for which scores above 0 shall speak.

    Returns
    -------
    Cases
        The cases.

    Raises
    ------
    TrainingError
        If labels or parameters cannot be used.
    """
    found = [labels.get(key, labels.get((key[0], ""))) for key in fits.keys]
    rows = [place for place, label in enumerate(found) if label is not None]
    if not rows:
        raise TrainingError(
            f"No label belongs to a fit. Fits are of {_some(key[0] for key in fits.keys)}; labels "
            f"of {_some(key[0] for key in labels)}."
        )
    columns = fits.columns(fields)
    return arrange(
        [fits.parameters[column] for column in columns],
        fits.scaled(scale)[np.ix_(rows, columns)],
        labels=[label for label in found if label is not None],
        people=[fits.keys[row][0] for row in rows],
        runs=[fits.keys[row][1] for row in rows],
        positive=positive,
    )


def cases_by_modulator(
    fits: Fits, modulators: tuple[str, str], *, scale: Scale = "mean", positive: str = ""
) -> Cases:
    """
    Make two cases of every recording: what each of two inputs does to the same connections.

    Parameters
    ----------
    fits : Fits
        Fits of a network with both motives as modulators.
    modulators : (str, str)
        Names of the inputs; they are the labels.
    scale : {'mean', 'z'}
        Posterior means, or means over standard deviations.
    positive : str
        Modulator for which scores above 0 shall speak.

    Returns
    -------
    Cases
        The cases.

    Raises
    ------
    TrainingError
        If the modulators do not change the same connections.
    """
    values = fits.scaled(scale)
    parts, edges = [], []
    for name in modulators:
        columns = fits.columns([f"B[{name}]"])
        edges.append([fits.parameters[column].split(" ", 1)[1] for column in columns])
        parts.append(values[:, columns])
    if edges[0] != edges[1]:
        raise TrainingError(
            f"{modulators[0]} changes {', '.join(edges[0])}, but {modulators[1]} changes "
            f"{', '.join(edges[1])}. To compare motives, let both change the same connections."
        )
    people = [key[0] for key in fits.keys]
    return arrange(
        [f"B {edge}" for edge in edges[0]],
        np.vstack(parts),
        labels=[name for name in modulators for _ in people],
        people=people * 2,
        runs=[key[1] for key in fits.keys] * 2,
        positive=positive,
    )


def _picks(field: str, name: str) -> bool:
    return name == field or name.startswith((f"{field} ", f"{field}["))


def _who(key: Key) -> str:
    return f"{key[0]}, run {key[1]}" if key[1] else key[0]


def _some(names: Iterable[str]) -> str:
    """Name the first few."""
    each = list(dict.fromkeys(names))
    return ", ".join(each[:3]) + (" ..." if len(each) > 3 else "")
