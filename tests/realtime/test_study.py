"""Study files: what is read, and what is said of every mistake."""

from __future__ import annotations

import json
import tomllib
from dataclasses import MISSING, Field, fields
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from empatune.errors import StudyError
from empatune.forms.lines import find_lines
from empatune.realtime.study import (
    BlockSettings,
    NuisanceSettings,
    ProtocolSettings,
    ScoreSettings,
    ShamSettings,
    SignatureSettings,
    Study,
    load,
    loads,
)
from empatune.realtime.study.reading import TABLES

ROOT = Path(__file__).resolve().parents[2]
DEMO = "src/empatune/cli/demo.toml"

COMPLETE = """\
# A comment, and an empty line

[study]
name = "Tuning care"
seed = 4

[participant]
label = "07"
session = "02"
run = "3"
task = "tunecare"

[scanner]
tr_s = 2.0
n_volumes = 40
called_ae_title = "EMPATUNE"
calling_ae_titles = [
    "SCANNER",  # over several lines
    "CONSOLE",
]

[signatures]
feedback = ["care", "distress"]
monitors = ["vps", "maps/own.nii.gz"]

[preparation]
folder = "prepared/sub-07"
n_volumes = 12
quality = "full"
smoothing_fwhm_mm = 5

[nuisance]
drift_cutoff_s = 100
motion = 12
task_regressors = false
fd_mm = 0.4
displacement_mm = 2
dvars_z = 4
ridge = 0.1

[protocol]
start = "operator"
feedback = "continuous"
dummy_volumes = 2
repeat = 1
waiting_instruction = "Bitte warten"
paused_instruction = "Pause"
finished_instruction = "Danke"

[[protocol.blocks]]
condition = "rest"
duration_s = 30
instruction = "Ruhe"
feedback = false

[[protocol.blocks]]
condition = "care"
duration_s = 40
feedback = true

[score]
baseline = ["rest"]
baseline_min_volumes = 6
delay_s = 4
smoothing = "exponential"
window = 2

[score.weights]
care = 1.5
distress = -1

[scaling]
kind = "adaptive"
gain = 2
limits = [1, 5]
step = 1.5
target = [0.1, 0.5]

[sham]
allocation = "allocation.sealed"
kind = "yoked"
"""

WRONG = {
    "study.name": '""',
    "study.seed": "-1",
    "participant.label": "7",
    "participant.session": '"0 2"',
    "participant.run": '"one"',
    "participant.task": '"tune_care"',
    "scanner.tr_s": "0",
    "scanner.n_volumes": "40.5",
    "scanner.called_ae_title": '"A TITLE THAT IS TOO LONG"',
    "scanner.calling_ae_titles": '["SCANNER", "SCANNER"]',
    "signatures.feedback": "[]",
    "signatures.monitors": '["my signature"]',
    "preparation.folder": "3",
    "preparation.n_volumes": "true",
    "preparation.quality": '"best"',
    "preparation.smoothing_fwhm_mm": "-6",
    "nuisance.drift_cutoff_s": '"128"',
    "nuisance.motion": "24",
    "nuisance.task_regressors": '"yes"',
    "nuisance.fd_mm": "nan",
    "nuisance.displacement_mm": "inf",
    "nuisance.dvars_z": "0",
    "nuisance.ridge": "-0.1",
    "protocol.start": '"scanner"',
    "protocol.feedback": '"continuos"',
    "protocol.dummy_volumes": "-2",
    "protocol.repeat": "0",
    "protocol.waiting_instruction": "false",
    "protocol.paused_instruction": '"two\\nlines"',
    "protocol.finished_instruction": "[]",
    "protocol.blocks": "7",
    "protocol.blocks[1].condition": '"paused"',
    "protocol.blocks[1].duration_s": "0",
    "protocol.blocks[1].instruction": "1",
    "protocol.blocks[1].feedback": "1",
    "score.weights": "{}",
    "score.baseline": '"rest"',
    "score.baseline_min_volumes": "2",
    "score.delay_s": "-1",
    "score.smoothing": '"median"',
    "score.window": "0",
    "scaling.kind": '"adaptiv"',
    "scaling.gain": "0",
    "scaling.limits": "[5, 1]",
    "scaling.step": "1",
    "scaling.target": "[0.1, 0.5, 0.9]",
    "sham.allocation": '""',
    "sham.kind": '"none"',
}


