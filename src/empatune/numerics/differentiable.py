"""The door to JAX: double precision, and a clear word where it is not installed."""

from __future__ import annotations

from empatune.errors import UsageError

try:
    import jax
    import jax.numpy as jnp
except ImportError as error:
    raise UsageError(
        "Models need JAX, which is not installed. Install empatune with its extra 'models': "
        "pip install 'empatune[models]'."
    ) from error

jax.config.update("jax_enable_x64", True)

__all__ = ["jax", "jnp"]
