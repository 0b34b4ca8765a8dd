"""A session's report: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from empatune import __version__
from empatune.exports import SessionHistory, read
from empatune.reports import account, circumstances, findings, heading, page
from empatune.reports.markup import Html, paragraph, tag
from empatune.reports.material import Material, gather

FILE = "report.html"
"""Where a report lies inside a session's folder, unless another place is given."""

_SECTIONS: tuple[tuple[str, str, Callable[[Material], Html]], ...] = (
    ("course", "Signatures, score and feedback", findings.course),
    ("regulation", "Blocks and regulation", findings.regulation),
    ("specificity", "Specificity", findings.specificity),
    ("quality", "Motion and image quality", circumstances.quality),
    ("latency", "Delays", circumstances.latency),
    ("brain", "Brain and coverage", circumstances.brains),
    ("exclusions", "Exclusions and log", account.exclusions),
    ("allocation", "Sham allocation", account.allocation),
    ("software", "Software, seeds, checksums", account.software),
    ("crednf", "CRED-nf checklist", account.checklist),
)


def write_report(session: Path, out: Path | None = None) -> Path:
    """Write the report of a session, finished or not.

    Parameters
    ----------
    session : Path
        The session's folder.
    out : Path, optional
        The file; ``report.html`` in the session's folder if not given. It is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    RecordError
        If the folder holds no record or a damaged one.
    ExportError
        If the file cannot be written.
    """
    target = session / FILE if out is None else out
    return page.write(target, lambda: render_report(session))


def render_report(session: Path) -> str:
    """Return the report of a session as HTML.

    Parameters
    ----------
    session : Path
        The session's folder.

    Returns
    -------
    str
        A whole page, without a single link to a file or a server.

    Raises
    ------
    RecordError
        If the folder holds no record or a damaged one.
    """
    material = gather(read(session))
    links = [tag("a", title, href=f"#{name}") for name, title, _ in _SECTIONS]
    body = tag(
        "main",
        heading.header(material),
        tag("nav", *links),
        *(
            tag("section", tag("h2", title), make(material), id=name)
            for name, title, make in _SECTIONS
        ),
        tag(
            "footer",
            paragraph(
                f"Written by empatune {__version__} from the record alone. Every number is also in "
                "the tables of empatune export."
            ),
        ),
    )
    return page.whole(title=_title(material.history), body=body)


def _title(history: SessionHistory) -> str:
    label = history.labels["participant"]
    return f"Session report{f' sub-{label}' if label else ''}"
