"""The door to NumPyro: its sampler and distributions, and a clear word where it is missing."""

from __future__ import annotations

from empatune.errors import MissingExtraError
from empatune.numerics.differentiable import jax

try:
    from numpyro.distributions import LKJCholesky
    from numpyro.distributions.transforms import CorrCholeskyTransform
    from numpyro.infer.hmc import hmc
    from numpyro.infer.util import ParamInfo
except ImportError as error:
    raise MissingExtraError("Full sampling", "models") from error

jax.config.update("jax_enable_x64", True)

__all__ = ["CorrCholeskyTransform", "LKJCholesky", "ParamInfo", "hmc"]
