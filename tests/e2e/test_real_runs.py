"""Real runs, from a scanner's export to report and BIDS, with the published maps."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import nibabel
import pytest

from empatune.realtime.messages import Decoded, Notice, VolumeReceived
from empatune.realtime.recorder import Record

from .conftest import RUNS, Run, empatune, free_port, start, wait_for_port

pytestmark = [pytest.mark.slow, pytest.mark.shared]


def check_record(folder: Path, run: Run) -> None:
    with Record(folder) as record:
        received = [e.message for e in record.entries(VolumeReceived)]
        decoded = [e.message for e in record.entries(Decoded)]
        alarms = [
            e.message
            for e in record.entries(Notice)
            if isinstance(e.message, Notice)
            and e.message.level == "alarm"
            and e.message.code != "no-volumes"  # a busy machine may keep the sender waiting
        ]
        overview = record.facts["overview"]
    assert [m.index for m in received] == list(range(run.n_volumes))  # type: ignore[union-attr]
    assert [m.index for m in decoded] == list(range(run.n_volumes))  # type: ignore[union-attr]
    assert received[-1].tr_s == pytest.approx(run.tr_s, abs=2e-3)  # type: ignore[union-attr]
    assert tuple(overview["grid"]["shape"]) == run.shape  # type: ignore[index,call-overload,arg-type]
    assert alarms == []


def finished(session: subprocess.Popen[str]) -> dict[str, object]:
    out, err = session.communicate(timeout=120)
    assert session.returncode == 0, err
    answer: dict[str, object] = json.loads(out)
    return answer


def test_from_c_store_to_report_and_valid_bids(
    run: Run, study: Path, testdata: Path, tmp_path: Path
) -> None:
    port, folder = free_port(), tmp_path / "session"
    session = start(
        *("session", study, "--source", f"dicom:{port}", "--out", folder, "--no-open", "--json")
    )
    wait_for_port(port, session)
    sent = empatune("scanner", testdata / run.folder, "--to", f"127.0.0.1:{port}", "--speed", "max")
    summary = finished(session)
    assert sent["n_volumes"] == run.n_volumes
    assert (summary["n_decoded"], summary["n_lost"]) == (run.n_volumes, 0)
    check_record(folder, run)
    assert empatune("replay", folder)["equal"] is True
    check_report(folder)
    check_bids(folder, tmp_path / "bids", run)
    check_privacy(folder)


@pytest.mark.parametrize("run", RUNS[:1], ids=[RUNS[0].name], indirect=True)
def test_from_a_watched_folder(run: Run, study: Path, testdata: Path, tmp_path: Path) -> None:
    """Volumes come in pieces here, a file a slice."""
    inbox, folder = tmp_path / "inbox", tmp_path / "session"
    inbox.mkdir()
    session = start(
        *("session", study, "--source", f"watch:{inbox}", "--out", folder, "--no-open", "--json")
    )
    empatune("scanner", testdata / run.folder, "--into", inbox, "--speed", "max")
    summary = finished(session)
    assert (summary["n_decoded"], summary["n_lost"]) == (run.n_volumes, 0)
    check_record(folder, run)


def check_report(folder: Path) -> None:
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert "CRED-nf" in html
    fetched = re.findall(r"(?:src|href)=\"(https?://[^\"]+)\"", html)
    assert [url for url in fetched if "doi.org" not in url] == []


def check_bids(folder: Path, bids: Path, run: Run) -> None:
    empatune("export", folder, "--out", bids)
    for dataset in (bids, bids / "derivatives" / "empatune"):
        done = subprocess.run(
            ["bids-validator-deno", str(dataset), "--format", "json"],
            capture_output=True,
            text=True,
            check=False,
        )
        issues = json.loads(done.stdout)["issues"]["issues"]
        assert [issue for issue in issues if issue["severity"] == "error"] == []
    (image,) = bids.glob("sub-*/**/*_bold.nii.gz")
    bold = nibabel.load(image)
    assert bold.shape == (*run.shape, run.n_volumes)
    sidecar = json.loads(image.with_name(image.name.replace(".nii.gz", ".json")).read_text())
    assert sidecar["RepetitionTime"] == pytest.approx(run.tr_s, abs=2e-3)


def check_privacy(folder: Path) -> None:
    """What the shared headers say of people and places must be nowhere in the session."""
    words = [b"Hanke", b"transrep", b"BCBL", b"CRANEO", b"PERCEPTION", b"3TPHILIPSMR"]
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert [word for word in words if word in content] == [], path
