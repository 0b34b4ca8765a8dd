"""Methods that fit a network to a series, by name; each gives a fit of one form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from empatune.connectivity.network import Network
from empatune.connectivity.regression import (
    RegressionFit,
    SparseSettings,
    fit_ridge,
    fit_sparse,
    posterior_of,
    predict,
)
from empatune.connectivity.series import Series
from empatune.errors import ConnectivityError, UsageError
from empatune.forms import alike

if TYPE_CHECKING:
    from empatune.connectivity.dcm.fit import Fit, Stop
    from empatune.connectivity.dcm.fitting import FitSettings

DYNAMIC = "dcm"
"""Name of the method that networks are fitted with if nothing else is said."""


def fit_by(method: str, series: Series, network: Network, *, settings: FitSettings) -> Fit:
    """
    Fit a network to a series by a method.

    Parameters
    ----------
    method : str
        Name in METHODS.
    series : Series
        The series.
    network : Network
        The network. Regression DCM (``rdcm``, ``rdcm-sparse``) takes linear ones alone; sparse, it
        seeks which of the network's connections are there.
    settings : FitSettings
        How; regression DCM takes the seed alone.

    Returns
    -------
    Fit
        Posterior, free energy, predictions and the record of the fit.

    Raises
    ------
    ConnectivityError
        If series and network do not fit each other or the method.
    UsageError
        If there is no such method.
    """
    check_method(method)
    return METHODS[method](series, network, settings)


def check_method(method: str) -> None:
    """
    Refuse a method that does not exist.

    Parameters
    ----------
    method : str
        Its name.

    Raises
    ------
    UsageError
        If there is no such method.
    """
    if method not in METHODS:
        raise UsageError(
            f"There is no method '{method}'.{alike(method, list(METHODS))} Methods: "
            f"{', '.join(METHODS)}."
        )


def _dynamic(series: Series, network: Network, settings: FitSettings) -> Fit:
    from empatune.connectivity.dcm.fitting import fit

    return fit(series, network, settings=settings)


def _ridge(series: Series, network: Network, settings: FitSettings) -> Fit:  # noqa: ARG001
    timed = _from_first_sample(series)
    return _as_fit(fit_ridge(timed, network), timed)


def _sparse(series: Series, network: Network, settings: FitSettings) -> Fit:
    seeking = SparseSettings(seed=settings.seed, within_network=True)
    timed = _from_first_sample(series)
    return _as_fit(fit_sparse(timed, network, seeking), timed)


METHODS: dict[str, Callable[[Series, Network, FitSettings], Fit]] = {
    DYNAMIC: _dynamic,
    "rdcm": _ridge,
    "rdcm-sparse": _sparse,
}
"""Dynamic causal models; regression DCM of the given connections; and one that seeks them."""


def _from_first_sample(series: Series) -> Series:
    """Let time begin when regions are imaged on average: regression DCM knows no delays."""
    n_early = round(float(series.delays_s.mean()) / series.bin_s)
    later = np.pad(series.inputs[n_early:], ((0, n_early), (0, 0)))
    return replace(series, inputs=later, delays_s=np.zeros(series.n_regions))


def _as_fit(found: RegressionFit, series: Series) -> Fit:
    """Give a regression's network as a fit, with the signals it makes of its inputs alone."""
    from empatune.connectivity.dcm.fit import Ascent, Fit

    stop: Stop = "converged" if found.converged.all() else "iteration limit"
    try:
        course = predict(found, series)
    except ConnectivityError:  # connections stand, but nothing can be predicted from them
        stop, course = "unstable", np.zeros_like(series.signals)
    weigh = np.linalg.pinv(series.confounds)
    return Fit(
        name=series.name,
        network=found.network,
        posterior=posterior_of(found, name=series.name),
        log_precisions=np.log(found.noise_precision),
        signals=series.signals,
        predicted=course + series.confounds @ (weigh @ (series.signals - course)),
        cleaned=series.signals - series.confounds @ (weigh @ series.signals),
        scale=1.0,
        tr_s=series.tr_s,
        ascents=(
            Ascent(
                stop=stop,
                iterations=int(found.n_iterations.max()),
                rejected=0,
                free_energies=np.array([found.evidence]),
                free_energy=found.evidence,
            ),
        ),
        chosen=0,
    )
