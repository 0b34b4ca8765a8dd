"""How a signature is trained and validated."""

from __future__ import annotations

from dataclasses import dataclass

from empatune.errors import UsageError
from empatune.signatures.training.methods import METHODS


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """How a signature is trained and validated.

    Parameters
    ----------
    method : str
        A name of `METHODS`.
    n_folds : int or None
        Folds in which groups are held out; None for one group at a time.
    n_inner_folds : int
        Folds among the rest, at most, in which the penalty is chosen.
    penalty : float or None
        The penalty in the method's unit; None chooses it in the inner folds.
    n_components : int or None
        Keep the largest so many components; all if None.
    n_bootstraps : int
        Bootstrap samples for the weights; 0 for none.
    n_permutations : int
        Permutations of the whole cross-validation; 0 for none.
    n_resamples : int
        Resamples of the groups for the intervals of the measures.
    percentile : bool
        Take the weights' intervals from quantiles of the samples.
    seed : int
        Seed of everything random.
    n_workers : int
        Threads; the result does not depend on them.

    Raises
    ------
    UsageError
        If a setting is out of range.
    """

    method: str = "lasso-pcr"
    n_folds: int | None = None
    n_inner_folds: int = 5
    penalty: float | None = None
    n_components: int | None = None
    n_bootstraps: int = 5000
    n_permutations: int = 1000
    n_resamples: int = 2000
    percentile: bool = False
    seed: int = 1
    n_workers: int = 1

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise UsageError(f"'{self.method}' is no method; there are {', '.join(METHODS)}.")
        if self.penalty is not None and not self.penalty > 0:
            raise UsageError(f"A penalty is above 0; given {self.penalty}.")
        least = {"n_inner_folds": 2, "n_bootstraps": 0, "n_permutations": 0, "n_workers": 1}
        for name, minimum in least.items():
            if getattr(self, name) < minimum:
                raise UsageError(f"{name} is at least {minimum}; given {getattr(self, name)}.")
        if self.n_bootstraps == 1:
            raise UsageError("One bootstrap sample tells nothing; ask for 0 or for many.")
