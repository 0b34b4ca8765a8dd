"""Trials of a study decoded: signature scores of every trial, and what they say of the group."""
