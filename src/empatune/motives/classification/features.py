"""Three views of a recording: connections, activity, and correlations of regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from empatune.connectivity.correlation import Kind, correlate_conditions
from empatune.connectivity.series import Series
from empatune.motives.activity import activity_of
from empatune.typing import FloatArray

View = tuple[tuple[str, ...], FloatArray]
"""Names of features, and their values, shape (n_features,)."""


def activity_view(series: Series, conditions: Mapping[str, int], regions: Sequence[str]) -> View:
    """
    Describe a recording by how active regions are in each condition.

    Parameters
    ----------
    series : Series
        The recording.
    conditions : mapping of str to int
        Names of conditions, and the column of the inputs that holds their events.
    regions : sequence of str
        Names of the regions.

    Returns
    -------
    names : tuple of str
        ``helping AI``: condition and region.
    values : ndarray, shape (n_conditions * n_regions,)
        Answers of a general linear model.

    Raises
    ------
    ConnectivityError
        If answers to the conditions cannot be told apart.
    """
    betas = activity_of(series, tuple(conditions.values()))
    names = tuple(f"{condition} {region}" for condition in conditions for region in regions)
    return names, betas.ravel()


def correlation_view(
    series: Series, conditions: Mapping[str, int], regions: Sequence[str], kind: Kind = "full"
) -> View:
    """
    Describe a recording by correlations of regions in each condition (Fisher's z).

    Parameters
    ----------
    series : Series
        The recording.
    conditions : mapping of str to int
        Names of conditions, and the column of the inputs that says when each holds.
    regions : sequence of str
        Names of the regions.
    kind : {'full', 'partial', 'lagged'}
        Which correlation; lagged ones have a direction.

    Returns
    -------
    names : tuple of str
        ``helping ACC-AI``; ``helping AI<-ACC`` where lagged.
    values : ndarray, shape (n_features,)
        Fisher's z of the correlations.

    Raises
    ------
    ConnectivityError
        If a condition never holds or has too few scans.
    """
    n = len(regions)
    found = correlate_conditions(series, conditions, kind)
    lagged = kind == "lagged"
    pairs = [(i, j) for i in range(n) for j in range(n) if (i != j if lagged else i < j)]
    mark = "<-" if lagged else "-"
    names = tuple(f"{each} {regions[i]}{mark}{regions[j]}" for each in conditions for i, j in pairs)
    values = np.array([found[each].values[i, j] for each in conditions for i, j in pairs])
    return names, np.arctanh(np.clip(values, -0.999999, 0.999999))
