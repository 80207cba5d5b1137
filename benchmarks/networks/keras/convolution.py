"""A convolution and its normalization: what the networks are made of."""

from __future__ import annotations

from typing import Any

from keras import layers

__all__ = ["convolution"]


def convolution(
    x: Any,
    filters: int | None,
    size: int,
    stride: int = 1,
    padding: str = "same",
    bias: bool = False,
    **normalization: float,
) -> Any:
    """A convolution and batch normalization; each channel alone where there are no filters.

    Parameters
    ----------
    x : tensor
        Feature maps of shape (n, height, width, channels).
    filters : int, optional
        The channels of the result.
    size, stride : int
        Of the kernel.
    padding : {"same", "valid"}
        As Keras takes it.
    bias : bool
        Whether the convolution has one, although the normalization has another.
    **normalization
        As ``keras.layers.BatchNormalization`` takes it.
    """
    options = {"strides": stride, "padding": padding, "use_bias": bias}
    if filters is None:
        x = layers.DepthwiseConv2D(size, **options)(x)
    else:
        x = layers.Conv2D(filters, size, **options)(x)
    return layers.BatchNormalization(**normalization)(x)
