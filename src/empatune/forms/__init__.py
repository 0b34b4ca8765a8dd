"""Files that people write: TOML read into checked records, every problem told with its line."""

from empatune.forms import rules
from empatune.forms.lines import Path
from empatune.forms.reading import ContradictionError, Form, Problem, alike
from empatune.forms.record import Record, collected, required, setting
from empatune.forms.rules import Rule

__all__ = [
    "ContradictionError",
    "Form",
    "Path",
    "Problem",
    "Record",
    "Rule",
    "alike",
    "collected",
    "required",
    "rules",
    "setting",
]
