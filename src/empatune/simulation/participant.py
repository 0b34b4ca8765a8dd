"""The simulated participant: a brain that can be scanned while its owner learns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from empatune.core import Grid
from empatune.errors import UsageError
from empatune.numerics import rigid
from empatune.signatures.signature import Signature
from empatune.simulation import haemodynamics, learning, motion, patterns, physiology
from empatune.simulation.learning import Learner, LearningSettings, Seen
from empatune.simulation.motion import MotionSettings
from empatune.simulation.physiology import NoiseSettings
from empatune.simulation.scanner import Scanner
from empatune.typing import Array, Float32Array, FloatArray, JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantSettings:
    """A person, and the scanner that sees them.

    Parameters
    ----------
    seed : int
        Everything that differs between people comes from it.
    occasion : int
        Which run of the person: their brain stays, moods, motion and noise are others.
    tr_s : float
        Repetition time [s].
    shape : tuple of int
        Voxels along i (to the left), j (to the back), k (to the top).
    voxel_size_mm : tuple of float
        Distance of neighbouring voxels along i, j, k [mm].
    tilt_deg : float
        Pitch of the slices, front edge up [degrees].
    care_percent, distress_percent : float
        Signal change of the strongest voxels for a state of 1 [percent].
    ability : float
        Scales how much a person's strategies can move care and distress; individual
        differences come on top.
    noise : NoiseSettings
        Noise.
    motion : MotionSettings
        Head motion.
    learning : LearningSettings
        Learning.
    """

    seed: int = 0
    occasion: int = 0
    tr_s: float = 2.0
    shape: tuple[int, int, int] = (64, 64, 36)
    voxel_size_mm: tuple[float, float, float] = (3.0, 3.0, 3.5)
    tilt_deg: float = 15.0
    care_percent: float = 1.0
    distress_percent: float = 1.0
    ability: float = 1.0
    noise: NoiseSettings = field(default_factory=NoiseSettings)
    motion: MotionSettings = field(default_factory=MotionSettings)
    learning: LearningSettings = field(default_factory=LearningSettings)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moment:
    """What is true of the participant during one volume.

    Parameters
    ----------
    index : int
        Which volume.
    care, distress : float
        The states now; 1 changes the strongest voxels by the percentage of the settings.
    response : ndarray, shape (n_states,)
        What the haemodynamic response lets the scanner see of them and of the effort.
    habit : ndarray, shape (n_strategies,)
        What was learned.
    motion : ndarray, shape (6,)
        Translations [mm] and rotations [rad] since the first volume.
    """

    index: int
    care: float
    distress: float
    response: FloatArray
    habit: FloatArray
    motion: FloatArray


class SimulatedParticipant:
    """A person in a scanner, one volume after the other.

    Parameters
    ----------
    settings : ParticipantSettings
        The person and the scanner.
    signatures : mapping of str to Signature
        Maps named ``care`` and ``distress``: where and how these states show.
    n_volumes : int
        Length of the run at most.

    Raises
    ------
    UsageError
        If a map is missing.
    """

    def __init__(
        self, settings: ParticipantSettings, signatures: Mapping[str, Signature], *, n_volumes: int
    ) -> None:
        missing = [name for name in ("care", "distress") if name not in signatures]
        if missing:
            raise UsageError(
                f"A simulated participant needs maps of care and distress; {missing} not given."
            )
        self.settings = settings
        self.n_volumes = n_volumes
        traits = np.random.default_rng([settings.seed, 1])
        self.mni_to_world = _placement(traits)
        self.grid = _grid(settings, self.mni_to_world)
        self._gains = _gains(settings, traits)
        self._draw_courses()
        self._response = haemodynamics.response(settings.tr_s)
        self._scanner = Scanner(
            self.grid,
            self.mni_to_world,
            care=signatures["care"],
            distress=signatures["distress"],
            noise=settings.noise,
            seed=settings.seed,
            occasion=settings.occasion,
        )
        self.restart()

    def restart(self) -> None:
        """Go back to before the first volume."""
        self._learner: Learner = learning.begin(self.settings.learning)
        self._states = np.zeros((self.n_volumes, patterns.N_STATES))
        self._tries = np.zeros((self.n_volumes, self.settings.learning.n_strategies))
        self._index = 0

    def live(self, seen: Seen) -> Moment:
        """Live through one volume while the page shows something.

        Parameters
        ----------
        seen : Seen
            What the page shows.

        Returns
        -------
        Moment
            All that `scan` needs.

        Raises
        ------
        UsageError
            If the run is over.
        """
        n = self._index
        if n >= self.n_volumes:
            raise UsageError(f"This participant came for {self.n_volumes} volumes, not for more.")
        self._index += 1
        self._learner = learning.learn(
            self._learner,
            seen,
            tried=self._delayed(self._tries, n - 1),
            tr_s=self.settings.tr_s,
            settings=self.settings.learning,
        )
        if seen.regulating:
            self._tries[n] = self._exploration[n]
        self._states[n] = self._feel(seen, n)
        return Moment(
            index=n,
            care=float(self._states[n, 0]),
            distress=float(self._states[n, 1]),
            response=self._delayed(self._states, n),
            habit=self._learner.habit,
            motion=self._motion[n],
        )

    def scan(self, moment: Moment) -> Array:
        """Make the image of one volume; any volume, in any order, always the same.

        Parameters
        ----------
        moment : Moment
            What was true during it.

        Returns
        -------
        ndarray, shape (n_i, n_j, n_k), int16
            Intensities.
        """
        return self._scanner.image(moment.index, moment.motion, loadings=self._loadings(moment))

    def describe(self) -> JsonObject:
        """Return who this is, for the record.

        Returns
        -------
        dict
            That it is simulated, the seed, the grid, the effects.
        """
        return {
            "simulated": True,
            "seed": self.settings.seed,
            "occasion": self.settings.occasion,
            "tr_s": self.settings.tr_s,
            "care_percent": self.settings.care_percent,
            "distress_percent": self.settings.distress_percent,
            "ability": self.settings.ability,
            "grid": self.grid.to_json(),
            "mni_to_world": self.mni_to_world.tolist(),
        }

    def _draw_courses(self) -> None:
        settings, n = self.settings, self.n_volumes
        occasion = [settings.occasion] if settings.occasion else []
        chance = [
            np.random.default_rng([settings.seed, stream, *occasion]) for stream in (2, 3, 4, 5)
        ]
        self._courses = physiology.draw(n, settings.tr_s, settings=settings.noise, rng=chance[0])
        self._motion = motion.trajectory(
            n, settings.tr_s, breath=self._courses.breath, settings=settings.motion, rng=chance[1]
        )
        moods = chance[2].standard_normal((n, 2))
        self._moods = MOOD * physiology.remember(moods, settings.tr_s, MOOD_S)
        learn = settings.learning
        tries = chance[3].standard_normal((n, learn.n_strategies))
        tries = physiology.remember(tries, settings.tr_s, learn.exploration_s)
        self._exploration = learn.exploration * tries

    def _feel(self, seen: Seen, n: int) -> FloatArray:
        mood, effort, sight = self._moods[n], 0.0, 0.0
        drive = np.zeros(2)
        if seen.regulating:
            used = self._learner.habit + self._tries[n]
            drive = TASK + np.tanh(self._gains @ used)
            effort, sight = 0.6 + 0.2 * float(np.abs(used).mean()), 0.5
        elif seen.phase in learning.VIEWING:
            drive, sight = PASSIVE, 1.0
        return np.concatenate([drive + mood, [effort, sight]])

    def _delayed(self, courses: FloatArray, n: int) -> FloatArray:
        """Weigh the last seconds up to volume n by the haemodynamic response."""
        if n < 0:
            return np.zeros(courses.shape[1])
        recent = courses[max(0, n + 1 - len(self._response)) : n + 1][::-1]
        return np.asarray(self._response[: len(recent)] @ recent)

    def _loadings(self, moment: Moment) -> Float32Array:
        courses, n, noise = self._courses, moment.index, self.settings.noise
        percent = [self.settings.care_percent, self.settings.distress_percent, 0.8, 1.2]
        factors = np.concatenate(
            [
                moment.response * percent,
                [noise.breath_percent * courses.breath[n], noise.heart_percent * courses.heart[n]],
                noise.drift_percent * courses.drift[n],
                noise.network_percent * courses.networks[n],
            ]
        )
        return np.asarray(factors / 100.0, dtype=np.float32)


MOOD, MOOD_S = 0.25, 15.0
"""Care and distress wander by themselves: standard deviation and memory [s]."""

TASK = np.array([0.4, 0.4])
"""Care and distress that trying to regulate brings by itself: both, as in Klimecki et al. 2014,
doi 10.1093/scan/nst060, before training."""

PASSIVE = np.array([0.3, 0.5])
"""Care and distress while looking at another's suffering without regulating."""


