"""Sources of volumes: a scanner by DICOM, a watched folder, a stored series, a simulation."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TypedDict
from urllib.parse import parse_qsl

from empatune.errors import UsageError
from empatune.realtime.clock import Clock, SystemClock
from empatune.realtime.sources.contract import Source

__all__ = ["Source", "open_source"]

SPECS = {
    "dicom:[HOST:]PORT": "a DICOM Storage service; options ae=TITLE, calling=TITLE,TITLE",
    "watch:DIR": "a folder into which the scanner writes; options subfolders=yes, tr=SECONDS",
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
    make = _MAKERS.get(kind)
    if make is None or not place:
        raise UsageError(_wrong(spec, "it is none of the sources"))
    options = dict(parse_qsl(query, keep_blank_values=True))
    common: _Common = {"spool": spool, "already": already, "clock": clock or SystemClock()}
    return make(spec, place, options, common)


class _Common(TypedDict):
    spool: Path
    already: Collection[str]
    clock: Clock


def _dicom(spec: str, place: str, options: dict[str, str], common: _Common) -> Source:
    from empatune.realtime.sources.dicom import DicomListener, DicomSettings

    _check(spec, options, "ae", "calling")
    host, port = _address(spec, place)
    calling = [title for title in options.get("calling", "").split(",") if title]
    settings = DicomSettings(
        host=host,
        port=port,
        ae_title=_title(spec, options.get("ae", "EMPATUNE")),
        calling=tuple(_title(spec, title) for title in calling),
    )
    return DicomListener(settings, **common)


def _watch(spec: str, place: str, options: dict[str, str], common: _Common) -> Source:
    from empatune.realtime.sources.watch import FolderWatch, WatchSettings

    _check(spec, options, "subfolders", "tr")
    subfolders = options.get("subfolders", "no")
    if subfolders not in ("yes", "no"):
        raise UsageError(_wrong(spec, f"subfolders must be yes or no, not {subfolders!r}"))
    settings = WatchSettings(subfolders=subfolders == "yes", tr_s=_tr_s(spec, options))
    return FolderWatch(Path(place).expanduser(), settings, **common)


def _replay(spec: str, place: str, options: dict[str, str], common: _Common) -> Source:
    from empatune.realtime.sources.replay import Replay, ReplaySettings

    _check(spec, options, "pace", "tr")
    pace = _number(spec, "pace", options.get("pace", "1"), low=0, high=1000)
    settings = ReplaySettings(pace=pace, tr_s=_tr_s(spec, options))
    return Replay(Path(place).expanduser(), settings, **common)


_MAKERS: dict[str, Callable[[str, str, dict[str, str], _Common], Source]] = {
    "dicom": _dicom,
    "watch": _watch,
    "replay": _replay,
}


def _tr_s(spec: str, options: dict[str, str]) -> float | None:
    return _number(spec, "tr", options["tr"], low=0.01, high=60) if "tr" in options else None


def _address(spec: str, place: str) -> tuple[str, int]:
    host, _, port = place.rpartition(":")
    if not port.isdigit() or not 0 <= int(port) <= 65535:
        raise UsageError(_wrong(spec, f"{port or 'nothing'!r} is not a port, 1 to 65535"))
    return host.strip("[]") or "127.0.0.1", int(port)


def _title(spec: str, title: str) -> str:
    if not 1 <= len(title.strip()) <= 16 or not title.isascii() or "\\" in title:
        raise UsageError(_wrong(spec, f"{title!r} is not an AE title of 1 to 16 characters"))
    return title.strip()


def _check(spec: str, options: dict[str, str], *names: str) -> None:
    unknown = [name for name in options if name not in names]
    if unknown:
        raise UsageError(_wrong(spec, f"its options are {', '.join(names)}, not {unknown[0]}"))


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
