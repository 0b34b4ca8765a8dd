"""From a score to a value that a page can show."""

from __future__ import annotations

from empatune.realtime.study import ScalingSettings


def scale(score: float, gain: float) -> float:
    """Bring a score onto the scale of the page.

    Parameters
    ----------
    score : float
        Standardised score [baseline SD].
    gain : float
        Score that fills the scale [baseline SD].

    Returns
    -------
    float
        Between -1 and 1; 0 is the person's baseline.
    """
    return max(-1.0, min(1.0, score / gain))


def next_gain(gain: float, mean_value: float, settings: ScalingSettings) -> float:
    """Return the gain after a block of feedback: a staircase, if the study asks for one.

    A block that went well asks for more next time, one that went badly for less. The gain never
    changes inside a block, so that within one the same score is always the same value.

    Parameters
    ----------
    gain : float
        Gain during the block [baseline SD].
    mean_value : float
        Mean value of the person's own score over the block, -1 to 1.
    settings : ScalingSettings
        Kind, target, step and limits.

    Returns
    -------
    float
        Gain of the next block [baseline SD].
    """
    if settings.kind == "baseline":
        return gain
    low, high = settings.target
    if mean_value > high:
        gain *= settings.step
    elif mean_value < low:
        gain /= settings.step
    smallest, largest = settings.limits
    return max(smallest, min(largest, gain))
