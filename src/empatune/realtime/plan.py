"""From a study and a participant's preparation to the pipeline of a session."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from empatune.core import Grid, Volume
from empatune.errors import EmpatuneWarning, PreparationError
from empatune.numerics import design, realignment
from empatune.preparation import (
    AffineTransform,
    Aligner,
    Prepared,
    Registration,
    decoders_of,
    prepare,
)
from empatune.realtime.decoders import expression
from empatune.realtime.decoders.regression import Regression
from empatune.realtime.feedback.controller import FeedbackController
from empatune.realtime.feedback.protocol import Timeline, make_timeline
from empatune.realtime.listener import Overview
from empatune.realtime.messages import Notice
from empatune.realtime.pipeline import Pipeline
from empatune.realtime.preprocessing.motion import Motion
from empatune.realtime.preprocessing.quality import Quality
from empatune.realtime.recorder import PREPARATION, Recorder
from empatune.realtime.study import Study
from empatune.signatures import Signature
from empatune.typing import Float32Array, FloatArray, IntArray, JsonObject

N_POINTS = 500
"""Places in the brain where displacement is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a session knows beside the study file.

    Parameters
    ----------
    synthetic : bool
        True if the participant is simulated.
    synthetic_signatures : bool
        True if the signatures are stand-ins.
    shown_instead : tuple of tuple of float, or None
        Values by block that a sham participant sees.
    """

    synthetic: bool = False
    synthetic_signatures: bool = False
    shown_instead: tuple[tuple[float, ...], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Built:
    """What a plan makes once it has what it needs.

    Parameters
    ----------
    pipeline : Pipeline
        The steps.
    overview : Overview
        What listeners should know.
    notices : tuple of Notice
        What the operator should know.
    """

    pipeline: Pipeline
    overview: Overview
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """The steps that rest on the preparation alone and take seconds to make.

    Parameters
    ----------
    motion : Motion
        Where the head is.
    expression : Expression
        What the weights say.
    """

    motion: Motion
    expression: expression.Expression


@dataclass(slots=True, kw_only=True, eq=False)
class SessionPlan:
    """Prepares a participant, from a folder or from the first volumes, and builds the pipeline.

    Parameters
    ----------
    study : Study
        The study.
    recorder : Recorder
        Keeps the preparation and the facts.
    signatures : sequence of Signature
        Maps to prepare; not needed if the preparation is done.
    mni_to_world : ndarray, shape (4, 4), or None
        Where MNI lies, if that is known: of a simulated participant.
    circumstances : Circumstances
        What else is known.
    tr_s : float or None
        Repetition time that the record already holds [s].
    """

    study: Study
    recorder: Recorder
    signatures: Sequence[Signature]
    mni_to_world: FloatArray | None
    circumstances: Circumstances
    tr_s: float | None = None
    _ahead: tuple[Prepared, Parts] | None = None

    def anticipate(self) -> None:
        """Do what can be done before the first volume, so that none has to wait for it."""
        given = self.study.preparation.folder
        if not self._folder.exists():
            if given is None:
                return
            Prepared.load(Path(given)).save(self._folder)
        prepared = Prepared.load(self._folder)
        self._ahead = prepared, make_parts(self.study, prepared)

    @property
    def n_preparation(self) -> int:
        """Number of volumes that the preparation needs; 0 if it is done."""
        done = self.study.preparation.folder is not None or self._folder.exists()
        dummies = self.study.protocol.dummy_volumes
        return 0 if done else dummies + self.study.preparation.n_volumes

    def build(self, volumes: Sequence[Volume]) -> Built:
        """Prepare, if that is not done, and make the pipeline.

        Parameters
        ----------
        volumes : sequence of Volume
            The first volumes.

        Returns
        -------
        Built
            Pipeline, overview, notices.

        Raises
        ------
        PreparationError
            If the participant cannot be prepared or the preparation lacks a signature.
        """
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", EmpatuneWarning)
            prepared = self._prepared(volumes)
        notices = [
            Notice(level="warning", code=type(entry.message).__name__, text=str(entry.message))
            for entry in caught
            if issubclass(entry.category, EmpatuneWarning)
        ]
        tr_s = self.tr_s or self.study.scanner.tr_s or volumes[-1].tr_s
        if abs(tr_s - volumes[-1].tr_s) > 0.01 * tr_s:
            text = (
                f"The study says {tr_s:g} s a volume, the scanner {volumes[-1].tr_s:g} s. The "
                "study's is used; mend scanner.tr_s if the scanner is right."
            )
            notices.append(Notice(level="alarm", code="tr-differs", text=text))
        notices += _other_smoothing(self.study, prepared)
        parts = None
        if self._ahead is not None and self._ahead[0] is prepared:
            parts = self._ahead[1]
        pipeline, overview = assemble(self.study, prepared, tr_s, self.circumstances, parts=parts)
        notices += [
            Notice(level="info", code="block-rounded", text=text)
            for text in pipeline.timeline.roundings()
        ]
        self._state(prepared, overview)
        return Built(pipeline=pipeline, overview=overview, notices=tuple(notices))

    @property
    def _folder(self) -> Path:
        return self.recorder.folder / PREPARATION

    def _prepared(self, volumes: Sequence[Volume]) -> Prepared:
        given = self._folder if self._folder.exists() else self.study.preparation.folder
        if given is not None:
            prepared = self._ahead[0] if self._ahead is not None else Prepared.load(Path(given))
            fits = prepared.grid.matches(volumes[0].grid)
            if fits and given == self._folder:
                return prepared
            if not fits:
                prepared = prepared.on(volumes[0].grid)
        else:
            kept = volumes[self.study.protocol.dummy_volumes :]
            _check_one_grid(kept)
            images = np.stack([volume.intensities() for volume in kept])
            prepared = prepare(images, kept[0].grid, self.signatures, aligner=self._aligner())
        prepared.save(self._folder, overwrite=True)
        return Prepared.load(self._folder)  # what a replay will load, to the bit

    def _aligner(self) -> Aligner:
        if self.mni_to_world is not None:
            return AffineTransform(
                matrix=self.mni_to_world, origin="known, for the participant is simulated"
            )
        return Registration(quality=self.study.preparation.quality, seed=self.study.study.seed + 1)

    def _state(self, prepared: Prepared, overview: Overview) -> None:
        self.recorder.state(
            tr_s=overview.tr_s,
            overview=describe(overview),
            preparation={
                "method": prepared.method,
                "details": prepared.details,
                "coverage": {
                    name: coverage.to_json() for name, coverage in prepared.coverage.items()
                },
            },
        )


def make_parts(study: Study, prepared: Prepared) -> Parts:
    """Make the steps that rest on the preparation alone.

    Parameters
    ----------
    study : Study
        The study.
    prepared : Prepared
        The participant's preparation.

    Returns
    -------
    Parts
        Motion and expression.
    """
    names = (*study.signatures.feedback_names, *study.signatures.monitor_names)
    reading = expression.build(
        {name: weights_of(prepared, name) for name in names},
        prepared.systems,
        affine=prepared.grid.affine,
        brain=prepared.brain,
        reference=prepared.reference,
        fwhm_mm=study.preparation.smoothing_fwhm_mm,
    )
    return Parts(motion=_motion(prepared), expression=reading)


def assemble(
    study: Study,
    prepared: Prepared,
    tr_s: float,
    circumstances: Circumstances,
    *,
    parts: Parts | None = None,
) -> tuple[Pipeline, Overview]:
    """Make the pipeline of a session; the same facts make the same pipeline.

    Parameters
    ----------
    study : Study
        The study.
    prepared : Prepared
        The participant's preparation.
    tr_s : float
        The true repetition time [s].
    circumstances : Circumstances
        What else is known.
    parts : Parts, optional
        What was made of study and preparation beforehand.

    Returns
    -------
    Pipeline
        The steps.
    Overview
        What listeners should know.

    Raises
    ------
    PreparationError
        If the preparation lacks a signature that the study names.
    """
    timeline = make_timeline(study, tr_s)
    scored, monitors = study.signatures.feedback_names, study.signatures.monitor_names
    weights = {name: weights_of(prepared, name) for name in (*scored, *monitors)}
    parts = parts or make_parts(study, prepared)
    pipeline = Pipeline(
        motion=parts.motion,
        expression=parts.expression,
        quality=_quality(study, n_voxels=len(parts.expression.brain)),
        regression=_regression(study, timeline, n_maps=len(weights) + len(prepared.systems)),
        controller=FeedbackController(
            study,
            timeline,
            signatures=tuple(weights),
            systems=tuple(prepared.systems),
            shown_instead=circumstances.shown_instead,
        ),
        timeline=timeline,
        signatures=tuple(weights),
        systems=tuple(prepared.systems),
    )
    overview = Overview(
        study=study.study.name,
        participant=study.participant.label,
        session=study.participant.session,
        run=study.participant.run,
        task=study.participant.task,
        tr_s=tr_s,
        n_expected=timeline.n_expected,
        fd_limit_mm=study.nuisance.fd_mm,
        blocks=timeline.plan(),
        score_signatures=scored,
        monitors=monitors,
        systems=tuple(prepared.systems),
        synthetic=circumstances.synthetic,
        synthetic_signatures=circumstances.synthetic_signatures,
        grid=prepared.grid,
        brain=prepared.brain,
        weights=weights,
    )
    return pipeline, overview


def describe(overview: Overview) -> JsonObject:
    """Return an overview without its images, for the record.

    Parameters
    ----------
    overview : Overview
        The overview.

    Returns
    -------
    dict
        JSON values.
    """
    names = (
        *("study", "participant", "session", "run", "task", "tr_s", "n_expected"),
        *("synthetic", "synthetic_signatures"),
    )
    return {name: getattr(overview, name) for name in names} | {
        "blocks": [
            {
                "condition": block.condition,
                "start": block.start,
                "n_volumes": block.n_volumes,
                "feedback": block.feedback,
            }
            for block in overview.blocks
        ],
        "score_signatures": list(overview.score_signatures),
        "monitors": list(overview.monitors),
        "systems": list(overview.systems),
        "grid": overview.grid.to_json(),
    }


def weights_of(prepared: Prepared, name: str) -> Float32Array:
    """Return the weights of a signature in the participant's grid.

    Parameters
    ----------
    prepared : Prepared
        The preparation.
    name : str
        The signature.

    Returns
    -------
    ndarray, shape (n_i, n_j, n_k), float32
        The weights.

    Raises
    ------
    PreparationError
        If the preparation does not hold them.
    """
    if name not in prepared.weights:
        raise PreparationError(
            f"The preparation holds no weights of '{name}'; it has "
            f"{', '.join(sorted(prepared.weights))}. Prepare again with --signature {name}."
        )
    return prepared.weights[name]


def _motion(prepared: Prepared) -> Motion:
    places: IntArray = np.argwhere(prepared.brain)
    chosen = places[np.linspace(0, len(places) - 1, min(N_POINTS, len(places))).astype(int)]
    affine = prepared.grid.affine
    return Motion(
        reference=realignment.prepare_reference(prepared.reference, affine, mask=prepared.brain),
        brain_points=chosen @ affine[:3, :3].T + affine[:3, 3],
    )


def _quality(study: Study, *, n_voxels: int) -> Quality:
    nuisance = study.nuisance
    return Quality(
        n_voxels=n_voxels,
        fd_limit_mm=nuisance.fd_mm,
        displacement_limit_mm=nuisance.displacement_mm,
        dvars_limit_z=nuisance.dvars_z,
    )


def _regression(study: Study, timeline: Timeline, *, n_maps: int) -> Regression:
    nuisance = study.nuisance
    conditions = [name for name in timeline.boxcars() if name not in study.score.baseline]
    return Regression(
        drift=design.drift_columns(
            timeline.n_expected, timeline.tr_s, cutoff_s=nuisance.drift_cutoff_s
        ),
        hrf=_hrf(timeline.tr_s),
        conditions=tuple(conditions) if nuisance.task_regressors else (),
        n_motion=nuisance.motion,
        n_maps=n_maps,
        ridge=nuisance.ridge,
    )


def _other_smoothing(study: Study, prepared: Prepared) -> list[Notice]:
    """Tell of decoders that were trained on images of another smoothness."""
    names = {*study.signatures.feedback_names, *study.signatures.monitor_names}
    here_mm = study.preparation.smoothing_fwhm_mm
    return [
        Notice(
            level="warning",
            code="other-smoothing",
            text=f"Decoder '{name}' was trained with {facts['smoothing_fwhm_mm']} mm of smoothing, "
            f"the study has {here_mm:g} mm. Set preparation.smoothing_fwhm_mm to that of the "
            "decoder, or train it again with the study's.",
        )
        for name, facts in decoders_of(prepared).items()
        if name in names and facts.get("smoothing_fwhm_mm") not in (None, here_mm)
    ]


def _hrf(tr_s: float) -> FloatArray:
    """Response of each of the next 32 s of volumes to one volume of activity."""
    n_taps = max(2, round(32.0 / tr_s))
    return design.convolved_boxcars([0.0], [tr_s], n_volumes=n_taps, tr_s=tr_s).ravel()


def _check_one_grid(volumes: Sequence[Volume]) -> None:
    first: Grid = volumes[0].grid
    for volume in volumes:
        if not volume.grid.matches(first):
            raise PreparationError(
                f"Volume {volume.index} lies elsewhere than volume {volumes[0].index}: the first "
                "volumes must come from one series."
            )
