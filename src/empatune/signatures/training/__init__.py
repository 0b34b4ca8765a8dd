"""Train, validate and describe signatures: estimators, cross-validation, certainty, model cards."""

from empatune.signatures.training.bootstrap import WeightStatistics
from empatune.signatures.training.card import Card, load_card
from empatune.signatures.training.data import Images, TrainingData, gather
from empatune.signatures.training.estimators import (
    SVM,
    SVR,
    ElasticNetPCR,
    LassoPCR,
    LogisticPCR,
    Ridge,
)
from empatune.signatures.training.evaluation import Result
from empatune.signatures.training.files import read_images
from empatune.signatures.training.measures import MEASURES, Measure
from empatune.signatures.training.methods import METHODS, Method
from empatune.signatures.training.procedure import Trained, train
from empatune.signatures.training.reading import Saved, read
from empatune.signatures.training.saving import save
from empatune.signatures.training.settings import TrainingSettings
from empatune.signatures.training.specificity import OffTarget
from empatune.signatures.training.table import Columns, read_table

__all__ = [
    "MEASURES",
    "METHODS",
    "SVM",
    "SVR",
    "Card",
    "Columns",
    "ElasticNetPCR",
    "Images",
    "LassoPCR",
    "LogisticPCR",
    "Measure",
    "Method",
    "OffTarget",
    "Result",
    "Ridge",
    "Saved",
    "Trained",
    "TrainingData",
    "TrainingSettings",
    "WeightStatistics",
    "gather",
    "load_card",
    "read",
    "read_images",
    "read_table",
    "save",
    "train",
]
