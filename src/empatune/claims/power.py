"""How many people a study needs to find what a claim says, if the model is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from empatune.claims.checking import Check, Progress, check_sizes
from empatune.claims.records import Claim
from empatune.decoding.group.effects import wilson
from empatune.errors import ClaimError

WANTED = 0.8
"""The power that a study usually wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of simulated studies with its 95 % interval after Wilson.

    Parameters
    ----------
    value : float
        The share.
    low, high : float
        Ends of the interval.
    n : int
        Studies.
    """

    value: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, value: float, n: int) -> Share:
        """Give a share its interval.

        Parameters
        ----------
        value : float
            The share.
        n : int
            Studies.

        Returns
        -------
        Share
            The same with its interval.
        """
        interval = wilson(round(value * n), n)
        return cls(value=value, low=interval.low, high=interval.high, n=n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What studies of one size find.

    Parameters
    ----------
    n : int
        People in each study.
    found : Share
        Studies that find the claim.
    without : Share
        Studies that find something although the claim's path is cut: false positives.
    """

    n: int
    found: Share
    without: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Power of studies of several sizes.

    Parameters
    ----------
    claim : Claim
        The claim.
    points : tuple of Point
        Sizes from small to large.
    """

    claim: Claim
    points: tuple[Point, ...]

    def needed(self, power: float = WANTED) -> float | None:
        """Interpolate how many people give a power.

        Parameters
        ----------
        power : float
            The power that is wanted.

        Returns
        -------
        float or None
            People, between the last size below that power and the next; None if the power is not
            reached, or already reached by the smallest size.
        """
        if self.points[0].found.value >= power:
            return None
        below = self.points[0]
        for point in self.points[1:]:
            if point.found.value >= power:
                share = (power - below.found.value) / (point.found.value - below.found.value)
                return below.n + share * (point.n - below.n)
            below = point
        return None

    def answer(self, power: float = WANTED) -> str:
        """Tell how many people give a power.

        Parameters
        ----------
        power : float
            The power that is wanted.

        Returns
        -------
        str
            In words.
        """
        first, last = self.points[0], self.points[-1]
        needed = self.needed(power)
        if needed is not None:
            return f"{power:.0%} power with about {needed:.0f} people"
        if first.found.value >= power:
            return f"{power:.0%} power with {first.n} people or fewer"
        return f"{power:.0%} power is not reached with {last.n} people"


def power(
    claim: Claim,
    sizes: Sequence[int],
    *,
    seeds: Sequence[int] = tuple(range(1, 201)),
    workers: int = 1,
    progress: Progress | None = None,
) -> Power:
    """Simulate studies of several sizes.

    Parameters
    ----------
    claim : Claim
        What they look for.
    sizes : sequence of int
        People in each study.
    seeds : sequence of int
        A study of each size a seed.
    workers : int
        Processes; results do not depend on it.
    progress : callable, optional
        Is called with the number of studies that are done.

    Returns
    -------
    Power
        Shares of studies that find the claim, with its path and without.

    Raises
    ------
    ClaimError
        If the claim says that there is no effect, or cannot be tested with so few people.
    """
    if claim.sign == 0:
        raise ClaimError(
            f"Claim '{claim.name}' says that there is no effect; there is no power to find none. "
            "'empatune claims check' tells how often studies find none."
        )
    alone = replace(claim, counters=())
    ordered = tuple(sorted(set(sizes)))
    checks = check_sizes([alone], ordered, seeds=seeds, workers=workers, progress=progress)
    return Power(claim=claim, points=tuple(_point(only) for (only,) in checks))


def _point(check: Check) -> Point:
    return Point(
        n=check.n,
        found=Share.of(check.found, len(check.studies)),
        without=Share.of(check.found_when_cut, len(check.cut)),
    )