def mistaken(key: str, value: str) -> tuple[str, int]:
    """The complete study with one key changed, and the line on which that key stands."""
    table, _, name = key.rpartition(".")
    header = {"protocol.blocks[1]": "[[protocol.blocks]]"}.get(table, f"[{table}]")
    lines = COMPLETE.split("\n")
    place = max(n for n, line in enumerate(lines) if line == header)
    end = next(n for n, line in enumerate([*lines, "["]) if n > place and line.startswith("["))
    if key in ("protocol.blocks", "score.weights"):
        lines = _without_tables(lines, "[[protocol.blocks]]", "[score.weights]", only=key)
    old = [n for n in range(place, end) if lines[n].startswith(f"{name} = ")]
    if key == "scanner.calling_ae_titles":
        del lines[old[0] + 1 : old[0] + 4]
    where = old[0] if old else place + 1
    lines[where : where + len(old)] = [f"{name} = {value}"]
    return "\n".join(lines), where + 1


def _without_tables(lines: list[str], *headers: str, only: str) -> list[str]:
    kept, inside = [], False
    for line in lines:
        if line.startswith("["):
            inside = line.strip("[]") == only and line in headers
        kept.append("" if inside else line)
    return kept


def every_key() -> list[str]:
    keys = [f"{table}.{entry.name}" for table, kind in TABLES.items() for entry in fields(kind)]
    return keys + [f"protocol.blocks[1].{entry.name}" for entry in fields(BlockSettings)]


def test_complete_study_is_read_with_every_value() -> None:
    study = loads(COMPLETE, "/data/study.toml")

    assert study.study.name == "Tuning care"
    assert study.participant.run == "3"
    assert study.scanner.calling_ae_titles == ("SCANNER", "CONSOLE")
    assert study.signatures.monitors == ("vps", "/data/maps/own.nii.gz")
    assert study.signatures.monitor_names == ("vps", "own")
    assert study.preparation.folder == "/data/prepared/sub-07"
    assert study.nuisance == NuisanceSettings(
        drift_cutoff_s=100,
        motion=12,
        task_regressors=False,
        fd_mm=0.4,
        displacement_mm=2,
        dvars_z=4,
        ridge=0.1,
    )
    assert [block.condition for block in study.protocol.blocks] == ["rest", "care"]
    assert [block.words for block in study.protocol.blocks] == ["Ruhe", "Care"]
    assert study.score.weights == {"care": 1.5, "distress": -1.0}
    assert study.scaling.limits == (1.0, 5.0)
    assert study.sham == ShamSettings(allocation="/data/allocation.sealed")


def test_empty_study_is_all_defaults() -> None:
    assert loads("") == Study()


def test_complete_study_has_every_key() -> None:
    given_keys = {".".join(map(str, path)) for path in find_lines(COMPLETE)}
    for key in every_key():
        assert key == "protocol.blocks" or key.replace("[1]", ".0") in given_keys, key


def test_wrong_values_are_known_for_every_key() -> None:
    assert sorted(WRONG) == sorted(every_key())


@pytest.mark.parametrize("key", list(WRONG))
def test_every_field_broken_alone_names_line_value_and_what_is_allowed(key: str) -> None:
    text, line = mistaken(key, WRONG[key])
    value = tomllib.loads(f"v = {WRONG[key]}")["v"]
    shown = str(value).lower() if isinstance(value, bool) else repr(value)

    with pytest.raises(StudyError) as caught:
        loads(text, "my-study.toml")

    message = str(caught.value)
    assert "my-study.toml: 1 problem;" in message
    assert f"line {line}: {key} is {shown}; allowed: " in message
    assert message.rstrip().endswith((".", "?"))


@pytest.mark.parametrize("key", [key for key in WRONG if key != "protocol.blocks"])
def test_every_record_refuses_the_same_values_when_it_is_made_in_code(key: str) -> None:
    table, _, name = key.rpartition(".")
    kind = BlockSettings if table == "protocol.blocks[1]" else TABLES[table]
    value = tomllib.loads(f"v = {WRONG[key]}")["v"]
    needed = {
        entry.name: {"condition": "care", "duration_s": 10, "allocation": "a"}[entry.name]
        for entry in fields(kind)
        if entry.default is MISSING and entry.default_factory is MISSING
    }
    with pytest.raises(StudyError, match=rf"{kind.__name__}\.{name} is .*; allowed: "):
        kind(**{**needed, name: value})


