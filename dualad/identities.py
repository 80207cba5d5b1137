"""What a recorder knows beyond the table: arithmetic that is free, and exact forms of naive ones.

`simplify` changes no value by more than the sign of a zero; a small power becomes products, an
ulp from `pow` at most. `rewrite` replaces forms that overflow or lose digits by functions of the
table that do not, before anything is differentiated: a definition that says ``log(1 + exp(x))``
gets softplus, and with it a derivative that is right in both tails.
"""

from __future__ import annotations

from typing import Any

from .scalars import is_scalar

__all__ = ["COMMUTATIVE", "fuse", "rewrite", "simplify"]

COMMUTATIVE = frozenset({"add", "multiply", "maximum", "minimum", "equal", "not_equal"})
"""Calls that give the same bits when their arguments change places."""


def simplify(xp: Any, name: str, arguments: tuple[Any, ...]) -> Any:
    """What a call equals without computing it, or None.

    A factor of one, an added zero, a double negation; a multiplication by minus one is a negation,
    a small power a product. Nothing that would change a NaN: ``0 * x`` stays.
    """
    x, y = arguments[0], arguments[-1]
    if name == "positive":
        return x
    if name == "logistic":
        return xp.sigmoid(x)
    if name == "negative" and _is(x, "negative"):
        return x.arguments[0]
    if name == "abs" and _is(x, "abs", "negative"):
        return x if x.name == "abs" else xp.abs(x.arguments[0])
    if name in ("add", "subtract") and _equals(y, 0):
        return x
    if name == "add" and _equals(x, 0):
        return y
    if name == "add" and _is(y, "negative"):
        return xp.subtract(x, y.arguments[0])
    if name == "subtract" and _is(y, "negative"):
        return xp.add(x, y.arguments[0])
    if name == "subtract" and _equals(x, 0):
        return xp.negative(y)
    if name in ("multiply", "divide") and _equals(y, 1):
        return x
    if name in ("multiply", "divide") and _equals(y, -1):
        return xp.negative(x)
    if name == "multiply" and is_scalar(x):
        # Numbers stand second, so that 2 x and x 2 are one symbol.
        return xp.multiply(y, x)
    if name == "pow" and is_scalar(y):
        return _power(xp, x, y)
    if name == "where" and is_scalar(x):
        return arguments[1] if x else y
    if name == "where" and all(map(is_scalar, arguments[1:])):
        # Two numbers would get the backend's default dtype instead of the arguments'.
        zeros = xp.zeros_like(xp.symbols[0])
        return xp.where(x, arguments[1], zeros if _equals(y, 0) else xp.add(zeros, y))
    return None


def rewrite(xp: Any, name: str, *arguments: Any) -> Any:
    """A call in its exact form.

    =========================  ===================
    naive                      exact
    =========================  ===================
    log1p(exp(x))              softplus(x)
    log(1 + exp(x))            softplus(x)
    y / (1 + exp(-x))          y sigmoid(x)
    log(sigmoid(x))            log_sigmoid(x)
    log(ndtr(x))               log_ndtr(x)
    1 - erf(x)                 erfc(x)
    1 + erf(x)                 erfc(-x)
    1 + tanh(x)                2 sigmoid(2 x)
    1 - tanh(x)                2 sigmoid(-2 x)
    tanh(softplus(x))          tanh_softplus(x)
    tanh(exp(x))               tanh_exp(x)
    =========================  ===================
    """
    x = arguments[0]
    if name == "log1p" and _is(x, "exp"):
        return xp.softplus(x.arguments[0])
    if name == "log" and (exponent := _one_plus_exp(x)) is not None:
        return xp.softplus(exponent)
    if name == "log" and _is(x, "sigmoid", "ndtr"):
        return getattr(xp, f"log_{x.name}")(x.arguments[0])
    if name == "subtract" and _equals(x, 1) and _is(arguments[1], "erf"):
        return xp.erfc(arguments[1].arguments[0])
    if name == "subtract" and _equals(x, 1) and _is(arguments[1], "tanh"):
        return xp.multiply(2.0, xp.sigmoid(xp.multiply(-2.0, arguments[1].arguments[0])))
    if name == "add":
        for one, other in (arguments, arguments[::-1]):
            if _equals(one, 1) and _is(other, "erf"):
                return xp.erfc(xp.negative(other.arguments[0]))
            if _equals(one, 1) and _is(other, "tanh"):
                return xp.multiply(2.0, xp.sigmoid(xp.multiply(2.0, other.arguments[0])))
    if name == "divide" and (exponent := _one_plus_exp(arguments[1])) is not None:
        return xp.multiply(xp.sigmoid(xp.negative(exponent)), x)
    if name == "tanh" and _is(x, "softplus"):
        return xp.tanh_softplus(x.arguments[0])
    if name == "tanh" and _is(x, "exp"):
        return xp.tanh_exp(x.arguments[0])
    return getattr(xp, name)(*arguments)


def fuse(xp: Any, name: str, *arguments: Any) -> Any:
    """A call in the form that is cheaper where a compiler makes one kernel of all calls.

    ``exp(min(x, 0))`` and ``exp(-max(x, 0))``, of which one is 1, are ``exp(-|x|)`` and a
    selection, which costs next to nothing there: one exponential for two.
    """
    x = arguments[0]
    if name == "exp" and _is(x, "minimum") and _equals(x.arguments[1], 0):
        y = x.arguments[0]
        return xp.where(xp.greater_equal(y, 0.0), 1.0, xp.exp(xp.negative(xp.abs(y))))
    if name == "exp" and _is(x, "negative") and _is(x.arguments[0], "maximum"):
        y, bound = x.arguments[0].arguments
        if _equals(bound, 0):
            return xp.where(xp.less_equal(y, 0.0), 1.0, xp.exp(xp.negative(xp.abs(y))))
    return getattr(xp, name)(*arguments)


def _power(xp: Any, x: Any, n: float) -> Any:
    """Powers that are cheaper and no less exact without ``pow``."""
    if n == 1:
        return x
    if n == 2:
        return xp.multiply(x, x)
    if n == 3:
        return xp.multiply(xp.multiply(x, x), x)
    if n == -1:
        return xp.divide(1.0, x)
    return None


def _is(x: Any, *names: str) -> bool:
    """Whether ``x`` is the result of one of these calls."""
    return not is_scalar(x) and not x.is_input and x.name in names


def _equals(x: Any, number: int) -> bool:
    return is_scalar(x) and x == number


def _one_plus_exp(x: Any) -> Any:
    """The exponent, if ``x`` is ``1 + exp(exponent)``."""
    if not _is(x, "add"):
        return None
    a, b = x.arguments
    if _equals(a, 1) and _is(b, "exp"):
        return b.arguments[0]
    if _equals(b, 1) and _is(a, "exp"):
        return a.arguments[0]
    return None
