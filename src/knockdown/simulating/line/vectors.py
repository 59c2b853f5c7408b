"""Sixteen numbers at once in compiled code: a type for a whole vector register.

Numba's own vectoriser gives up on loops that touch many arrays. Here the code says which numbers go
together: `load`, `store`, `gather`, `select`, `greatest`, comparisons, and the four operations. LLVM turns
them into what the machine has (two AVX-512 registers, four of AVX2, eight of SSE2 or NEON), and more than one
register hides that each operation takes some time; every operation is
the one IEEE 754 defines, element by element, so the bits do not depend on that.

Only for compiled code: an intrinsic of Numba has no body that Python could run.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models, register_default
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic

WIDTH = 16
_I64, _F64 = ir.IntType(64), ir.DoubleType()
_REGISTERS = {
    "Floats": ir.VectorType(_F64, WIDTH),
    "Words": ir.VectorType(_I64, WIDTH),
    "Marks": ir.VectorType(ir.IntType(1), WIDTH),
}


class Register(types.Type):
    """Sixteen float64 (`Floats`), sixteen uint64 (`Words`) or sixteen yes-or-no (`Marks`)."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)


class Floats(Register):
    """The class of FLOATS."""


class Words(Register):
    """The class of WORDS."""


class Marks(Register):
    """The class of MARKS."""


FLOATS, WORDS, MARKS = Floats("Floats"), Words("Words"), Marks("Marks")


class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Register) -> None:
        super().__init__(manager, kind, _REGISTERS[kind.name])


for _class in (Floats, Words, Marks):
    register_default(_class)(_Model)


