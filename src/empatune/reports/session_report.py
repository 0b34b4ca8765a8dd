"""A session's report: one HTML file that needs nothing else."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from empatune import __version__
from empatune.errors import ExportError
from empatune.exports import SessionHistory, read
from empatune.reports import account, circumstances, findings, heading
from empatune.reports.markup import Html, escape, join, paragraph, tag
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
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        content = render_report(session)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=target.parent, prefix=".report-", delete=False
        ) as file:
            file.write(content)
        Path(file.name).chmod(0o666 & ~_umask())
        Path(file.name).replace(target)
    except OSError as problem:
        raise ExportError(f"{target} cannot be written: {problem}. Give another --out.") from None
    return target


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
    return _page(title=_title(material.history), body=body)


def _title(history: SessionHistory) -> str:
    label = history.labels["participant"]
    return f"Session report{f' sub-{label}' if label else ''}"


def _page(*, title: str, body: Html) -> str:
    style = resources.files("empatune.reports").joinpath("report.css").read_text("utf-8")
    head = join(
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", title),
        Html(f"<style>{style}</style>"),
    )
    return (
        f'<!doctype html>\n<html lang="en"><head>{escape(head)}</head><body>{body}</body></html>\n'
    )


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
