"""Tables of trials, a row a trial, as arrays that a model can be fitted to."""

from __future__ import annotations

from empatune.behaviour.trials.naming import ORDER, PERSON, Naming
from empatune.behaviour.trials.reading import label_of, trials_of
from empatune.behaviour.trials.record import Trials

__all__ = ["ORDER", "PERSON", "Naming", "Trials", "label_of", "trials_of"]
