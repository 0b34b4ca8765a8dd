"""Findings of the literature as claims that can be checked by simulation and on data."""

from empatune.claims.analysis import Estimate
from empatune.claims.checking import Check, check, share
from empatune.claims.records import Claim, Counter, Switch
from empatune.claims.study import Drawn, Study

__all__ = ["Check", "Claim", "Counter", "Drawn", "Estimate", "Study", "Switch", "check", "share"]
