"""The door to ArviZ, which announces its next version at every import."""

from __future__ import annotations

import warnings

from empatune.errors import MissingExtraError

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", category=FutureWarning, message=r"\s*ArviZ")
    try:
        import arviz
    except ImportError as error:
        raise MissingExtraError("Posterior samples", "models") from error

__all__ = ["arviz"]
