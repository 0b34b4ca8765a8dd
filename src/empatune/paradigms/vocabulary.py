"""What a design can ask of people, and what it can know of them beforehand."""

from __future__ import annotations

QUANTITIES = {
    "empathy": "rating",
    "care": "rating",
    "distress": "rating",
    "positive": "rating",
    "liking": "rating",
    "closeness": "rating",
    "conditioned": "rating",
    "donation": "rating",
    "points": "rating",
    "approach": "choice",
    "help": "choice",
    "accurate": "choice",
}
"""What a response can be about, and whether it is a number or a yes or no."""

TRAITS = (
    "empathic concern",
    "personal distress",
    "trait empathy",
    "perspective taking",
    "identification",
    "need to belong",
)
"""Dispositions that questionnaires measure, by which a contrast can differ between people."""

TRAININGS = ("sharing", "concern", "mentalizing", "presence")
"""What people can be trained in between sessions."""
