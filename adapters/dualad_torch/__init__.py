"""dualad in PyTorch: an activation is a node of the autograd graph that keeps f' alone.

Calling a dualad activation on tensors needs no import of this package. It is here for the module,
and to measure what a function keeps for its backward pass.
"""

from dualad.namespace import Adapter

from .conversion import convert
from .function import apply, watches
from .module import Activation
from .namespace import namespace
from .report import saved_bytes

__all__ = ["Activation", "adapter", "convert", "saved_bytes"]

adapter = Adapter(namespace, apply, watches, overwrites=True)
