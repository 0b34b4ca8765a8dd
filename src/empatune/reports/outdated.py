"""A mark on a group level whose trial tables were made anew."""

from __future__ import annotations

from pathlib import Path

from empatune.reports import page
from empatune.reports.markup import tag

MARK = "OUTDATED"
"""The file that marks the folder of a group level."""

WORDS = (
    "Outdated: trial tables were made anew after this group level was computed. Its numbers are of "
    "the tables before. Run the group level again (empatune decode BIDS_DIR OUT_DIR group)."
)
"""What the mark says."""

_MAIN = "<main>"


def mark_outdated(folder: Path) -> bool:
    """Say in the folder of a group level, and on its page, that it does not count any more.

    Parameters
    ----------
    folder : Path
        The folder, with ``report.html``.

    Returns
    -------
    bool
        Whether there was a group level that was not marked before.

    Raises
    ------
    ExportError
        If it cannot be written.
    """
    report, mark = folder / "report.html", folder / MARK
    if mark.exists() or not report.is_file():
        return False
    text = report.read_text(encoding="utf-8")
    banner = tag("div", WORDS, class_="verdict alarm")
    page.write(report, lambda: text.replace(_MAIN, f"{_MAIN}{banner}", 1))
    page.write(mark, lambda: WORDS + "\n")
    return True


def unmark(folder: Path) -> None:
    """Take the mark away from a group level that was computed anew.

    Parameters
    ----------
    folder : Path
        The folder; its page was written anew.
    """
    (folder / MARK).unlink(missing_ok=True)
