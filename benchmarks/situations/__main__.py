"""Print the matrices: of all situations, or of the frameworks, themes and names given."""

from __future__ import annotations

import argparse
import os

from . import FRAMEWORKS, main

if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser(prog="python -m benchmarks.situations", description=__doc__)
    frameworks = " or ".join(FRAMEWORKS)
    parser.add_argument("names", nargs="*", help=f"{frameworks}, then themes or situations of it")
    try:
        main(parser.parse_args().names)
    except ValueError as error:
        parser.error(str(error))
