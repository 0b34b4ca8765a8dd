"""Pieces on disk: whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from empatune.errors import ImageError
from empatune.realtime.sources.piece import pack, unpack
from empatune.realtime.sources.spool import Spool


def test_pieces_come_back_in_their_order_and_go_when_recorded(tmp_path, make_piece) -> None:
    spool = Spool(tmp_path / "spool")
    pieces = [make_piece(0, k) for k in (2, 0, 1)]
    for piece in pieces:
        spool.put(piece)
    again = Spool(tmp_path / "spool")
    waiting, n_damaged = again.waiting()
    assert n_damaged == 0
    assert {piece.name for piece in waiting} == {piece.name for piece in pieces}
    for piece in waiting:
        (twin,) = [p for p in pieces if p.name == piece.name]
        np.testing.assert_array_equal(piece.pixels, twin.pixels)
    again.drop([pieces[0].digest, "unknown"])
    assert len(again.waiting()[0]) == 2


def test_killed_while_writing_leaves_no_half_piece(tmp_path, make_piece) -> None:
    spool = Spool(tmp_path)
    spool.put(make_piece(0, 0))
    (tmp_path / "half.piece.part").write_bytes(b"{")
    assert len(spool.waiting()[0]) == 1
    assert not list(tmp_path.glob("*.part"))


def test_full_disk_leaves_nothing_behind(tmp_path, make_piece, monkeypatch) -> None:
    spool = Spool(tmp_path)

    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:5])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        spool.put(make_piece(0, 0))
    assert not list(tmp_path.iterdir())


def test_facts_survive_and_damage_is_nothing_known(tmp_path) -> None:
    spool = Spool(tmp_path / "new")
    assert spool.facts() == {}
    spool.state({"series": "a", "next": 3})
    assert Spool(tmp_path / "new").facts() == {"series": "a", "next": 3}
    (tmp_path / "new" / "run.json").write_text('{"series"')
    assert spool.facts() == {}


@pytest.mark.parametrize("cut", [0, 1, 40, -1])
def test_no_half_piece_is_unpacked(cut, make_piece) -> None:
    content = pack(make_piece(0, 0))
    with pytest.raises(ImageError, match="not a whole piece"):
        unpack(content[:cut])
