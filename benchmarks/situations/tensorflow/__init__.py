"""What an activation must survive in TensorFlow and Keras, a file per theme."""

from . import (
    accumulators,
    arguments,
    distribution,
    graph_orders,
    graphs,
    layers,
    orders,
    saving,
    tapes,
    tensors,
    xla,
)
from .framework import FRAMEWORK

__all__ = [
    "FRAMEWORK",
    "accumulators",
    "arguments",
    "distribution",
    "graph_orders",
    "graphs",
    "layers",
    "orders",
    "saving",
    "tapes",
    "tensors",
    "xla",
]
