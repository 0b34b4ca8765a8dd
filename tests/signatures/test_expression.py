"""Scores against a plain reference in double precision, on every pairing of map and grid."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import nibabel
import numpy as np
import pytest

from empatune.core import Grid
from empatune.errors import CoverageWarning, ImageError, SignatureError, UsageError
from empatune.signatures import (
    CATALOGUE,
    ExpressionSettings,
    Signature,
    express,
    load,
    prepare_expression,
    warn_of_coverage,
)
from empatune.signatures.lattice import align

TWO_MM = np.array([[-2.0, 0, 0, 90], [0, 2, 0, -126], [0, 0, 2, -72], [0, 0, 0, 1]])
FSL = Grid(shape=(91, 109, 91), affine=TWO_MM)
GRIDS = {
    "fsl": FSL,
    "fmriprep": Grid(
        shape=(97, 115, 97),
        affine=[[2, 0, 0, -96], [0, 2, 0, -132], [0, 0, 2, -78], [0, 0, 0, 1]],
    ),
    "spm": Grid(
        shape=(79, 95, 79),
        affine=[[-2, 0, 0, 78], [0, 2, 0, -112], [0, 0, 2, -70], [0, 0, 0, 1]],
    ),
    "turned": Grid(
        shape=(91, 91, 109),
        affine=[[0, 2, 0, -90], [0, 0, -2, 90], [2, 0, 0, -72], [0, 0, 0, 1]],
    ),
}


@pytest.fixture(scope="module")
def published(shared: Path) -> Path:
    return shared / "signatures"


@pytest.fixture
def small() -> Signature:
    return _blob("small", FSL, seed=1)


def _blob(name: str, grid: Grid, *, seed: int, radius_mm: float = 50.0) -> Signature:
    world = _world(grid)
    inside = ((world - [0, -18, 18]) ** 2).sum(axis=-1) < radius_mm**2
    noise = np.random.default_rng(seed).normal(size=grid.shape)
    return Signature(name=name, weights=np.where(inside, noise, 0), grid=grid)


def _world(grid: Grid) -> np.ndarray:
    return np.moveaxis(np.indices(grid.shape), 0, -1) @ grid.affine[:3, :3].T + grid.affine[:3, 3]


def _reference(signature: Signature, image: np.ndarray, grid: Grid, policy: str) -> np.ndarray:
    """Walk over the signature's voxels by their world coordinates."""
    where = np.argwhere(signature.weights != 0)
    weights = signature.weights[tuple(where.T)].astype(np.float64)
    world = where @ signature.grid.affine[:3, :3].T + signature.grid.affine[:3, 3]
    there = np.rint((world - grid.affine[:3, 3]) @ np.linalg.inv(grid.affine[:3, :3]).T).astype(int)
    inside = ((there >= 0) & (there < grid.shape)).all(axis=1)
    values = np.zeros(len(where))
    values[inside] = image[tuple(there[inside].T)]
    present = np.isfinite(values) & (values != 0)
    values[~present] = 0
    coverage = present.mean(), (weights[present] ** 2).sum() / (weights**2).sum()
    if policy == "exclude":
        weights, values = weights[present], values[present]
    dot = weights @ values
    cosine = dot / np.linalg.norm(weights) / np.linalg.norm(values)
    return np.array([dot, cosine, np.corrcoef(weights, values)[0, 1], *coverage])


def _scores(signature: Signature, image: np.ndarray, grid: Grid, **settings: object) -> np.ndarray:
    chosen = ExpressionSettings(**settings)  # type: ignore[arg-type]
    return prepare_expression([signature], grid, settings=chosen).row(image)[:, 0]


@pytest.fixture(scope="module")
def maps(published: Path) -> list[Signature]:
    return [load(published / entry.file) for entry in CATALOGUE.values()]


