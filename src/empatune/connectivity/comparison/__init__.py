"""Comparing models: reduction, greedy search, selection over people, families."""