def _splat(builder: Any, value: Any, register: Any) -> Any:
    """Build a register with one number in all places."""
    if isinstance(value, ir.Constant):
        return ir.Constant(register, [value.constant] * WIDTH)
    one = builder.insert_element(ir.Constant(register, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(one, ir.Constant(register, ir.Undefined), zeros)


def _as_register(builder: Any, value: Any, kind: Any, register: Any) -> Any:
    """Leave a register alone; spread a number over one."""
    if isinstance(kind, Register):
        return value
    element = register.element
    if element == _F64 and isinstance(kind, types.Integer):
        value = builder.sitofp(value, _F64)
    elif isinstance(kind, types.Integer) and value.type.width < 64:
        value = builder.sext(value, _I64)
    return _splat(builder, value, register)


def _operation(function: Any, kind: Register, result: Register, build: Any) -> None:
    """Teach Numba one operator on two registers, or on a register and a number."""

    class Template(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            if kws or len(args) != 2 or kind not in args:
                return None
            if all(a == kind or (kind != MARKS and isinstance(a, types.Number)) for a in args):
                return signature(result, *args)
            return None

    infer_global(function)(Template)

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        register = _REGISTERS[kind.name]
        a, b = (_as_register(builder, v, t, register) for v, t in zip(args, sig.args, strict=True))
        return build(builder, a, b)

    cls = type(kind)
    lower_builtin(function, cls, cls)(lower)
    if kind != MARKS:
        lower_builtin(function, cls, types.Number)(lower)
        lower_builtin(function, types.Number, cls)(lower)


def _ordered(sign: str) -> Any:
    return lambda builder, a, b: builder.fcmp_ordered(sign, a, b)


for _function, _build in (
    (operator.add, lambda builder, a, b: builder.fadd(a, b)),
    (operator.sub, lambda builder, a, b: builder.fsub(a, b)),
    (operator.mul, lambda builder, a, b: builder.fmul(a, b)),
    (operator.truediv, lambda builder, a, b: builder.fdiv(a, b)),
):
    _operation(_function, FLOATS, FLOATS, _build)
for _function, _sign in ((operator.gt, ">"), (operator.lt, "<"), (operator.ge, ">="), (operator.le, "<=")):
    _operation(_function, FLOATS, MARKS, _ordered(_sign))
for _function, _build in (
    (operator.add, lambda builder, a, b: builder.add(a, b)),
    (operator.sub, lambda builder, a, b: builder.sub(a, b)),
    (operator.mul, lambda builder, a, b: builder.mul(a, b)),
    (operator.and_, lambda builder, a, b: builder.and_(a, b)),
    (operator.or_, lambda builder, a, b: builder.or_(a, b)),
    (operator.xor, lambda builder, a, b: builder.xor(a, b)),
    (operator.lshift, lambda builder, a, b: builder.shl(a, b)),
    (operator.rshift, lambda builder, a, b: builder.lshr(a, b)),
):
    _operation(_function, WORDS, WORDS, _build)
_operation(operator.eq, WORDS, MARKS, lambda builder, a, b: builder.icmp_unsigned("==", a, b))
_operation(operator.or_, MARKS, MARKS, lambda builder, a, b: builder.or_(a, b))
_operation(operator.and_, MARKS, MARKS, lambda builder, a, b: builder.and_(a, b))


@intrinsic
def floats(typingctx: Any, x: Any) -> Any:
    """Spread a number over all places."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _as_register(builder, args[0], sig.args[0], _REGISTERS["Floats"])

    return (FLOATS(x), codegen) if isinstance(x, types.Number) else None


@intrinsic
def words(typingctx: Any, x: Any) -> Any:
    """Spread a whole number over all places."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _as_register(builder, args[0], sig.args[0], _REGISTERS["Words"])

    return (WORDS(x), codegen) if isinstance(x, types.Integer) else None


@intrinsic
def counted(typingctx: Any, first: Any) -> Any:
    """Whole numbers in a row, from `first`."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        register = _REGISTERS["Words"]
        start = _as_register(builder, args[0], sig.args[0], register)
        return builder.add(start, ir.Constant(register, list(range(WIDTH))))

    return (WORDS(first), codegen) if isinstance(first, types.Integer) else None


def _place(context: Any, builder: Any, array_type: Any, array: Any, at: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [at])


def _register_of(array: Any) -> Register | None:
    if not isinstance(array, types.Array) or array.layout != "C":
        return None
    if array.dtype == types.float64:
        return FLOATS
    return WORDS if array.dtype in (types.int64, types.uint64) else None


@intrinsic
def load(typingctx: Any, array: Any, at: Any) -> Any:
    """Numbers of a flat float64, int64 or uint64 array from a place on, which is not checked."""
    register = _register_of(array)
    if register is None or not isinstance(at, types.Integer):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = _place(context, builder, sig.args[0], args[0], args[1])
        place = builder.bitcast(place, _REGISTERS[register.name].as_pointer())
        return builder.load(place, align=8)

    return register(array, at), codegen


@intrinsic
def store(typingctx: Any, array: Any, at: Any, value: Any) -> Any:
    """Put numbers into a flat array from a place on, which is not checked."""
    register = _register_of(array)
    if register is None or value != register or not isinstance(at, types.Integer):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = _place(context, builder, sig.args[0], args[0], args[1])
        place = builder.bitcast(place, _REGISTERS[register.name].as_pointer())
        builder.store(args[2], place, align=8)
        return context.get_dummy_value()

    return types.void(array, at, value), codegen


@intrinsic
def gather(typingctx: Any, array: Any, places: Any) -> Any:
    """Numbers of a flat array, from as many places, which are not checked."""
    register = _register_of(array)
    if register is None or places != WORDS:
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vector = _REGISTERS[register.name]
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        base = _splat(builder, builder.ptrtoint(data, _I64), _REGISTERS["Words"])
        shift = ir.Constant(_REGISTERS["Words"], [3] * WIDTH)
        address = builder.add(base, builder.shl(args[1], shift))
        pointers = ir.VectorType(vector.element.as_pointer(), WIDTH)
        suffix = "f64" if register == FLOATS else "i64"
        marks = _REGISTERS["Marks"]
        kind = ir.FunctionType(vector, [pointers, ir.IntType(32), marks, vector])
        name = f"llvm.masked.gather.v{WIDTH}{suffix}.v{WIDTH}p0"
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        all_of_them = ir.Constant(marks, [1] * WIDTH)
        nothing = ir.Constant(vector, ir.Undefined)
        pointer = builder.inttoptr(address, pointers)
        return builder.call(function, [pointer, ir.Constant(ir.IntType(32), 8), all_of_them, nothing])

    return register(array, places), codegen


@intrinsic
def select(typingctx: Any, marks: Any, yes: Any, no: Any) -> Any:
    """`yes` where marked, `no` elsewhere."""
    kind = yes if isinstance(yes, Register) else no
    if marks != MARKS or not isinstance(kind, Register):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        register = _REGISTERS[kind.name]
        a, b = (_as_register(builder, args[i], sig.args[i], register) for i in (1, 2))
        return builder.select(args[0], a, b)

    return kind(marks, yes, no), codegen


@intrinsic
def greatest(typingctx: Any, a: Any, b: Any) -> Any:
    """The greater of two, place by place. Not for NaN."""
    if a != FLOATS or b != FLOATS:
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", args[0], args[1]), args[0], args[1])

    return FLOATS(a, b), codegen


@intrinsic
def least(typingctx: Any, a: Any, b: Any) -> Any:
    """The lesser of two, place by place. Not for NaN."""
    if a != FLOATS or b != FLOATS:
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", args[0], args[1]), args[0], args[1])

    return FLOATS(a, b), codegen


@intrinsic
def root(typingctx: Any, a: Any) -> Any:
    """The square root, rounded as IEEE 754 says."""
    if a != FLOATS:
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        register = _REGISTERS["Floats"]
        kind = ir.FunctionType(register, [register])
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.sqrt.v{WIDTH}f64")
        return builder.call(function, [args[0]])

    return FLOATS(a), codegen


@intrinsic
def bits_of(typingctx: Any, a: Any) -> Any:
    """The bits of floats, as words."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], _REGISTERS["Words"])

    return (WORDS(a), codegen) if a == FLOATS else None


@intrinsic
def floats_of(typingctx: Any, a: Any) -> Any:
    """The floats that have these bits."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], _REGISTERS["Floats"])

    return (FLOATS(a), codegen) if a == WORDS else None


@intrinsic
def pattern(typingctx: Any, marks: Any) -> Any:
    """The marks as one whole number: bit k for place k."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.zext(builder.bitcast(args[0], ir.IntType(WIDTH)), _I64)

    return (types.int64(marks), codegen) if marks == MARKS else None


@intrinsic
def marks_of(typingctx: Any, number: Any) -> Any:
    """The marks whose pattern is a whole number."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(builder.trunc(args[0], ir.IntType(WIDTH)), _REGISTERS["Marks"])

    return (MARKS(number), codegen) if isinstance(number, types.Integer) else None


@intrinsic
def unlikely(typingctx: Any, it: Any) -> Any:
    """The same truth value; the compiler lays the code out for False."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bit = ir.IntType(1)
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(bit, [bit, bit]), "llvm.expect.i1"
        )
        return builder.call(function, [args[0], ir.Constant(bit, 0)])

    return (types.boolean(it), codegen) if it == types.boolean else None


@intrinsic
def whole(typingctx: Any, a: Any) -> Any:
    """The whole numbers below floats of 0 or more, as words."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.fptosi(args[0], _REGISTERS["Words"])

    return (WORDS(a), codegen) if a == FLOATS else None
