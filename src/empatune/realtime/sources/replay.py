"""A stored series as a source: DICOM objects, one 4D NIfTI image, or a folder of 3D ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from empatune.core import Volume
from empatune.errors import SourceError
from empatune.realtime.clock import Clock
from empatune.realtime.messages import SourceEnded, SourceMessage
from empatune.realtime.sources.files import is_dicom, series_files
from empatune.realtime.sources.nifti import (
    NO_TIME,
    Image,
    is_nifti,
    piece_of,
    read_file,
    sidecar_time,
)
from empatune.realtime.sources.piece import one_way
from empatune.realtime.sources.reader import read_pieces
from empatune.realtime.sources.received import ReceivedSource
from empatune.realtime.sources.refusal import RefusedObjectError
from empatune.realtime.sources.run import Run
from empatune.typing import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySettings:
    """How a stored series is played.

    Parameters
    ----------
    pace : float
        How much faster than it was measured; 0 is as fast as possible.
    tr_s : float or None
        Repetition time, for images that do not say it [s].
    """

    pace: float = 1.0
    tr_s: float | None = None


class Replay(ReceivedSource):
    """Plays a stored series.

    Parameters
    ----------
    path : Path
        A DICOM folder, a NIfTI file, or a folder of NIfTI files.
    settings : ReplaySettings
        How it is played.
    spool : Path
        The session's folder for what waits.
    already : collection of str
        Digests of the objects that the record holds.
    clock : Clock
        This machine's time.
    """

    def __init__(
        self,
        path: Path,
        settings: ReplaySettings,
        *,
        spool: Path,
        already: Collection[str],
        clock: Clock,
    ) -> None:
        super().__init__(Run(source="replay", spool=spool, already=already, clock=clock))
        self._path = path
        self._settings = settings
        self._clock = clock
        self._files: list[Path] = []
        self._dicom = False
        self._n_images: int | None = None
        self._began: tuple[int, float] | None = None

    @property
    def n_expected(self) -> int | None:
        """Number of volumes in the run, where it is known before the end."""
        return super().n_expected if self._dicom else self._n_images

    def describe(self) -> JsonObject:
        """Return what this source is, for the record.

        Returns
        -------
        dict
            Kind, number of files and pace; names of files may identify a person and stay out.
        """
        return {
            "source": "replay",
            "kind": "dicom" if self._dicom else "nifti",
            "n_files": len(self._files),
            "pace": self._settings.pace,
        }

    def open(self) -> None:
        """Find the files.

        Raises
        ------
        SourceError
            If there is nothing to play.
        """
        self._files = series_files(self._path)
        self._dicom = is_dicom(self._files[0])
        if not self._dicom and not is_nifti(self._files[0].name):
            raise SourceError(
                f"{self._files[0].name} is neither a DICOM object nor a NIfTI image (.nii, .nii.gz)."
            )

    def messages(self, stop: Event) -> Iterator[SourceMessage]:
        """Yield the volumes of the series.

        Parameters
        ----------
        stop : Event
            Ends the replay when it is set.

        Yields
        ------
        SourceMessage
            Volumes, losses, notices, and the end.
        """
        messages = self._objects(stop) if self._dicom else self._images()
        for message in messages:
            if isinstance(message, Volume):
                if not self._wait(message, stop):
                    break
                message = replace(message, received_ns=self._clock.monotonic_ns())
            yield message
        yield SourceEnded(reason="stopped" if stop.is_set() else "the series is over")

    def _wait(self, volume: Volume, stop: Event) -> bool:
        """Wait until a volume is due; return False if the replay was stopped meanwhile."""
        if self._settings.pace > 0:
            moment_s = (
                volume.index * volume.tr_s if volume.acquired_s is None else volume.acquired_s
            )
            if self._began is None:
                self._began = self._clock.monotonic_ns(), moment_s
            due_ns = self._began[0] + 1e9 * (moment_s - self._began[1]) / self._settings.pace
            stop.wait(max(0.0, (due_ns - self._clock.monotonic_ns()) / 1e9))
        return not stop.is_set()

    def _objects(self, stop: Event) -> Iterator[SourceMessage]:
        for path in self._files:
            if stop.is_set():
                return
            try:
                pieces = read_pieces(path.read_bytes())
            except RefusedObjectError as problem:
                self._run.refuse(problem)
                pieces = ()
            except OSError:
                self._run.refuse(RefusedObjectError("unreadable", "A file cannot be read."))
                pieces = ()
            for piece in pieces:
                self._run.take(piece, self._clock.monotonic_ns())
            yield from self._run.ready()
        yield from self._run.finish()

    def _images(self) -> Iterator[SourceMessage]:
        several = len(self._files) > 1
        self._n_images = len(self._files) if several else None
        for number, path in enumerate(self._files):
            try:
                image = self._image(path)
                if several and image.stored.shape[3] > 1:
                    raise RefusedObjectError("unsupported", "A folder of 4D images is not one run.")
            except RefusedObjectError as problem:
                if not several:
                    raise SourceError(str(problem)) from None
                self._run.refuse(problem)
                continue
            self._n_images = self._n_images or image.stored.shape[3]
            for k in range(image.stored.shape[3]):
                yield from self._volume(path, image, k, number + k)
        yield from self._run.give_up_before(self._n_images or 0)
        yield from self._run.finish()

    def _image(self, path: Path) -> Image:
        image = read_file(path)
        tr_s = self._settings.tr_s or sidecar_time(path) or image.tr_s
        if tr_s is None:
            raise SourceError(NO_TIME.format(source="replay:PATH"))
        return replace(image, tr_s=tr_s)

    def _volume(self, path: Path, image: Image, k: int, index: int) -> Iterator[SourceMessage]:
        piece = piece_of(
            image,
            k,
            volume=index,
            series=one_way(str(self._path.resolve())),
            digest=one_way(f"{path.name}:{k}"),
        )
        yield from self._run.give_up_before(index)
        self._run.take(piece, self._clock.monotonic_ns())
        yield from self._run.ready()
