"""A trained classifier as a file: whole, readable, and only for fits like its own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from empatune.errors import TrainingError
from empatune.motives.classification.card import describe, read, save
from empatune.motives.classification.classifier import Trained, classify, train
from empatune.motives.classification.fits import Fits, cases_by_label, cases_by_modulator
from empatune.motives.classification.page import render

NAMES = ("A AI<-ACC", "B[motive] AI<-ACC", "B[motive] VS<-AI", "decay")


def fits(n: int = 24, seed: int = 0, names: tuple[str, ...] = NAMES) -> Fits:
    rng = np.random.default_rng(seed)
    means = rng.normal(0, 0.2, (n, len(names)))
    means[1::2, 2] += 0.8
    return Fits(
        network="motive",
        keys=tuple((f"{i:02d}", "all") for i in range(n)),
        parameters=names,
        means=means,
        sds=np.full(means.shape, 0.1),
    )


def trained(scale: str = "mean") -> Trained:
    found = fits()
    labels = {key: ("empathy", "reciprocity")[i % 2] for i, key in enumerate(found.keys)}
    cases = cases_by_label(found, labels, scale=scale)  # type: ignore[arg-type]
    return train(found, cases, scale=scale, n_permutations=50, rng=np.random.default_rng(0))  # type: ignore[arg-type]


@pytest.mark.parametrize("scale", ["mean", "z"])
def test_a_stored_classifier_answers_as_the_trained_one(tmp_path: Path, scale: str) -> None:
    made = trained(scale)
    file, page = save(describe(made, name="card"), tmp_path)
    new = fits(seed=1)
    stored = read(file)
    assert classify(stored, new) == classify(made.classifier, new)
    right = [
        answer.motive == ("empathy", "reciprocity")[i % 2]
        for i, answer in enumerate(classify(stored, new))
    ]
    assert np.mean(right) > 0.9
    assert "# card: empathy or reciprocity?" in page.read_text("utf-8")


def test_an_unsure_fit_gives_a_wide_interval() -> None:
    made = trained().classifier
    sure = classify(made, fits(seed=1))[0]
    found = fits(seed=1)
    unsure = Fits(
        network=found.network,
        keys=found.keys,
        parameters=found.parameters,
        means=found.means,
        sds=found.sds * 4,
    )
    wide = classify(made, unsure)[0]
    assert wide.probability == sure.probability
    assert wide.low < sure.low < sure.probability < sure.high < wide.high


def test_fits_far_from_the_training_are_told() -> None:
    found = fits(seed=1)
    found.means[0, 1] = 50.0
    first, second = classify(trained().classifier, found)[:2]
    assert first.remark == "far from the training: B[motive] AI<-ACC"
    assert second.remark == ""


def test_fits_with_other_parameters_are_refused() -> None:
    made = trained().classifier
    with pytest.raises(TrainingError, match="lacks decay"):
        classify(made, fits(names=NAMES[:3]))
    with pytest.raises(TrainingError, match=r"has epsilon besides"):
        classify(made, fits(names=(*NAMES, "epsilon")))
    reordered = fits(names=NAMES[::-1])
    assert len(classify(made, reordered)) == 24


def test_a_classifier_of_modulators_answers_for_each() -> None:
    found = fits(names=("B[e] AI<-ACC", "B[r] AI<-ACC", "decay"))
    cases = cases_by_modulator(found, ("e", "r"))
    made = train(found, cases, modulators=("e", "r"), n_permutations=20,
                 rng=np.random.default_rng(0))  # fmt: skip
    answers = classify(made.classifier, found)
    assert [answer.run for answer in answers[:1] + answers[-1:]] == ["all e", "all r"]
    scores = made.classifier.rule.score(cases.values)
    assert [answer.motive for answer in answers] == ["r" if s > 0 else "e" for s in scores]


def test_the_card_says_what_figures_warn_of() -> None:
    made = trained()
    content = describe(made, name="x", beside={"activity": made.validation}, limits="not for sale")
    limits = content["limits"]
    assert isinstance(limits, list)
    assert limits[0] == "not for sale"
    assert any("Activity tells the motives as well" in str(each) for each in limits)
    page = render(content)
    for part in ("24 people", "95 % interval", "Brier", "B[motive] VS<-AI", "not for sale"):
        assert part in page
    json.dumps(content, allow_nan=False)


def test_files_are_not_written_over_and_damage_is_told(tmp_path: Path) -> None:
    content = describe(trained(), name="card")
    file, _ = save(content, tmp_path)
    with pytest.raises(TrainingError, match="--overwrite"):
        save(content, tmp_path)
    save(content, tmp_path, overwrite=True)
    whole = json.loads(file.read_text("utf-8"))
    whole["classifier"]["weights"].pop()
    file.write_text(json.dumps(whole), "utf-8")
    with pytest.raises(TrainingError, match="damaged"):
        read(file)
    file.write_text("{}", "utf-8")
    with pytest.raises(TrainingError, match="no classifier"):
        read(file)
    file.write_text(json.dumps(content | {"format": 99}), "utf-8")
    with pytest.raises(TrainingError, match="format 99"):
        read(file)
    with pytest.raises(TrainingError, match="is a file"):
        save(content, file)
