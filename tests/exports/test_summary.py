from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests import recorded_session as recorded
from tests.recorded_session import record

from empatune.exports import outcomes, read, summary
from empatune.realtime.messages import StateChanged

N_DELAY = 2  # 3 s at a repetition time of 1.5 s


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    return read(record(tmp_path_factory.mktemp("summary") / "session"))


@pytest.fixture(scope="module")
def blocks(history):
    return summary.blocks(history)


def _by_hand(history, number):
    """Scores of a block, picked out without the code under test."""
    start = sum(n for _, n in recorded.BLOCKS[:number])
    wanted = range(start + N_DELAY, start + recorded.BLOCKS[number][1])
    return np.array(
        [
            v.derived.score
            for v in history.volumes
            if v.position in wanted
            and v.status == "decoded"
            and v.decoded.signatures["care"].z != 0
        ]
    )


def test_a_block_counts_usable_volumes_after_the_delay(history, blocks):
    assert [block.condition for block in blocks] == [name for name, _ in recorded.BLOCKS]
    for block in blocks:
        scores = _by_hand(history, block.number)
        assert len(block.used) == len(scores)
        assert block.means["score"].value == pytest.approx(scores.mean())


def test_a_pause_makes_two_parts_of_one_block(blocks):
    assert [len(block.parts) for block in blocks] == [1, 1, 1, 2, 1, 1]
    assert len(blocks[3].volumes) == 12


def test_effects_compare_block_means(history, blocks):
    (effect,) = [
        e
        for e in summary.effects(history, blocks)
        if e.condition == "care" and e.measure.name == "score"
    ]
    means = [_by_hand(history, number).mean() for number in range(6)]
    assert effect.difference.value == pytest.approx(
        np.mean([means[1], means[3]]) - np.mean([means[0], means[2], means[4]])
    )
    assert (effect.n_blocks, effect.n_baseline_blocks) == (2, 3)
    assert effect.difference.low < effect.difference.value < effect.difference.high


def test_learning_needs_three_blocks(history, blocks):
    found = summary.learning(history, blocks)
    assert set(found) == {"care", "transfer"}
    assert np.isnan(found["care"].value)


def test_couplings_are_correlations_over_counted_volumes(history, blocks):
    used = [volume for block in blocks for volume in block.used]
    vps = [v.decoded.signatures["vps"].z for v in used]
    score = [v.derived.score for v in used]
    found = {c.measure.name: c for c in summary.couplings(history)}
    assert found["vps"].with_score.value == pytest.approx(np.corrcoef(vps, score)[0, 1])
    assert found["vps"].measure.kind == "monitor"
    assert found["mentalizing"].measure.kind == "system"
    assert np.isnan(found["framewise displacement"].with_motion.value)


def test_delays_count_from_the_last_byte(history):
    found = {delay.stage: delay for delay in summary.delays(history)}
    timing = history.volumes[3].timing
    expected = (timing.decoded_ns - timing.received_ns) / 1e6
    assert expected in found["decoded"].values_ms.tolist()
    assert len(found["drawn on the participant page"].values_ms) == 62


def test_volumes_that_waited_for_the_preparation_have_no_delay(history):
    waited = [replace(v, waited=v.index < 5) for v in history.volumes]
    shorter = replace(history, volumes=tuple(waited))
    assert len(summary.delays(shorter)[0].values_ms) == 57


def test_completeness_counts_what_was_expected_or_came(history):
    assert outcomes.completeness(history) == pytest.approx(62 / 64)
    cut = replace(history, volumes=history.volumes[:31])
    assert outcomes.completeness(cut) == pytest.approx(29 / 62)
    assert outcomes.completeness(replace(history, overview={})) is None


def test_a_session_whose_source_ended_early_is_finished(history):
    kept = tuple(e for e in history.entries if not isinstance(e.message, StateChanged))
    early = replace(history, entries=kept)
    assert early.finished
    assert early.end_reason == "the series is over"
