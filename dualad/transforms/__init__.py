"""Transforms: each takes a function and returns a function, so they compose and nest."""

from .directional import hvp, jvp
from .elementwise import checked_order, derivative, value_and_derivative
from .inputs import gradient, hessian, jacobian, laplacian, value_and_gradient

__all__ = [
    "checked_order",
    "derivative",
    "gradient",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "laplacian",
    "value_and_derivative",
    "value_and_gradient",
]
