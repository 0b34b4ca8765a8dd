"""On which line of a TOML text each key stands."""

from __future__ import annotations

from empatune.forms.lines import find_lines, line_of


def test_lines_of_dotted_quoted_and_inline_keys() -> None:
    text = 'score.window = 2\n\n[protocol]\ntext = """\n[not.a.table]\n"""\n["score".weights]\n"a b" = 1\n'
    lines = find_lines(text)
    assert lines[("score", "window")] == 1
    assert lines[("protocol",)] == 3
    assert lines[("protocol", "text")] == 4
    assert lines[("score", "weights")] == 7
    assert lines[("score", "weights", "a b")] == 8
    assert ("not", "a", "table") not in lines
    assert find_lines("score = { weights = { care = 1 } }")[("score", "weights", "care")] == 1


def test_lines_of_tables_in_arrays_and_of_what_is_not_there() -> None:
    text = '[[sessions]]\nname = "a"\n\n[[sessions]]\nname = "b"\ntraining.x = { concern = 1 }\n'
    lines = find_lines(text)
    assert lines[("sessions", 0, "name")] == 2
    assert lines[("sessions", 1)] == 4
    assert lines[("sessions", 1, "training", "x", "concern")] == 6
    assert line_of(("sessions", 1, "weeks"), lines) == 4
    assert line_of(("targets", "a"), lines) == 1
