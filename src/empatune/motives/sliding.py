"""Connections over the course of a run: a fit of each window, for a monitor to show.

A window is fitted as a recording of its own. Answers to what happened just before it are not
modelled, which costs the first seconds; its length decides how far an estimate can be trusted
(docs/results/motives.md has what we measured).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from empatune.connectivity.dcm.fitting import FitSettings, fit
from empatune.connectivity.dcm.parameters import Prior
from empatune.connectivity.network import Network
from empatune.connectivity.posterior import Posterior
from empatune.connectivity.series import Series
from empatune.errors import ConnectivityError

SURE = 0.95
"""An estimate whose sign is less probable than this is to be shown grey."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Window:
    """What a window of a run says.

    Attributes
    ----------
    start_s, end_s : float
        When it begins and ends, from the start of the run [s].
    posterior : Posterior or None
        What is believed of the parameters; None where the window could not be fitted.
    remark : str
        Why not, or what a reader should know of the fit; empty if nothing.
    """

    start_s: float
    end_s: float
    posterior: Posterior | None
    remark: str = ""

    def shown(self, parameter: str) -> tuple[float, float, bool]:
        """
        Give an estimate as a monitor shows it.

        Parameters
        ----------
        parameter : str
            Name of an estimated parameter: ``B[motive] AI<-ACC``.

        Returns
        -------
        mean, sd : float
            The estimate and its standard deviation; NaN where the window could not be fitted.
        sure : bool
            Whether its sign is sure enough to be shown in colour, else grey.

        Raises
        ------
        ConnectivityError
            If there is no such parameter.
        """
        if self.posterior is None:
            return float("nan"), float("nan"), False
        place = int(self.posterior.places([parameter])[0])
        return (
            float(self.posterior.mean[place]),
            float(self.posterior.sd[place]),
            bool(not self.remark and self.posterior.sign_probability[place] >= SURE),
        )


def sliding(
    series: Series,
    network: Network,
    window_s: float,
    step_s: float,
    *,
    prior: Prior | None = None,
    settings: FitSettings | None = None,
) -> tuple[Window, ...]:
    """
    Fit a network to each window of a recording.

    Parameters
    ----------
    series : Series
        The recording so far.
    network : Network
        The network.
    window_s : float
        Length of a window, rounded to whole scans [s].
    step_s : float
        From one window to the next, rounded to whole scans [s].
    prior : Prior, optional
        Priors; SPM12's where left out.
    settings : FitSettings, optional
        Starts and scheme.

    Returns
    -------
    tuple of Window
        Windows in their order; none while the recording is shorter than a window. A window in
        which an input never occurs, or that cannot be fitted for another reason, says so.

    Raises
    ------
    ConnectivityError
        If window or step are shorter than a scan.
    """
    n_scans, n_step = round(window_s / series.tr_s), round(step_s / series.tr_s)
    if n_scans < 1 or n_step < 1:
        raise ConnectivityError(
            f"A window of {window_s:g} s in steps of {step_s:g} s is shorter than a scan of "
            f"{series.tr_s:g} s. Make both longer."
        )
    starts = range(0, series.n_scans - n_scans + 1, n_step)
    return tuple(_fitted(series, network, start, n_scans, prior, settings) for start in starts)


def _fitted(
    series: Series,
    network: Network,
    start: int,
    n_scans: int,
    prior: Prior | None,
    settings: FitSettings | None,
) -> Window:
    """Fit one window, or say why it cannot be."""
    start_s, end_s = start * series.tr_s, (start + n_scans) * series.tr_s
    try:
        found = fit(_cut(series, start, n_scans), network, prior=prior, settings=settings)
    except ConnectivityError as error:
        return Window(start_s=start_s, end_s=end_s, posterior=None, remark=str(error))
    return Window(
        start_s=start_s,
        end_s=end_s,
        posterior=found.posterior,
        remark="; ".join(found.remarks),
    )


def _cut(series: Series, start: int, n_scans: int) -> Series:
    """Cut scans out of a recording, with their inputs and what confounds still differ."""
    first = round(start * series.tr_s / series.bin_s)
    last = round((start + n_scans) * series.tr_s / series.bin_s)
    confounds = series.confounds[start : start + n_scans]
    left, sizes, _ = np.linalg.svd(confounds, full_matrices=False)
    kept = sizes > 1e-8 * sizes[0]
    if not kept.all():
        confounds = left[:, kept] * np.sqrt(n_scans)
    return Series(
        signals=series.signals[start : start + n_scans],
        inputs=series.inputs[first:last],
        tr_s=series.tr_s,
        bin_s=series.bin_s,
        delays_s=series.delays_s,
        confounds=confounds,
        name=series.name,
    )
