"""Series and fits as files: whole arrays, and what they depend on."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from empatune.connectivity.network import Network
from empatune.connectivity.posterior import Posterior
from empatune.connectivity.series import Series
from empatune.errors import ConnectivityError, DecodingError
from empatune.typing import Array, JsonObject

if TYPE_CHECKING:
    from empatune.connectivity.dcm.fit import Fit

DIGEST = "EmpatuneDigest"
"""Fact that tells what a file was made of."""

FORMAT = 1
"""Raised when what files hold changes: files of before are made again."""

_FACTS = "facts"
_SERIES = tuple(entry.name for entry in fields(Series))
_POSTERIOR = tuple(entry.name for entry in fields(Posterior))
_FIT = ("name", "log_precisions", "signals", "predicted", "cleaned", "scale", "tr_s", "chosen")


def digest_of(facts: JsonObject) -> str:
    """
    Digest facts.

    Parameters
    ----------
    facts : dict
        What a file depends on.

    Returns
    -------
    str
        SHA-256.
    """
    text = json.dumps({"Format": FORMAT, **facts}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def describe_network(network: Network) -> JsonObject:
    """
    Tell a network as JSON.

    Parameters
    ----------
    network : Network
        The network.

    Returns
    -------
    dict
        Its fields.
    """
    told: dict[str, Any] = {entry.name: getattr(network, entry.name) for entry in fields(network)}
    return {
        key: np.asarray(value).tolist() if isinstance(value, np.ndarray | tuple) else value
        for key, value in told.items()
    }


def pack_series(series: Series, facts: JsonObject) -> bytes:
    """
    Write a series as the content of a file.

    Parameters
    ----------
    series : Series
        The series.
    facts : dict
        What goes with it.

    Returns
    -------
    bytes
        An ``.npz`` file.
    """
    return _pack({name: np.asarray(getattr(series, name)) for name in _SERIES}, facts)


def load_series(path: Path) -> Series:
    """
    Read a series back.

    Parameters
    ----------
    path : Path
        A file of `pack_series`.

    Returns
    -------
    Series
        The series.

    Raises
    ------
    DecodingError
        If the file is missing or damaged.
    """
    return Series(**_fields(_unpack(path), _SERIES, path))


def pack_fit(fit: Fit, facts: JsonObject) -> bytes:
    """
    Write a fit as the content of a file.

    Parameters
    ----------
    fit : Fit
        The fit.
    facts : dict
        What goes with it.

    Returns
    -------
    bytes
        An ``.npz`` file with the whole posterior and the record of every start.
    """
    arrays = {name: np.asarray(getattr(fit, name)) for name in _FIT}
    for name in _POSTERIOR:
        arrays[f"posterior.{name}"] = np.asarray(getattr(fit.posterior, name))
    for entry in fields(fit.network):
        arrays[f"network.{entry.name}"] = np.asarray(getattr(fit.network, entry.name))
    for name in ("stop", "iterations", "rejected", "free_energy"):
        arrays[f"ascents.{name}"] = np.array([getattr(each, name) for each in fit.ascents])
    arrays["ascents.free_energies"] = np.concatenate([a.free_energies for a in fit.ascents])
    return _pack(arrays, facts)


def load_fit(path: Path) -> Fit:
    """
    Read a fit back.

    Parameters
    ----------
    path : Path
        A file of `pack_fit`.

    Returns
    -------
    Fit
        The fit.

    Raises
    ------
    DecodingError
        If the file is missing or damaged.
    """
    from empatune.connectivity.dcm.fit import Ascent, Fit

    arrays = _unpack(path)
    given = _fields(arrays, _FIT, path)
    posterior = load_posterior(path, arrays)
    lengths = arrays["ascents.iterations"]
    courses = np.split(arrays["ascents.free_energies"], np.cumsum(lengths)[:-1])
    ascents = tuple(
        Ascent(
            stop=str(arrays["ascents.stop"][start]),  # type: ignore[arg-type]
            iterations=int(lengths[start]),
            rejected=int(arrays["ascents.rejected"][start]),
            free_energies=course,
            free_energy=float(arrays["ascents.free_energy"][start]),
        )
        for start, course in enumerate(courses)
    )
    return Fit(network=_network(arrays), posterior=posterior, ascents=ascents, **given)


def load_posterior(path: Path, arrays: dict[str, Array] | None = None) -> Posterior:
    """
    Read the posterior of a fit alone.

    Parameters
    ----------
    path : Path
        A file of `pack_fit`.
    arrays : dict, optional
        What the file holds, where it was read before.

    Returns
    -------
    Posterior
        The posterior.

    Raises
    ------
    DecodingError
        If the file is missing or damaged.
    """
    return Posterior(**_fields(arrays or _unpack(path), _POSTERIOR, path, kind="posterior."))


def read_facts(path: Path) -> JsonObject:
    """
    Read what goes with a series or fit.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict
        Its facts; empty if the file is missing or damaged.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            facts: JsonObject = json.loads(str(file[_FACTS]))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
    return facts


def _pack(arrays: dict[str, Array], facts: JsonObject) -> bytes:
    content = io.BytesIO()
    np.savez(content, **{_FACTS: np.array(json.dumps(facts))}, **arrays)  # type: ignore[arg-type]
    return content.getvalue()


def _unpack(path: Path) -> dict[str, Array]:
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
        raise DecodingError(
            f"{path} cannot be read: {problem}. Delete it, and fit again."
        ) from problem


def _fields(
    arrays: dict[str, Array], names: tuple[str, ...], path: Path, *, kind: str = ""
) -> dict[str, Any]:
    missing = [name for name in names if f"{kind}{name}" not in arrays]
    if missing:
        raise DecodingError(
            f"{path} lacks {', '.join(missing)}: another version of empatune wrote it, or it is "
            "another kind of file. Fit again."
        )
    return {name: _plain(arrays[f"{kind}{name}"]) for name in names}


def _network(arrays: dict[str, Array]) -> Network:
    given = {
        entry.name: _plain(arrays[f"network.{entry.name}"])
        for entry in fields(Network)
        if f"network.{entry.name}" in arrays
    }
    try:
        return Network(**given)
    except ConnectivityError as problem:
        raise DecodingError(f"A stored network cannot be used: {problem}") from problem


def _plain(value: Array) -> Any:
    """Give names as a tuple and single values as themselves."""
    if not value.ndim:
        return value.item()
    return tuple(map(str, value)) if value.dtype.kind == "U" else value
