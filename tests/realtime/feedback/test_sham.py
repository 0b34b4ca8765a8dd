"""The sealed allocation: what it conceals, and what it refuses."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from empatune.errors import AllocationError
from empatune.realtime.feedback.allocation import Allocation, Donor, allocate
from empatune.realtime.feedback.sham import Assignment, open_seal, seal, unseal
from empatune.realtime.study import BlockSettings, ProtocolSettings, ShamSettings, Study

KEY = bytes(range(32))
LABELS = [f"{n:02d}" for n in range(1, 13)]
DIGEST = Study().protocol.digest


def donor(participant: str, session: str = "01", run: str = "1", *, first: float = 0.5) -> Donor:
    values = tuple((first, 0.25, -1 / 3) if n % 2 else () for n in range(11))
    return Donor(
        participant=participant,
        session=session,
        run=run,
        tr_s=2.0,
        protocol_digest=DIGEST,
        values=values,
    )


def allocation_of(*donors: Donor, seed: int = 5) -> Allocation:
    return allocate(
        LABELS,
        donors or (donor("pilota"), donor("pilotb", first=0.75)),
        protocol_digest=DIGEST,
        rng=np.random.default_rng(seed),
    )


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    path = tmp_path / "allocation.sealed"
    path.write_text(seal(allocation_of(), study="Tuning care", key=KEY)[0])
    return path


def study_of(path: Path, label: str, **labels: str) -> Study:
    return Study(sham=ShamSettings(allocation=str(path))).of(label=label, **labels)


def opened(path: Path, label: str, **labels: str) -> Assignment:
    assignment = open_seal(study_of(path, label, **labels))
    assert assignment is not None
    return assignment


def test_what_is_sealed_is_opened(sealed: Path) -> None:
    allocation = allocation_of()
    assert unseal(sealed)[0] == allocation
    donors = {entry.participant: entry for entry in allocation.donors}
    for label, place in allocation.places.items():
        assignment = opened(sealed, label)
        assert assignment.arm == place.arm
        assert assignment.donor == donors[place.donor]
        if place.arm == "yoked":
            assert assignment.shown_instead == donors[place.donor].values
            assert assignment.reveal() == {"arm": "yoked", "donor": assignment.donor.name}
        else:
            assert assignment.shown_instead is None
            assert assignment.reveal() == {"arm": "feedback", "donor": None}


def test_a_study_without_sham_has_nothing_to_open() -> None:
    assert open_seal(Study()) is None


def test_no_arm_donor_or_label_can_be_read_in_the_file(sealed: Path) -> None:
    content = json.loads(sealed.read_text())
    body = base64.b64decode(content["body"])
    readable = json.dumps({k: v for k, v in content.items() if k not in ("body", "key")})
    for word in ("yoked", "pilota", "pilotb", '"01"', "0.75"):
        assert word not in readable
        assert word.encode() not in body
        assert word.encode() not in base64.b64decode(content["key"])


def test_files_of_different_arms_look_alike() -> None:
    # Two participants who swap arms: length and readable parts stay, all else is noise.
    one, two = allocation_of(), allocation_of()
    arms = {"feedback": "yoked", "yoked": "feedback"}
    two = replace(
        two,
        places={label: replace(p, arm=arms[p.arm]) for label, p in two.places.items()},  # type: ignore[arg-type]
    )
    first, second = (
        json.loads(seal(entry, study="s", key=key)[0])
        for entry, key in ((one, KEY), (two, bytes(32)))
    )
    assert {k for k in first if first[k] == second[k]} == {
        "format",
        "note",
        "study",
        "protocol_digest",
    }


def test_the_text_of_what_was_opened_tells_nothing(sealed: Path) -> None:
    texts = set()
    for label in LABELS:
        assignment = opened(sealed, label)
        texts |= {repr(assignment), str(assignment), f"{assignment}"}
        assert "arm" not in repr(assignment)
    assert len(texts) == 1
    allocation, _ = unseal(sealed)
    place = allocation.places["01"]
    assert not any(word in repr([allocation, place]) for word in ("yoked", "feedback'", "pilota"))


def test_the_digest_commits_to_the_allocation(sealed: Path) -> None:
    _, digest = unseal(sealed)
    assert digest == seal(allocation_of(), study="another name", key=KEY)[1]
    assert digest != seal(allocation_of(seed=6), study="Tuning care", key=KEY)[1]
    assert digest != seal(allocation_of(), study="Tuning care", key=bytes(32))[1]
    assert opened(sealed, "03").digest == digest


def test_participants_who_are_not_in_it_are_refused(sealed: Path) -> None:
    with pytest.raises(AllocationError, match=r"Participant 99 is not in the allocation.*01, 02"):
        open_seal(study_of(sealed, "99"))


def test_another_protocol_is_refused_in_both_arms_alike(sealed: Path) -> None:
    blocks = (BlockSettings(condition="rest", duration_s=31),)
    messages = set()
    for label in LABELS:
        study = replace(
            study_of(sealed, label), sham=None, protocol=ProtocolSettings(blocks=blocks)
        )
        object.__setattr__(study, "sham", ShamSettings(allocation=str(sealed)))
        with pytest.raises(AllocationError, match="made for another protocol") as caught:
            open_seal(study)
        messages.add(str(caught.value))
    assert len(messages) == 1


def test_donors_give_the_same_session_and_run(tmp_path: Path) -> None:
    path = tmp_path / "a.sealed"
    sessions = [
        donor(name, session, run, first=float(f"0.{session}{run}"))
        for name in ("pilota", "pilotb")
        for session in ("01", "02")
        for run in ("1", "2")
    ]
    path.write_text(seal(allocation_of(*sessions), study="s", key=KEY)[0])
    for label in LABELS:
        given = opened(path, label, session="02", run="1").donor
        assert (given.session, given.run, given.values[1][0]) == ("02", "1", 0.021)
    messages = set()
    for label in LABELS:
        with pytest.raises(AllocationError, match="no donor for session 03, run 1") as caught:
            open_seal(study_of(path, label, session="03"))
        messages.add(str(caught.value))
    assert len(messages) == 1


def test_a_donor_with_one_session_serves_all(sealed: Path) -> None:
    assert opened(sealed, "01", session="07", run="4").donor.session == "01"


def edits() -> dict[str, object]:
    def change(key: str, value) -> object:
        return lambda text: json.dumps({**json.loads(text), key: value})

    def without(key: str) -> object:
        return lambda text: json.dumps({k: v for k, v in json.loads(text).items() if k != key})

    return {
        "truncated": lambda text: text[: len(text) // 2],
        "empty": lambda text: "",
        "not an object": lambda text: "[1]",
        "another format": change("format", "empatune sealed allocation 9"),
        "another key": change("key", base64.b64encode(bytes(32)).decode()),
        "body that is not base64": change("body", "###"),
        "body of another type": change("body", 3),
        "another digest": change("digest", "0" * 64),
        "no digest": without("digest"),
        "no body": without("body"),
    }


@pytest.mark.parametrize("name", list(edits()))
def test_damaged_files_are_refused(sealed: Path, name: str) -> None:
    sealed.write_text(edits()[name](sealed.read_text()))  # type: ignore[operator]
    with pytest.raises(AllocationError, match=r"damaged or was edited|not a sealed allocation"):
        open_seal(study_of(sealed, "01"))


def test_every_changed_byte_of_the_body_is_noticed(sealed: Path) -> None:
    content = json.loads(sealed.read_text())
    body = bytearray(base64.b64decode(content["body"]))
    for place in range(0, len(body), 7):
        changed = bytearray(body)
        changed[place] ^= 0x10
        content["body"] = base64.b64encode(changed).decode()
        sealed.write_text(json.dumps(content))
        with pytest.raises(AllocationError, match="damaged"):
            unseal(sealed)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AllocationError, match=r"none\.sealed cannot be read: No such file"):
        open_seal(study_of(tmp_path / "none.sealed", "01"))
