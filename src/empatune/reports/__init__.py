"""Pages and pictures of what was recorded and prepared; they decide nothing."""

from empatune.reports.session_report import render_report, write_report

__all__ = ["render_report", "write_report"]