def _placement(traits: np.random.Generator) -> FloatArray:
    """Draw how this person's brain differs from MNI and lies in the scanner."""
    scale = np.diag([*(np.array([1.0, 1.0, 0.98]) * (1 + 0.03 * traits.standard_normal(3))), 1.0])
    turn = rigid.matrix([0, 0, 0, *np.radians(traits.normal(0, [5.0, 2.0, 2.5]))])
    shift = np.eye(4)
    shift[:3, 3] = traits.normal(0, [3.0, 6.0, 6.0]) + np.array([0.0, 10.0, -10.0])
    return np.asarray(shift @ turn @ scale)


def _grid(settings: ParticipantSettings, mni_to_world: FloatArray) -> Grid:
    """Lay the slices so that they cover this person's brain."""
    middle = mni_to_world @ np.array([0.0, -18.0, 12.0, 1.0])
    tilt = rigid.matrix([0, 0, 0, np.radians(settings.tilt_deg), 0, np.radians(1.0)])
    i, j, k = settings.voxel_size_mm
    affine = tilt @ np.diag([-i, -j, k, 1.0])
    centre = (np.array(settings.shape) - 1) / 2
    affine[:3, 3] = middle[:3] - affine[:3, :3] @ centre
    return Grid(shape=settings.shape, affine=affine)


def _gains(settings: ParticipantSettings, traits: np.random.Generator) -> FloatArray:
    """Draw what each strategy does to care and distress in this person."""
    gains = traits.standard_normal((2, settings.learning.n_strategies))
    talent = 1.5 * settings.ability * np.exp(0.3 * traits.standard_normal())
    return np.asarray(talent * gains / np.linalg.norm(gains[0] - gains[1]))
