"""Regression DCM: linear networks of many regions, solved as regressions of spectra."""

from empatune.connectivity.regression.fit import RegressionFit
from empatune.connectivity.regression.posterior import posterior_of
from empatune.connectivity.regression.ridge import fit_ridge
from empatune.connectivity.regression.simulation import predict, simulate
from empatune.connectivity.regression.sparse import SparseSettings, fit_sparse

__all__ = [
    "RegressionFit",
    "SparseSettings",
    "fit_ridge",
    "fit_sparse",
    "posterior_of",
    "predict",
    "simulate",
]
