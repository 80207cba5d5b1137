"""PyTorch's functions by their names there, in the functions of the standard.

``torch.sum(x, dim=0)`` on a dual number, and ``tensor * x``, come here through PyTorch's protocol,
without PyTorch being imported. An option that a translation does not know is refused.
"""

from __future__ import annotations

from ..numpy_functions.translation import Translations
from . import elementwise, products, selection, shapes, statistics

__all__ = ["FUNCTIONS"]

FUNCTIONS = Translations()
"""Every function that has a translation, by its name in PyTorch: ``"sum"``, ``"linalg_norm"``."""

for _family in (elementwise, statistics, shapes, selection, products):
    FUNCTIONS.update(_family.FUNCTIONS)
