"""Writing whole files, and telling that a file is unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from empatune.files import checksum, write_together, write_whole

# "abc": the example of FIPS 180-2, appendix B.1
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_checksum_is_sha256(tmp_path: Path) -> None:
    write_whole(tmp_path / "new" / "file", "abc")
    assert checksum(tmp_path / "new" / "file") == ABC


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "table.tsv"
    write_whole(path, "höher\n")
    write_whole(path, b"\xff")
    assert path.read_bytes() == b"\xff"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_every_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    write_together({first: "old", second: "old"})
    write = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if "second" in path.name:
            write(path, content[:1])
            raise OSError(28, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_together({first: "new", second: "new"})
    assert sorted(tmp_path.iterdir()) == [first, second]
    assert first.read_text() == second.read_text() == "old"


def test_files_take_the_place_of_others(tmp_path: Path) -> None:
    new, old, kept, gone = (tmp_path / name for name in ("new", "old", "kept", "gone"))
    for path in (new, old, kept):
        path.write_text("before")
    write_together({new: "after"}, instead_of=[new, old, gone, tmp_path])
    assert sorted(tmp_path.iterdir()) == [kept, new]
    assert new.read_text() == "after"
