"""Print the matrix: of all situations, or of the themes and names on the command line."""

from __future__ import annotations

import argparse

from . import SITUATIONS, main

parser = argparse.ArgumentParser(prog="python -m benchmarks.situations", description=__doc__)
themes = ", ".join(sorted({s.theme for s in SITUATIONS.values()}))
parser.add_argument("names", nargs="*", help=f"situations, or of the themes {themes}")
main(parser.parse_args().names)
