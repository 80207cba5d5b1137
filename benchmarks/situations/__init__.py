"""What an activation must survive in PyTorch, by theme, and who survives it.

``python -m benchmarks.situations`` prints the matrix: a row per situation, a column per way to
train with mish.
"""

from . import (
    arguments,
    compilation,
    distributed,
    eager,
    export,
    functional,
    layouts,
    orders,
    saving,
    storage,
    tensors,
)
from .columns import COLUMNS, Column
from .matrix import cell, main
from .situation import SITUATIONS, Cell, Situation, judge, situation

__all__ = [
    "COLUMNS",
    "SITUATIONS",
    "Cell",
    "Column",
    "Situation",
    "arguments",
    "cell",
    "compilation",
    "distributed",
    "eager",
    "export",
    "functional",
    "judge",
    "layouts",
    "main",
    "orders",
    "saving",
    "situation",
    "storage",
    "tensors",
]
