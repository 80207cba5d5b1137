"""Where Array API libraries that have no adapter keep their special functions.

The standard has none, but a library may have them in a module beside its namespace. It is imported
when an array of that library has been seen, and never before. What is not listed is written out by
the table's definition.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["SCIPY", "special_functions"]

SCIPY: dict[str, str] = {
    "erf": "erf",
    "erfc": "erfc",
    "erfinv": "erfinv",
    "ndtr": "ndtr",
    "log_ndtr": "log_ndtr",
    "lgamma": "gammaln",
    "digamma": "digamma",
    "xlogy": "xlogy",
    "xlog1py": "xlog1py",
    "sigmoid": "expit",
    "log_sigmoid": "log_expit",
}
"""SciPy's names for functions of the table."""

MODULES: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    # SciPy's functions are NumPy ufuncs, and a Dask array takes those chunk by chunk, lazily.
    "dask": {"scipy.special": SCIPY},
    "jax": {
        "jax.scipy.special": SCIPY,
        "jax.nn": {"relu": "relu", "silu": "silu", "log_sigmoid": "log_sigmoid"},
    },
}
"""By the root of a library: its modules of special functions, and our names for theirs."""


def special_functions(namespace: str) -> dict[str, Callable[..., Any]]:
    """The special functions that belong to an Array API namespace.

    Parameters
    ----------
    namespace : str
        The name of the namespace's module.

    Returns
    -------
    dict of str to callable
        The functions by the table's names; those that this version of the library lacks are not in
        it.
    """
    found: dict[str, Callable[..., Any]] = {}
    for path, names in MODULES.get(namespace.partition(".")[0], {}).items():
        module = importlib.import_module(path)
        found |= {
            ours: getattr(module, theirs)
            for ours, theirs in names.items()
            if hasattr(module, theirs)
        }
    return found
