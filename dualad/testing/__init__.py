"""Tools for tests of derivatives: errors are measured in ulp, the truth comes from outside."""

try:
    import hypothesis as _hypothesis
    import mpmath as _mpmath
except ModuleNotFoundError as _error:
    raise ImportError(
        f"dualad.testing needs {_error.name}: pip install 'dualad[testing]'"
    ) from _error

from . import strategies
from .agreement import Agreement, FrameworkError, check_frameworks_agree
from .checks import check_derivative, ulp_report
from .reports import DerivativeError, UlpReport
from .ulp import ulp_error

__all__ = [
    "Agreement",
    "DerivativeError",
    "FrameworkError",
    "UlpReport",
    "check_derivative",
    "check_frameworks_agree",
    "strategies",
    "ulp_error",
    "ulp_report",
]
del _hypothesis, _mpmath
