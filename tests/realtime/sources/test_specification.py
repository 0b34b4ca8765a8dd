"""What a user may write after --source."""

from __future__ import annotations

from pathlib import Path

import pytest

from empatune.errors import UsageError
from empatune.realtime.sources import open_source


@pytest.mark.parametrize(
    ("spec", "facts"),
    [
        ("dicom:11112", {"source": "dicom", "host": "127.0.0.1", "port": 11112, "calling": []}),
        (
            "dicom:0.0.0.0:104?ae=NF&calling=MR1,MR2",
            {"host": "0.0.0.0", "port": 104, "ae_title": "NF", "calling": ["MR1", "MR2"]},
        ),
        ("dicom:[::1]:104", {"host": "::1", "port": 104}),
        ("watch:/export", {"source": "watch", "subfolders": False}),
        ("watch:/export?subfolders=yes", {"subfolders": True}),
        ("replay:/data/run.nii.gz", {"source": "replay", "pace": 1.0}),
        ("replay:/data/run?pace=0&tr=2.5", {"pace": 0.0}),
    ],
)
def test_sources_that_are_understood(spec, facts, tmp_path: Path) -> None:
    described = open_source(spec, spool=tmp_path).describe()
    assert facts.items() <= described.items()


@pytest.mark.parametrize(
    ("spec", "word"),
    [
        ("", "none of the sources"),
        ("scanner:104", "none of the sources"),
        ("watch:", "none of the sources"),
        ("dicom:", "none of the sources"),
        ("dicom:port", "not a port"),
        ("dicom:70000", "not a port"),
        ("dicom:104?port=3", "not port"),
        ("dicom:104?ae=A-TITLE-THAT-IS-TOO-LONG", "AE title"),
        ("watch:/export?subfolders=maybe", "yes or no"),
        ("watch:/export?tr=0", "0.01 to 60"),
        ("replay:/data?pace=fast", "0 to 1000"),
        ("replay:/data?pace=nan", "0 to 1000"),
        ("replay:/data?speed=2", "not speed"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_allowed(spec, word, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=word) as problem:
        open_source(spec, spool=tmp_path)
    for form in ("dicom:[HOST:]PORT", "watch:DIR", "replay:PATH", "simulate", "Example"):
        assert form in str(problem.value)
