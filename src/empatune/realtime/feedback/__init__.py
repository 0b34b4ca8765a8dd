"""From decoded volumes to what the participant sees: protocol, score, scaling, sham."""

from empatune.realtime.feedback.controller import FeedbackController, State
from empatune.realtime.feedback.protocol import Block, Event, Moment, Timeline, make_timeline
from empatune.realtime.feedback.score import Baseline, Score

__all__ = [
    "Baseline",
    "Block",
    "Event",
    "FeedbackController",
    "Moment",
    "Score",
    "State",
    "Timeline",
    "make_timeline",
]
