"""How the group level is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from empatune.decoding.group.contrast import Contrast
from empatune.decoding.group.table import Missing
from empatune.errors import UsageError

Measure = Literal["dot", "cosine", "correlation"]
"""How an image's response to a signature is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSettings:
    """How the group level is done.

    Parameters
    ----------
    contrasts : tuple of Contrast
        What to compare; every two conditions of ``trial_type`` if empty.
    measure : Measure
        Which measure of signatures counts; component systems have their mean.
    missing : Missing
        ``raise``: a score that is not finite is an error; ``drop``: its trial is left out.
    confidence : float
        Confidence of all intervals, between 0.5 and 0.999.
    n_permutations : int
        Permutations at most; if no more exist, all are taken.
    n_bootstraps : int
        Bootstrap samples of people.
    coverage_threshold : float
        Below this share of weight energy coverage is called low.
    seed : int
        Seed of permutations and bootstrap.

    Raises
    ------
    UsageError
        If a setting is out of its range.
    """

    contrasts: tuple[Contrast, ...] = ()
    measure: Measure = "dot"
    missing: Missing = "raise"
    confidence: float = 0.95
    n_permutations: int = 10_000
    n_bootstraps: int = 2_000
    coverage_threshold: float = 0.9
    seed: int = 0

    def __post_init__(self) -> None:
        if self.measure not in ("dot", "cosine", "correlation"):
            raise UsageError(
                f"The measure is '{self.measure}'; allowed are dot, cosine and correlation."
            )
        if self.missing not in ("raise", "drop"):
            raise UsageError(f"missing is '{self.missing}'; allowed are raise and drop.")
        for name, low, high in (
            ("confidence", 0.5, 0.999),
            ("n_permutations", 100, 10_000_000),
            ("n_bootstraps", 100, 1_000_000),
            ("coverage_threshold", 0.0, 1.0),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise UsageError(f"{name} is {value}; allowed are {low} to {high}.")
