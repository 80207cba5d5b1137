"""What the standard's ``__array_namespace_info__`` tells about TensorFlow."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from .dtypes import DTYPES, isdtype

__all__ = ["Info"]


class Info:
    """Devices, dtypes and capabilities."""

    def capabilities(self) -> dict[str, Any]:
        """Masks and shapes that depend on values are there, but not under XLA."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 254}

    def default_device(self) -> str:
        """Where tensors are made unless told otherwise."""
        return self.devices()[-1]

    def devices(self) -> list[str]:
        """The names of all devices; a GPU comes after the CPU, and is the default."""
        return [device.name for device in tf.config.list_logical_devices()]

    def default_dtypes(self, *, device: str | None = None) -> dict[str, Any]:
        """TensorFlow's own: 32 bits; indices are of 64."""
        return {
            "real floating": tf.float32,
            "complex floating": tf.complex64,
            "integral": tf.int32,
            "indexing": tf.int64,
        }

    def dtypes(self, *, device: str | None = None, kind: Any = None) -> dict[str, Any]:
        """The dtypes of a kind by their names; float16 and bfloat16 are beyond the standard."""
        return {d.name: d for d in DTYPES if kind is None or isdtype(d, kind)}
