"""``empatune allocate``: who sees the own brain and who another's, sealed."""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path

import click
import numpy as np

from empatune.errors import AllocationError, UsageError
from empatune.realtime.feedback import allocation as allocations
from empatune.realtime.feedback.sham import seal
from empatune.realtime.messages import Feedback
from empatune.realtime.recorder import JOURNAL, Record
from empatune.realtime.study import load


@click.command()
@click.argument("study", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--participants",
    required=True,
    metavar="FILE|LABELS",
    help="A participants.tsv, a file with one label a line, or labels with commas between.",
)
@click.option(
    "--donors",
    required=True,
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A recorded session, or a folder of them; can be given several times.",
)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--block-size", default=4, show_default=True, help="Size of the permuted blocks.")
@click.option("--seed", type=int, help="Repeats an allocation; who knows it can work out the arms.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def allocate(
    study: Path,
    *,
    participants: str,
    donors: tuple[Path, ...],
    out: Path,
    block_size: int,
    seed: int | None,
    as_json: bool,
) -> None:
    """Allocate the participants of STUDY to feedback or sham, and seal who got what.

    A sham participant is yoked: sees what a donor's session showed. Nothing about the arms is
    printed. Register the digest before the first session: it proves that the file stayed as it is.

    Example: empatune allocate study.toml --participants 01,02,03,04 --donors pilots/ --out
    allocation.sealed
    """
    settings = load(study)
    labels = _labels(participants)
    sessions = [_donor(folder) for given in donors for folder in _sessions(given)]
    allocation = allocations.allocate(
        labels,
        sessions,
        protocol_digest=settings.protocol.digest,
        rng=np.random.default_rng(seed),
        block_size=block_size,
    )
    text, digest = seal(allocation, study=settings.study.name, key=secrets.token_bytes(32))
    _write_new(out, text)
    result = {
        "file": str(out),
        "n_participants": len(labels),
        "n_donors": len(sessions),
        "digest": digest,
    }
    if as_json:
        click.echo(json.dumps(result))
        return
    click.echo(
        f"Allocated {_counted(len(labels), 'participant')}, with "
        f"{_counted(len(sessions), 'donor session')}, in {out}.\n"
        f"Digest to register: {digest}"
    )
    if settings.sham is None:
        click.echo(
            f"Add to {study}, so that sessions use it:\n\n[sham]\n"
            f"allocation = {json.dumps(str(out.absolute()))}",
            err=True,
        )


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _labels(given: str) -> list[str]:
    path = Path(given)
    words = _words_in(path) if path.is_file() else [word.strip() for word in given.split(",")]
    labels = [word.removeprefix("sub-") for word in words]
    for label in labels:
        if not re.fullmatch(r"[A-Za-z0-9]{1,32}", label):
            raise UsageError(
                f"--participants has the label {label!r}; allowed: letters and digits, with or "
                "without sub-, or the path of a file that holds them."
            )
    return labels


def _words_in(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    words = [line.split("\t")[0].strip() for line in lines]
    return [word for word in words if word and word != "participant_id" and word[0] != "#"]


def _sessions(folder: Path) -> list[Path]:
    found = sorted(journal.parent for journal in folder.rglob(JOURNAL))
    if not found:
        raise AllocationError(
            f"--donors names {folder}, which holds no recorded session; allowed: a folder that "
            "`empatune session --out` made, or one with such folders in it."
        )
    return found


def _donor(folder: Path) -> allocations.Donor:
    with Record(folder) as record:
        told = (entry.message for entry in record.entries(Feedback))
        return allocations.make_donor(
            record.facts, (message for message in told if isinstance(message, Feedback))
        )


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(
            f"{path} exists. An allocation is made once for a study: move the old one away by "
            "hand if it was never used."
        ) from None
    except OSError as problem:
        raise AllocationError(f"{path} cannot be written: {problem.strerror}.") from None
