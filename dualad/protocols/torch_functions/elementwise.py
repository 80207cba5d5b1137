"""PyTorch's element-wise functions and its activations."""

from __future__ import annotations

import math
from typing import Any

from ...rules import TABLE
from ..numpy_functions import ufunc_translation
from ..numpy_functions.translation import Translations

__all__ = ["FUNCTIONS"]

FUNCTIONS = Translations()

ALIASES = {
    "absolute": "abs",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "bitwise_not": "bitwise_invert",
    "eq": "equal",
    "fix": "trunc",
    "ge": "greater_equal",
    "gt": "greater",
    "le": "less_equal",
    "lt": "less",
    "mul": "multiply",
    "ne": "not_equal",
    "neg": "negative",
    "sgn": "sign",
    "true_divide": "divide",
    "__and__": "logical_and",
    "__or__": "logical_or",
    "__xor__": "logical_xor",
    **{
        f"special_{name}": name
        for name in (
            *("digamma", "erf", "erfc", "erfinv", "expm1", "log1p", "log_ndtr", "ndtr", "round"),
            *("sinc", "xlog1py", "xlogy"),
        )
    },
    "special_expit": "sigmoid",
    "special_gammaln": "lgamma",
    "special_psi": "digamma",
}
"""PyTorch's names for functions that the table calls otherwise."""

OF_ONE = ("deg2rad", "exp2", "logit", "rad2deg")
OF_TWO = ("float_power", "fmax", "fmin", "heaviside", "logaddexp2")
"""Functions in no table, under the names that NumPy has for them too."""

OTHERWISE = frozenset(("add", "divide", "pow", "round", "subtract", "true_divide"))
"""Functions of the table that have parameters of their own in PyTorch."""


def give(name: str, standard: str, arity: int) -> None:
    """Take in a function of one or two arrays, by its name in NumPy or in the table."""
    function = ufunc_translation(standard)
    assert function is not None

    def unary(xp: Any, input: Any) -> Any:
        return function(xp, input)

    def binary(xp: Any, input: Any, other: Any) -> Any:
        return function(xp, input, other)

    FUNCTIONS(name)(unary if arity == 1 else binary)


for _row in TABLE.values():
    for _name in (_row.name, *(alias for alias, name in ALIASES.items() if name == _row.name)):
        if _row.arity < 3 and _name not in OTHERWISE:
            give(_name, _row.name, _row.arity)
for _names, _arity in ((OF_ONE, 1), (OF_TWO, 2)):
    for _name in _names:
        give(_name, _name, _arity)
for _name in ("exp2", "logit"):
    give(f"special_{_name}", _name, 1)


@FUNCTIONS("add")
def add(xp: Any, input: Any, other: Any, *, alpha: float = 1) -> Any:
    """The sum, the second one ``alpha`` times."""
    return xp.add(input, other if alpha == 1 else other * alpha)


@FUNCTIONS("sub", "subtract")
def sub(xp: Any, input: Any, other: Any, *, alpha: float = 1) -> Any:
    """The difference, the second one ``alpha`` times."""
    return xp.subtract(input, other if alpha == 1 else other * alpha)


@FUNCTIONS("rsub")
def rsub(xp: Any, input: Any, other: Any, *, alpha: float = 1) -> Any:
    """The difference the other way round."""
    return sub(xp, other, input, alpha=alpha)


