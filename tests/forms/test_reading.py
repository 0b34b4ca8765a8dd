"""Files read into records, and what is said of mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from empatune.errors import StudyError, UsageError
from empatune.forms import Form, Problem, Record, collected, required, rules, setting
from empatune.forms.reading import read_tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf(Record):
    size: float = required(rules.number(0, 5, unit="mm"))
    colour: str = setting("green", rules.choice("green", "red"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree(Record):
    leaves: dict[str, Leaf] = required(rules.named(Leaf))
    best: Leaf | None = setting(None, rules.record(Leaf))
    rings: dict[str, int] = collected(rules.table_of(rules.whole(0, 9), key=rules.choice("a", "b")))


TABLES = {"tree": rules.record(Tree), "more": rules.listed(Leaf)}
FORM = Form(what="tree", example="Look outside.", page="trees.md", error=StudyError)


def read(text: str) -> dict[str, object]:
    content = FORM.parse(text, Path("t.toml"))
    found: list[Problem] = []
    tables = read_tables(content, TABLES, found)
    FORM.refuse(found, text=text, path=Path("t.toml"))
    return tables


def test_records_by_name_in_lists_and_alone() -> None:
    text = (
        "[tree.leaves.old]\nsize = 2\n[tree.best]\nsize = 1\ncolour = 'red'\n[[more]]\nsize = 4\n"
    )
    tables = read(text)
    assert tables["tree"] == Tree(leaves={"old": Leaf(size=2.0)}, best=Leaf(size=1, colour="red"))
    assert tables["more"] == (Leaf(size=4),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[tree.leaves.old]\nsize = 9", "line 2: tree.leaves.old.size is 9; allowed: a number"),
        ("[tree.leaves.old]\ncolour = 'rde'", "Did you mean red?"),
        ("[tree.leaves.old]\n", "line 1: tree.leaves.old.size is missing"),
        (
            "[tree]\nleaves = 3",
            "line 2: tree.leaves is 3; allowed: tables with names of your own, each",
        ),
        ("[tree.leaves.'a b']\nsize = 1", "tree.leaves has a 'a b'; allowed: a name that begins"),
        (
            "[tree]\nbest = 1\nleaves.x.size = 1",
            "line 2: tree.best is 1; allowed: a table, written as",
        ),
        ("[tree]\nleaves.x.size = 1\nrings = { c = 1 }", "tree.rings has 'c'; allowed: \"a\" or"),
        ("[tree]\nleaves.x.size = 1\nrings = { a = 10 }", "tree.rings.a is 10; allowed: a whole"),
        ("[more]\nsize = 1", "line 1: more is {'size': 1}; allowed: one or more tables, each writ"),
        ("[[more]]\nsize = 1\n[[more]]\nsiez = 1", "line 4: more[1].siez is not a key"),
        ("[tre]\n", "line 1: tre is not a table that is known; allowed: tree, more. Did you mean"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, words: str) -> None:
    with pytest.raises(StudyError) as caught:
        read(text)
    assert words in str(caught.value)
    assert str(caught.value).startswith("t.toml: ")
    assert "trees.md explains every key" in str(caught.value)


def test_records_made_in_code_obey_the_same_rules() -> None:
    with pytest.raises(UsageError, match=r"Leaf.size is 7; allowed: a number from 0 to 5 mm"):
        Leaf(size=7)
    with pytest.raises(UsageError, match=r"Tree.leaves is .*; allowed: tables with names"):
        Tree(leaves={"a": 1})  # type: ignore[dict-item]
    assert Tree(leaves={}).rings == {}
