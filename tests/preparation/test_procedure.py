"""Preparing a real participant, and refusing what cannot be prepared."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from empatune.core import Grid
from empatune.errors import CoverageWarning, PreparationError, RegistrationWarning
from empatune.preparation import (
    AffineTransform,
    Aligner,
    FieldTransform,
    Prepared,
    Registration,
    prepare,
)
from empatune.preparation.registration import agreement, as_ants, import_ants
from empatune.preparation.template import load_template
from empatune.preparation.transforms import Reference
from empatune.signatures import Signature
from empatune.systems import SYSTEMS
from empatune.typing import Float32Array

EPI = Grid(
    shape=(54, 64, 46),
    affine=np.array([[-4.0, 0, 0, 106], [0, 4, 0, -126], [0, 0, 4, -78], [0, 0, 0, 1]]),
)


@pytest.fixture(scope="module")
def head() -> Float32Array:
    """A head without a body: the template itself, seen by a coarse scanner."""
    mni = load_template()
    points = np.indices(EPI.shape).transpose(1, 2, 3, 0) @ EPI.affine[:3, :3].T + EPI.affine[:3, 3]
    where = np.linalg.inv(mni.grid.affine)
    voxels = np.rint(points @ where[:3, :3].T + where[:3, 3]).astype(int)
    within = ((voxels >= 0) & (voxels < mni.grid.shape)).all(axis=-1)
    image = np.zeros(EPI.shape, np.float32)
    image[within] = mni.image[tuple(voxels[within].T)]
    noise = np.random.default_rng(2).normal(20, 4, EPI.shape)
    return (1000 * gaussian_filter(image, 0.5) + noise).astype(np.float32)


def a_signature(name: str = "mine", *, shift_mm: float = 0.0) -> Signature:
    mni = load_template()
    weights = gaussian_filter(np.random.default_rng(5).normal(size=mni.grid.shape), 2.0) * mni.brain
    affine = mni.grid.affine.copy()
    affine[2, 3] += shift_mm
    return Signature(
        name=name, weights=weights, grid=Grid(shape=mni.grid.shape, affine=affine), entry=None
    )


IDENTITY = AffineTransform(matrix=np.eye(4))


@pytest.mark.shared
@pytest.mark.slow
def test_a_real_brain_is_found_where_it_is(prepared: Prepared) -> None:
    template_brain = prepared.template > 0
    assert agreement(template_brain, prepared.brain) > 0.92
    details = prepared.details["alignment"]
    assert isinstance(details, dict)
    assert details["brain_dice"] == pytest.approx(agreement(template_brain, prepared.brain))
    # Figure 1's regions lie inside the brain of a person without lesions
    for system in SYSTEMS:
        assert prepared.coverage[system.name].energy_share > 0.9
    assert 0.8 < prepared.coverage["care"].energy_share < 1
    assert prepared.coverage["pines"].voxel_share < 0.8


def explained(image: Float32Array, template: Float32Array, inside: np.ndarray) -> float:
    """Share of an image's fine structure that the template's intensity explains, of any contrast."""
    fine = (image - gaussian_filter(image, 5.0))[inside]
    order = np.argsort(template[inside])
    parts = np.array_split(fine[order], 20)
    between = sum(len(part) * (part.mean() - fine.mean()) ** 2 for part in parts)
    return float(between / ((fine - fine.mean()) ** 2).sum())


@pytest.mark.shared
@pytest.mark.slow
def test_the_inside_of_the_brain_fits_best_where_it_was_put(prepared: Prepared) -> None:
    deep = gaussian_filter(prepared.brain.astype(float), 2.0) > 0.95
    here = explained(prepared.reference, prepared.template, deep)
    for axis in range(3):
        for step in (-3, 3):
            there = explained(prepared.reference, np.roll(prepared.template, step, axis), deep)
            assert here > 1.2 * there, (axis, step, here, there)


@pytest.mark.shared
@pytest.mark.slow
def test_moved_weights_answer_as_images_warped_by_ants(
    prepared: Prepared,
    images: Float32Array,
    signatures: list[Signature],
    aligner: Aligner,
    reference: Reference,
) -> None:
    ants = import_ants()
    field = aligner.align(reference)
    assert isinstance(field, FieldTransform)
    lps = field.displacement_mm * np.float32([-1, -1, 1])
    lattice = as_ants(np.zeros(field.grid.shape), field.grid)
    vectors = ants.from_numpy(
        np.ascontiguousarray(lps),
        origin=lattice.origin,
        spacing=lattice.spacing,
        direction=lattice.direction,
        has_components=True,
    )
    transform = ants.transform_from_displacement_field(vectors)
    care, distress, pines = signatures
    for signature in (care, distress, pines):
        grid = as_ants(np.zeros(signature.grid.shape), signature.grid)
        answers = []
        for n, image in enumerate(images - images.mean(axis=0)):
            noise = np.random.default_rng(n).normal(size=image.shape) * image.std() * 3
            seen = (gaussian_filter(image + noise, 1.0) * prepared.brain).astype(np.float32)
            warped = transform.apply_to_image(as_ants(seen, prepared.grid), reference=grid)
            offline = float((warped.numpy().astype(float) * signature.weights).sum())
            answers.append((offline, float((seen * prepared.weights[signature.name]).sum())))
        online = np.array(answers)
        assert np.corrcoef(online.T)[0, 1] > 0.99, signature.name


@pytest.mark.shared
@pytest.mark.slow
def test_registration_repeats_to_the_bit(aligner: Aligner, reference: Reference) -> None:
    first = aligner.align(reference)
    assert isinstance(first, FieldTransform)
    states = np.random.get_state()[1]  # noqa: NPY002
    second = Registration(quality="fast").align(reference)
    np.testing.assert_array_equal(first.displacement_mm, second.displacement_mm)
    np.testing.assert_array_equal(np.random.get_state()[1], states)  # noqa: NPY002


def test_a_template_in_its_own_space_stays_where_it_is(head: Float32Array) -> None:
    signature = a_signature()
    steps: list[tuple[str, float]] = []
    prepared = prepare(
        head, EPI, [signature], aligner=IDENTITY, progress=lambda *step: steps.append(step)
    )
    assert agreement(prepared.template > 0, prepared.brain) > 0.9
    assert prepared.coverage["mine"].energy_share > 0.9
    inside = prepared.weights["mine"] != 0
    assert not (inside & ~prepared.brain).any()
    shares = [share for _, share in steps]
    assert shares == sorted(shares)
    assert steps[-1] == ("done", 1.0)
    for name, mask in prepared.systems.items():
        assert mask.max() == pytest.approx(1, abs=1e-5), name
        assert mask.min() == 0
    assert prepared.details["n_volumes"] == 1


def test_many_volumes_are_averaged(head: Float32Array) -> None:
    several = np.stack([head * 0.9, head * 1.1])
    prepared = prepare(several, EPI, [a_signature()], aligner=IDENTITY)
    np.testing.assert_allclose(prepared.reference, head, rtol=1e-5)
    assert prepared.details["n_volumes"] == 2


def test_a_cut_field_of_view_is_counted_and_warned_of(head: Float32Array) -> None:
    slab = Grid(shape=(54, 64, 24), affine=EPI.affine)
    with pytest.warns(CoverageWarning, match="mine"):
        prepared = prepare(head[:, :, :24], slab, [a_signature()], aligner=IDENTITY)
    assert 0.15 < prepared.coverage["mine"].energy_share < 0.7


def test_a_transform_that_misses_the_brain_is_refused(head: Float32Array) -> None:
    wrong = np.eye(4)
    wrong[0, 3] = 60
    with pytest.raises(PreparationError, match="does not fit"):
        prepare(head, EPI, [a_signature()], aligner=AffineTransform(matrix=wrong))


def test_a_doubtful_transform_is_warned_of(head: Float32Array) -> None:
    doubtful = np.eye(4)
    doubtful[1, 3] = 22
    with pytest.warns(RegistrationWarning, match="doubtfully"):
        prepare(
            head,
            EPI,
            [a_signature()],
            aligner=AffineTransform(matrix=doubtful),
            smallest_coverage=0,
        )


def test_what_cannot_be_prepared_is_refused(head: Float32Array) -> None:
    mine = a_signature()
    with pytest.raises(PreparationError, match="same name"):
        prepare(head, EPI, [mine, mine], aligner=IDENTITY)
    with pytest.raises(PreparationError, match="shape"):
        prepare(head[:-1], EPI, [mine], aligner=IDENTITY)
    with pytest.raises(PreparationError, match="not finite"):
        prepare(np.where(head > 500, np.nan, head), EPI, [mine], aligner=IDENTITY)
    with pytest.raises(PreparationError, match="outside this participant's brain"):
        prepare(head, EPI, [a_signature(shift_mm=400)], aligner=IDENTITY)
    with pytest.raises(PreparationError, match="brain mask has shape"):
        prepare(head, EPI, [mine], aligner=IDENTITY, brain=np.ones((3, 3, 3), bool))


def test_volumes_without_a_brain_are_refused() -> None:
    noise = np.random.default_rng(0).normal(100, 1, (12, 12, 12)).astype(np.float32)
    tiny = Grid(shape=(12, 12, 12), affine=np.diag([2.0, 2, 2, 1]))
    for image in (noise, np.zeros_like(noise)):
        with pytest.raises(PreparationError):
            prepare(image, tiny, [a_signature()], aligner=IDENTITY)
