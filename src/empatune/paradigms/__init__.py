"""Experiments as designs: conditions in the terms of context, timing, contrasts."""
