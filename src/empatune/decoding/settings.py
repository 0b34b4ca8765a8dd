"""How the trials of a study are decoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from empatune.decoding.confounds import check_strategy
from empatune.errors import UsageError
from empatune.typing import JsonObject

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Estimates = Literal["lss", "lsa", "volumes"]
"""What is scored: a map a trial (least squares separate or all), or every volume."""

Scaling = Literal["grand-mean", "none"]
"""``grand-mean``: the brain's mean over the run is 100."""

Hrf = Literal["spm", "glover", "spm + derivative", "glover + derivative"]
"""Haemodynamic response of the model, by nilearn's names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodingSettings:
    """How runs are decoded.

    Parameters
    ----------
    estimates : {"lss", "lsa", "volumes"}
        ``lss``: a model for each trial, all others of its type in one regressor, each other type
        in one. ``lsa``: one model with a regressor for each trial. ``volumes``: no model of the
        trials; every volume is scored without nuisance, and trials are means of volumes.
    confounds : tuple of str
        Names of nilearn's strategies (`empatune.decoding.confounds.STRATEGIES`), such as
        ``motion`` (24 parameters), ``motion:basic`` (6), ``wm_csf``, ``compcor:5``, ``scrub``; or
        names of columns of the confounds table, in which ``*`` stands for anything; or ``none``
        alone. Volumes before the steady state are always taken out.
    high_pass_s : float
        Cosines with a period down to this are drift [s]; 0 for a constant alone.
    hrf : str
        Haemodynamic response.
    scaling : {"grand-mean", "none"}
        Units of the series.
    trial_types : tuple of str
        Which events are trials; the others are part of the model and not scored. All if empty.
    delay_s : float
        With ``volumes``: by how much the response follows a trial [s].
    radius_mm : float
        Radius of the component systems' spheres [mm].

    Raises
    ------
    UsageError
        If a setting is not one of those allowed.
    """

    estimates: Estimates = "lss"
    confounds: tuple[str, ...] = ("motion",)
    high_pass_s: float = 128.0
    hrf: Hrf = "spm"
    scaling: Scaling = "grand-mean"
    trial_types: tuple[str, ...] = ()
    delay_s: float = 5.0
    radius_mm: float = 8.0

    def __post_init__(self) -> None:
        check_strategy(self.confounds)
        check_words(self, {"estimates": Estimates, "scaling": Scaling, "hrf": Hrf})
        for name, low, high in (("high_pass_s", 0, 10_000), ("delay_s", 0, 20)):
            if not low <= getattr(self, name) <= high:
                raise UsageError(f"{name} is {getattr(self, name)} s; allowed: {low} to {high} s.")

    def to_json(self) -> JsonObject:
        """Return the settings as a JSON object.

        Returns
        -------
        dict
            One entry a setting.
        """
        return plain(self)


def check_words(settings: object, allowed: Mapping[str, Any]) -> None:
    """Refuse settings whose word is not one of those allowed.

    Parameters
    ----------
    settings : object
        A record.
    allowed : mapping of str to Literal
        Words by the name of the setting.

    Raises
    ------
    UsageError
        If a word is another.
    """
    for name, words in allowed.items():
        given = getattr(settings, name)
        if given not in get_args(words):
            raise UsageError(f"{name} is '{given}'; allowed: {', '.join(get_args(words))}.")


def plain(record: DataclassInstance) -> JsonObject:
    """Return a record as a JSON object.

    Parameters
    ----------
    record : dataclass instance
        Of values that JSON can hold, and tuples of them.

    Returns
    -------
    dict
        One entry a field.
    """
    facts = asdict(record)
    return {key: list(v) if isinstance(v, tuple) else v for key, v in facts.items()}
