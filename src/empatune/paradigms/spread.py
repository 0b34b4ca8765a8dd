"""A number that a design fixes, or lets vary from trial to trial or person to person."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from empatune.forms import Rule
from empatune.typing import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How a number varies.

    Parameters
    ----------
    kind : {"levels", "uniform", "normal"}
        Some values, each equally often; anything between two bounds; or a bell.
    values : tuple of float
        The levels, the two bounds, or mean and standard deviation.
    """

    kind: Literal["levels", "uniform", "normal"]
    values: tuple[float, ...]

    @classmethod
    def of(cls, given: Any) -> Spread:
        """Turn what a file says into a spread.

        Parameters
        ----------
        given : object
            A number, a list of levels, or a table with low and high or with mean and sd.

        Returns
        -------
        Spread
            The spread.
        """
        if isinstance(given, Spread):
            return given
        if isinstance(given, dict):
            low_high = "low" in given
            keys = ("low", "high") if low_high else ("mean", "sd")
            kind: Literal["uniform", "normal"] = "uniform" if low_high else "normal"
            return cls(kind=kind, values=tuple(float(given[key]) for key in keys))
        values = given if isinstance(given, list | tuple) else [given]
        return cls(kind="levels", values=tuple(float(value) for value in values))

    @property
    def mean(self) -> float:
        """Its mean."""
        return self.values[0] if self.kind == "normal" else float(np.mean(self.values))

    @property
    def reach(self) -> tuple[float, float]:
        """The smallest and the largest value; of a bell its mean, since tails are cut."""
        if self.kind == "normal":
            return self.values[0], self.values[0]
        return min(self.values), max(self.values)

    @property
    def words(self) -> str:
        """What it is, in words."""
        first, *others = (f"{value:g}" for value in self.values)
        if self.kind == "uniform":
            return f"{first} to {others[0]}"
        if self.kind == "normal":
            return f"{first} (SD {others[0]})"
        return " or ".join([first, *others])

    def sample(self, rng: np.random.Generator, n_rows: int, n_columns: int) -> FloatArray:
        """Draw values.

        Parameters
        ----------
        rng : Generator
            Source of randomness.
        n_rows, n_columns : int
            How many; levels come equally often in each row, as far as its length allows.

        Returns
        -------
        ndarray, shape (n_rows, n_columns)
            The values.
        """
        shape = (n_rows, n_columns)
        if len(self.values) == 1:
            return np.full(shape, self.values[0])
        if self.kind != "levels":
            one, other = self.values
            return (rng.uniform if self.kind == "uniform" else rng.normal)(one, other, shape)
        # every row starts at another level, so that none is favoured where they do not divide
        places = np.arange(n_columns) + rng.integers(0, len(self.values), (n_rows, 1))
        return rng.permuted(np.array(self.values)[places % len(self.values)], axis=1)


def spread(low: float, high: float, *, unit: str = "") -> Rule:
    """Allow a number that may vary.

    Parameters
    ----------
    low, high : float
        Bounds of every value.
    unit : str
        Unit, for the message.

    Returns
    -------
    Rule
        The rule; it turns what is given into a `Spread`.
    """
    unit = f" {unit}" if unit else ""
    return Rule(
        allowed=f"a number from {low:g} to {high:g}{unit}, a list of such numbers (each equally "
        "often), { low = ..., high = ... } or { mean = ..., sd = ... }",
        accepts=lambda value: _is_spread(value, low, high),
        convert=Spread.of,
    )


def _is_spread(value: Any, low: float, high: float) -> bool:
    def inside(one: Any) -> bool:
        return (
            isinstance(one, int | float)
            and not isinstance(one, bool)
            and math.isfinite(one)
            and low <= one <= high
        )

    if isinstance(value, Spread):
        return True
    if isinstance(value, list):
        return bool(value) and all(inside(one) for one in value)
    if not isinstance(value, dict):
        return inside(value)
    if set(value) == {"low", "high"}:
        return inside(value["low"]) and inside(value["high"]) and value["low"] < value["high"]
    if set(value) != {"mean", "sd"} or not inside(value["mean"]):
        return False
    sd = value["sd"]
    return isinstance(sd, int | float) and not isinstance(sd, bool) and 0 < sd < math.inf
