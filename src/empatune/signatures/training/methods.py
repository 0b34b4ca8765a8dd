"""The methods by which a signature can be trained: a literal list."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from empatune.signatures.training import estimators
from empatune.signatures.training.solvers import (
    LeastSquares,
    LogisticRegression,
    Solver,
    SupportVectorMachine,
    SupportVectorRegression,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One way to train.

    Parameters
    ----------
    name : str
        What users call it.
    summary : str
        One line.
    doi : str
        Where it is described.
    solver : Solver
        What fits outcomes to component scores.
    estimator : type
        Its scikit-learn estimator.
    classifies : bool
        True if the outcome must have two classes.
    """

    name: str
    summary: str
    doi: str
    solver: Solver
    estimator: type[Any]
    classifies: bool


_METHODS = (
    Method(
        name="lasso-pcr",
        summary="LASSO on principal components, as VPS, PINES, care and distress were trained",
        doi="10.1523/JNEUROSCI.3420-10.2011",
        solver=LeastSquares(l1_ratio=1.0),
        estimator=estimators.LassoPCR,
        classifies=False,
    ),
    Method(
        name="elastic-net-pcr",
        summary="Elastic net, half LASSO and half ridge, on principal components",
        doi="10.1111/j.1467-9868.2005.00503.x",
        solver=LeastSquares(l1_ratio=0.5),
        estimator=estimators.ElasticNetPCR,
        classifies=False,
    ),
    Method(
        name="ridge",
        summary="Ridge regression",
        doi="10.1080/00401706.1970.10488634",
        solver=LeastSquares(l1_ratio=0.0),
        estimator=estimators.Ridge,
        classifies=False,
    ),
    Method(
        name="svr",
        summary="Linear support vector regression",
        doi="10.1023/B:STCO.0000035301.49549.88",
        solver=SupportVectorRegression(),
        estimator=estimators.SVR,
        classifies=False,
    ),
    Method(
        name="svm",
        summary="Linear support vector machine, two classes",
        doi="10.1007/BF00994018",
        solver=SupportVectorMachine(),
        estimator=estimators.SVM,
        classifies=True,
    ),
    Method(
        name="logistic-pcr",
        summary="Logistic regression on principal components, two classes",
        doi="10.1111/j.2517-6161.1958.tb00292.x",
        solver=LogisticRegression(),
        estimator=estimators.LogisticPCR,
        classifies=True,
    ),
)

METHODS = MappingProxyType({method.name: method for method in _METHODS})
"""Every method by its name."""
