"""Effective connectivity between regions: dynamic causal models, their groups, and baselines."""
