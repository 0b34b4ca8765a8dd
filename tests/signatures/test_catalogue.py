"""What every entry of the catalogue of signatures must hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from empatune.signatures import CATALOGUE, Entry
from empatune.signatures.catalogue import NOT_RECORDED


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=list(CATALOGUE))
def test_an_entry_is_complete(entry: Entry) -> None:
    assert CATALOGUE[entry.name] is entry
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.name)
    assert re.fullmatch(r"10\.\d{4,}/\S+", entry.doi)
    assert re.fullmatch(r"[0-9a-f]{64}", entry.sha256)
    assert entry.file.endswith(".nii.gz")
    assert entry.summary
    assert entry.positive
    assert re.fullmatch(r".+ (19|20)\d\d, .+ \d+:\w+", entry.citation)
    assert entry.sample == NOT_RECORDED or re.match(r"\d+ adults ", entry.sample)
    assert entry.off_target


def test_what_no_source_told_is_called_not_recorded() -> None:
    unknown = {
        (entry.name, what)
        for entry in CATALOGUE.values()
        for what in ("sample", "off_target")
        if getattr(entry, what) == NOT_RECORDED
    }
    assert unknown == {("threat", "off_target"), ("siips1", "off_target")}


def test_one_paper_has_one_citation() -> None:
    pairs = {(entry.doi, entry.citation) for entry in CATALOGUE.values()}
    assert len(pairs) == len({doi for doi, _ in pairs}) == len({cited for _, cited in pairs})


def test_no_two_entries_share_a_file() -> None:
    assert len({entry.file for entry in CATALOGUE.values()}) == len(CATALOGUE)
    assert len({entry.sha256 for entry in CATALOGUE.values()}) == len(CATALOGUE)


def test_the_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        CATALOGUE["mine"] = CATALOGUE["care"]  # type: ignore[index]


@pytest.mark.shared
def test_the_checksums_are_those_of_the_published_files(shared: Path) -> None:
    listed = dict(
        line.split()[::-1]
        for line in (shared / "signatures" / "SHA256SUMS").read_text("utf-8").splitlines()
    )
    assert {entry.file: entry.sha256 for entry in CATALOGUE.values()} == listed
