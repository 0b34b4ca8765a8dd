"""Pages and pictures of what was recorded and prepared; they decide nothing."""

from empatune.reports.session_report import render, write

__all__ = ["render", "write"]
