"""Decode, model and tune motivated empathy."""

__version__ = "0.1.0"
