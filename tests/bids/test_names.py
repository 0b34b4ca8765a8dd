from __future__ import annotations

import pytest

from empatune.bids import Entities, label
from empatune.errors import ExportError


def test_every_entity_has_its_place():
    entities = Entities(subject="07", session="02", run="1", task="empathy")
    path = entities.path("timeseries", ".tsv", desc="confounds")
    assert str(path) == (
        "sub-07/ses-02/func/sub-07_ses-02_task-empathy_run-1_desc-confounds_timeseries.tsv"
    )


def test_session_and_run_may_be_missing():
    path = Entities(subject="07", task="empathy").path("bold", ".nii.gz")
    assert str(path) == "sub-07/func/sub-07_task-empathy_bold.nii.gz"


@pytest.mark.parametrize("field", ["subject", "task", "session", "run"])
@pytest.mark.parametrize("value", ["a b", "../x", "a-b", "ä"])
def test_labels_that_bids_forbids_are_refused(field, value):
    labels = {"subject": "07", "task": "empathy", field: value}
    with pytest.raises(ExportError, match=field):
        Entities(**labels)


def test_a_label_is_made_by_leaving_out():
    assert label("vps-no-occipital") == "vpsnooccipital"
    with pytest.raises(ExportError, match="Rename"):
        label("--")
