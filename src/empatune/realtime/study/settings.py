"""Every setting of a study, as frozen records: one record per table of the study file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Literal

from empatune.errors import StudyError
from empatune.forms import Record, required, rules, setting

RESERVED = ("waiting", "paused", "finished")
"""Phases that the software itself tells; no condition may have their names."""

_LABEL = rules.text(r"[A-Za-z0-9]{1,32}", allowed='letters and digits in quotes, such as "07"')
_RUN = rules.text(r"[0-9]{1,4}", allowed='digits in quotes, such as "1"')
_NAME = rules.text(r"[^\x00-\x1f\x7f]{1,80}", allowed="text of 1 to 80 characters in one line")
_WORDS = rules.text(
    r"[^\x00-\x1f\x7f]{0,160}", allowed="text of at most 160 characters in one line"
)
_PATH = rules.text(r"[^\x00-\x1f\x7f]{1,1024}", allowed="the path of a file or folder in quotes")
_AE_TITLE = rules.text(
    r"(?=.*\S)[ -\[\]-~]{1,16}", allowed="a DICOM application entity title of 1 to 16 characters"
)
_SIGNATURE = rules.text(
    r"[A-Za-z0-9][A-Za-z0-9_-]*|[^\x00-\x1f\x7f]{1,1024}\.nii(\.gz)?",
    allowed='the name of a signature, such as "care", or the path of a .nii or .nii.gz map',
)
_SIGNATURE_NAME = rules.text(r"[^\x00-\x1f\x7f/\\]{1,120}", allowed="the name of a signature")
_CONDITION = rules.text(
    rf"(?!({'|'.join(RESERVED)})$)[A-Za-z][A-Za-z0-9_-]{{0,39}}",
    allowed="a name that begins with a letter, of letters, digits, - and _, other than "
    + ", ".join(RESERVED),
)


class Settings(Record):
    """A table of a study file."""

    __slots__ = ()

    error = StudyError


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity(Settings):
    """Table ``[study]``: what the study is called.

    Parameters
    ----------
    name : str
        Name of the study.
    seed : int
        Seed of everything in a session that is random.
    """

    name: str = setting("Study without a name", _NAME)
    seed: int = setting(0, rules.whole(0, 2**32 - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant(Settings):
    """Table ``[participant]``: BIDS labels of the session, without ``sub-`` and the like.

    Parameters
    ----------
    label : str
        The participant.
    session : str
        The session.
    run : str
        The run.
    task : str
        The task.
    """

    label: str = setting("01", _LABEL)
    session: str = setting("01", _LABEL)
    run: str = setting("1", _RUN)
    task: str = setting("empathy", _LABEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerSettings(Settings):
    """Table ``[scanner]``: what the scanner is expected to send.

    Parameters
    ----------
    tr_s : float or None
        Repetition time [s]; None takes what the scanner says.
    n_volumes : int or None
        Number of volumes that the scanner is set to; None if that is not known.
    called_ae_title : str
        The title by which the scanner must call us.
    calling_ae_titles : tuple of str
        Titles that may send; empty allows all.
    """

    tr_s: float | None = setting(None, rules.number(0.1, 30, unit="s"))
    n_volumes: int | None = setting(None, rules.whole(1, 100_000))
    called_ae_title: str = setting("EMPATUNE", _AE_TITLE)
    calling_ae_titles: tuple[str, ...] = setting((), rules.many(_AE_TITLE))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureSettings(Settings):
    """Table ``[signatures]``: which weight maps are decoded.

    Parameters
    ----------
    feedback : tuple of str
        Names or paths of the signatures from which the score is made.
    monitors : tuple of str
        Names or paths of off-target signatures that are decoded beside them.
    """

    feedback: tuple[str, ...] = setting(("care", "distress"), rules.many(_SIGNATURE, least=1))
    monitors: tuple[str, ...] = setting((), rules.many(_SIGNATURE))

    @property
    def feedback_names(self) -> tuple[str, ...]:
        """Names of the feedback signatures; that of a path is its file name without ending."""
        return tuple(name_of(entry) for entry in self.feedback)

    @property
    def monitor_names(self) -> tuple[str, ...]:
        """Names of the monitors; that of a path is its file name without ending."""
        return tuple(name_of(entry) for entry in self.monitors)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparationSettings(Settings):
    """Table ``[preparation]``: how the maps are brought to the participant.

    Parameters
    ----------
    folder : str or None
        Folder that ``empatune prepare`` made; None prepares on the first volumes.
    n_volumes : int
        Number of first volumes to prepare on, where there is no folder.
    quality : {"fast", "full"}
        Effort of the registration, where there is no folder.
    smoothing_fwhm_mm : float
        Full width at half maximum of the smoothing that the weights carry [mm].
    """

    folder: str | None = setting(None, _PATH)
    n_volumes: int = setting(10, rules.whole(1, 200))
    quality: Literal["fast", "full"] = setting("fast", rules.choice("fast", "full"))
    smoothing_fwhm_mm: float = setting(6.0, rules.number(0, 20, unit="mm"))


@dataclass(frozen=True, slots=True, kw_only=True)
class NuisanceSettings(Settings):
    """Table ``[nuisance]``: what is taken out of the responses, and which volumes are marked.

    Parameters
    ----------
    drift_cutoff_s : float
        Drifts slower than this period are removed [s].
    motion : {0, 6, 12}
        Motion regressors: none, the six parameters, or these and their changes.
    task_regressors : bool
        True lets the conditions explain the responses beside the nuisances, so that drift and
        motion do not swallow them.
    fd_mm : float
        A volume with more framewise displacement is marked [mm].
    displacement_mm : float
        A volume whose brain lies further from the reference is marked [mm].
    dvars_z : float
        A volume with a larger robust z of DVARS is marked.
    ridge : float
        Ridge of the regression: a regressor counts little until its sum of squares outgrows it,
        so that the first volumes' noise is not taken for drift and motion.
    """

    drift_cutoff_s: float = setting(128.0, rules.number(20, 10_000, unit="s"))
    motion: int = setting(6, rules.choice_of_numbers(0, 6, 12))
    task_regressors: bool = setting(True, rules.flag())
    fd_mm: float = setting(0.5, rules.number(0.05, 20, unit="mm"))
    displacement_mm: float = setting(3.0, rules.number(0.1, 50, unit="mm"))
    dvars_z: float = setting(5.0, rules.number(1, 100))
    ridge: float = setting(1.0, rules.number(1e-6, 1e6))


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSettings(Settings):
    """Table ``[[protocol.blocks]]``: one block of the protocol.

    Parameters
    ----------
    condition : str
        Name of the condition.
    duration_s : float
        How long it lasts [s].
    instruction : str or None
        The words on the page; None shows the condition's name.
    feedback : bool
        True if a value is shown in this block.
    """

    condition: str = required(_CONDITION)
    duration_s: float = required(rules.number(0.1, 7200, unit="s"))
    instruction: str | None = setting(None, _WORDS)
    feedback: bool = setting(False, rules.flag())

    @property
    def words(self) -> str:
        """The words on the page."""
        if self.instruction is not None:
            return self.instruction
        return self.condition.replace("_", " ").replace("-", " ").capitalize()


_REST = BlockSettings(condition="rest", duration_s=30, instruction="Rest")
_CARE = BlockSettings(
    condition="care",
    duration_s=40,
    instruction="Let warm care for someone in need grow",
    feedback=True,
)
DEFAULT_BLOCKS = (_REST, _CARE) * 5 + (_REST,)
"""The protocol of a study that gives no blocks: 380 s, five blocks with feedback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolSettings(Settings):
    """Table ``[protocol]``: what the participant does, and when.

    Parameters
    ----------
    start : {"first-volume", "operator"}
        What starts the protocol.
    feedback : {"continuous", "intermittent"}
        Whether a feedback block shows a value per volume, or the mean of the block before it.
    dummy_volumes : int
        Volumes at the start that come before the first block.
    repeat : int
        How often the blocks are run through.
    waiting_instruction : str
        The words on the page before the start.
    paused_instruction : str
        The words on the page during a pause.
    finished_instruction : str
        The words on the page after the last block.
    blocks : tuple of BlockSettings
        The blocks of one repetition.
    """

    start: Literal["first-volume", "operator"] = setting(
        "first-volume", rules.choice("first-volume", "operator")
    )
    feedback: Literal["continuous", "intermittent"] = setting(
        "continuous", rules.choice("continuous", "intermittent")
    )
    dummy_volumes: int = setting(0, rules.whole(0, 1000))
    repeat: int = setting(1, rules.whole(1, 1000))
    waiting_instruction: str = setting("Please lie still and relax. We will begin soon.", _WORDS)
    paused_instruction: str = setting("A short pause. Please keep lying still.", _WORDS)
    finished_instruction: str = setting("Thank you.", _WORDS)
    blocks: tuple[BlockSettings, ...] = setting(DEFAULT_BLOCKS, rules.listed(BlockSettings))

    @property
    def all_blocks(self) -> tuple[BlockSettings, ...]:
        """The blocks of all repetitions in their order."""
        return self.blocks * self.repeat

    @property
    def digest(self) -> str:
        """A digest of what a yoked participant must share: mode, conditions, durations, feedback."""
        facts = [(b.condition, b.duration_s, b.feedback) for b in self.all_blocks]
        return hashlib.sha256(json.dumps([self.feedback, facts]).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSettings(Settings):
    """Table ``[score]``: how responses become one number.

    Parameters
    ----------
    weights : dict of str to float
        Weight of every feedback signature's standardised response.
    baseline : tuple of str
        Conditions in which the person's own baseline is taken.
    baseline_min_volumes : int
        Baseline volumes that are needed before there is a score.
    delay_s : float
        Haemodynamic delay: volumes so soon after a block's start count for no block [s].
    smoothing : {"none", "mean", "exponential"}
        How the score is smoothed over volumes.
    window : int
        Volumes in the mean, or the time constant of the exponential [volumes].
    """

    weights: dict[str, float] = field(
        default_factory=lambda: {"care": 1.0, "distress": -1.0},
        metadata={"rule": rules.table_of(rules.number(-100, 100), key=_SIGNATURE_NAME)},
    )
    baseline: tuple[str, ...] = setting(("rest",), rules.many(_CONDITION, least=1))
    baseline_min_volumes: int = setting(8, rules.whole(3, 1000))
    delay_s: float = setting(6.0, rules.number(0, 20, unit="s"))
    smoothing: Literal["none", "mean", "exponential"] = setting(
        "mean", rules.choice("none", "mean", "exponential")
    )
    window: int = setting(3, rules.whole(1, 100))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingSettings(Settings):
    """Table ``[scaling]``: how a score becomes a value between -1 and 1.

    Parameters
    ----------
    kind : {"baseline", "adaptive"}
        A gain that stays, or one that follows the person's success from block to block.
    gain : float
        Score that fills the scale [baseline SD]; where an adaptive gain starts.
    limits : tuple of float, length 2
        Smallest and largest adaptive gain [baseline SD].
    step : float
        Factor by which an adaptive gain changes after a block.
    target : tuple of float, length 2
        A block whose mean value lies between these leaves the adaptive gain as it is.
    """

    kind: Literal["baseline", "adaptive"] = setting(
        "baseline", rules.choice("baseline", "adaptive")
    )
    gain: float = setting(3.0, rules.number(0.1, 100, unit="baseline SD"))
    limits: tuple[float, float] = setting(
        (1.0, 10.0), rules.rising_pair(rules.number(0.1, 100, unit="baseline SD"))
    )
    step: float = setting(1.25, rules.number(1.01, 4))
    target: tuple[float, float] = setting((0.2, 0.6), rules.rising_pair(rules.number(-1, 1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShamSettings(Settings):
    """Table ``[sham]``: the study has a sham arm.

    Parameters
    ----------
    allocation : str
        The sealed file that ``empatune allocate`` made.
    kind : {"yoked"}
        What a sham participant sees: what another session showed.
    """

    allocation: str = required(_PATH)
    kind: Literal["yoked"] = setting("yoked", rules.choice("yoked"))


def name_of(signature: str) -> str:
    """Return the name of a signature that is given by name or path.

    Parameters
    ----------
    signature : str
        Name, or path of a map.

    Returns
    -------
    str
        The name, or the file name without folder and ending.
    """
    last = signature.replace("\\", "/").rsplit("/", 1)[-1]
    return last.removesuffix(".gz").removesuffix(".nii")
