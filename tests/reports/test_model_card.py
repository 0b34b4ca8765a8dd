"""The model card as a page."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from tests.reports.test_session_report import Page

from empatune.core import Grid
from empatune.errors import ExportError, TrainingError
from empatune.reports.brain import Ground
from empatune.reports.markup import tag
from empatune.reports.model_card import render_model_card, write_model_card
from empatune.signatures.training import TrainingData, TrainingSettings, gather, save, train

SECTIONS = ("map", "performance", "chance", "off-target", "use", "data", "apply", "methods")
SHAPE = (16, 18, 14)
AFFINE = np.diag([8.0, 8.0, 8.0, 1.0])
AFFINE[:3, 3] = (-60, -90, -45)
GRID = Grid(shape=SHAPE, affine=AFFINE)
SETTINGS = TrainingSettings(
    method="ridge", n_bootstraps=200, n_permutations=40, n_resamples=200, n_folds=5
)
N_PEOPLE = 10


def data(*, classes, effect=0.8, off_target=True):
    rng = np.random.default_rng(0)
    n = 4 * N_PEOPLE
    outcome = np.tile([-1.0, -1.0, 1.0, 1.0] if classes else [0.0, 1.0, 2.0, 3.0], N_PEOPLE)
    images = rng.normal(size=(n, *SHAPE)).astype(np.float32)
    images[:, 5:9, 8:12, 4:8] += effect * outcome[:, None, None, None].astype(np.float32)
    mask = np.zeros(SHAPE, dtype=bool)
    mask[2:-2, 2:-2, 2:-2] = True
    other = np.full(n, "", dtype=object)
    if off_target:
        other[3::4] = "<reward>"
        outcome = np.where(other == "", outcome, np.nan)
    return TrainingData(
        images=gather(images, GRID, names=[str(k) for k in range(n)], mask=mask),
        outcome=outcome,
        groups=np.repeat([f"p{k:02}" for k in range(N_PEOPLE)], 4),
        classes=("neutral", "care") if classes else None,
        off_target=other.astype(str),
        off_target_outcomes={"arousal": rng.normal(size=n)} if off_target else {},
        outcome_name="state" if classes else "distress",
        group_name="participant",
    )


def written(tmp_path_factory, found, **options):
    settings = options.pop("settings", SETTINGS)
    folder = tmp_path_factory.mktemp("card") / "mine"
    return save(train(found, settings), folder, name="mine", **options)


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    return written(tmp_path_factory, data(classes=True), intended_use="To <test> pages")


@pytest.fixture(scope="module")
def ratings(tmp_path_factory):
    return written(tmp_path_factory, data(classes=False, off_target=False))


@pytest.fixture(scope="module")
def content(classes):
    return render_model_card(classes)


@pytest.fixture(scope="module")
def page(content):
    return Page(content)


def test_every_section_is_there_and_the_page_needs_nothing_else(content, page):
    assert tuple(name for name in page.text if name) == SECTIONS
    assert not {"script", "link"} & page.tags
    assert all(link.startswith(("#", "data:image/")) for link in page.links)
    assert not re.search(r"url\((?!#)|@import", content)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_numbers_are_those_of_the_card(page, classes):
    card = json.loads(classes.with_name("mine.json").read_text())
    area = card["measures"]["auc"]
    shown = f"{area['value']:.2f} [{area['low']:.2f}, {area['high']:.2f}]"
    assert shown in page.text["performance"]
    assert f"ROC: AUC {shown}" in page.text["performance"]
    assert card["checksum"] in page.text["methods"]
    assert f"{card['weights']['n_voxels_fdr']} voxels" in page.text["map"]
    off = next(each for each in card["off_target"] if each["kind"] == "condition")
    assert f"{off['measures']['auc']['value']:.2f} [" in page.text["off-target"]


def test_pictures_of_classes(page):
    words = " ".join(page.images)
    for part in ("ROC curve", "Responses to neutral and care", "similar predictions", "Permuted"):
        assert part in words


def test_what_users_write_cannot_break_the_page(page):
    assert "To <test> pages" in page.text["use"]
    assert "<reward>" in page.text["off-target"]


def test_a_card_of_ratings_and_of_nothing_off_target(ratings):
    page = Page(render_model_card(ratings))
    assert "Observed against predicted distress." in page.images
    assert "r within groups" in page.text[""]
    assert "Nothing off-target was tested" in page.text["off-target"]


def test_nothing_found_and_nothing_tested_are_said(tmp_path_factory):
    bare = replace(SETTINGS, n_bootstraps=0, n_permutations=0)
    path = written(tmp_path_factory, data(classes=True), settings=bare)
    page = Page(render_model_card(path))
    assert "not tested against chance" in page.text[""]
    assert "No permutation test was made" in page.text["chance"]
    assert "No bootstrap was made" in page.text["map"]
    none = data(classes=True, effect=0.0)
    path = written(tmp_path_factory, none, settings=replace(SETTINGS, n_bootstraps=0))
    assert (
        "Not shown that this map tells care from neutral" in Page(render_model_card(path)).text[""]
    )


def test_a_persons_own_space_has_its_own_ground_and_no_names_of_regions(tmp_path_factory):
    own = replace(data(classes=True, effect=2.0), space="EPI of sub-01")
    path = written(tmp_path_factory, own)
    image = np.random.default_rng(0).random(SHAPE).astype(np.float32)
    ground = Ground(image=image, brain=np.ones(SHAPE, dtype=bool), grid=GRID)
    more = [("runs", "The runs", tag("p", "Two runs."))]
    page = Page(render_model_card(path, ground=ground, more=more))
    assert page.text["runs"] == "The runsTwo runs."
    assert "regions have no names there" in page.text["map"]
    assert "component systems" not in page.text["map"]


def test_the_same_files_give_the_same_page(classes, content):
    assert render_model_card(classes) == content


def test_an_altered_map_has_no_card_and_no_page_is_left_half(ratings, tmp_path):
    folder = tmp_path / "copy"
    folder.mkdir()
    for each in ratings.parent.iterdir():
        (folder / each.name).write_bytes(each.read_bytes())
    path = folder / "mine.nii.gz"
    assert write_model_card(path) == folder / "mine.html"
    (folder / "mine_groups.tsv").unlink()
    with pytest.raises(TrainingError, match=r"mine_groups\.tsv cannot be read"):
        write_model_card(path)
    path.write_bytes(path.read_bytes() + b"0")
    with pytest.raises(TrainingError, match="not the map that its card describes"):
        write_model_card(path)
    (folder / "mine.html").unlink()
    (folder / "mine.html").mkdir()
    path.write_bytes(ratings.read_bytes())
    (folder / "mine_groups.tsv").write_bytes(ratings.with_name("mine_groups.tsv").read_bytes())
    with pytest.raises(ExportError, match="cannot be written"):
        write_model_card(path)
    assert not list(folder.glob(".*"))
