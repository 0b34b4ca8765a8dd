"""A small paradigm that tests change in one place each."""

from __future__ import annotations

import pytest

SMALL = """\
[paradigm]
name = "small"
title = "A friend and a stranger in pain"
source = "nobody"
participants = 12
tr_s = 2.0
runs = 2

[evidence]
participants = "ours: a dozen"
trials = "ours: few"
timing = "ours: short"
features = "ours: clear"

[groups.asked]
n = 8
features = { goal = 1 }

[groups.control]
n = 4

[[sessions]]
name = "before"

[[sessions]]
name = "after"
weeks = 2
training.asked = { concern = 1 }

[targets.friend]
draws = { closeness = { low = 0.4, high = 1 } }
alike = { stranger = 0.5 }

[targets.stranger]

[conditions.friend_pain]
trials = 6
target = "friend"
features = { affect = -0.8 }
outcome = { kindness = 1, probability = 0.5, otherwise = 0 }

[conditions.stranger_pain]
trials = 6
target = "stranger"
draws = { affect = [-0.9, -0.6, -0.3] }

[timing]
phases = [
    { name = "cue", s = [1, 3] },
    { name = "pain", s = 4, modelled = true },
    { name = "rating", s = 3, response = "empathy" },
]
iti_s = { low = 2, high = 5 }
max_repeats = 2

[responses.empathy]
of = "empathy"
low = 0
high = 10

[contrasts.closeness]
meaning = "friends against strangers"
conditions = { friend_pain = 1, stranger_pain = -1 }
responses = ["empathy"]
regions = ["AI"]

[contrasts.training]
meaning = "more after training, in those who were trained"
conditions = { friend_pain = 0.5, stranger_pain = 0.5 }
sessions = { after = 1, before = -1 }
groups = { asked = 1, control = -1 }
responses = ["empathy"]
"""


@pytest.fixture
def small() -> str:
    """The text of a small paradigm with two groups and two sessions."""
    return SMALL
