"""A watched folder: files that grow, are renamed, stay broken, or are none of ours."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import nibabel
import numpy as np
import pytest

from empatune.core import Volume
from empatune.errors import SourceError
from empatune.realtime.sources import open_source
from empatune.realtime.sources.watch import FolderWatch, WatchSettings


class Watching:
    """A watch that looks when it is told to."""

    def __init__(self, folder: Path, spool: Path, clock: Any, **settings: Any) -> None:
        self.clock = clock
        self._watch = FolderWatch(
            folder, WatchSettings(**settings), spool=spool, already=(), clock=clock
        )
        self._watch.open()

    def look(self, pass_s: float = 0.05) -> list[Any]:
        self.clock.pass_s(pass_s)
        return list(self._watch.look(Event()))


@pytest.fixture
def watching(tmp_path: Path, still_clock) -> Callable[..., Watching]:
    (tmp_path / "in").mkdir()
    return lambda **settings: Watching(tmp_path / "in", tmp_path / "spool", still_clock, **settings)


def kinds(messages: list[Any]) -> list[str]:
    return [getattr(message, "code", type(message).__name__) for message in messages]


def test_growing_file_is_read_when_its_content_is_complete(watching, objects_of, tmp_path) -> None:
    watch = watching()
    content = objects_of("siemens_nf_run", 1)[0]
    path = tmp_path / "in" / "1.dcm"
    with path.open("wb", buffering=0) as file:
        for start in range(0, len(content) - 1, 70_000):
            file.write(content[start : min(start + 70_000, len(content) - 1)])
            assert watch.look() == []
        file.write(content[-1:])
        (volume,) = watch.look()
    assert volume.index == 0
    assert volume.received_ns == watch.clock.ns
    assert watch.look() == []


def test_new_names_among_very_many_old_ones(watching, objects_of, tmp_path) -> None:
    for number in range(3000):
        (tmp_path / "in" / f".{number}").touch()
    watch = watching()
    watch.look()
    (tmp_path / "in" / "a.dcm").write_bytes(objects_of("siemens_nf_run", 1)[0])
    assert kinds(watch.look()) == ["Volume"]


def test_unfinished_name_waits_for_its_renaming(watching, objects_of, tmp_path) -> None:
    watch = watching()
    temporary = tmp_path / "in" / "1.dcm.tmp"
    temporary.write_bytes(objects_of("siemens_nf_run", 1)[0])
    assert watch.look() == []
    temporary.rename(tmp_path / "in" / "1.dcm")
    assert kinds(watch.look()) == ["Volume"]


def test_cut_short_for_ever_is_told_and_not_fatal(watching, objects_of, tmp_path) -> None:
    watch = watching(patience_s=10)
    first, second = objects_of("siemens_nf_run", 2)
    (tmp_path / "in" / "name-of-a-person-1.dcm").write_bytes(first)
    (tmp_path / "in" / "name-of-a-person-2.dcm").write_bytes(second[:-5000])
    assert kinds(watch.look()) == ["Volume"]
    assert kinds(watch.look(9)) == []
    told = watch.look(2)
    assert kinds(told) == ["stuck-file"]
    assert "person" not in told[0].text
    (tmp_path / "in" / "name-of-a-person-2.dcm").write_bytes(second)
    assert kinds(watch.look()) == ["Volume"]


def test_foreign_and_derived_files_are_left_out_and_told(
    watching, objects_of, edited, tmp_path
) -> None:
    watch = watching()
    mosaic = objects_of("siemens_nf_run", 3)
    moco = edited(mosaic[1], lambda d: setattr(d, "ImageType", ["DERIVED", "PRIMARY", "MOSAIC"]))
    (tmp_path / "in" / "0.txt").write_text("notes of the operator " * 20)
    (tmp_path / "in" / "1.dcm").write_bytes(mosaic[0])
    (tmp_path / "in" / "2.dcm").write_bytes(moco)
    (tmp_path / "in" / "3.dcm").write_bytes(objects_of("skyra_mosaic", 1)[0])
    (tmp_path / "in" / "4.dcm").write_bytes(mosaic[0])
    (tmp_path / "in" / "5.dcm").write_bytes(mosaic[1])
    said = watch.look() + watch.look()
    assert [m.index for m in said if isinstance(m, Volume)] == [0, 1]
    assert {"not-an-image", "derived", "foreign-series", "twice"} <= set(kinds(said))


def test_subfolders_only_when_asked(watching, objects_of, tmp_path) -> None:
    inner = tmp_path / "in" / "today" / "run1"
    inner.mkdir(parents=True)
    (inner / "1.dcm").write_bytes(objects_of("siemens_nf_run", 1)[0])
    shallow = watching()
    assert [kinds(shallow.look()) for _ in range(4)] == [[], [], [], []]
    deep = watching(subfolders=True)
    assert [kind for _ in range(4) for kind in kinds(deep.look())] == ["Volume"]


def test_nifti_volumes(watching, tmp_path) -> None:
    watch = watching(tr_s=1.5)
    affine = np.array([[-3.0, 0, 0, 90], [0, 3, 0, -120], [0, 0, 4, -50], [0, 0, 0, 1]])
    rng = np.random.default_rng(0)
    volumes = [rng.normal(100, 9, (6, 5, 4)).astype(np.float32) for _ in range(3)]
    for number in (1, 2, 3):
        path = tmp_path / "in" / f"vol_{number:04d}.nii"
        content = nibabel.Nifti1Image(volumes[number - 1], affine).to_bytes()
        path.write_bytes(content[:500])
        assert kinds(watch.look()) == []
        path.write_bytes(content)
        (volume,) = watch.look()
        assert (volume.index, volume.tr_s, volume.provenance.kind) == (number - 1, 1.5, "nifti")
        np.testing.assert_array_equal(volume.stored, volumes[number - 1])
        np.testing.assert_allclose(volume.grid.affine, affine, atol=1e-9)


def test_nifti_without_time_is_refused_with_advice(watching, tmp_path) -> None:
    watch = watching()
    image = nibabel.Nifti1Image(np.zeros((3, 3, 3), np.int16), np.eye(4))
    (tmp_path / "in" / "v1.nii").write_bytes(image.to_bytes())
    (notice,) = watch.look()
    assert notice.code == "unsupported"
    assert "?tr=2.0" in notice.text


def test_folder_that_vanishes_for_a_while(watching, objects_of, tmp_path) -> None:
    watch = watching()
    (tmp_path / "in").rename(tmp_path / "away")
    assert kinds(watch.look()) == ["folder-gone"]
    assert kinds(watch.look()) == []
    (tmp_path / "away").rename(tmp_path / "in")
    (tmp_path / "in" / "1.dcm").write_bytes(objects_of("siemens_nf_run", 1)[0])
    assert kinds(watch.look()) == ["Volume"]


def test_files_that_were_there_are_read_and_told(watching, objects_of, tmp_path) -> None:
    (tmp_path / "in" / "1.dcm").write_bytes(objects_of("siemens_nf_run", 1)[0])
    assert kinds(watching().look()) == ["files-present", "Volume"]


def test_missing_folder_is_a_clear_error(tmp_path) -> None:
    with pytest.raises(SourceError, match="cannot be watched"):
        open_source(f"watch:{tmp_path / 'nowhere'}", spool=tmp_path).open()


def test_whole_run_written_by_another_thread(objects_of, tmp_path, stop) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    source = open_source(f"watch:{folder}", spool=tmp_path / "spool")
    source.open()
    contents = objects_of("ge_mr750", 150)

    def write() -> None:
        for number, content in enumerate(contents):
            with (folder / f"{number}.dcm").open("wb", buffering=0) as file:
                file.write(content[:9000])
                if number % 15 == 14:
                    time.sleep(0.01)
                file.write(content[9000:])

    writer = threading.Thread(target=write)
    writer.start()
    volumes = [m for m in source.messages(stop) if isinstance(m, Volume)]
    writer.join()
    assert [volume.index for volume in volumes] == list(range(10))
