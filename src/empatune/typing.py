"""Names for the arrays and values that every room passes around."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
"""An array of any type: the docstring says its shape and meaning."""

FloatArray = NDArray[np.float64]
"""Double precision: parameters, responses, statistics."""

Float32Array = NDArray[np.float32]
"""Single precision: image intensities and weights."""

BoolArray = NDArray[np.bool_]
"""Masks."""

IntArray = NDArray[np.int64]
"""Indices and counts."""

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]
"""What JSON can hold."""

JsonObject = dict[str, JsonValue]
"""A JSON object."""
