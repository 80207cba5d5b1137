"""Dual numbers: what they are, the kinds of tangent they carry, how the tables apply to them."""

from .numbers import CONSTANT, Dual, HyperDual, Tag, Tagged

__all__ = ["CONSTANT", "Dual", "HyperDual", "Tag", "Tagged"]
