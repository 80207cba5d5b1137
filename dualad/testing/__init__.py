"""Tools for tests of derivatives: errors are measured in ulp, the truth comes from outside."""

from .ulp import ulp_error

__all__ = ["ulp_error"]
