"""Who sees their own feedback and who that of another: balanced, at random."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from empatune.errors import AllocationError
from empatune.realtime.messages import Feedback
from empatune.typing import JsonObject

Arm = Literal["feedback", "yoked"]
"""What a participant sees: the own brain, or what another session showed."""

WHOLE = 0.9
"""Share of every feedback block that a donor must have reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Donor:
    """A session whose feedback others can be shown.

    Parameters
    ----------
    participant, session, run : str
        Its BIDS labels.
    tr_s : float
        Its repetition time [s].
    protocol_digest : str
        Digest of its protocol.
    values : tuple of tuple of float
        Values that were shown, by block and position in it; empty for blocks without feedback.
    """

    participant: str
    session: str
    run: str
    tr_s: float
    protocol_digest: str
    values: tuple[tuple[float, ...], ...]

    @property
    def name(self) -> str:
        """The session in one word."""
        return f"sub-{self.participant}_ses-{self.session}_run-{self.run}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Place:
    """One participant's place in an allocation.

    Parameters
    ----------
    arm : {"feedback", "yoked"}
        What the participant sees.
    donor : str
        Label of the participant whose sessions are shown in the yoked arm. Those in the
        feedback arm have one too, so that both arms are checked alike.
    """

    arm: Arm
    donor: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Allocation:
    """The places of all participants of a study.

    Parameters
    ----------
    protocol_digest : str
        Digest of the protocol that all share.
    places : dict of str to Place
        By participant label.
    donors : tuple of Donor
        All sessions that can be shown.
    """

    protocol_digest: str
    places: dict[str, Place]
    donors: tuple[Donor, ...]


def make_donor(facts: JsonObject, told: Iterable[Feedback]) -> Donor:
    """Take what a session showed out of its record.

    Parameters
    ----------
    facts : dict
        Facts of the record: its study, overview and allocation.
    told : iterable of Feedback
        Everything that its page was told, in order.

    Returns
    -------
    Donor
        The session as a donor.

    Raises
    ------
    AllocationError
        If the session did not get through every block of feedback, or did not show its own.
    """
    study, overview = _object(facts, "study"), _object(facts, "overview")
    name = f"sub-{overview.get('participant')}_ses-{overview.get('session')}"
    _refuse_sham(facts, name)
    shown: dict[int, dict[int, float]] = {}
    blocks: list[dict[str, Any]] = list(overview["blocks"])
    for feedback in told:
        if feedback.show:
            position = round(feedback.elapsed * blocks[feedback.block]["n_volumes"])
            shown.setdefault(feedback.block, {})[position] = feedback.value
    for number, block in enumerate(blocks):
        reached = max(shown.get(number, {}), default=-1) + 1
        if block["feedback"] and reached < WHOLE * block["n_volumes"]:
            raise AllocationError(
                f"The session {name} showed feedback at {reached} of {block['n_volumes']} volumes "
                f"of block {number} ({block['condition']}): it was stopped early or is damaged. "
                "Give complete sessions as donors."
            )
    return Donor(
        participant=str(overview["participant"]),
        session=str(overview["session"]),
        run=str(overview["run"]),
        tr_s=float(overview["tr_s"]),
        protocol_digest=str(study["protocol_digest"]),
        values=tuple(_filled(shown.get(number, {})) for number in range(len(blocks))),
    )


def allocate(
    labels: Sequence[str],
    donors: Sequence[Donor],
    *,
    protocol_digest: str,
    rng: np.random.Generator,
    block_size: int = 4,
) -> Allocation:
    """Allocate participants to arms in permuted blocks, and to donors evenly.

    Parameters
    ----------
    labels : sequence of str
        Participant labels in the order of enrolment.
    donors : sequence of Donor
        Sessions that can be shown.
    protocol_digest : str
        Digest of the study's protocol.
    rng : Generator
        Source of randomness.
    block_size : int
        Participants per permuted block, an even number: the arms never differ by more than
        half of it.

    Returns
    -------
    Allocation
        A place for every participant.

    Raises
    ------
    AllocationError
        If labels repeat, the block size is odd, or the donors do not fit.
    """
    if block_size < 2 or block_size % 2:
        raise AllocationError(f"The block size is {block_size}; allowed: 2, 4, 6 and so on.")
    twice = sorted(label for label, count in Counter(labels).items() if count > 1)
    if twice or not labels:
        raise AllocationError(
            f"Participants are given twice: {', '.join(twice)}." if twice else "No participants."
        )
    _check_donors(donors, protocol_digest)
    half: list[Arm] = ["feedback", "yoked"]
    n_blocks = -(-len(labels) // block_size)
    arms = [half[place] for _ in range(n_blocks) for place in rng.permutation(block_size) % 2]
    used: Counter[tuple[Arm, str]] = Counter()
    names = sorted({donor.participant for donor in donors})
    places: dict[str, Place] = {}
    for label, arm in zip(labels, arms, strict=False):
        donor = _least_used(label, arm, names, used, rng)
        used[arm, donor] += 1
        places[label] = Place(arm=arm, donor=donor)
    return Allocation(protocol_digest=protocol_digest, places=places, donors=tuple(donors))


def _least_used(
    label: str,
    arm: Arm,
    names: list[str],
    used: Counter[tuple[Arm, str]],
    rng: np.random.Generator,
) -> str:
    others = [name for name in names if name != label]
    if not others:
        raise AllocationError(
            f"The only donor is participant {label}, who must not be yoked to the own session. "
            "Give sessions of another person with --donors."
        )
    least = min(used[arm, name] for name in others)
    candidates = [name for name in others if used[arm, name] == least]
    return candidates[int(rng.integers(len(candidates)))]


def _check_donors(donors: Sequence[Donor], protocol_digest: str) -> None:
    if not donors:
        raise AllocationError("No donors. Give recorded sessions of this protocol with --donors.")
    for name, count in Counter(donor.name for donor in donors).items():
        if count > 1:
            raise AllocationError(f"The donor {name} is given {count} times; give it once.")
    for donor in donors:
        if donor.protocol_digest != protocol_digest:
            raise AllocationError(
                f"The donor {donor.name} ran another protocol than the study's. Conditions, "
                "durations, repetitions and feedback of all blocks must be the same."
            )
        if abs(donor.tr_s / donors[0].tr_s - 1) > 0.01:
            raise AllocationError(
                f"The donor {donor.name} has a repetition time of {donor.tr_s:g} s, "
                f"{donors[0].name} one of {donors[0].tr_s:g} s; allowed: the same for all."
            )


def _refuse_sham(facts: JsonObject, name: str) -> None:
    allocation = facts.get("allocation")
    if not isinstance(allocation, dict):
        return
    opened = allocation.get("opened")
    if not isinstance(opened, dict) or opened.get("arm") != "feedback":
        raise AllocationError(
            f"The session {name} did not show its own feedback, or is still sealed; allowed as "
            "donors: sessions that showed the person's own brain."
        )


def _object(facts: JsonObject, name: str) -> dict[str, Any]:
    found = facts.get(name)
    if not isinstance(found, dict):
        raise AllocationError(
            f"The donor's record has no {name}: it ended before its preparation was done. "
            "Give complete sessions as donors."
        )
    return found


def _filled(values: dict[int, float]) -> tuple[float, ...]:
    # A position that the scanner skipped holds the value before it, as the page did.
    filled: list[float] = []
    for position in range(max(values, default=-1) + 1):
        last = filled[-1] if filled else values[min(values)]
        filled.append(values.get(position, last))
    return tuple(filled)
