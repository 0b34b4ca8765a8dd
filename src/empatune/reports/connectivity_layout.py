"""Where regions, arrows and their labels stand in a path diagram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from empatune.typing import BoolArray, FloatArray

_SAMPLES = np.linspace(0, 1, 41)
"""Where a curve is looked at."""

_TRIES = (0.5, 0.44, 0.56, 0.38, 0.62, 0.32, 0.68, 0.26, 0.74, 0.2, 0.8)
"""Shares of an arrow at which its label may stand, the best first."""


MOST_BESIDE = 8
"""With more arrows, labels stand on them, so that nobody has to guess whose they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box around a point [inch]."""

    x: float
    y: float
    width: float
    height: float

    def overlap(self, other: Box) -> float:
        """Give the area that two boxes share.

        Parameters
        ----------
        other : Box
            The other box.

        Returns
        -------
        float
            Area [square inch].
        """
        across = (self.width + other.width) / 2 - abs(self.x - other.x)
        up = (self.height + other.height) / 2 - abs(self.y - other.y)
        across = min(across, self.width, other.width)
        up = min(up, self.height, other.height)
        return max(across, 0.0) * max(up, 0.0)

    def holds(self, points: FloatArray) -> BoolArray:
        """Tell which points lie inside.

        Parameters
        ----------
        points : ndarray, shape (n, 2)
            Points [inch].

        Returns
        -------
        ndarray of bool, shape (n,)
            Whether each lies inside.
        """
        away = np.abs(points - (self.x, self.y))
        inside: BoolArray = (away[:, 0] < self.width / 2) & (away[:, 1] < self.height / 2)
        return inside


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """A quadratic Bezier curve.

    Attributes
    ----------
    points : ndarray, shape (3, 2)
        Beginning, control point, end [inch].
    """

    points: FloatArray

    def at(self, shares: FloatArray) -> FloatArray:
        """Give points of the curve.

        Parameters
        ----------
        shares : ndarray, shape (n,)
            From 0 to 1.

        Returns
        -------
        ndarray, shape (n, 2)
            Points [inch].
        """
        t = np.asarray(shares)[:, None]
        a, b, c = self.points
        found: FloatArray = (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c
        return found

    def scaled(self, by: float) -> Curve:
        """Give the curve in another unit.

        Parameters
        ----------
        by : float
            New units in an inch.

        Returns
        -------
        Curve
            The curve.
        """
        return Curve(points=self.points * by)

    def between(self, low: float, high: float) -> Curve:
        """Cut the curve.

        Parameters
        ----------
        low, high : float
            Shares at which it begins and ends.

        Returns
        -------
        Curve
            The part between.
        """
        a, b, c = self.points
        begin, end = self.at(np.array([low, high]))
        middle = (
            (1 - low) * (1 - high) * a + ((1 - low) * high + low * (1 - high)) * b + low * high * c
        )
        return Curve(points=np.array([begin, middle, end]))


def around(n: int) -> FloatArray:
    """
    Place regions on a circle, the first at the top; two beside one another.

    Parameters
    ----------
    n : int
        Number of regions.

    Returns
    -------
    ndarray, shape (n, 2)
        Places, stretched so that they fill -1 to 1 in both directions.
    """
    if n == 1:
        return np.zeros((1, 2))
    first = np.pi if n == 2 else np.pi / 2 + (np.pi / 4 if n == 4 else 0)
    angles = first - 2 * np.pi * np.arange(n) / n
    places = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    spread = np.ptp(places, axis=0)
    middle = (places.max(axis=0) + places.min(axis=0)) / 2
    found: FloatArray = 2 * (places - middle) / np.where(spread > 1e-9, spread, 1.0)
    return found


def join(start: Box, end: Box, *, bend: float, gap: float = 0.03) -> Curve:
    """
    Draw a curve from the border of one box to that of another.

    Parameters
    ----------
    start, end : Box
        The boxes.
    bend : float
        How far its middle is moved to its left [inch].
    gap : float
        Room before the boxes [inch].

    Returns
    -------
    Curve
        The curve.
    """
    a, c = np.array([start.x, start.y]), np.array([end.x, end.y])
    across = np.array([-(c - a)[1], (c - a)[0]]) / (np.hypot(*(c - a)) or 1.0)
    whole = Curve(points=np.array([a, (a + c) / 2 + 2 * bend * across, c]))
    shares = np.linspace(0, 1, 201)
    points = whole.at(shares)
    outside = ~(grown(start, gap).holds(points) | grown(end, gap).holds(points))
    seen = shares[outside]
    low, high = (float(seen[0]), float(seen[-1])) if len(seen) > 1 else (0.3, 0.7)
    return whole.between(low, high)


def bend_of(start: str, end: str, boxes: Mapping[str, Box], *, returned: bool) -> float:
    """
    Choose how far an arrow bends: past its return, and around regions in between.

    Parameters
    ----------
    start, end : str
        Its regions.
    boxes : mapping of str to Box
        All regions.
    returned : bool
        Whether there is an arrow the other way.

    Returns
    -------
    float
        For `join` [inch].
    """
    others = [box for name, box in boxes.items() if name not in (start, end)]
    tries = (0.17, 0.28, 0.1, 0.4) if returned else (0.0, 0.15, -0.15, 0.3, -0.3, 0.45, -0.45)
    for bend in tries:
        points = join(boxes[start], boxes[end], bend=bend).at(_SAMPLES)
        if not any(grown(box, 0.06).holds(points).any() for box in others):
            return bend
    return tries[0]


def place_label(
    curve: Curve,
    size: tuple[float, float],
    taken: Sequence[Box],
    others: Sequence[Curve],
    *,
    panel: Box,
) -> Box:
    """
    Find where beside an arrow its label is in nobody's way.

    Parameters
    ----------
    curve : Curve
        The arrow.
    size : tuple of float
        Width and height of the label [inch].
    taken : sequence of Box
        Regions and labels that are there.
    others : sequence of Curve
        All arrows.
    panel : Box
        What labels must not leave.

    Returns
    -------
    Box
        Where it stands.
    """
    crowded = len(others) > MOST_BESIDE
    boxes = [box for share in _TRIES for box in _beside(curve, share, size, on=crowded)]
    points = [other.at(_SAMPLES) for other in others if not (crowded and other is curve)]
    whole = size[0] * size[1]

    def cost(rank: int) -> float:
        box = boxes[rank]
        crossed = sum(int(box.holds(each).sum()) for each in points)
        outside = whole - box.overlap(panel)
        shared = sum(box.overlap(each) for each in taken) / whole
        return 8 * shared + 20 * outside / whole + 0.06 * crossed + 0.02 * rank

    return boxes[min(range(len(boxes)), key=cost)]


def _beside(curve: Curve, share: float, size: tuple[float, float], *, on: bool) -> list[Box]:
    """Give a box on the curve, or boxes on both sides of it, outside of its bend first."""
    a, b, c = curve.points
    x, y = curve.at(np.array([share]))[0]
    slope = 2 * (1 - share) * (b - a) + 2 * share * (c - b)
    normal = np.array([-slope[1], slope[0]]) / (np.hypot(*slope) or 1.0)
    if (b - (a + c) / 2) @ normal < 0:
        normal = -normal
    away = abs(normal[0]) * size[0] / 2 + abs(normal[1]) * size[1] / 2 + 0.05
    return [
        Box(
            x=float(x + side * away * normal[0]),
            y=float(y + side * away * normal[1]),
            width=size[0],
            height=size[1],
        )
        for side in ((0,) if on else (1, -1))
    ]


def grown(box: Box, by: float) -> Box:
    """
    Make a box larger on every side.

    Parameters
    ----------
    box : Box
        The box.
    by : float
        How much [inch].

    Returns
    -------
    Box
        The larger one.
    """
    return Box(x=box.x, y=box.y, width=box.width + 2 * by, height=box.height + 2 * by)
