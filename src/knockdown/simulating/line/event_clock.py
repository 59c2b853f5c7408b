"""The earliest of many times, a register of them at a time. Only for compiled code, like `vectors`."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import cgutils, types
from numba.extending import intrinsic

from knockdown.simulating.line.draws import BARE
from knockdown.simulating.line.vectors import FLOATS, WIDTH, bits_of, least, load, pattern, words

INLINE = BARE | {"forceinline": True, "cache": False}
_WORD = 64 // WIDTH * WIDTH  # times whose marks fit into one word
_STEP, _WORD_STEP = np.uint64(WIDTH), np.uint64(_WORD)
_0 = np.uint64(0)


@intrinsic
def lowest(typingctx: Any, a: Any) -> Any:
    """Bits of the lowest of the floats of a register, none of which is below 0."""
    if a != FLOATS:
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        word = ir.IntType(64)
        register = ir.VectorType(word, WIDTH)
        kind = ir.FunctionType(word, [register])
        name = f"llvm.vector.reduce.smin.v{WIDTH}i64"
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(function, [builder.bitcast(args[0], register)])

    return types.int64(a), codegen


@intrinsic
def last_bit(typingctx: Any, a: Any) -> Any:
    """Number of the highest bit that is set in a word."""
    if a != types.uint64:
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        zeros = builder.ctlz(args[0], ir.Constant(ir.IntType(1), 1))
        return builder.sub(ir.Constant(ir.IntType(64), 63), zeros)

    return types.uint64(a), codegen


@njit(**INLINE)
def earliest(f, at, n):  # type: ignore[no-untyped-def]
    """Lowest of the n times of `f` from `at` on, n a multiple of WIDTH, and the last place that has it."""
    best = load(f, at)
    for k in range(_STEP, n, _STEP):
        best = least(best, load(f, at + np.uint64(k)))
    bits = lowest(best)
    begin = (n - _STEP) // _WORD_STEP * _WORD_STEP
    while True:
        marks = _0
        for k in range(begin, min(n, begin + _WORD_STEP), _STEP):
            same = bits_of(load(f, at + np.uint64(k))) == words(np.uint64(bits))
            marks |= np.uint64(pattern(same)) << (np.uint64(k) - begin)
        if marks != _0:
            return np.int64(bits).view(np.float64), begin + last_bit(marks)
        begin -= _WORD_STEP