@pytest.mark.parametrize(
    ("wrong", "right"), [("duration", "duration_s"), ("conditon", "condition"), ("Feedback", None)]
)
def test_unknown_key_of_a_block_is_named_with_its_line(wrong: str, right: str | None) -> None:
    text = f'[[protocol.blocks]]\ncondition = "rest"\nduration_s = 30\n{wrong} = 3\n'
    with pytest.raises(
        StudyError, match=rf"line 4: protocol\.blocks\[0\]\.{wrong} is not"
    ) as caught:
        loads(text)
    assert "allowed of [protocol.blocks[0]]: condition, duration_s, instruction, feedback" in str(
        caught.value
    )
    if right:
        assert f"Did you mean {right}?" in str(caught.value)


def test_unknown_table_is_named_with_its_line() -> None:
    with pytest.raises(
        StudyError, match=r"line 3: nuisances is not a table.*Did you mean nuisance"
    ):
        loads('[study]\nname = "a"\n[nuisances]\nfd_mm = 1\n')


def test_missing_keys_are_named_with_the_line_of_their_table() -> None:
    with pytest.raises(StudyError) as caught:
        loads("[study]\nseed = 1\n[[protocol.blocks]]\nfeedback = true\n[sham]\n")
    message = str(caught.value)
    assert "3 problems" in message
    assert "line 3: protocol.blocks[0].condition is missing; allowed: a name" in message
    assert "line 3: protocol.blocks[0].duration_s is missing; allowed: a number" in message
    assert "line 5: sham.allocation is missing; allowed: the path" in message


def test_all_problems_are_told_at_once_in_the_order_of_lines() -> None:
    text, _ = mistaken("scaling.gain", "-1")
    text = text.replace('quality = "full"', 'quality = "ful"').replace(
        "[study]", "[study]\nsed = 1"
    )
    with pytest.raises(StudyError) as caught:
        loads(text)
    rows = str(caught.value).split("\n")[1:]
    assert [row.split(":")[1].split()[0] for row in rows] == [
        "study.sed",
        "preparation.quality",
        "scaling.gain",
    ]
    assert "Did you mean full?" in rows[1]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[study]\nname = Tuning care\n", 2),
        ("[study]\nname = 'a'\nname = 'b'\n", 3),
        ("[study\n", 1),
        ('[study]\nname = "open', 2),
        ("[scanner]\ntr_s = 2,0\n", 2),
    ],
)
def test_text_that_is_not_toml_is_named_with_its_line(text: str, line: int) -> None:
    with pytest.raises(StudyError, match=rf"study\.toml, line {line}.*not valid TOML"):
        loads(text)


@pytest.mark.parametrize("text", ["[study]\nseed = " + "9" * 5000, "a = " + "[" * 100_000])
def test_endless_numbers_and_brackets_are_refused(text: str) -> None:
    with pytest.raises(StudyError, match=r"study\.toml: not valid TOML: "):
        loads(text)


def test_a_table_given_as_a_value_is_explained() -> None:
    with pytest.raises(
        StudyError, match=r"line 1: study is 'Tuning'; allowed: a table, .*\[study\]"
    ):
        loads('study = "Tuning"')


CONTRADICTIONS = [
    ('[signatures]\nfeedback = ["care"]', 1, "score.weights names distress.*allowed: care"),
    ('[signatures]\nfeedback = ["care", "distress", "vps"]', 1, "no weight for vps"),
    ('[signatures]\nmonitors = ["care"]', 2, "names care although it is already in use"),
    ("[score.weights]\ncare = 0\ndistress = 0", 1, "score.weights are all 0"),
    ('[score]\nbaseline = ["rset"]', 2, "names rset, which no block has.*mean rest"),
    ('[score]\nbaseline = ["care"]', 1, "is true in care, a baseline condition"),
    ('[scaling]\nkind = "adaptive"\ngain = 12', 3, "gain is 12, outside scaling.limits.*1 to 10"),
    ("[scanner]\ntr_s = 2\nn_volumes = 100", 3, "needs 190 volumes.*at least 190"),
    ("[scanner]\ntr_s = 8\n", 1, "only 3 baseline volumes.*at most 3"),
]


