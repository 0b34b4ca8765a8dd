"""Sources of volumes: a scanner by DICOM, a watched folder, a stored series, a simulation."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from urllib.parse import parse_qsl

from empatune.errors import UsageError
from empatune.realtime.clock import Clock, SystemClock
from empatune.realtime.sources.contract import Source

__all__ = ["Source", "open_source"]

SPECS = {
    "dicom:[HOST:]PORT": "a DICOM Storage service; options ae=TITLE, calling=TITLE,TITLE",
    "watch:DIR": "a folder into which the scanner writes; options subfolders=yes",
    "replay:PATH": "a stored series; options pace=1 (0: as fast as possible), tr=SECONDS",
}
"""Every source of real images with its summary and options; ``simulate`` is opened elsewhere."""


def open_source(
    spec: str, *, spool: Path, already: Collection[str] = (), clock: Clock | None = None
) -> Source:
    """Make a source of real images from what a user wrote; it is not open yet.

    Parameters
    ----------
    spec : str
        Such as ``dicom:11112``, ``dicom:0.0.0.0:11112?ae=NF&calling=MR1``, ``watch:/export``,
        ``replay:run.nii.gz?pace=0``.
    spool : Path
        The session's folder for what waits until it is recorded.
    already : collection of str
        Digests of the objects that the record holds, when a session goes on.
    clock : Clock, optional
        This machine's time.

    Returns
    -------
    Source
        The source.

    Raises
    ------
    UsageError
        If the words are not those of a source.
    """
    kind, _, rest = spec.partition(":")
    place, _, query = rest.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    clock = clock or SystemClock()
    if kind == "dicom":
        from empatune.realtime.sources.dicom import DicomListener, DicomSettings

        host, port = _address(spec, place)
        known = _known(spec, options, "ae", "calling")
        return DicomListener(
            DicomSettings(
                host=host,
                port=port,
                ae_title=_title(spec, known.get("ae", "EMPATUNE")),
                calling=tuple(
                    _title(spec, title) for title in known.get("calling", "").split(",") if title
                ),
            ),
            spool=spool,
            already=already,
            clock=clock,
        )
    if kind == "replay" and place:
        from empatune.realtime.sources.replay import Replay, ReplaySettings

        known = _known(spec, options, "pace", "tr")
        tr_s = _number(spec, "tr", known["tr"], low=0.01, high=60) if "tr" in known else None
        return Replay(
            Path(place).expanduser(),
            ReplaySettings(
                pace=_number(spec, "pace", known.get("pace", "1"), low=0, high=1000), tr_s=tr_s
            ),
            spool=spool,
            already=already,
            clock=clock,
        )
    raise UsageError(_wrong(spec, "it is none of the sources"))


def _address(spec: str, place: str) -> tuple[str, int]:
    host, _, port = place.rpartition(":")
    if not port.isdigit() or not 0 <= int(port) <= 65535:
        raise UsageError(_wrong(spec, f"{port or 'nothing'!r} is not a port, 1 to 65535"))
    return host.strip("[]") or "127.0.0.1", int(port)


def _title(spec: str, title: str) -> str:
    if not 1 <= len(title.strip()) <= 16 or not title.isascii() or "\\" in title:
        raise UsageError(_wrong(spec, f"{title!r} is not an AE title of 1 to 16 characters"))
    return title.strip()


def _known(spec: str, options: dict[str, str], *names: str) -> dict[str, str]:
    unknown = [name for name in options if name not in names]
    if unknown:
        raise UsageError(_wrong(spec, f"its options are {', '.join(names)}, not {unknown[0]}"))
    return options


def _number(spec: str, name: str, value: str, *, low: float, high: float) -> float:
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        raise UsageError(_wrong(spec, f"{name} must be {low:g} to {high:g}, not {value!r}"))
    return number


def _wrong(spec: str, why: str) -> str:
    allowed = "\n".join(f"  {form:20} {summary}" for form, summary in SPECS.items())
    return (
        f"{spec!r} is not a source: {why}. Allowed are\n{allowed}\n"
        "  simulate             a simulated participant\n"
        "Example: --source 'dicom:11112?calling=MRSCANNER'"
    )
