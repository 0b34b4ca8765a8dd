"""Pages and pictures of what was recorded and prepared; they decide nothing."""

from empatune.reports.decoding_report import render_decoding_report, write_decoding_report
from empatune.reports.session_report import render_report, write_report

__all__ = [
    "render_decoding_report",
    "render_report",
    "write_decoding_report",
    "write_report",
]
