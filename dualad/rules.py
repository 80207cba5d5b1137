"""The table: one row per primitive, with everything dualad knows about it.

A rule is written with the functions of a namespace ``xp``, never with NumPy's or a framework's
own: on arrays it gives the derivative, on duals the derivative of the derivative, on symbols a
line of a program. From the rows come the public functions, the operators of the number types, the
reference page of the documentation and the tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from .formulas import (
    TWO_OVER_SQRT_PI,
    add_tangent,
    bounded,
    bounded_exp,
    divide_tangent,
    gauss,
    logistic,
    logistic_slope,
    nothing,
    power_by_base,
    power_by_base_twice,
    power_by_exponent,
    power_by_exponent_twice,
    power_mixed,
    rank,
    sech_squared,
    sech_squared_curvature,
    subtract_tangent,
    tanh_exp_curvature,
    tanh_exp_slope,
    tanh_softplus,
    tanh_softplus_curvature,
    tanh_softplus_slope,
    where_tangent,
)

__all__ = ["ROWS", "TABLE", "Row", "Rule"]

Rule = Callable[..., Any]
"""``rule(xp, *arguments, result)``: a derivative, given the arguments and the primitive's value."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is known about one primitive.

    Parameters
    ----------
    name : str
        The name in the Array API standard, where the function is in it.
    first : tuple of Rule
        The partial derivative by each argument. Empty where `kind` or `tangent` says it all.
    second : tuple of tuple of Rule
        The second derivatives: ``second[i][j]`` by arguments ``i`` and ``j``, for ``j <= i``.
    kind : {"smooth", "linear", "zero", "predicate"}
        ``"linear"``: the tangent goes through the same function. ``"zero"``: the derivative is zero
        wherever there is one. ``"predicate"``: the result is boolean and carries no tangent.
    arity : int
        The number of arguments.
    tangent : callable, optional
        ``tangent(xp, arguments, result, tangents)`` where the sum of partial derivative times
        tangent is not the most exact way; an absent tangent is None.
    written : callable, optional
        ``written(xp, *arguments)``: the function in terms of others, for a backend without it.
    singular : bool
        The derivative is infinite somewhere inside the closed domain: there a tangent that is zero
        stays zero instead of becoming NaN.
    logical : bool
        The arguments are truth values.
    operator : str, optional
        The Python operator that means this function: ``"add"`` for ``__add__``, and, but for
        predicates, ``__radd__``.
    formula, derivative : str
        The mathematics, for the documentation.
    domain : tuple of float
        The closed interval of the first argument in which the function is real.
    kinks : tuple of float
        Where the first derivative jumps, by the first argument.
    probes : tuple of float
        Where a careless derivative goes wrong: the tests look there.
    ulp : tuple of float
        Within how many ulp the first and the second derivative are, over the whole domain.
    """

    name: str
    first: tuple[Rule, ...] = ()
    second: tuple[tuple[Rule, ...], ...] = ()
    kind: Literal["smooth", "linear", "zero", "predicate"] = "smooth"
    arity: int = 1
    tangent: Callable[..., Any] | None = None
    written: Callable[..., Any] | None = None
    singular: bool = False
    logical: bool = False
    operator: str | None = None
    formula: str = ""
    derivative: str = ""
    domain: tuple[float, float] = (-math.inf, math.inf)
    kinks: tuple[float, ...] = ()
    probes: tuple[float, ...] = (0.0,)
    ulp: tuple[float, float] = (4.0, 16.0)


ROWS: tuple[Row, ...] = (
    # Arithmetic
    Row(
        "add",
        tangent=add_tangent,
        arity=2,
        operator="add",
        formula="x + y",
        derivative="1, 1",
    ),
    Row(
        "subtract",
        tangent=subtract_tangent,
        arity=2,
        operator="sub",
        formula="x - y",
        derivative="1, -1",
    ),
    Row(
        "multiply",
        first=(lambda xp, x, y, z: y, lambda xp, x, y, z: x),
        second=((nothing,), (lambda xp, x, y, z: 1.0, nothing)),
        arity=2,
        operator="mul",
        formula="x y",
        derivative="y, x",
    ),
    Row(
        "divide",
        second=(
            (nothing,),
            (lambda xp, x, y, z: -(1.0 / y) / y, lambda xp, x, y, z: 2.0 * (z / y) / y),
        ),
        tangent=divide_tangent,
        arity=2,
        operator="truediv",
        formula="x / y",
        derivative="1 / y, -(x / y) / y",
    ),
    Row(
        "pow",
        first=(power_by_base, power_by_exponent),
        second=(
            (power_by_base_twice,),
            (power_mixed, power_by_exponent_twice),
        ),
        arity=2,
        operator="pow",
        formula="x^y",
        derivative="y x^(y-1), x^y log x",
    ),
    Row(
        "negative",
        kind="linear",
        operator="neg",
        formula="-x",
        derivative="-1",
    ),
    Row(
        "positive",
        kind="linear",
        operator="pos",
        formula="+x",
        derivative="1",
    ),
    Row(
        "abs",
        first=(lambda xp, x, y: xp.sign(x),),
        second=((nothing,),),
        operator="abs",
        formula="|x|",
        derivative="sign x, 0 at 0",
        kinks=(0.0,),
    ),
    # Selection
    Row(
        "maximum",
        first=(
            lambda xp, x, y, z: 0.5 + rank(xp, x, y),
            lambda xp, x, y, z: 0.5 - rank(xp, x, y),
        ),
        second=((nothing,), (nothing, nothing)),
        arity=2,
        formula="max(x, y)",
        derivative="[x > y], [y > x], one half each at a tie",
    ),
    Row(
        "minimum",
        first=(
            lambda xp, x, y, z: 0.5 - rank(xp, x, y),
            lambda xp, x, y, z: 0.5 + rank(xp, x, y),
        ),
        second=((nothing,), (nothing, nothing)),
        arity=2,
        formula="min(x, y)",
        derivative="[x < y], [y < x], one half each at a tie",
    ),
    Row(
        "where",
        tangent=where_tangent,
        arity=3,
        formula="x where the condition holds, else y",
        derivative="the tangent of the branch taken",
    ),
    # Exponentials and logarithms
    Row(
        "exp",
        first=(lambda xp, x, y: y,),
        second=((lambda xp, x, y: y,),),
        formula="e^x",
        derivative="e^x",
        probes=(-80.0, -1e-9, 0.0, 1e-9, 80.0),
    ),
    Row(
        "expm1",
        first=(lambda xp, x, y: xp.exp(x),),
        second=((lambda xp, x, y: xp.exp(x),),),
        formula="e^x - 1",
        derivative="e^x",
        probes=(-80.0, -40.0, -1e-9, 0.0, 1e-9, 80.0),
    ),
    Row(
        "log",
        first=(lambda xp, x, y: 1.0 / x,),
        second=((lambda xp, x, y: -(1.0 / x) / x,),),
        formula="log x",
        derivative="1 / x",
        domain=(0.0, math.inf),
        probes=(1e-30, 1e-9, 1.0 - 1e-7, 1.0, 1.0 + 1e-7, 1e30),
    ),
    Row(
        "log1p",
        first=(lambda xp, x, y: 1.0 / (1.0 + x),),
        second=((lambda xp, x, y: -(1.0 / (1.0 + x)) / (1.0 + x),),),
        formula="log(1 + x)",
        derivative="1 / (1 + x)",
        domain=(-1.0, math.inf),
        probes=(-0.9, -1e-9, 0.0, 1e-9, 1e30),
    ),
    Row(
        "sqrt",
        first=(lambda xp, x, y: 0.5 / y,),
        second=((lambda xp, x, y: (-0.25 / y) / x,),),
        singular=True,
        formula="√x",
        derivative="1 / (2 √x)",
        domain=(0.0, math.inf),
        probes=(1e-30, 1e-9, 1.0, 1e30),
    ),
    # Sigmoids
    Row(
        "tanh",
        first=(lambda xp, x, y: xp.sech_squared(x),),
        second=((lambda xp, x, y: -2.0 * (y * xp.sech_squared(x)),),),
        formula="tanh x",
        derivative="4 e / (1 + e)², e = exp(-2 |x|)",
        probes=(-40.0, -20.0, -9.0, -1e-9, 0.0, 1e-9, 9.0, 20.0, 40.0),
    ),
    # The next is a row of its own, like gauss below, because its definition has a kink in |x| that
    # must not be differentiated again.
    Row(
        "sech_squared",
        first=(lambda xp, x, y: -2.0 * (xp.tanh(x) * y),),
        second=((sech_squared_curvature,),),
        written=sech_squared,
        formula="1 / cosh² x",
        derivative="-2 tanh(x) / cosh² x",
        probes=(-80.0, -40.0, -1e-9, 0.0, 1e-9, 40.0, 80.0),
    ),
    Row(
        "sigmoid",
        first=(lambda xp, x, y: logistic_slope(xp, x),),
        # σ(-x) - σ(x) would cancel near zero; it is -tanh(x / 2).
        second=((lambda xp, x, y: -(logistic_slope(xp, x) * xp.tanh(0.5 * x)),),),
        written=logistic,
        formula="1 / (1 + e^-x)",
        derivative="σ(x) σ(-x)",
        probes=(-80.0, -40.0, -1e-9, 0.0, 1e-9, 40.0, 80.0),
    ),
    Row(
        "softplus",
        first=(lambda xp, x, y: xp.sigmoid(x),),
        second=((lambda xp, x, y: logistic_slope(xp, x),),),
        written=lambda xp, x: xp.maximum(x, 0.0) + xp.log1p(xp.exp(-abs(x))),
        formula="log(1 + e^x)",
        derivative="σ(x)",
        probes=(-80.0, -40.0, -1e-9, 0.0, 1e-9, 40.0, 80.0),
    ),
    Row(
        "tanh_softplus",
        first=(tanh_softplus_slope,),
        second=((tanh_softplus_curvature,),),
        written=tanh_softplus,
        formula="tanh(log(1 + e^x))",
        derivative="4 p r² (p + r) / (p² + 2 p r + 2 r²)², e^x = p / r",
        probes=(-80.0, -40.0, -1e-9, 0.0, 1e-9, 20.0, 40.0),
        # A square of an exponential and five more roundings, none of which cancels.
        ulp=(7.0, 16.0),
    ),
    Row(
        "tanh_exp",
        first=(tanh_exp_slope,),
        second=((tanh_exp_curvature,),),
        written=lambda xp, x: xp.tanh(bounded_exp(xp, x)),
        formula="tanh(e^x)",
        derivative="u (2 q / (1 + q²))², u = e^x, q = e^-u",
        probes=(-80.0, -40.0, -1e-9, 0.0, 1e-9, 3.0, 20.0, 40.0, 89.0),
        # An ulp in u is 2 u ulp in the result, and u reaches 370 before the result underflows.
        ulp=(500.0, 500.0),
    ),
    Row(
        "erf",
        first=(lambda xp, x, y: TWO_OVER_SQRT_PI * xp.gauss(x),),
        second=((lambda xp, x, y: (-2.0 * TWO_OVER_SQRT_PI) * (bounded(xp, x) * xp.gauss(x)),),),
        formula="erf x",
        derivative="2 / √π exp(-x²)",
        probes=(-9.0, -5.0, -1e-9, 0.0, 1e-9, 5.0, 9.0),
    ),
    Row(
        "gauss",
        first=(lambda xp, x, y: -2.0 * (bounded(xp, x) * y),),
        second=((lambda xp, x, y: (4.0 * bounded(xp, x) ** 2 - 2.0) * y,),),
        written=gauss,
        formula="e^(-x²)",
        derivative="-2 x e^(-x²)",
        probes=(-26.0, -9.0, -5.0, -1e-9, 0.0, 1e-9, 5.0, 9.0, 26.0),
    ),
    # Steps: the derivative is zero on both sides, and stays zero at the step
    Row("zeros_like", kind="zero", formula="0, in the dtype and shape of x", derivative="0"),
    Row("sign", kind="zero", formula="sign x", derivative="0"),
    Row("round", kind="zero", formula="round x", derivative="0", probes=(0.25, 1.75)),
    # Comparisons
    Row("equal", kind="predicate", arity=2, operator="eq", formula="x = y"),
    Row("not_equal", kind="predicate", arity=2, operator="ne", formula="x ≠ y"),
    Row("less", kind="predicate", arity=2, operator="lt", formula="x < y"),
    Row("less_equal", kind="predicate", arity=2, operator="le", formula="x ≤ y"),
    Row("greater", kind="predicate", arity=2, operator="gt", formula="x > y"),
    Row("greater_equal", kind="predicate", arity=2, operator="ge", formula="x ≥ y"),
    # Logic
    Row("logical_and", kind="predicate", arity=2, logical=True, operator="and", formula="x and y"),
    Row("logical_or", kind="predicate", arity=2, logical=True, operator="or", formula="x or y"),
    Row("logical_not", kind="predicate", logical=True, operator="invert", formula="not x"),
)

TABLE: dict[str, Row] = {row.name: row for row in ROWS}
"""Every primitive by its name."""
