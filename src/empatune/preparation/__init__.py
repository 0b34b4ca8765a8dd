"""Bring MNI to a participant: alignment, weights and masks in the EPI grid, coverage."""

from empatune.preparation.coverage import Coverage
from empatune.preparation.decoders import check_name, decoders_of, hand_over, with_decoder
from empatune.preparation.fmriprep import FmriprepTransforms
from empatune.preparation.prepared import Prepared, check_place
from empatune.preparation.procedure import Progress, prepare
from empatune.preparation.registration import Registration
from empatune.preparation.transforms import AffineTransform, Aligner, FieldTransform, Transform

__all__ = [
    "AffineTransform",
    "Aligner",
    "Coverage",
    "FieldTransform",
    "FmriprepTransforms",
    "Prepared",
    "Progress",
    "Registration",
    "Transform",
    "check_name",
    "check_place",
    "decoders_of",
    "hand_over",
    "prepare",
    "with_decoder",
]
