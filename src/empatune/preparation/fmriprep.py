"""The transforms that an fMRIPrep run left behind, composed into one."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from empatune.core import Grid
from empatune.errors import PreparationError
from empatune.preparation.registration import as_ants, compose, import_ants, register_rigidly
from empatune.preparation.template import load_template
from empatune.preparation.transforms import FieldTransform, Reference
from empatune.typing import JsonObject

_SPACES = ("MNI152NLin6Asym", "MNI152NLin2009cAsym")
_NEAR_SPACE = (
    "published maps lie in a space like MNI152NLin6Asym; this one differs from it by a few mm"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FmriprepTransforms:
    """Takes the transforms from an fMRIPrep run of the same participant.

    The image-moving transforms from EPI over T1w to MNI are composed, for these are the ones that
    take points of MNI space to the EPI. If the run's reference image is there, today's EPI is
    aligned rigidly to it, so that the run may be of another day; if not, the head is taken to lie
    where it lay in that run.

    Parameters
    ----------
    folder : Path
        fMRIPrep's folder of the participant; looked through with all its subfolders.
    run : str
        Part of the file names of the BOLD run to take, such as ``task-care_run-1``, where there
        are several.
    seed : int
        Seed of the rigid alignment.
    """

    folder: Path
    run: str = ""
    seed: int = 1

    @property
    def method(self) -> str:
        """Short name of the way."""
        return "fmriprep"

    def align(self, reference: Reference) -> FieldTransform:
        """Compose the transforms.

        Parameters
        ----------
        reference : Reference
            Today's EPI.

        Returns
        -------
        FieldTransform
            On the 2 mm lattice of the template.

        Raises
        ------
        MissingExtraError
            If ANTsPy is not installed.
        PreparationError
            If a transform is missing, stands several times, or cannot be read.
        """
        import_ants()
        space, normalization = self._normalization()
        coregistration, inverse = self._coregistration()
        boldref = self._boldref(coregistration)
        lattice = load_template().grid
        with tempfile.TemporaryDirectory(prefix="empatune-") as work:
            try:
                to_t1w = _inverted(coregistration, Path(work)) if inverse else str(coregistration)
                files = [str(normalization), to_t1w]
                if boldref is not None:
                    files.append(_to_run(reference, boldref, seed=self.seed, prefix=f"{work}/"))
                moving = as_ants(reference.image, reference.grid)
                displacement = compose(lattice, moving, files, invert=[False] * len(files))
            except (RuntimeError, ValueError, OSError) as error:
                raise PreparationError(
                    f"The transforms of the fMRIPrep run in {self.folder} cannot be used: {error}"
                ) from error
        details: JsonObject = {
            "space": space,
            "files": [normalization.name, coregistration.name, boldref.name if boldref else None],
            "aligned_to_run": boldref is not None,
        }
        if space != _SPACES[0]:
            details["note"] = _NEAR_SPACE
        return FieldTransform(grid=lattice, displacement_mm=displacement, details=details)

    def _normalization(self) -> tuple[str, Path]:
        for space in _SPACES:
            found = self._files(rf"from-T1w_to-{space}(_.*)?_mode-image_xfm\.h5$")
            if found:
                return space, self._one(found, "transform from T1w to MNI", hint="")
        raise PreparationError(
            f"{self.folder} holds no transform from T1w to MNI "
            f"(*_from-T1w_to-{_SPACES[0]}_mode-image_xfm.h5 or {_SPACES[1]}). Give the folder that "
            "fMRIPrep wrote for this participant."
        )

    def _coregistration(self) -> tuple[Path, bool]:
        for pattern, inverse in (
            (r"from-(boldref|scanner)_to-T1w_mode-image.*_xfm\.txt$", False),
            (r"from-T1w_to-(boldref|scanner)_mode-image.*_xfm\.txt$", True),
        ):
            found = [path for path in self._files(pattern) if self.run in path.name]
            if found:
                what = "transform from a BOLD run to T1w"
                return self._one(found, what, hint=" Name the run."), inverse
        raise PreparationError(
            f"{self.folder} holds no transform from a BOLD run to T1w "
            f"(*_from-boldref_to-T1w_mode-image_desc-coreg_xfm.txt)"
            f"{f' whose name holds {self.run!r}' if self.run else ''}."
        )

    def _boldref(self, coregistration: Path) -> Path | None:
        stem = coregistration.name.split("_from-")[0]
        found = [
            path
            for path in self._files(r"_boldref\.nii(\.gz)?$")
            if path.name.startswith(f"{stem}_") and "_space-" not in path.name
        ]
        preferred = [path for path in found if "desc-coreg" in path.name]
        return next(iter(preferred or found), None)

    def _files(self, pattern: str) -> list[Path]:
        paths = sorted(self.folder.rglob("*"))
        return [path for path in paths if re.search(pattern, path.name) and path.is_file()]

    def _one(self, found: list[Path], what: str, *, hint: str) -> Path:
        if len(found) > 1:
            names = ", ".join(path.name for path in found)
            raise PreparationError(f"{self.folder} holds more than one {what}: {names}.{hint}")
        return found[0]


def _inverted(path: Path, work: Path) -> str:
    """Write the inverse of an affine; ANTs itself inverts only files that end in .mat."""
    ants = import_ants()
    inverse = work / "inverse.mat"
    ants.write_transform(ants.read_transform(str(path)).invert(), str(inverse))
    return str(inverse)


def _to_run(reference: Reference, boldref: Path, *, seed: int, prefix: str) -> str:
    """Align today's EPI to the reference of the run; return the file of the transform."""
    image: Any = nib.load(boldref)
    run = np.asarray(image.dataobj, dtype=np.float32)
    grid = Grid(shape=run.shape, affine=image.affine)
    return register_rigidly(
        as_ants(run, grid),
        as_ants(reference.image, reference.grid),
        seed=seed,
        prefix=prefix,
    )
