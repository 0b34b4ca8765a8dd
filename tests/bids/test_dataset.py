from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

import pytest

from empatune.bids import Dataset
from empatune.errors import ExportError


def _files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _describe(data: Dataset) -> None:
    data.json(PurePosixPath("dataset_description.json"), {"GeneratedBy": [{"Name": "us"}]})


@pytest.fixture
def ours(tmp_path) -> Path:
    with Dataset(tmp_path / "bids", maker="us") as data:
        _describe(data)
        data.text(PurePosixPath("sub-1/a.txt"), "first")
        data.commit()
    return tmp_path / "bids"


def test_nothing_is_seen_before_commit(tmp_path):
    with Dataset(tmp_path / "bids", maker="us") as data:
        data.text(PurePosixPath("a.txt"), "one")
        assert not (tmp_path / "bids").exists()
    assert list(tmp_path.iterdir()) == []


def test_commit_shows_everything_and_leaves_no_trace(ours):
    assert set(_files(ours)) == {"dataset_description.json", "sub-1/a.txt"}
    assert [path.name for path in ours.parent.iterdir()] == ["bids"]
    assert json.loads((ours / "dataset_description.json").read_text())["GeneratedBy"]


def test_what_is_replaced_goes(ours):
    with Dataset(ours, maker="us") as data:
        data.text(PurePosixPath("sub-1/b.txt"), "second")
        data.commit(replaced=[PurePosixPath("sub-1/a.txt")])
    assert set(_files(ours)) == {"dataset_description.json", "sub-1/b.txt"}


def test_a_failure_in_the_middle_puts_everything_back(ours, monkeypatch):
    before = _files(ours)
    move = Path.replace

    def failing(self, target):
        if Path(target).name == "c.txt":
            raise OSError(28, "No space left on device")
        return move(self, target)

    with Dataset(ours, maker="us") as data:
        data.text(PurePosixPath("sub-1/b.txt"), "second")
        data.text(PurePosixPath("sub-1/c.txt"), "third")
        monkeypatch.setattr(Path, "replace", failing)
        with pytest.raises(ExportError, match="undone"):
            data.commit(replaced=[PurePosixPath("sub-1/a.txt")])
    assert _files(ours) == before


def test_a_folder_of_somebody_else_is_refused(ours, tmp_path):
    with pytest.raises(ExportError, match="not made by them"):
        Dataset(ours, maker="them")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.docx").write_text("years of work")
    with pytest.raises(ExportError, match="not empty"):
        Dataset(tmp_path / "other", maker="us")
    with pytest.raises(ExportError, match="is a file"):
        Dataset(tmp_path / "other" / "thesis.docx", maker="us")
