"""What an activation must survive in PyTorch, a file per theme."""

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
from .framework import FRAMEWORK

__all__ = [
    "FRAMEWORK",
    "arguments",
    "compilation",
    "distributed",
    "eager",
    "export",
    "functional",
    "layouts",
    "orders",
    "saving",
    "storage",
    "tensors",
]
