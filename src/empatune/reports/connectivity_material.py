"""What the page of a study of connections rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from empatune.connectivity.series import Series
from empatune.decoding.connections.comparison import Comparison
from empatune.decoding.connections.people import People
from empatune.reports.connectivity_sections import Places
from empatune.typing import FloatArray

if TYPE_CHECKING:
    from empatune.connectivity.dcm.fit import Fit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyFit:
    """A fit and what it is of.

    Attributes
    ----------
    participant, run, network : str
        Which.
    fit : Fit
        The fit.
    series : Series or None
        The recording, for its inputs.
    """

    participant: str
    run: str
    network: str
    fit: Fit
    series: Series | None = None

    @property
    def recording(self) -> str:
        """The recording in words."""
        return f"sub-{self.participant}" + ("" if self.run == "all" else f" {self.run}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyMaterial:
    """What the page of a study rests on.

    Attributes
    ----------
    title : str
        The study's name.
    fits : tuple of StudyFit
        All fits that did not fail.
    failures : tuple of (str, str)
        What failed, and why.
    comparison : Comparison or None
        Networks over people, where there are several of both.
    people : People or None
        The group, where there is one.
    places : mapping of str to tuple of float
        Where regions lie in MNI space [mm].
    note : str
        What was done before.
    """

    title: str
    fits: tuple[StudyFit, ...]
    failures: tuple[tuple[str, str], ...] = ()
    comparison: Comparison | None = None
    people: People | None = None
    places: Places = field(default_factory=dict)
    note: str = ""

    @property
    def networks(self) -> tuple[str, ...]:
        """Names of the networks."""
        return tuple(dict.fromkeys(each.network for each in self.fits))

    @property
    def best(self) -> str:
        """The most frequent network over people; with one person, that of most evidence."""
        if self.comparison is not None and len(self.comparison.participants) > 1:
            random = self.comparison.random
            return random.models[int(np.argmax(random.frequency))]
        _, table = self.evidence
        return self.networks[int(np.nanargmax(np.nanmean(table, axis=0)))]

    @property
    def evidence(self) -> tuple[tuple[str, ...], FloatArray]:
        """Recordings, and their log evidences, shape (n_recordings, n_networks); NaN: failed."""
        recordings = tuple(dict.fromkeys(each.recording for each in self.fits))
        table = np.full((len(recordings), len(self.networks)), np.nan)
        for each in self.fits:
            row, column = recordings.index(each.recording), self.networks.index(each.network)
            table[row, column] = each.fit.free_energy
        return recordings, table
