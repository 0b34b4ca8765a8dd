"""Allocation to feedback and sham."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from empatune.errors import AllocationError
from empatune.realtime.feedback import make_timeline
from empatune.realtime.feedback.allocation import Allocation, Donor, allocate, make_donor
from empatune.realtime.messages import Feedback
from empatune.realtime.study import Study

DIGEST = Study().protocol.digest
LABELS = [f"{n:02d}" for n in range(1, 23)]


def donor(participant: str, session: str = "01", run: str = "1", **changes) -> Donor:
    made = Donor(
        participant=participant,
        session=session,
        run=run,
        tr_s=2.0,
        protocol_digest=DIGEST,
        values=((), (0.1, 0.2), ()),
    )
    return replace(made, **changes)


DONORS = [donor(f"pilot{n}") for n in range(3)]


def allocation_of(labels: list[str], seed: int, block_size: int = 4, donors=None) -> Allocation:
    return allocate(
        labels,
        DONORS if donors is None else donors,
        protocol_digest=DIGEST,
        rng=np.random.default_rng(seed),
        block_size=block_size,
    )


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 60), seed=st.integers(0, 10_000), half=st.integers(1, 4))
def test_arms_never_differ_by_more_than_half_a_block(n: int, seed: int, half: int) -> None:
    labels = [f"p{k}" for k in range(n)]
    places = allocation_of(labels, seed, 2 * half).places
    assert list(places) == labels
    signs = np.cumsum([1 if place.arm == "yoked" else -1 for place in places.values()])
    assert np.abs(signs).max() <= half
    assert all(signs[end - 1] == 0 for end in range(2 * half, n + 1, 2 * half))


@settings(max_examples=100, deadline=None)
@given(n=st.integers(1, 60), seed=st.integers(0, 10_000))
def test_donors_are_used_evenly_in_both_arms(n: int, seed: int) -> None:
    places = allocation_of([f"p{k}" for k in range(n)], seed).places.values()
    for arm in ("feedback", "yoked"):
        used = Counter(place.donor for place in places if place.arm == arm)
        counts = [used[donor.participant] for donor in DONORS]
        assert max(counts) - min(counts) <= 1


def test_every_order_of_a_block_is_as_likely() -> None:
    orders = Counter(
        tuple(place.arm for place in allocation_of(["1", "2", "3", "4"], seed).places.values())
        for seed in range(1200)
    )
    assert len(orders) == 6
    assert all(140 < count < 260 for count in orders.values())


def test_a_seed_repeats_an_allocation() -> None:
    first, again, other = (allocation_of(LABELS, seed).places for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_nobody_is_yoked_to_the_own_session() -> None:
    donors = [donor("01"), donor("02")]
    places = allocation_of(["01", "02", "03"], 4, donors=donors).places
    assert (places["01"].donor, places["02"].donor) == ("02", "01")
    with pytest.raises(AllocationError, match="only donor is participant 01"):
        allocation_of(["01"], 1, donors=[donor("01")])


@pytest.mark.parametrize(
    ("labels", "donors", "block_size", "words"),
    [
        (["01", "01"], DONORS, 4, "given twice: 01"),
        ([], DONORS, 4, "No participants"),
        (["01"], DONORS, 3, "block size is 3; allowed: 2, 4, 6"),
        (["01"], [], 4, "No donors"),
        (["01"], [donor("a"), donor("a")], 4, "sub-a_ses-01_run-1 is given 2 times"),
        (["01"], [donor("a", protocol_digest="x")], 4, "sub-a_ses-01_run-1 ran another protocol"),
        (["01"], [donor("a"), donor("b", tr_s=2.1)], 4, "sub-b.* repetition time of 2.1 s"),
    ],
)
def test_what_does_not_fit_is_refused(labels, donors, block_size: int, words: str) -> None:
    with pytest.raises(AllocationError, match=words):
        allocation_of(labels, 1, block_size, donors)


def record(allocation=None) -> tuple[dict, list[Feedback]]:
    """Facts and feedback of a session of the default study, value = block + position / 100."""
    study = Study().of(label="pilot", session="02", run="3")
    timeline = make_timeline(study, 2.0)
    facts = {
        "study": study.to_json(),
        "overview": {
            "participant": "pilot",
            "session": "02",
            "run": "3",
            "tr_s": 2.0,
            "blocks": [
                {"condition": b.condition, "start": b.start, "n_volumes": b.n_volumes,
                 "feedback": b.feedback}
                for b in timeline.blocks
            ],
        },
        "allocation": allocation,
    }  # fmt: skip
    told = []
    for index in range(-1, timeline.n_volumes):
        moment = timeline.at(index + 1)
        position = index + 1 - (timeline.blocks[moment.block].start if moment.block >= 0 else 0)
        told.append(
            Feedback(
                index=index,
                phase=moment.phase,
                block=moment.block,
                instruction="",
                show=moment.show,
                value=moment.block + position / 100 if moment.show else 0.0,
                score=0.0,
                elapsed=moment.elapsed,
            )
        )
    return facts, told


def test_a_donor_is_what_its_session_showed() -> None:
    made = make_donor(*record())
    assert made.name == "sub-pilot_ses-02_run-3"
    assert made.protocol_digest == DIGEST
    assert [len(block) for block in made.values] == [0, 20] * 5 + [0]
    assert made.values[3] == tuple(3 + position / 100 for position in range(20))


def test_a_donors_pauses_and_repetitions_do_not_shift_its_values() -> None:
    facts, told = record()
    shown = next(n for n, feedback in enumerate(told) if feedback.show) + 4
    paused = replace(told[shown], phase="paused", show=False, value=0.0)
    disturbed = [*told[: shown + 1], paused, paused, told[shown], *told[shown + 1 :]]
    assert make_donor(facts, disturbed) == make_donor(facts, told)


def test_positions_that_the_donors_scanner_skipped_hold_the_value_before() -> None:
    facts, told = record()
    first = next(n for n, feedback in enumerate(told) if feedback.show)
    made = make_donor(facts, [*told[:first], *told[first + 2 : first + 5], *told[first + 7 :]])
    assert made.values[1][:8] == (1.02, 1.02, 1.02, 1.03, 1.04, 1.04, 1.04, 1.07)


@pytest.mark.parametrize(("n_told", "words"), [(85, "0 of 20"), (130, "10 of 20")])
def test_a_donor_that_stopped_early_is_refused(n_told: int, words: str) -> None:
    facts, told = record()
    with pytest.raises(
        AllocationError, match=rf"{words} volumes of block \d \(care\): it was stop"
    ):
        make_donor(facts, told[:n_told])


def test_a_donor_without_preparation_is_refused() -> None:
    facts, told = record()
    with pytest.raises(AllocationError, match="record has no overview"):
        make_donor({"study": facts["study"]}, told)


@pytest.mark.parametrize(
    ("allocation", "allowed"),
    [
        (None, True),
        ({"digest": "ab", "opened": {"arm": "feedback", "donor": None}}, True),
        ({"digest": "ab", "opened": {"arm": "yoked", "donor": "sub-x"}}, False),
        ({"digest": "ab", "opened": None}, False),
    ],
)
def test_a_donor_showed_its_own_brain(allocation, allowed: bool) -> None:
    if allowed:
        assert make_donor(*record(allocation)).participant == "pilot"
        return
    with pytest.raises(AllocationError, match="did not show its own feedback, or is still sealed"):
        make_donor(*record(allocation))
