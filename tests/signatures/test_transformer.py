from __future__ import annotations

import nibabel
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from empatune.core import Grid
from empatune.errors import UsageError
from empatune.signatures import Signature
from empatune.signatures.transformer import SignatureExpression

AFFINE = np.array([[-4.0, 0, 0, 90], [0, 4, 0, -126], [0, 0, 4, -72], [0, 0, 0, 1]])
SHAPE = (46, 55, 46)


@pytest.fixture
def images():
    rng = np.random.default_rng(4)
    return [nibabel.Nifti1Image(rng.normal(size=SHAPE).astype("f4"), AFFINE) for _ in range(4)]


@pytest.fixture
def signatures(images):
    grid = Grid(shape=SHAPE, affine=AFFINE)
    return [
        Signature(name=name, weights=np.asarray(image.dataobj), grid=grid)
        for name, image in zip(("first", "second"), images, strict=False)
    ]


def test_a_pipeline_gets_one_column_a_signature(images, signatures):
    step = clone(SignatureExpression(signatures, measure="cosine"))
    scores = step.fit_transform(images)
    assert scores.shape == (4, 2)
    np.testing.assert_allclose(np.diag(scores), 1)
    assert list(step.get_feature_names_out()) == ["first", "second"]
    scaled = make_pipeline(step, StandardScaler()).fit_transform(images)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-12)


def test_it_must_be_fitted_with_a_known_measure(images, signatures):
    with pytest.raises(NotFittedError):
        SignatureExpression(signatures).transform(images)
    with pytest.raises(UsageError, match="dot, cosine, correlation"):
        SignatureExpression(signatures, measure="r").fit()
