"""How long ``import dualad`` takes."""

from __future__ import annotations

import subprocess
import sys

from dualad.cli.bench.timing import alternate, print_times


def main() -> None:
    """Import time of dualad in fresh interpreters, against NumPy and scipy.special."""
    base = "import numpy, scipy.special"

    def fresh(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=True)

    times = alternate(
        {base: lambda: fresh(base), "import dualad": lambda: fresh("import dualad")}, rounds=15
    )
    print_times(times, against=[base])
