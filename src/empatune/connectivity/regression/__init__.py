"""Regression DCM: linear networks of many regions, solved as regressions of spectra."""

from empatune.connectivity.regression.fit import RegressionFit
from empatune.connectivity.regression.ridge import fit_ridge

__all__ = ["RegressionFit", "fit_ridge"]