@pytest.mark.parametrize(("text", "line", "words"), CONTRADICTIONS)
def test_contradictions_are_named_with_their_line(text: str, line: int, words: str) -> None:
    with pytest.raises(StudyError, match=words) as caught:
        loads(text)
    assert f"line {line}: " in str(caught.value)


def blocks(*rows: str) -> str:
    return "".join(
        f'[[protocol.blocks]]\ncondition = "{row.rstrip("!")}"\nduration_s = 30\n'
        f"feedback = {str(row.endswith('!')).lower()}\n"
        for row in rows
    )


@pytest.mark.parametrize(
    ("rows", "line", "words"),
    [
        (("care!", "rest"), 4, "feedback is true before any baseline block"),
        (("rest", "rest!"), 8, "in rest, a baseline condition"),
    ],
)
def test_feedback_needs_a_baseline_before_it(rows: tuple[str, ...], line: int, words: str) -> None:
    with pytest.raises(StudyError, match=rf"line {line}: .*{words}"):
        loads(blocks(*rows))


@pytest.mark.parametrize(
    ("rows", "right"),
    [
        (("rest", "care", "result!"), True),
        (("rest", "result!"), False),
        (("rest", "care", "result!", "result!"), False),
    ],
)
def test_intermittent_feedback_follows_a_block_of_regulation(
    rows: tuple[str, ...], right: bool
) -> None:
    text = '[protocol]\nfeedback = "intermittent"\n' + blocks(*rows)
    if right:
        assert loads(text).protocol.feedback == "intermittent"
        return
    with pytest.raises(StudyError, match="allowed with intermittent feedback"):
        loads(text)


def test_blocks_without_a_volume_are_refused() -> None:
    text = "[scanner]\ntr_s = 30\n" + blocks("rest", "care!").replace(
        "duration_s = 30", "duration_s = 10"
    )
    with pytest.raises(StudyError, match=r"blocks\[0\]\.duration_s is 10 s and gets no volume"):
        loads(text)


def test_sham_needs_feedback() -> None:
    with pytest.raises(StudyError, match="no block shows feedback"):
        loads(blocks("rest", "care") + '[sham]\nallocation = "a.sealed"\n')


def test_contradictions_are_refused_in_code_too() -> None:
    with pytest.raises(StudyError, match=r"score\.weights names distress"):
        Study(signatures=SignatureSettings(feedback=("care",)))


@pytest.mark.parametrize("text", ["", COMPLETE])
def test_written_study_is_read_as_an_equal_one(text: str) -> None:
    study = loads(text, "/data/study.toml")
    assert loads(study.to_toml(), "/elsewhere/study.toml") == study


_words = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x7f"), max_size=160
)


