"""The door to JAX: double precision, and a clear word where it is not installed."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version

from empatune.errors import UsageError

_FLAGS = {
    "xla_backend_extra_options": "xla_cpu_small_while_loop_byte_threshold=100000000",
    "xla_cpu_use_fusion_emitters": "false",
    "xla_cpu_parallel_codegen_split_count": "2",
}
"""Loops that walk through trials or time become one function each, not one for every operation of a
step, and are compiled in half the time (docs/benchmarks.md, "Models of behaviour")."""

_FLAGS_KNOWN_TO = "0.10."
"""Other versions of jaxlib may not know these flags, and stop at one that they do not know."""


def _choose_flags() -> None:
    """Add what the user has not chosen; of no effect where JAX runs already."""
    try:
        known = version("jaxlib").startswith(_FLAGS_KNOWN_TO)
    except PackageNotFoundError:
        return
    given = os.environ.get("XLA_FLAGS", "")
    if known:
        ours = [f"--{name}={value}" for name, value in _FLAGS.items() if name not in given]
        os.environ["XLA_FLAGS"] = " ".join([given, *ours]).strip()


_choose_flags()

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
