"""Random compositions of the table's functions: defined everywhere, and written as people write.

What an expression's value can be is followed through its tree, so that a logarithm is only ever
taken of something above zero and an exponential of something moderate.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from .. import functions
from ..rules import TABLE, Row
from .truths import TRUTHS

__all__ = ["Expression", "expressions"]

INFIX = {"add": ("+", 1), "subtract": ("-", 1), "multiply": ("*", 2), "divide": ("/", 2)}
"""Operators with the strength of their binding."""

UNARY_STRENGTH = 3
ATOM = 4


@dataclass(frozen=True)
class Expression:
    """A function of x, made of functions of the table.

    Called on an array of any backend, a dual number, a symbol or a `Precise` number it gives the
    value there; a Python number is one of NumPy. Its repr is Python.

    Parameters
    ----------
    function : str
        The name of a row; ``"x"`` for the argument, ``"number"`` for a constant.
    operands : tuple
        The operands: expressions, or the number itself.

    Examples
    --------
    >>> x = Expression("x")
    >>> f = Expression("multiply", (Expression("tanh", (x,)), Expression("exp", (x,))))
    >>> f
    tanh(x) * exp(x)
    >>> float(f(0.0))
    0.0
    """

    function: str
    operands: tuple[Any, ...] = ()

    def __call__(self, x: Any) -> Any:
        """Evaluate at x."""
        if self.function == "x":
            return x
        if self.function == "number":
            return self.operands[0]
        arguments = [operand(x) for operand in self.operands]
        return functions.FUNCTIONS[self.function](*arguments)

    def __repr__(self) -> str:
        return self._written(0)

    @property
    def __name__(self) -> str:
        """The same text, as error messages call a function."""
        return repr(self)

    @property
    def depth(self) -> int:
        """How many functions lie over one another."""
        if self.function in ("x", "number"):
            return 0
        return 1 + max(int(operand.depth) for operand in self.operands)

    def _written(self, strength: int) -> str:
        """As text, in parentheses where the surroundings bind more strongly."""
        text, own = self._text()
        return f"({text})" if own < strength else text

    def _text(self) -> tuple[str, int]:
        if self.function == "x":
            return "x", ATOM
        if self.function == "number":
            text = f"{self.operands[0]:g}"
            return text, UNARY_STRENGTH if text.startswith("-") else ATOM
        if self.function == "negative":
            return f"-{self.operands[0]._written(UNARY_STRENGTH)}", UNARY_STRENGTH
        if self.function in INFIX:
            sign, own = INFIX[self.function]
            left, right = self.operands
            # Subtraction and division group to the left.
            return f"{left._written(own)} {sign} {right._written(own + 1)}", own
        return f"{self.function}({', '.join(map(repr, self.operands))})", ATOM


X = Expression("x")


def number(value: float) -> Expression:
    """A constant."""
    return Expression("number", (value,))


def of(function: str, *operands: Expression) -> Expression:
    """A function applied."""
    return Expression(function, operands)


# What a function of the table needs of its argument to be defined, smooth and moderate. Rows that
# are not named here and have the whole line as their domain are taken to want nothing.
POSITIVE = {"log", "log2", "log10", "sqrt", "reciprocal", "lgamma", "digamma", "acosh"}
SMALL = {"exp", "expm1", "exp2", "sinh", "cosh", "tan", "square", "tanh_exp"}
WITHIN_ONE = {"asin", "acos", "atanh", "erfinv", "log1p"}

WRAPPERS: dict[str, Callable[[Expression], Expression]] = {
    # 1 + exp of something in [-1, 1], and 1 + u², lie above 1.
    "positive": lambda u: of("add", number(1.25), of("square", u)),
    "small": lambda u: of("multiply", number(2.0), of("tanh", u)),
    "within one": lambda u: of("multiply", number(0.75), of("tanh", u)),
}


def wrapped(need: str, u: Expression) -> Expression:
    """``u`` brought to where a function is defined, with nothing but what the table has."""
    if need == "positive" and "square" not in TABLE:
        return of("add", number(1.25), of("multiply", u, u))
    return WRAPPERS[need](u)


def need_of(row: Row) -> str | None:
    """What the row needs of its argument."""
    for need, names in (("positive", POSITIVE), ("small", SMALL), ("within one", WITHIN_ONE)):
        if row.name in names:
            return need
    return None


def unary_rows(smooth: bool) -> list[Row]:
    """The functions of one argument that compositions are made of."""
    return [
        row
        for row in TABLE.values()
        if row.arity == 1
        and row.name in TRUTHS
        and row.name in functions.FUNCTIONS
        and (row.kind == "smooth" or row.name == "negative")
        and (need_of(row) is not None or row.domain == (-float("inf"), float("inf")))
        and not (smooth and row.kinks)
    ]


def expressions(
    *, depth: int = 3, functions: Collection[str] | None = None, smooth: bool = True
) -> st.SearchStrategy[Expression]:
    """Random compositions of the table's functions, for property tests.

    Parameters
    ----------
    depth : int, optional
        How many functions lie over one another at most; what keeps an argument in a function's
        domain does not count.
    functions : collection of str, optional
        The names to choose from; by default all of one real argument, and the four operators.
    smooth : bool, optional
        Leave out functions with kinks.

    Returns
    -------
    strategy of Expression
        Functions of one argument that are defined and finite for every moderate x, say within
        [-100, 100]. They shrink to ``x``.

    Raises
    ------
    ValueError
        `depth` is negative, or a name is not of a function that compositions are made of.

    Examples
    --------
    >>> from hypothesis import find
    >>> from dualad.testing.expressions import expressions
    >>> find(expressions(), lambda f: f.depth == 2 and f.function == "tanh")
    tanh(-x)
    """
    if depth < 0:
        raise ValueError(f"depth is 0 or more, got {depth}")
    rows = {row.name: row for row in unary_rows(smooth)}
    binary = list(INFIX)
    if functions is not None:
        unknown = sorted(set(functions) - set(rows) - set(INFIX))
        if unknown:
            raise ValueError(
                f"no compositions are made of {', '.join(unknown)}; choose from "
                f"{', '.join([*sorted(rows), *INFIX])}"
            )
        rows = {name: row for name, row in rows.items() if name in functions}
        binary = [name for name in binary if name in functions]
    # The simplest first: it is what an example shrinks to.
    unary = sorted(rows, key=lambda name: (name != "negative", name))
    constants = st.sampled_from([1.0, 2.0, 0.5, 3.0, -1.0, 0.25, -0.75]).map(number)

    def applied(name: str, u: Expression) -> Expression:
        need = need_of(rows[name])
        # exp(x) and exp(-x) are fine as they are: they are moderate where x is.
        plain = need == "small" and u in (X, of("negative", X))
        return of(name, u if need is None or plain else wrapped(need, u))

    def combined(name: str, u: Expression, v: Expression) -> Expression:
        if name == "divide":
            return of(name, u, wrapped("positive", v))
        # A product of two long factors may overflow; one of them is kept small.
        return of(name, u, v)

    def grown(level: int) -> st.SearchStrategy[Expression]:
        if level == 0:
            return st.just(X)
        inner = grown(level - 1)
        choices: list[st.SearchStrategy[Expression]] = [inner]
        if unary:
            choices.append(st.builds(applied, st.sampled_from(unary), inner))
        if binary:
            choices += [
                st.builds(combined, st.sampled_from(binary), inner, inner),
                st.builds(
                    lambda c, u, n: of(n, c, u),
                    constants,
                    inner,
                    st.sampled_from([n for n in binary if n != "divide"] or ["multiply"]),
                ),
            ]
        return st.one_of(choices)

    return grown(depth)