@settings(max_examples=60, deadline=None)
@given(
    words=_words,
    duration=st.floats(0.1, 7200),
    gain=st.floats(0.1, 100),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_study_survives_writing(words: str, duration: float, gain: float, seed: int) -> None:
    study = loads(f"[study]\nseed = {seed}\n[scaling]\ngain = {gain!r}\n")
    block = BlockSettings(condition="rest", duration_s=duration, instruction=words)
    study = Study(
        study=study.study, scaling=study.scaling, protocol=ProtocolSettings(blocks=(block,))
    )
    assert loads(study.to_toml()) == study


_values = st.recursive(
    st.one_of(
        st.booleans().map(lambda value: str(value).lower()),
        st.integers(-(10**6), 10**6).map(str),
        st.sampled_from(["1" + 400 * "0", "-0.0", "1e400", "nan", "1979-05-27", "07:32:00", '""']),
        st.floats(-1e3, 1e3).map(repr),
        _words.map(lambda words: json.dumps(words, ensure_ascii=False)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda entries: f"[{', '.join(entries)}]"),
        inner.map(lambda entry: f"{{ care = {entry} }}"),
    ),
    max_leaves=4,
)


@settings(max_examples=300, deadline=None)
@given(key=st.sampled_from([key for key in WRONG if key != "score.weights"]), value=_values)
def test_any_value_is_taken_or_refused_with_its_line(key: str, value: str) -> None:
    text, line = mistaken(key, value)
    study, message = study_or_refusal(text)
    if study is not None:
        assert loads(study.to_toml(), "/data/study.toml") == study
        return
    rows = message.split("\n")[1:]
    assert rows
    assert all("allowed" in row for row in rows), message
    # A value that is right alone and wrong with others may be told on the line of another.
    assert f"line {line}: " in message or not any(f"{key} is " in row for row in rows)


def study_or_refusal(text: str) -> tuple[Study | None, str]:
    try:
        return loads(text, "/data/study.toml"), ""
    except StudyError as problem:
        return None, str(problem)


def test_json_has_every_setting_and_the_protocols_digest() -> None:
    study = loads(COMPLETE)
    content = study.to_json()
    assert content["protocol_digest"] == study.protocol.digest
    for table, kind in TABLES.items():
        assert set(content[table]) == {entry.name for entry in fields(kind)}  # type: ignore[arg-type]


def test_digest_of_a_protocol_ignores_words_only() -> None:
    study = loads(COMPLETE)
    other_words = loads(COMPLETE.replace("Ruhe", "Rest"))
    longer = loads(COMPLETE.replace("duration_s = 40\n", "duration_s = 41\n"))
    assert other_words.protocol.digest == study.protocol.digest
    assert longer.protocol.digest != study.protocol.digest


def test_study_of_another_participant() -> None:
    study = Study().of(label="12", session="03")
    assert (study.participant.label, study.participant.session, study.participant.run) == (
        "12",
        "03",
        "1",
    )
    with pytest.raises(StudyError, match=r"Participant\.label is 'sub-12'; allowed: letters"):
        Study().of(label="sub-12")


def test_weight_that_is_wrong_has_its_own_line() -> None:
    with pytest.raises(
        StudyError, match=r"line 3: score\.weights\.distress is 'no'; allowed: a num"
    ):
        loads('[score.weights]\ncare = 1\ndistress = "no"\n')


def test_files_of_windows_are_read(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_bytes(b'\xef\xbb\xbf[study]\r\nname = "N\xc3\xa4he"\r\n')
    assert load(path).study.name == "Nähe"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"no study file .*none\.toml"):
        load(tmp_path / "none.toml")
    with pytest.raises(StudyError, match="cannot be read"):
        load(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'[study]\nname = "N\xe4he"\n')
    with pytest.raises(StudyError, match=r"not UTF-8 text \(byte 17\)"):
        load(tmp_path / "latin.toml")


@pytest.mark.parametrize("path", ["studies/example.toml", DEMO])
def test_studies_of_the_repository_are_valid(path: str) -> None:
    study = load(ROOT / path)
    assert any(block.feedback for block in study.protocol.blocks)


def test_demo_scans_less_than_two_minutes() -> None:
    study = load(ROOT / DEMO)
    assert sum(block.duration_s for block in study.protocol.all_blocks) < 120


def written_default(entry: Field) -> str:
    if entry.default_factory is not MISSING:
        return "care = 1, distress = -1"
    if entry.default is MISSING:
        return "needed"
    if entry.name == "blocks":
        return "see below"
    if entry.default is None:
        return "none"
    if isinstance(entry.default, tuple):
        return f"`{json.dumps(list(entry.default))}`"
    number = isinstance(entry.default, float)
    return f"`{entry.default:g}`" if number else f"`{json.dumps(entry.default)}`"


def test_reference_page_has_every_key_with_its_default_and_what_is_allowed() -> None:
    page = (ROOT / "docs" / "reference" / "study-file.md").read_text(encoding="utf-8")
    for kind in [*TABLES.values(), BlockSettings]:
        for entry in fields(kind):
            rule = entry.metadata.get("rule")
            start = f"| `{entry.name}` | {written_default(entry)} |"
            rows = [row for row in page.split("\n") if row.startswith(start)]
            assert rows, f"{kind.__name__}.{entry.name}"
            assert rule is None or any(rule.allowed in row for row in rows), rule.allowed


def test_defaults_of_the_score_are_care_minus_distress() -> None:
    assert ScoreSettings().weights == {"care": 1.0, "distress": -1.0}
