"""Workers on a SLURM cluster that a shell script plays, and behind a scheduler's address."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from empatune.bids.derivatives import find_runs
from empatune.decoding.cluster import ClusterSettings, connect
from empatune.decoding.settings import DecodingSettings
from empatune.decoding.study import decode_study
from empatune.errors import DecodingError, MissingExtraError, UsageError

SBATCH = """#!/bin/sh
# What SLURM does, on this machine: keep the script, run it in the background, tell its number.
[ "$1" = --test-only ] && exit 0
cp "$1" {spool}/job.sh
setsid sh {spool}/job.sh > {spool}/job.log 2>&1 &
echo $! >> {spool}/pids
echo "Submitted batch job $!"
"""

SCANCEL = """#!/bin/sh
echo "$@" >> {spool}/cancelled
kill -- -"$1"
"""


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put a SLURM on the PATH whose jobs are processes of this machine."""
    import dask
    import dask_jobqueue  # noqa: F401 - its defaults must be there before they are overridden

    folder = tmp_path / "spool"
    folder.mkdir()
    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        program = folder / name
        program.write_text(text.format(spool=shlex.quote(str(folder))))
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.chdir(folder)
    with dask.config.set(
        {"jobqueue.slurm.interface": "lo", "jobqueue.slurm.python": sys.executable}
    ):
        yield folder
    for pid in (folder / "pids").read_text().split() if (folder / "pids").exists() else ():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int(pid), 9)


def test_a_study_is_decoded_by_jobs_of_slurm(
    spool: Path, person: Path, maps: list[str], tmp_path: Path
) -> None:
    derivatives = person / "derivatives/fmriprep"
    settings = ClusterSettings(
        where="slurm",
        n_workers=1,
        memory_limit="1GiB",
        walltime="00:07:00",
        queue="short",
        account="empathy",
    )
    outcomes = decode_study(
        find_runs(person, derivatives),
        maps,
        tmp_path / "out",
        source=derivatives,
        settings=DecodingSettings(confounds=("motion:basic",)),
        cluster=settings,
    )
    assert [(each.status, each.n_trials) for each in outcomes] == [("done", 8), ("done", 8)]
    job = (spool / "job.sh").read_text()
    for line in ("-p short", "-A empathy", "-t 00:07:00", "--mem=1G"):
        assert f"#SBATCH {line}" in job
    (pid,) = (spool / "pids").read_text().split()
    assert (spool / "cancelled").read_text().split() == [pid]  # nothing is left in the queue


def test_slurm_that_refuses_jobs_says_why(spool: Path) -> None:
    (spool / "sbatch").write_text("#!/bin/sh\necho 'Invalid account' >&2\nexit 1\n")
    with (
        pytest.raises(DecodingError, match="Invalid account"),
        connect(ClusterSettings(where="slurm", n_workers=1)),
    ):
        pass


def test_a_machine_without_slurm_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(UsageError, match="no sbatch on the PATH"),
        connect(ClusterSettings(where="slurm")),
    ):
        pass


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("empatune.decoding.cluster._WAIT_S", 1)
    with (
        pytest.raises(UsageError, match=r"tcp://127\.0\.0\.1:9 does not answer"),
        connect(ClusterSettings(where="tcp://127.0.0.1:9")),
    ):
        pass


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_workers": 0}, "at least one worker"),
        ({"where": "pbs"}, "local, slurm"),
        ({"where": "127.0.0.1"}, "tcp://host:8786"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ClusterSettings(**wrong)


def test_memory_must_be_a_size() -> None:
    with (
        pytest.raises(UsageError, match="write it as 4GB"),
        connect(ClusterSettings(memory_limit="much")),
    ):
        pass


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"empatune\[decode\]"), connect(ClusterSettings()):
        pass
