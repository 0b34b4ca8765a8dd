"""Eight neighbouring samples at once, in wide instructions.

The compiler does not widen the 64-tap sum by itself for the short runs that a brain has, so
this one hot expression is written as vector instructions. Everything around it is plain.
"""

# ruff: noqa: ARG001 -- an intrinsic names its arguments for numba; only their types are read
from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

N_LANES = 8
"""How many samples one call makes."""

_FLOAT = ir.FloatType()
_WIDE = ir.VectorType(_FLOAT, N_LANES)
_FUSE = ("contract",)  # a * b + c may round once: faster, and the same on every run


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def sample_eight(
    typing_context: Any,
    flat: Any,
    base: Any,
    stride_i: Any,
    stride_j: Any,
    place: Any,
    step: Any,
    out: Any,
    at: Any,
) -> Any:
    """Write eight cubic B-spline samples to ``out[at : at + 8]``.

    Parameters
    ----------
    typing_context : object
        Given by numba.
    flat : ndarray, shape (n,), float32
        The volume; lane m reads 4 x 4 x 4 voxels from ``base + m`` on.
    base, stride_i, stride_j : int64
        Index of the first voxel, and distances of neighbours along i and j.
    place, step : tuple of 3 float32
        Fractional position of lane 0 past the second voxel along i, j, k, and what each
        lane adds to it.
    out : ndarray, shape (n,), float32
        Where to write.
    at : int64
        First index to write to.

    Returns
    -------
    signature, codegen
        What numba asks of an intrinsic.
    """
    array, triple = types.Array(types.float32, 1, "C"), types.UniTuple(types.float32, 3)
    whole = types.int64
    signature = types.void(array, whole, whole, whole, triple, triple, array, whole)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        source = make_array(signature.args[0])(context, builder, args[0]).data
        target = make_array(signature.args[6])(context, builder, args[6]).data
        weights = [
            _weights(builder, builder.extract_value(args[4], axis), _slope(builder, args[5], axis))
            for axis in range(3)
        ]
        total = _volume_sum(builder, source, args[1:4], weights)
        store = builder.store(total, _wide_pointer(builder, target, args[7]))
        store.align = 4
        return context.get_dummy_value()

    return signature, generate


def _slope(builder: Any, step: Any, axis: int) -> Any:
    lanes = ir.Constant(_WIDE, [float(lane) for lane in range(N_LANES)])
    return builder.fmul(_splat(builder, builder.extract_value(step, axis)), lanes)


def _weights(builder: Any, place: Any, slope: Any) -> list[Any]:
    """Cubic B-spline weights of the four voxels around each lane's point."""

    def times(a: Any, b: Any) -> Any:
        return builder.fmul(a, b, flags=_FUSE)

    def number(value: float) -> Any:
        return ir.Constant(_WIDE, [value] * N_LANES)

    t = builder.fadd(_splat(builder, place), slope)
    s = builder.fsub(number(1.0), t)

    def outer(x: Any) -> Any:
        return times(times(x, x), times(x, number(1 / 6)))

    def inner(x: Any) -> Any:  # 2/3 - x^2 + x^3/2
        tail = builder.fsub(times(x, number(0.5)), number(1.0), flags=_FUSE)
        return builder.fadd(times(times(x, x), tail), number(2 / 3), flags=_FUSE)

    return [outer(s), inner(t), inner(s), outer(t)]


def _volume_sum(builder: Any, source: Any, place: Any, weights: list[list[Any]]) -> Any:
    base, stride_i, stride_j = place
    total = None
    for a in range(4):
        plane = None
        for b in range(4):
            row, start = None, _add(builder, base, (stride_i, a), (stride_j, b))
            for c in range(4):
                at = builder.add(start, ir.Constant(start.type, c))
                load = builder.load(_wide_pointer(builder, source, at), typ=_WIDE)
                load.align = 4
                row = _accumulate(builder, row, weights[2][c], load)
            plane = _accumulate(builder, plane, weights[1][b], row)
        total = _accumulate(builder, total, weights[0][a], plane)
    return total


def _add(builder: Any, base: Any, *strides: tuple[Any, int]) -> Any:
    for stride, count in strides:
        base = builder.add(base, builder.mul(stride, ir.Constant(base.type, count)))
    return base


def _accumulate(builder: Any, total: Any, weight: Any, value: Any) -> Any:
    product = builder.fmul(weight, value, flags=_FUSE)
    return product if total is None else builder.fadd(total, product, flags=_FUSE)


def _splat(builder: Any, value: Any) -> Any:
    first = ir.Constant(ir.IntType(32), 0)
    single = builder.insert_element(ir.Constant(_WIDE, ir.Undefined), value, first)
    order = ir.Constant(ir.VectorType(ir.IntType(32), N_LANES), [0] * N_LANES)
    return builder.shuffle_vector(single, ir.Constant(_WIDE, ir.Undefined), order)


def _wide_pointer(builder: Any, data: Any, at: Any) -> Any:
    return builder.bitcast(builder.gep(data, [at]), _WIDE.as_pointer())