@FUNCTIONS("div", "divide", "true_divide")
def div(xp: Any, input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """The quotient, rounded if that is asked for."""
    if rounding_mode == "floor":
        return xp.floor_divide(input, other)
    quotient = xp.divide(input, other)
    return xp.trunc(quotient) if rounding_mode == "trunc" else quotient


@FUNCTIONS("pow")
def power(xp: Any, input: Any, exponent: Any) -> Any:
    """A power."""
    return xp.pow(input, exponent)


@FUNCTIONS("round")
def round_(xp: Any, input: Any, *, decimals: int = 0) -> Any:
    """Rounded to a number of decimals."""
    if decimals == 0:
        return xp.round(input)
    return xp.round(input * 10.0**decimals) / 10.0**decimals


@FUNCTIONS("clamp", "clip")
def clamp(xp: Any, input: Any, min: Any = None, max: Any = None) -> Any:
    """Between two bounds, either of which may be absent."""
    return xp.clip(input, -math.inf if min is None else min, math.inf if max is None else max)


@FUNCTIONS("where")
def where(xp: Any, condition: Any, input: Any, other: Any) -> Any:
    """One or the other."""
    return xp.where(condition, input, other)


@FUNCTIONS("lerp")
def lerp(xp: Any, input: Any, end: Any, weight: Any) -> Any:
    """Between two values."""
    return input + weight * (end - input)


@FUNCTIONS("rsqrt")
def rsqrt(xp: Any, input: Any) -> Any:
    """One over the square root."""
    return xp.reciprocal(xp.sqrt(input))


@FUNCTIONS("frac")
def frac(xp: Any, input: Any) -> Any:
    """The fraction."""
    return input - xp.trunc(input)


@FUNCTIONS("relu")
def relu(xp: Any, input: Any) -> Any:
    """The positive part."""
    return xp.relu(input)


@FUNCTIONS("relu6")
def relu6(xp: Any, input: Any) -> Any:
    """The positive part, up to 6."""
    return hardtanh(xp, input, 0.0, 6.0)


@FUNCTIONS("hardtanh")
def hardtanh(xp: Any, input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """Between two bounds; the slope at them is 0, as in PyTorch."""
    below_top = xp.where(input >= max_val, max_val, input)
    return xp.where(input <= min_val, min_val, below_top)


@FUNCTIONS("silu")
def silu(xp: Any, input: Any) -> Any:
    """``x σ(x)``."""
    return xp.silu(input)


@FUNCTIONS("softplus")
def softplus(xp: Any, input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """``log(1 + exp(βx)) / β``, exact above the threshold too."""
    if threshold != 20.0:
        raise TypeError("torch.softplus: threshold is not supported on dual numbers, nor needed")
    return xp.softplus(input) if beta == 1 else xp.softplus(input * beta) / beta


@FUNCTIONS("log_sigmoid", "logsigmoid")
def log_sigmoid(xp: Any, input: Any) -> Any:
    """``log σ(x)``."""
    return -xp.softplus(-input)


@FUNCTIONS("gelu")
def gelu(xp: Any, input: Any, *, approximate: str = "none") -> Any:
    """``x Φ(x)``, or its approximation by tanh."""
    if approximate == "tanh":
        inner = math.sqrt(2.0 / math.pi) * (input + 0.044715 * input * input * input)
        return input * xp.sigmoid(2.0 * inner)
    return input * xp.ndtr(input)


@FUNCTIONS("mish")
def mish(xp: Any, input: Any) -> Any:
    """``x tanh(softplus x)``."""
    return input * xp.tanh(xp.softplus(input))


@FUNCTIONS("elu")
def elu(xp: Any, input: Any, alpha: float = 1.0) -> Any:
    """``x``, or ``α (exp x - 1)`` where it is negative."""
    return xp.where(input > 0.0, input, alpha * xp.expm1(xp.where(input > 0.0, 0.0, input)))


@FUNCTIONS("leaky_relu")
def leaky_relu(xp: Any, input: Any, negative_slope: float = 0.01) -> Any:
    """``x``, or a part of it where it is negative."""
    return xp.where(input > 0.0, input, negative_slope * input)


@FUNCTIONS("softsign")
def softsign(xp: Any, input: Any) -> Any:
    """``x / (1 + |x|)``."""
    return input / (1.0 + xp.abs(input))


@FUNCTIONS("tanhshrink")
def tanhshrink(xp: Any, input: Any) -> Any:
    """``x - tanh x``."""
    return input - xp.tanh(input)


@FUNCTIONS("isclose")
def isclose(
    xp: Any,
    input: Any,
    other: Any,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    equal_nan: bool = False,
) -> Any:
    """Whether values are close."""
    close = (abs(input - other) <= atol + rtol * abs(other)) & xp.isfinite(other) | (input == other)
    return close | (xp.isnan(input) & xp.isnan(other)) if equal_nan else close


@FUNCTIONS("allclose")
def allclose(
    xp: Any,
    input: Any,
    other: Any,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    equal_nan: bool = False,
) -> bool:
    """Whether all values are close."""
    return bool(isclose(xp, input, other, rtol, atol, equal_nan).all())


@FUNCTIONS("clone")
def clone(xp: Any, input: Any) -> Any:
    """A copy, to which can be assigned."""
    return xp.asarray(input, copy=True)


@FUNCTIONS("ones_like")
def ones_like(xp: Any, input: Any, *, dtype: Any = None) -> Any:
    """Ones in the shape of another array."""
    return xp.ones_like(input, dtype=dtype)


@FUNCTIONS("full_like")
def full_like(xp: Any, input: Any, fill_value: Any) -> Any:
    """One value in the shape of another array."""
    return xp.full_like(input, fill_value)


@FUNCTIONS("numel")
def numel(xp: Any, input: Any) -> int:
    """The number of elements."""
    return int(input.size)
