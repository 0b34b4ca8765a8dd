"""Fetching published maps from their public home: checked, resumed, never half there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from empatune.errors import SignatureError
from empatune.signatures.catalogue import CATALOGUE, Entry
from empatune.signatures.signature import data_folders, find, is_published

HOME = "https://raw.githubusercontent.com/canlab/Neuroimaging_Pattern_Masks/master"
"""The public repository; EMPATUNE_SIGNATURES_URL names another copy of it."""

_N_ATTEMPTS = 3
_TIMEOUT_S = 30.0


def fetch(names: Iterable[str] = (), *, home: str | None = None) -> Iterator[Path]:
    """Fetch published maps that are not there yet.

    Proxies are those of the environment (``HTTPS_PROXY``). A broken download is resumed. A file
    whose checksum is wrong is never kept.

    Parameters
    ----------
    names : iterable of str
        Names of the catalogue; all of it if none is given.
    home : str, optional
        Address of the repository's files, if not the public one.

    Yields
    ------
    Path
        Where each map lies, in ``EMPATUNE_DATA/signatures`` if that is set, else in the cache.

    Raises
    ------
    SignatureError
        If a name is unknown, the map cannot be had, or it is not the published one.
    """
    chosen = list(names) or list(CATALOGUE)
    unknown = [name for name in chosen if name not in CATALOGUE]
    if unknown:
        raise SignatureError(
            f"No signature of the catalogue is called {', '.join(unknown)}. "
            f"Known signatures: {', '.join(CATALOGUE)}."
        )
    address = home or os.environ.get("EMPATUNE_SIGNATURES_URL") or HOME
    for name in chosen:
        entry = CATALOGUE[name]
        found = find(entry)
        if found is not None and is_published(found, entry):
            yield found
        else:
            yield _fetch(entry, f"{address.rstrip('/')}/{entry.upstream}")


def _fetch(entry: Entry, url: str) -> Path:
    import pooch  # loads requests, which few need

    folder, name = data_folders()[0], Path(entry.upstream).name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = pooch.retrieve(
            url,
            known_hash=None if entry.digest else f"sha256:{entry.sha256}",
            fname=name,
            path=folder,
            downloader=partial(_download, entry=entry, part=folder / f".part-{name}"),
        )
    except OSError as problem:
        raise SignatureError(
            f"Signature '{entry.name}' cannot be written to {folder}: {problem.strerror}. Set "
            "EMPATUNE_DATA to a folder that can be written."
        ) from problem
    if not is_published(Path(path), entry):
        raise SignatureError(
            f"{path} is not the published map of signature '{entry.name}'. Move it away, and fetch "
            "again."
        )
    return Path(path)


def _download(url: str, output: str, _: Any, *, entry: Entry, part: Path) -> None:
    """Download to a part that outlives a broken connection, and hand it over if it is right."""
    import requests

    problem = ""
    for _attempt in range(_N_ATTEMPTS):
        try:
            _resume(url, part)
        except requests.RequestException as trouble:
            problem = f"{type(trouble).__name__}: {trouble}"
            continue
        if is_published(part, entry):
            part.replace(output)
            return
        part.unlink()  # never kept: the next attempt starts afresh
        problem = "what it holds is not the published map (its checksum differs)"
    raise SignatureError(
        f"Signature '{entry.name}' could not be fetched from {url}: {problem}. Run the command "
        "again: a broken download is resumed. Behind a proxy, set HTTPS_PROXY. Offline, copy "
        f"{Path(entry.upstream).name} from {entry.home} on GitHub to {part.parent}."
    )


def _resume(url: str, part: Path) -> None:
    import requests

    start = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT_S) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            return  # all of it is there; the checksum tells
        answer.raise_for_status()
        resumed = answer.status_code == requests.codes.partial_content
        expected = int(answer.headers.get("Content-Length", -1))
        with part.open("ab" if resumed else "wb") as file:
            n_before = file.tell() if resumed else 0
            for content in answer.iter_content(1 << 16):
                file.write(content)
            n_got = file.tell() - n_before
    if expected >= 0 and n_got != expected:
        raise requests.ConnectionError(f"the connection broke after {n_got} of {expected} bytes")
