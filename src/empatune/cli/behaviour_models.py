"""Models that a command is given: names of the catalogue, or files of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from empatune.errors import UsageError

if TYPE_CHECKING:
    from empatune.behaviour.model import Model


def find(word: str) -> Model:
    """
    Find a model: one of the catalogue, or ``file.py:NAME``, one's own.

    Parameters
    ----------
    word : str
        What was given.

    Returns
    -------
    Model
        The model.

    Raises
    ------
    UsageError
        If there is none.
    """
    from empatune.behaviour.catalogue import find_model

    path, colon, name = word.rpartition(":")
    if colon and path.endswith(".py"):
        return _own_model(Path(path), name)
    if word.endswith(".py"):
        raise UsageError(f"{word} needs the name of the model in it: {word}:MODEL.")
    return find_model(word)


def find_different(words: Sequence[str]) -> list[Model]:
    """
    Find models; refuse one that is given twice.

    Parameters
    ----------
    words : sequence of str
        What was given.

    Returns
    -------
    list of Model
        The models.

    Raises
    ------
    UsageError
        If one is not there, or two have the same name.
    """
    found = [find(word) for word in words]
    names = [model.name for model in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"{', '.join(twice)} is given twice. Give models of different names.")
    return found


def _own_model(path: Path, name: str) -> Model:
    """Run a file and take a model from it."""
    from importlib.util import module_from_spec, spec_from_file_location

    from empatune.behaviour.model import Model

    spec = spec_from_file_location(path.stem, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise UsageError(f"{path} is not there, so it holds no model {name}.")
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as problem:  # what a user's file may raise is anything
        raise UsageError(f"{path} cannot be run: {type(problem).__name__}: {problem}.") from problem
    found = getattr(module, name, None)
    if not isinstance(found, Model):
        has = [key for key, one in vars(module).items() if isinstance(one, Model)]
        raise UsageError(
            f"{path} has no model {name}. Models in it: {', '.join(has) or 'none'}. A model is an "
            f"empatune.behaviour.model.Model."
        )
    return found
