"""The catalogue: activations by family, each the formula of its paper and nothing else."""

from .smooth import mish, tanhexp

__all__ = ["mish", "tanhexp"]
