"""What is kept for the backward pass: the forms that an option may name, and how they are found.

=============  ======================================================================
form           what is kept
=============  ======================================================================
`Derivative`   f'(x), in the dtype of x or in a half type
`Derivatives`  f'(x) and f''(x)
`Input`        x
`Output`       y, of which f' is a function
`Segments`     which of a few slopes, in 1, 2 or 4 bits
`Quantized`    f'(x) in 8, 4, 3 or 2 bits, with a bound
`Auto`         the one of these that is the cheapest
=============  ======================================================================
"""

from .errors import KeepError, SecondOrderError
from .forms import (
    Auto,
    Derivative,
    Derivatives,
    Input,
    Keep,
    Output,
    Quantized,
    Segments,
    described,
    keep_form,
)

__all__ = [
    "Auto",
    "Derivative",
    "Derivatives",
    "Input",
    "Keep",
    "KeepError",
    "Output",
    "Quantized",
    "SecondOrderError",
    "Segments",
    "described",
    "keep_form",
]
