"""NumPy's functions by their names there, in the functions of the standard.

``np.sum(x, axis=0)`` on a dual number comes here through NumPy's protocols: each translation takes
the arguments in NumPy's order and computes in the namespace of its arrays. An option that a
translation does not know is refused, never ignored.
"""

from __future__ import annotations

from . import products, selection, shapes, statistics, values
from .translation import Translations
from .ufuncs import REDUCTIONS, SCANS, outer, ufunc_translation

__all__ = ["FUNCTIONS", "REDUCTIONS", "SCANS", "outer", "ufunc_translation"]

FUNCTIONS = Translations()
"""Every function that has a translation, by its name in NumPy: ``"sum"``, ``"linalg.norm"``."""

for _family in (statistics, shapes, selection, products, values):
    FUNCTIONS.update(_family.FUNCTIONS)
