"""The catalogue: activations by family, each the formula of its paper and nothing else.

Options have the names and defaults of PyTorch's built-in functions, and may be learned. At a kink
the slope is PyTorch's.
"""

from .exponentials import celu, elu, selu
from .gates import geglu, reglu, swiglu
from .learned import pau, snake
from .rectifiers import leaky_relu, prelu, relu, relu6, threshold
from .self_gated import gelu, gelu_tanh, hardswish, mish, serf, silu, swish, tanhexp
from .shrinkage import hardshrink, softshrink, tanhshrink
from .sigmoids import hardsigmoid, hardtanh, sigmoid, softsign, tanh
from .smooth_rectifiers import log_sigmoid, softplus, squareplus

__all__ = [
    "celu",
    "elu",
    "geglu",
    "gelu",
    "gelu_tanh",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "log_sigmoid",
    "mish",
    "pau",
    "prelu",
    "reglu",
    "relu",
    "relu6",
    "selu",
    "serf",
    "sigmoid",
    "silu",
    "snake",
    "softplus",
    "softshrink",
    "softsign",
    "squareplus",
    "swiglu",
    "swish",
    "tanh",
    "tanhexp",
    "tanhshrink",
    "threshold",
]

# What is saved names an activation by its module: this one, in whatever file the definition stands.
for _name in __all__:
    _member = globals()[_name]
    _member.__module__ = _member.definition.__module__ = __name__
