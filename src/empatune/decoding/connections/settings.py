"""How recordings become series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from empatune.decoding.confounds import check_strategy
from empatune.decoding.settings import check_words, plain
from empatune.errors import UsageError
from empatune.typing import JsonObject

Per = Literal["person", "session", "run"]
"""What one fit is of: all runs of a person joined, of a session joined, or each alone."""

Scaling = Literal["auto", "percent", "none"]
"""``percent``: change from a region's mean. ``auto``: percent for images, none for tables."""

Summary = Literal["mean", "eigenvariate"]
"""What stands for a region's voxels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingSettings:
    """How recordings become series.

    Parameters
    ----------
    per : {"person", "session", "run"}
        What one fit is of.
    confounds : tuple of str
        Columns or strategies as `empatune.decoding.confounds` takes them, or ``none``. For tables
        of signals with a table of confounds, ``all`` takes every column.
    high_pass_s : float
        Cosines with a period down to this are confounds of the model [s]; 0 for none.
    scaling : {"auto", "percent", "none"}
        Unit of the signals.
    summary : {"mean", "eigenvariate"}
        What stands for a region's voxels in images.
    min_coverage : float
        Share of a region that must lie in the brain, 0 to 1.
    tr_s : float or None
        Repetition time, above what files say [s].

    Raises
    ------
    UsageError
        If a setting is not one of those allowed.
    """

    per: Per = "person"
    confounds: tuple[str, ...] = ("motion:basic",)
    high_pass_s: float = 128.0
    scaling: Scaling = "auto"
    summary: Summary = "mean"
    min_coverage: float = 0.5
    tr_s: float | None = None

    def __post_init__(self) -> None:
        if self.confounds != ("all",):
            check_strategy(self.confounds)
        check_words(self, {"per": Per, "scaling": Scaling, "summary": Summary})
        if not 0 <= self.min_coverage <= 1:
            raise UsageError(f"min_coverage is {self.min_coverage}; allowed: 0 to 1.")
        if not 0 <= self.high_pass_s <= 10_000:
            raise UsageError(f"high_pass_s is {self.high_pass_s} s; allowed: 0 to 10000 s.")
        if self.tr_s is not None and not 0.05 <= self.tr_s <= 30:
            raise UsageError(f"The TR is {self.tr_s} s; allowed: 0.05 to 30 s.")

    def to_json(self) -> JsonObject:
        """Return the settings as a JSON object.

        Returns
        -------
        dict
            One entry a setting.
        """
        return plain(self)
