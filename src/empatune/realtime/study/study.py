"""A study: everything that a session needs to know beforehand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from empatune.errors import StudyError
from empatune.realtime.study.consistency import contradictions
from empatune.realtime.study.settings import (
    BlockSettings,
    Identity,
    NuisanceSettings,
    Participant,
    PreparationSettings,
    ProtocolSettings,
    ScalingSettings,
    ScannerSettings,
    ScoreSettings,
    ShamSettings,
    SignatureSettings,
)
from empatune.typing import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A study as its file gives it, with defaults filled in.

    Parameters
    ----------
    study : Identity
        Name and seed.
    participant : Participant
        BIDS labels.
    scanner : ScannerSettings
        What the scanner is expected to send.
    signatures : SignatureSettings
        Which maps are decoded.
    preparation : PreparationSettings
        How they are brought to the participant.
    nuisance : NuisanceSettings
        What is taken out of the responses.
    protocol : ProtocolSettings
        What the participant does, and when.
    score : ScoreSettings
        How responses become one number.
    scaling : ScalingSettings
        How that becomes a value to show.
    sham : ShamSettings or None
        The sham arm, where there is one.

    Raises
    ------
    StudyError
        If the settings contradict each other.
    """

    study: Identity = field(default_factory=Identity)
    participant: Participant = field(default_factory=Participant)
    scanner: ScannerSettings = field(default_factory=ScannerSettings)
    signatures: SignatureSettings = field(default_factory=SignatureSettings)
    preparation: PreparationSettings = field(default_factory=PreparationSettings)
    nuisance: NuisanceSettings = field(default_factory=NuisanceSettings)
    protocol: ProtocolSettings = field(default_factory=ProtocolSettings)
    score: ScoreSettings = field(default_factory=ScoreSettings)
    scaling: ScalingSettings = field(default_factory=ScalingSettings)
    sham: ShamSettings | None = None

    def __post_init__(self) -> None:
        found = contradictions(
            signatures=self.signatures,
            protocol=self.protocol,
            score=self.score,
            scaling=self.scaling,
            scanner=self.scanner,
            sham=self.sham,
        )
        if found:
            raise StudyError("\n".join(problem.text for problem in found))

    def of(
        self, *, label: str | None = None, session: str | None = None, run: str | None = None
    ) -> Study:
        """Return the same study for another participant, session or run.

        Parameters
        ----------
        label, session, run : str, optional
            BIDS labels that replace those of the file.

        Returns
        -------
        Study
            The study.

        Raises
        ------
        StudyError
            If a label is not one.
        """
        given = {"label": label, "session": session, "run": run}
        changes = {key: value for key, value in given.items() if value is not None}
        return replace(self, participant=replace(self.participant, **changes))

    def to_json(self) -> JsonObject:
        """Return every setting, and the protocol's digest, as JSON values.

        Returns
        -------
        dict
            One object per table; an absent table is null.
        """
        content: JsonObject = json.loads(json.dumps(_plain(self)))
        content["protocol_digest"] = self.protocol.digest
        return content

    def to_toml(self) -> str:
        """Write every setting as a study file, defaults included.

        Returns
        -------
        str
            TOML that `loads` reads as an equal study.
        """
        parts: list[str] = []
        for entry in fields(self):
            settings = getattr(self, entry.name)
            if settings is not None:
                parts += _table(entry.name, settings)
        return "\n".join(parts) + "\n"


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {entry.name: _plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    return value


def _table(name: str, settings: Any) -> list[str]:
    lines = [f"[{name}]"]
    tables: list[str] = []
    for entry in fields(settings):
        value = getattr(settings, entry.name)
        if value is None:
            continue
        if isinstance(value, tuple) and value and isinstance(value[0], BlockSettings):
            for block in value:
                tables += [
                    f"[{line}]" if line.startswith("[") else line
                    for line in _table(f"{name}.{entry.name}", block)
                ]
        elif isinstance(value, dict):
            tables += [f"[{name}.{entry.name}]"]
            tables += [f"{_value(key)} = {_value(number)}" for key, number in value.items()] + [""]
        else:
            lines.append(f"{entry.name} = {_value(value)}")
    return [*lines, "", *tables]


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_value(entry) for entry in value) + "]"
    return json.dumps(value, ensure_ascii=False)
