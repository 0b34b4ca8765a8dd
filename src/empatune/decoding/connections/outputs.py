"""What a study of connections leaves on disk: tidy tables beside the fits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import softmax

from empatune import __version__
from empatune.bids import VERSION, Cell, Column, Table, with_sidecars
from empatune.bids.dataset import DESCRIPTION
from empatune.decoding.connections.job import Told
from empatune.files import write_together, write_whole
from empatune.typing import JsonObject

if TYPE_CHECKING:
    from empatune.connectivity.dcm.fit import Fit

PARAMETERS, EVIDENCE, CONVERGENCE, STATUS = (
    "parameters.tsv",
    "evidence.tsv",
    "convergence.tsv",
    "status.tsv",
)
"""Tables of a study."""

_WHO = (
    Column(name="participant", description="Label of the participant"),
    Column(name="run", description="Which runs the fit is of: all, a session, or one run"),
    Column(name="network", description="Name of the network"),
)
_PARAMETER = (
    *_WHO,
    Column(
        name="parameter",
        description="A: connection [Hz] (of a region with itself: log of its self-inhibition over "
        "0.5 Hz, or by regression DCM the self-connection [Hz], below 0); B: its change by an input; C: drive; transit, decay, epsilon: log scales of the "
        "haemodynamics",
    ),
    Column(name="mean", description="Posterior mean"),
    Column(name="sd", description="Posterior standard deviation"),
    Column(name="prior", description="Prior mean"),
    Column(name="prior_sd", description="Prior standard deviation"),
    Column(name="sign_probability", description="Probability of the sign of the mean"),
)
_EVIDENCE = (
    *_WHO,
    Column(name="free_energy", description="Bound on the log evidence of the network", units="nat"),
    Column(name="below_best", description="Less than the best network's", units="nat"),
    Column(
        name="probability",
        description="Probability of the network for this recording, all alike beforehand",
    ),
    Column(name="n_free", description="Parameters that were estimated"),
)
_CONVERGENCE = (
    *_WHO,
    Column(name="start", description="Number of the start, from 1: the first is the prior mean"),
    Column(name="chosen", description="Whether this start gave the fit"),
    Column(name="stop", description="Why it ended"),
    Column(name="iterations", description="Points that were tried"),
    Column(name="rejected", description="Points that were worse than the best before"),
    Column(name="free_energy", description="The best of this start", units="nat"),
    Column(name="explained_least", description="Share of variance explained, worst region"),
    Column(name="explained_most", description="Share of variance explained, best region"),
    Column(name="remarks", description="What a reader should know before believing the fit"),
)
_STATUS = (
    *_WHO,
    Column(
        name="status",
        description="What became of it",
        levels={
            "done": "fitted the last time",
            "kept": "found finished, from the same data, network and settings",
            "failed": "not fitted",
        },
    ),
    Column(name="why", description="What went wrong, or what a user should know"),
    Column(name="seconds", description="Time it took", units="s"),
    Column(name="file", description="The fit, relative to this table; n/a if there is none"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A recording and a network, and what became of them.

    Parameters
    ----------
    participant, run, network : str
        Which.
    told : Told
        What became of them.
    path : Path
        Where the fit is, if it did not fail.
    """

    participant: str
    run: str
    network: str
    told: Told
    path: Path

    @property
    def key(self) -> tuple[str, str, str]:
        """The first cells of its rows."""
        return self.participant, self.run, self.network


def write_dataset(folder: Path, *, source: Path) -> None:
    """
    Describe the data set that fits make.

    Parameters
    ----------
    folder : Path
        The data set.
    source : Path
        Where the recordings are.
    """
    facts: JsonObject = {
        "Name": "empatune connectivity fit",
        "BIDSVersion": VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "empatune", "Version": __version__}],
        "SourceDatasets": [{"URL": source.resolve().as_uri()}],
    }
    described = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    write_whole(folder / DESCRIPTION, described)
    write_whole(folder / ".bidsignore", "*.npz\n*.html\n/*.tsv\n/*.json\n/*.toml\n.*.part\n")
    write_whole(folder / "README", _README)


def write_tables(folder: Path, entries: Sequence[Entry], fits: Sequence[Fit | None]) -> None:
    """
    Write the tables of a study.

    Parameters
    ----------
    folder : Path
        The data set.
    entries : sequence of Entry
        Recordings and networks.
    fits : sequence of Fit or None
        The fit of each; None where it failed.
    """
    fitted = [(entry, fit) for entry, fit in zip(entries, fits, strict=True) if fit is not None]
    tables = {
        PARAMETERS: Table(columns=_PARAMETER, rows=[r for e, f in fitted for r in _means(e, f)]),
        EVIDENCE: Table(columns=_EVIDENCE, rows=list(_evidence(fitted))),
        CONVERGENCE: Table(
            columns=_CONVERGENCE, rows=[r for e, f in fitted for r in _ascents(e, f)]
        ),
        STATUS: Table(columns=_STATUS, rows=[_status(folder, entry) for entry in entries]),
    }
    placed = {folder / name: table for name, table in tables.items()}
    write_together(with_sidecars(placed, escaped=False))


def _means(entry: Entry, fit: Fit) -> Iterator[list[Cell]]:
    posterior = fit.posterior
    prior_sd = np.sqrt(np.diag(posterior.prior_covariance))
    for place in np.flatnonzero(posterior.free):
        yield [
            *entry.key,
            posterior.names[place],
            float(posterior.mean[place]),
            float(posterior.sd[place]),
            float(posterior.prior_mean[place]),
            float(prior_sd[place]),
            float(posterior.sign_probability[place]),
        ]


def _evidence(fitted: Sequence[tuple[Entry, Fit]]) -> Iterator[list[Cell]]:
    recordings: dict[tuple[str, str], list[tuple[Entry, Fit]]] = {}
    for entry, fit in fitted:
        recordings.setdefault(entry.key[:2], []).append((entry, fit))
    for several in recordings.values():
        energies = np.array([fit.free_energy for _, fit in several])
        chances = softmax(energies)
        for (entry, fit), chance in zip(several, chances, strict=True):
            below = float(energies.max() - fit.free_energy)
            n_free = int(fit.posterior.free.sum())
            yield [*entry.key, fit.free_energy, below, float(chance), n_free]


def _ascents(entry: Entry, fit: Fit) -> Iterator[list[Cell]]:
    for place, ascent in enumerate(fit.ascents):
        chosen = place == fit.chosen
        yield [
            *entry.key,
            place + 1,
            chosen,
            ascent.stop,
            ascent.iterations,
            ascent.rejected,
            ascent.free_energy,
            float(fit.explained.min()) if chosen else None,
            float(fit.explained.max()) if chosen else None,
            "; ".join(fit.remarks) if chosen else None,
        ]


def _status(folder: Path, entry: Entry) -> list[Cell]:
    told = entry.told
    file = None if told.status == "failed" else entry.path.relative_to(folder).as_posix()
    return [*entry.key, told.status, told.why, told.seconds, file]


_README = """\
Connections between regions, fitted to every recording by `empatune connectivity fit`.

parameters.tsv          one row a parameter: mean, standard deviation, prior
evidence.tsv            one row a network: free energy, probability among the networks
convergence.tsv         one row a start: why it ended, what it explains
status.tsv              what became of every recording and network, and why
networks.toml           the networks
sub-*/*_series.npz      signals, inputs and confounds as the models saw them
sub-*/*_fit.npz         a fit: the whole posterior, predictions, the course of every start
"""
