"""TensorFlow's tensors, joined to dualad."""

from dualad.namespace import Adapter

from .function import apply, watches
from .namespace import namespace

__all__ = ["adapter"]

adapter = Adapter(namespace, apply, watches)