@pytest.mark.parametrize(
    ("where", "policy"),
    [("fsl", "count"), ("fmriprep", "exclude"), ("spm", "exclude"), ("turned", "count")],
)
def test_every_map_in_every_grid_equals_the_reference(
    maps: list[Signature], where: str, policy: str
) -> None:
    grid = GRIDS[where]
    rng = np.random.default_rng(7)
    image = (rng.normal(size=grid.shape) + 0.3).astype(np.float32)
    image[rng.random(grid.shape) < 0.1] = np.nan
    image[rng.random(grid.shape) < 0.1] = 0
    settings = ExpressionSettings(policy=policy)  # type: ignore[arg-type]
    rows = prepare_expression(maps, grid, settings=settings).row(np.asfortranarray(image))
    for number, each in enumerate(maps):
        expected = _reference(each, image, grid, policy)
        np.testing.assert_allclose(rows[:, number], expected, rtol=1e-6, err_msg=each.name)


def test_the_sum_of_weights_is_the_same_in_any_voxel_size(small: Signature) -> None:
    total = small.weights.sum(dtype=float)
    for size in (1.5, 2.0, 2.7, 3.0, 4.0):
        n = tuple(int(200 // size) + 12 for _ in range(3))
        affine = np.diag([size, size, size, 1])
        affine[:3, 3] = np.array([0, -18, 18]) - size * (np.array(n) - 1) / 2
        dot = _scores(small, np.ones(n), Grid(shape=n, affine=affine))[0]
        assert dot == pytest.approx(total, abs=1e-4 * np.abs(small.weights).sum(dtype=float))


@pytest.mark.parametrize("oblique", [False, True])
def test_a_linear_image_scores_the_same_in_any_grid(small: Signature, *, oblique: bool) -> None:
    def image(grid: Grid) -> np.ndarray:
        return 100 + _world(grid) @ [0.3, -0.2, 0.5]

    affine = np.diag([-3.0, 3.0, 3.0, 1])
    affine[:3, 3] = [90, -130, -80]
    if oblique:
        turn = np.radians(7)
        rotation = np.eye(4)
        rotation[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
        affine = rotation @ affine
    coarse = Grid(shape=(61, 75, 65), affine=affine)
    exact = _scores(small, image(FSL), FSL)[0]
    scale = np.abs(small.weights).sum(dtype=float)
    for direction in ("weights-to-image", "image-to-weights"):
        dot = _scores(small, image(coarse), coarse, direction=direction)[0]
        assert dot == pytest.approx(exact, abs=2e-4 * scale), direction


def test_stored_values_are_scaled_and_types_do_not_matter(small: Signature) -> None:
    stored = np.random.default_rng(2).integers(1, 900, size=FSL.shape).astype(">i2")
    expresser = prepare_expression([small], FSL)
    scaled = expresser.row(stored, slope=0.5, intercept=-7.25)
    np.testing.assert_allclose(scaled, expresser.row(stored * 0.5 - 7.25), rtol=1e-12)


def test_missing_voxels_can_turn_the_sign_of_care(published: Path) -> None:
    """No Python peer warns of this: without what lies below z = 0 mm the score changes sign."""
    care = load(published / CATALOGUE["care"].file)
    world = _world(care.grid)
    low = world[..., 2] < 0
    image = np.where(low, 1.0, -0.2) * np.sign(care.weights) * (care.weights != 0)
    cut = np.where(low, np.nan, image)
    whole, part = (_scores(care, each, care.grid) for each in (image, cut))
    assert whole[0] > 0 > part[0]
    assert whole[3] == pytest.approx(1)
    assert part[3] < 0.8
    with pytest.warns(CoverageWarning, match="can turn its sign"):
        warn_of_coverage([part[None, 3:4]], ["care"], min_coverage=0.9)


def test_left_and_right_follow_the_affine(small: Signature) -> None:
    image = np.random.default_rng(3).normal(size=FSL.shape)
    turned = TWO_MM @ np.diag([-1.0, 1, 1, 1])
    turned[0, 3] = -90
    flipped = Grid(shape=FSL.shape, affine=turned)
    np.testing.assert_allclose(
        _scores(small, image[::-1], flipped), _scores(small, image, FSL), rtol=1e-12
    )
    assert _scores(small, image, flipped)[0] != pytest.approx(_scores(small, image, FSL)[0])


def test_grids_off_the_lattice_are_not_aligned() -> None:
    shifted = TWO_MM.copy()
    shifted[0, 3] += 1
    assert align(FSL, Grid(shape=FSL.shape, affine=shifted)) is None
    assert align(FSL, Grid(shape=FSL.shape, affine=np.diag([3.0, 3, 3, 1]))) is None


@pytest.mark.parametrize(
    ("affine", "words"),
    [
        (np.diag([2.0, 2, 2, 1]), "The origin is wrong"),
        (TWO_MM[[1, 0, 2, 3]], "axes are swapped"),
        (TWO_MM + np.array([[0, 0, 0, 500], [0] * 4, [0] * 4, [0] * 4]), "MNI space"),
    ],
)
def test_an_image_outside_mni_space_is_refused(
    small: Signature, affine: np.ndarray, words: str
) -> None:
    with pytest.raises(ImageError, match=words):
        prepare_expression([small], Grid(shape=FSL.shape, affine=affine))


def test_an_image_without_a_common_voxel_is_refused(small: Signature) -> None:
    far = TWO_MM + np.array([[0, 0, 0, 500], [0] * 4, [0] * 4, [0] * 4])
    with pytest.raises(ImageError, match="no voxel in common"):
        prepare_expression(
            [small],
            Grid(shape=FSL.shape, affine=far),
            settings=ExpressionSettings(check_space=False),
        )


def test_settings_and_names_are_checked(small: Signature) -> None:
    with pytest.raises(UsageError, match="exclude, count"):
        ExpressionSettings(policy="ignore")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="0 to 1"):
        ExpressionSettings(min_coverage=90)
    with pytest.raises(UsageError, match="different names"):
        prepare_expression([small, small], FSL)
    with pytest.raises(ImageError, match="have shape"):
        prepare_expression([small], FSL).scores(np.zeros((1, 5, 5, 5)))


def _peak_mb(maps: list[str], images: list[str]) -> float:
    """Score images in a process of its own, and return the most memory it had [MB]."""
    program = """if True:
        import json, sys
        from empatune.signatures import express
        maps, images = json.loads(sys.argv[1])
        assert len(list(express(images, maps, n_threads=2))) == len(images)
        print(open("/proc/self/status").read())
    """
    told = json.dumps([maps, images])
    done = subprocess.run(
        [sys.executable, "-c", program, told], check=True, capture_output=True, text=True
    )
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _unset(header: nibabel.Nifti1Header) -> None:
    header.set_sform(None, 0)
    header.set_qform(None, 0)


class TestFiles:
    """What `express` does with files."""

    @pytest.fixture
    def image(self, tmp_path: Path, small: Signature) -> Path:
        values = np.random.default_rng(5).normal(size=FSL.shape).astype(np.float32)
        return self._save(tmp_path / "image.nii.gz", values)

    def _save(self, path: Path, values: np.ndarray, affine: np.ndarray = TWO_MM) -> Path:
        nibabel.save(nibabel.Nifti1Image(values, affine), path)
        return path

    def test_files_and_arrays_score_the_same_in_order(
        self, tmp_path: Path, small: Signature
    ) -> None:
        rng = np.random.default_rng(6)
        arrays = [(100 * rng.normal(size=FSL.shape)).astype(np.int16) for _ in range(7)]
        paths = [self._save(tmp_path / f"{n}.nii.gz", each) for n, each in enumerate(arrays)]
        scored = list(express(paths, [small], n_threads=3))
        expected = prepare_expression([small], FSL).scores(np.array(arrays))
        assert [each.image for each in scored] == [str(path) for path in paths]
        np.testing.assert_allclose([each.scores.dot[0] for each in scored], expected.dot)

    def test_a_series_must_be_asked_for(self, tmp_path: Path, small: Signature) -> None:
        series = np.random.default_rng(8).normal(size=(*FSL.shape, 3)).astype(np.float32)
        path = self._save(tmp_path / "series.nii", series)
        with pytest.raises(ImageError, match="series of 3 volumes"):
            list(express([path], [small]))
        (scored,) = express([path], [small], volumes=True)
        (loaded,) = express([nibabel.load(path)], [small], volumes=True)
        assert scored.scores.dot.shape == (3, 1)
        np.testing.assert_array_equal(scored.scores.dot, loaded.scores.dot)
        expected = prepare_expression([small], FSL).scores(np.moveaxis(series, -1, 0))
        np.testing.assert_allclose(scored.scores.correlation, expected.correlation)

    def test_a_damaged_file_is_named(self, image: Path, small: Signature) -> None:
        content = image.read_bytes()
        image.write_bytes(content[: len(content) // 2])
        with pytest.raises(ImageError, match=r"image\.nii\.gz is damaged"):
            list(express([image], [small]))
        image.write_bytes(b"not an image at all" * 30)
        with pytest.raises(ImageError, match=r"image\.nii\.gz"):
            list(express([image], [small]))

    def test_an_empty_image_is_refused(self, tmp_path: Path, small: Signature) -> None:
        empty = self._save(tmp_path / "empty.nii.gz", np.full(FSL.shape, np.nan, np.float32))
        with pytest.raises(ImageError, match="no value but 0 and NaN"):
            list(express([empty], [small]))

    def test_a_missing_part_is_warned_of(self, tmp_path: Path, small: Signature) -> None:
        values = np.ones(FSL.shape, np.float32)
        values[:, :, :45] = 0
        path = self._save(tmp_path / "half.nii.gz", values)
        with pytest.warns(CoverageWarning, match="1 of 1 images hold less than 90%"):
            list(express([path], [small]))

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda header: header.set_xyzt_units("meter"), "lengths in meter"),
            (lambda header: header.set_qform(TWO_MM @ np.diag([-1, 1, 1, 1]), 2), "which side"),
            (lambda header: header.set_qform(TWO_MM + np.diag([0, 0, 0.5, 0]), 4), "contradicts"),
            (_unset, "does not say where"),
        ],
    )
    def test_a_contradictory_header_is_refused(
        self, tmp_path: Path, small: Signature, change: object, words: str
    ) -> None:
        image = nibabel.Nifti1Image(np.ones(FSL.shape, np.float32), TWO_MM)
        image.header.set_sform(TWO_MM, 4)
        change(image.header)  # type: ignore[operator]
        path = tmp_path / "odd.nii.gz"
        self._raw(path, image)
        with pytest.raises(ImageError, match=words):
            list(express([path], [small]))

    def _raw(self, path: Path, image: nibabel.Nifti1Image) -> None:
        """Write the header as it is: nibabel would set the affine again."""
        header = image.header.copy()
        header["vox_offset"], header["magic"] = 352, b"n+1"
        content = header.binaryblock + b"\0" * 4 + np.ones(FSL.shape, np.float32).tobytes()
        path.write_bytes(gzip.compress(content))

    @pytest.mark.shared
    @pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
    def test_memory_does_not_grow_with_the_images(self, published: Path, image: Path) -> None:
        names = ("care", "distress", "vps", "general-vicarious-pain", "pines", "siips1")
        maps = [str(published / CATALOGUE[name].file) for name in names]
        few, many = (_peak_mb(maps, [str(image)] * n) for n in (4, 60))
        assert many < 150
        assert many < few + 10

    def test_an_unknown_signature_is_named(self, image: Path) -> None:
        with pytest.raises(SignatureError, match="kindness"):
            list(express([image], ["kindness"]))
