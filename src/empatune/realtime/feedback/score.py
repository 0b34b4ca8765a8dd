"""From responses to one standardised number."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from empatune.realtime.study import ScoreSettings
from empatune.typing import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Baseline:
    """Mean and scatter of responses over the baseline volumes so far (Welford's recursion).

    Parameters
    ----------
    n_volumes : int
        Number of baseline volumes.
    mean : ndarray, shape (n_responses,)
        Mean response.
    scatter : ndarray, shape (n_responses, n_responses)
        Sums of products of deviations from the mean.
    """

    n_volumes: int
    mean: FloatArray
    scatter: FloatArray

    @property
    def sd(self) -> FloatArray:
        """Standard deviation of each response, shape (n_responses,); 0 before two volumes."""
        return np.sqrt(np.diagonal(self.scatter) / max(self.n_volumes - 1, 1))

    def standardise(self, responses: FloatArray) -> FloatArray:
        """Express responses in standard deviations from the baseline's mean.

        Parameters
        ----------
        responses : ndarray, shape (n_responses,)
            Responses to one volume.

        Returns
        -------
        ndarray, shape (n_responses,)
            Standardised responses [baseline SD]; 0 where the baseline does not vary.
        """
        sd = self.sd
        varies = sd > 0
        return np.where(varies, (responses - self.mean) / np.where(varies, sd, 1.0), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A weighted sum of standardised responses, itself standardised by the baseline.

    Parameters
    ----------
    value : float
        The score [SD of the weighted sum over the baseline].
    standard_error : float
        Its standard error, from those of the responses, taken as independent, and from the
        finite number of baseline volumes [same units].
    """

    value: float
    standard_error: float


def empty_baseline(n_responses: int) -> Baseline:
    """Return a baseline without volumes.

    Parameters
    ----------
    n_responses : int
        Number of responses.

    Returns
    -------
    Baseline
        The baseline.
    """
    return Baseline(
        n_volumes=0, mean=np.zeros(n_responses), scatter=np.zeros((n_responses, n_responses))
    )


def extend(baseline: Baseline, responses: FloatArray) -> Baseline:
    """Take one volume more into a baseline.

    Parameters
    ----------
    baseline : Baseline
        The baseline so far.
    responses : ndarray, shape (n_responses,)
        Responses to the volume.

    Returns
    -------
    Baseline
        The new baseline.
    """
    n_volumes = baseline.n_volumes + 1
    before = responses - baseline.mean
    mean = baseline.mean + before / n_volumes
    scatter = baseline.scatter + np.outer(before, before) * ((n_volumes - 1) / n_volumes)
    return Baseline(n_volumes=n_volumes, mean=mean, scatter=scatter)


def score(
    baseline: Baseline, weights: FloatArray, *, responses: FloatArray, standard_errors: FloatArray
) -> Score:
    """Weigh the standardised responses to one volume.

    Parameters
    ----------
    baseline : Baseline
        The baseline, of at least two volumes.
    weights : ndarray, shape (n_responses,)
        Weight of each standardised response.
    responses : ndarray, shape (n_responses,)
        Responses to the volume.
    standard_errors : ndarray, shape (n_responses,)
        Their standard errors.

    Returns
    -------
    Score
        The score; 0 if the weighted sum does not vary over the baseline.
    """
    sd = baseline.sd
    per_unit = np.where(sd > 0, weights / np.where(sd > 0, sd, 1.0), 0.0)
    covariance = baseline.scatter / (baseline.n_volumes - 1)
    variance = float((np.outer(per_unit, per_unit) * covariance).sum())
    # Responses that cancel leave rounding errors of this size, which mean nothing.
    if variance <= 1e-12 * float((weights**2).sum()):
        return Score(value=0.0, standard_error=0.0)
    value = float((per_unit * (responses - baseline.mean)).sum()) / math.sqrt(variance)
    error = float(((per_unit * standard_errors) ** 2).sum()) / variance + 1 / baseline.n_volumes
    return Score(value=value, standard_error=math.sqrt(error))


def smooth(recent: tuple[float, ...], value: float, settings: ScoreSettings) -> tuple[float, ...]:
    """Take one score more into what smoothing remembers; see `smoothed`.

    Parameters
    ----------
    recent : tuple of float
        What is remembered; empty at first.
    value : float
        The newest score.
    settings : ScoreSettings
        Kind and window of the smoothing.

    Returns
    -------
    tuple of float
        What is remembered from now on.
    """
    if settings.smoothing == "none" or not recent:
        return (value,)
    if settings.smoothing == "exponential":
        (last,) = recent
        return (last + (value - last) * -math.expm1(-1 / settings.window),)
    return (*recent, value)[-settings.window :]


def smoothed(recent: tuple[float, ...]) -> float:
    """Return the smoothed score.

    Parameters
    ----------
    recent : tuple of float
        What `smooth` returned.

    Returns
    -------
    float
        Mean of what is remembered; 0 if that is nothing.
    """
    return math.fsum(recent) / len(recent) if recent else 0.0
