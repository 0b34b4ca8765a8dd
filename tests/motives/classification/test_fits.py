"""Fits as tables: reading, labels, modulators."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from empatune.errors import TrainingError
from empatune.motives.classification.fits import cases_by_label, cases_by_modulator
from empatune.motives.classification.tables import read_fits, read_labels, read_view

NAMES = ("A AI<-ACC", "B[motive] AI<-ACC", "B[motive] ACC<-AI", "decay")
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str, name: str = "parameters.tsv") -> Path:
        path = tmp_path / name
        path.write_text(text.replace(" | ", "\t"), "utf-8")
        return path

    return written


def table(
    n_people: int = 10, names: tuple[str, ...] = NAMES, networks: tuple[str, ...] = ("motive",)
) -> str:
    lines = ["participant | run | network | parameter | mean | sd | prior"]
    for person in range(n_people):
        for network in networks:
            for place, name in enumerate(names):
                value = person + place / 10 + (5 if person % 2 and name.startswith("B") else 0)
                lines.append(f"{person:02d} | all | {network} | {name} | {value} | 0.5 | 0")
    return "\n".join(lines) + "\n"


def test_a_table_of_fits_is_read(write: Write) -> None:
    path = write(table())
    fits = read_fits(path)
    assert fits.network == "motive"
    assert fits.parameters == NAMES
    assert fits.keys[3] == ("03", "all")
    np.testing.assert_allclose(fits.means[3], [3.0, 8.1, 8.2, 3.3])
    np.testing.assert_allclose(fits.scaled("z")[3], np.array([3.0, 8.1, 8.2, 3.3]) / 0.5)
    assert read_fits(path.parent).keys == fits.keys
    assert fits.columns(["B"]) == [1, 2]
    assert fits.columns(["decay", "A"]) == [0, 3]


def test_labels_make_cases(write: Write) -> None:
    path = write(table())
    rows = "\n".join(f"sub-{i:02d} | {'reciprocity' if i % 2 else 'empathy'}" for i in range(9))
    labels = write(f"participant_id | motive\n{rows}\n09 | n/a\n", "participants.tsv")
    cases = cases_by_label(read_fits(path), read_labels(labels, "motive"))
    assert cases.features == NAMES[1:3]
    assert cases.people == tuple(f"{i:02d}" for i in range(9))
    assert cases.labels[:3] == ("empathy", "reciprocity", "empathy")
    np.testing.assert_allclose(cases.values[1], [6.1, 6.2])


def test_labels_may_differ_by_run(write: Write) -> None:
    rows = table().replace("| all |", "| ses-1 |").splitlines()
    again = [line.replace("ses-1", "ses-2") for line in rows[1:]]
    fits = read_fits(write("\n".join([*rows, *again]) + "\n"))
    lines = [
        f"{i:02d} | {run} | {motive}"
        for i in range(10)
        for run, motive in (("ses-1", "empathy"), ("ses-2", "reciprocity"))
    ]
    labels = write("\n".join(["participant | run | why", *lines]) + "\n", "labels.tsv")
    cases = cases_by_label(fits, read_labels(labels, "why"), fields=["A"])
    assert cases.within
    assert cases.n_people == 10
    with pytest.raises(TrainingError, match="column run"):
        read_labels(write("participant | why\n01 | a\n01 | b\n", "bad.tsv"), "why")


def test_modulators_make_two_cases_of_a_fit(write: Write) -> None:
    names = ("B[e] AI<-ACC", "B[e] VS<-AI", "B[r] AI<-ACC", "B[r] VS<-AI")
    cases = cases_by_modulator(read_fits(write(table(names=names))), ("e", "r"))
    assert cases.features == ("B AI<-ACC", "B VS<-AI")
    assert cases.within
    assert cases.labels == ("e",) * 10 + ("r",) * 10
    np.testing.assert_allclose(cases.values[12], [2.2, 2.3])
    other = read_fits(write(table(names=names[:3])))
    with pytest.raises(TrainingError, match="same connections"):
        cases_by_modulator(other, ("e", "r"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("participant | parameter | mean\n1 | a | 2\n", "no column sd"),
        ("parameter | mean | sd\n", "no column participant"),
        (table().replace("05 | all | motive | decay", "05 | all | motive | else"), "lacks decay"),
        (table() + "03 | all | motive | decay | 1 | 1 | 0\n", "there twice"),
        (table().replace("03 | all | motive | decay | 3.3", "03 | all | motive | decay | x"),
         "'x', not a number"),
        (table().replace("03 | all | motive | decay | 3.3", "03 | all | motive | decay | nan"),
         "Leave failed fits out"),
        (table().replace(" | 0.5 |", " | 0 |"), "above 0"),
        (table(networks=("one", "two")), "--network"),
        ("participant | run | network | parameter | mean | sd\n", "no fits"),
        ("participant | parameter | mean | sd\n1 | a\n", "line 2"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_used_are_refused(write: Write, text: str, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        read_fits(write(text))


def test_networks_and_parameters_are_named(write: Write) -> None:
    path = write(table(networks=("one", "two")))
    assert read_fits(path, network="two").network == "two"
    with pytest.raises(TrainingError, match="It has: one, two"):
        read_fits(path, network="three")
    with pytest.raises(TrainingError, match="picks no estimated parameter"):
        read_fits(path, network="one").columns(["C"])
    with pytest.raises(TrainingError, match="cannot be read"):
        read_fits(path.parent / "none.tsv")
    with pytest.raises(TrainingError, match="No label belongs"):
        cases_by_label(read_fits(path, network="one"), {("99", ""): "empathy"})


def test_another_view_is_a_wide_table(write: Write) -> None:
    names, values = read_view(write("participant | run | AI | VS\nsub-1 | all | 1 | 2.5\n"))
    assert names == ("AI", "VS")
    np.testing.assert_allclose(values["1", "all"], [1.0, 2.5])
    with pytest.raises(TrainingError, match="columns of numbers"):
        read_view(write("participant | AI\n1 | high\n"))
    with pytest.raises(TrainingError, match="there twice"):
        read_view(write("participant | AI\n1 | 1\n1 | 2\n"))
