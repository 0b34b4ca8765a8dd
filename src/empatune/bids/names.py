"""How files are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from empatune.errors import ExportError

_LABEL = re.compile(r"[0-9A-Za-z]+")


def label(text: str) -> str:
    """Turn a name into a BIDS label by leaving out what BIDS does not allow.

    Parameters
    ----------
    text : str
        Any name, such as ``vps-no-occipital``.

    Returns
    -------
    str
        Its letters and digits, such as ``vpsnooccipital``.

    Raises
    ------
    ExportError
        If nothing is left.
    """
    kept = "".join(_LABEL.findall(text))
    if not kept:
        raise ExportError(
            f"{text!r} has no letter and no digit, so no BIDS label can be made of it. Rename it."
        )
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Entities:
    """What tells the files of one run from all others.

    Parameters
    ----------
    subject, task : str
        Labels, letters and digits only.
    session, run : str
        Labels; empty if there is none.

    Raises
    ------
    ExportError
        If a label holds anything but letters and digits.
    """

    subject: str
    task: str
    session: str = ""
    run: str = ""

    def __post_init__(self) -> None:
        for name in ("subject", "task", "session", "run"):
            value = getattr(self, name)
            needed = name in ("subject", "task")
            if (needed or value) and not _LABEL.fullmatch(value):
                raise ExportError(
                    f"The {name} label is {value!r}; BIDS allows letters and digits only."
                )

    @property
    def folder(self) -> PurePosixPath:
        """Folder of the run's functional files, inside the data set."""
        middle = [f"ses-{self.session}"] if self.session else []
        return PurePosixPath(f"sub-{self.subject}", *middle, "func")

    @property
    def stem(self) -> str:
        """Beginning of every file name of the run."""
        parts = [f"sub-{self.subject}"]
        parts += [f"ses-{self.session}"] if self.session else []
        parts += [f"task-{self.task}"]
        parts += [f"run-{self.run}"] if self.run else []
        return "_".join(parts)

    def path(self, suffix: str, extension: str, *, desc: str = "") -> PurePosixPath:
        """Return where a file of this run belongs.

        Parameters
        ----------
        suffix : str
            The BIDS suffix, such as ``bold``.
        extension : str
            With its dot, such as ``.nii.gz``.
        desc : str
            Label of the description entity; empty for none.

        Returns
        -------
        PurePosixPath
            Path inside the data set.
        """
        middle = f"_desc-{desc}" if desc else ""
        return self.folder / f"{self.stem}{middle}_{suffix}{extension}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileName:
    """A file's name, taken apart.

    Parameters
    ----------
    entities : dict of str to str
        Labels by their short key, such as ``sub`` and ``space``, in the order of the name.
    suffix : str
        What kind of file it is, such as ``bold``.
    extension : str
        With its dot, such as ``.nii.gz``.
    """

    entities: Mapping[str, str]
    suffix: str
    extension: str

    @classmethod
    def parse(cls, name: str) -> FileName | None:
        """Take a name apart.

        Parameters
        ----------
        name : str
            A file's name without its folder.

        Returns
        -------
        FileName or None
            None if it is not a name as BIDS makes them.
        """
        stem, dot, extension = name.partition(".")
        *pairs, suffix = stem.split("_")
        split = [pair.split("-", 1) for pair in pairs]
        if not dot or not suffix or any(len(pair) != 2 or not all(pair) for pair in split):
            return None
        return cls(entities=dict(split), suffix=suffix, extension=f".{extension}")
