"""Settings that are right alone and wrong together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from empatune.forms import Problem, alike
from empatune.realtime.study.settings import (
    BlockSettings,
    ProtocolSettings,
    ScalingSettings,
    ScannerSettings,
    ScoreSettings,
    ShamSettings,
    SignatureSettings,
)
from empatune.realtime.study.timing import delay_in_volumes, edges_in_volumes


def contradictions(
    *,
    signatures: SignatureSettings,
    protocol: ProtocolSettings,
    score: ScoreSettings,
    scaling: ScalingSettings,
    scanner: ScannerSettings,
    sham: ShamSettings | None,
) -> list[Problem]:
    """Find settings that contradict each other.

    Parameters
    ----------
    signatures, protocol, score, scaling, scanner, sham
        The tables of a study.

    Returns
    -------
    list of Problem
        All that were found, in the order of the tables.
    """
    found = [
        *_names_taken_twice(signatures),
        *_feedback_blocks(protocol, score, sham),
        *_weights(signatures, score),
        *_baseline(protocol, score),
        *_gain(scaling),
    ]
    if scanner.tr_s is not None:
        found += timing_problems(protocol, score, tr_s=scanner.tr_s, n_volumes=scanner.n_volumes)
    return found


def timing_problems(
    protocol: ProtocolSettings, score: ScoreSettings, *, tr_s: float, n_volumes: int | None = None
) -> list[Problem]:
    """Find what a protocol cannot do at a repetition time.

    Parameters
    ----------
    protocol : ProtocolSettings
        The protocol.
    score : ScoreSettings
        How the score is made.
    tr_s : float
        Repetition time [s].
    n_volumes : int, optional
        Number of volumes that the scanner is set to.

    Returns
    -------
    list of Problem
        Blocks shorter than a volume, a run that is too short, a baseline that comes too late.
    """
    found = list(_empty_blocks(protocol, tr_s))
    if found:
        return found
    return [*_run_length(protocol, tr_s, n_volumes), *_baseline_length(protocol, score, tr_s)]


def _names_taken_twice(signatures: SignatureSettings) -> Iterator[Problem]:
    names = Counter((*signatures.feedback_names, *signatures.monitor_names))
    for name, count in names.items():
        if count > 1:
            key = "monitors" if name in signatures.monitor_names else "feedback"
            yield Problem(
                where=("signatures", key),
                text=f"signatures.{key} names {name} although it is already in use; allowed: "
                "every signature once, as feedback or as monitor.",
            )


def _feedback_blocks(
    protocol: ProtocolSettings, score: ScoreSettings, sham: ShamSettings | None
) -> Iterator[Problem]:
    blocks = protocol.blocks
    if sham is not None and not any(block.feedback for block in blocks):
        yield Problem(
            where=("sham",),
            text="sham is given although no block shows feedback; allowed: a protocol with at "
            "least one block with feedback = true. Remove [sham] or add feedback.",
        )
    for place, block in enumerate(blocks):
        if block.feedback and block.condition in score.baseline:
            yield Problem(
                where=("protocol", "blocks", place, "feedback"),
                text=f"protocol.blocks[{place}].feedback is true in {block.condition}, a baseline "
                "condition; allowed: feedback in conditions that score.baseline does not name.",
            )
        if block.feedback and protocol.feedback == "intermittent":
            yield from _source_block(place, blocks, score)


def _source_block(
    place: int, blocks: tuple[BlockSettings, ...], score: ScoreSettings
) -> Iterator[Problem]:
    before = blocks[place - 1] if place > 0 else None
    if before is None or before.feedback or before.condition in score.baseline:
        given = f"after {before.condition}" if before else "the first block"
        yield Problem(
            where=("protocol", "blocks", place, "feedback"),
            text=f"protocol.blocks[{place}].feedback is true, and the block is {given}; allowed "
            "with intermittent feedback: a block after one of regulation, whose mean it shows.",
        )


def _weights(signatures: SignatureSettings, score: ScoreSettings) -> Iterator[Problem]:
    names = list(signatures.feedback_names)
    for name in score.weights:
        if name not in names:
            yield Problem(
                where=("score", "weights", name),
                text=f"score.weights names {name}, which signatures.feedback does not; allowed: "
                f"{', '.join(names)}.{alike(name, names)}",
            )
    for name in names:
        if name not in score.weights:
            yield Problem(
                where=("score", "weights"),
                text=f"score.weights has no weight for {name}, which signatures.feedback names; "
                f"allowed: a weight for each. Add {name} = 1 or make it a monitor.",
            )
    if score.weights and not any(score.weights.values()):
        yield Problem(
            where=("score", "weights"),
            text="score.weights are all 0; allowed: at least one that is not.",
        )


def _baseline(protocol: ProtocolSettings, score: ScoreSettings) -> Iterator[Problem]:
    conditions = list(dict.fromkeys(block.condition for block in protocol.blocks))
    for name in score.baseline:
        if name not in conditions:
            yield Problem(
                where=("score", "baseline"),
                text=f"score.baseline names {name}, which no block has; allowed: "
                f"{', '.join(conditions)}.{alike(name, conditions)}",
            )
    first = next((place for place, block in enumerate(protocol.blocks) if block.feedback), None)
    before = {block.condition for block in protocol.blocks[:first]}
    if (
        first is not None
        and not before & set(score.baseline)
        and set(score.baseline) & set(conditions)
    ):
        yield Problem(
            where=("protocol", "blocks", first, "feedback"),
            text=f"protocol.blocks[{first}].feedback is true before any baseline block; allowed: "
            f"feedback after a block of {' or '.join(score.baseline)}.",
        )


def _gain(scaling: ScalingSettings) -> Iterator[Problem]:
    low, high = scaling.limits
    if scaling.kind == "adaptive" and not low <= scaling.gain <= high:
        yield Problem(
            where=("scaling", "gain"),
            text=f"scaling.gain is {scaling.gain:g}, outside scaling.limits; allowed: "
            f"{low:g} to {high:g}.",
        )


def _empty_blocks(protocol: ProtocolSettings, tr_s: float) -> Iterator[Problem]:
    edges = edges_in_volumes(protocol, tr_s)
    n_blocks = len(protocol.blocks)
    empty = {n % n_blocks for n in range(len(edges) - 1) if edges[n] == edges[n + 1]}
    for place in sorted(empty):
        yield Problem(
            where=("protocol", "blocks", place, "duration_s"),
            text=f"protocol.blocks[{place}].duration_s is {protocol.blocks[place].duration_s:g} s "
            f"and gets no volume of {tr_s:g} s; allowed: at least {tr_s:g} s.",
        )


def _run_length(
    protocol: ProtocolSettings, tr_s: float, n_volumes: int | None
) -> Iterator[Problem]:
    needed = protocol.dummy_volumes + edges_in_volumes(protocol, tr_s)[-1]
    if n_volumes is not None and needed > n_volumes:
        yield Problem(
            where=("scanner", "n_volumes"),
            text=f"scanner.n_volumes is {n_volumes}, but the protocol needs {needed} volumes of "
            f"{tr_s:g} s; allowed: at least {needed}.",
        )


def _baseline_length(
    protocol: ProtocolSettings, score: ScoreSettings, tr_s: float
) -> Iterator[Problem]:
    edges = edges_in_volumes(protocol, tr_s)
    delay = delay_in_volumes(score.delay_s, tr_s)
    settled = 0
    for place, block in enumerate(protocol.all_blocks):
        if block.feedback:
            break
        if block.condition in score.baseline:
            settled += max(0, edges[place + 1] - edges[place] - delay)
    else:
        return
    if settled < score.baseline_min_volumes:
        yield Problem(
            where=("score", "baseline_min_volumes"),
            text=f"score.baseline_min_volumes is {score.baseline_min_volumes}, but at {tr_s:g} s a "
            f"volume only {settled} baseline volumes come before the first feedback (the first "
            f"{delay} of a block do not count); allowed: at most {settled}. Make the first "
            "baseline longer.",
        )
