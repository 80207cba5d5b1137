"""``python -m dualad demo``: one definition trained in PyTorch and in TensorFlow.

What needs a framework, scikit-learn or matplotlib is imported when the demo runs, so that the
command line can be imported, and can say what is missing, without them.
"""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

SUMMARY = "train one definition in PyTorch and TensorFlow; print a table and draw a picture"

# Packages by the name that they are imported by, with the name that people call them.
FRAMEWORKS = {"torch": "PyTorch", "tensorflow": "TensorFlow"}
LIBRARIES = {"matplotlib": "matplotlib", "sklearn": "scikit-learn", "tqdm": "tqdm"}

STEPS = 33
QUICK_STEPS = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the demo."""
    parser.add_argument(
        "--quick",
        action="store_true",
        help="train for a few steps only: the accuracy then means nothing",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("demo-output"),
        metavar="FOLDER",
        help="where the picture goes; made if need be (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Train, print the table and draw the picture.

    Parameters
    ----------
    arguments
        With the attributes `quick` and `out`, as `add_arguments` declares them.

    Returns
    -------
    int
        The exit status: 1 if a library is missing that the demo cannot do without.
    """
    missing = [name for package, name in LIBRARIES.items() if find_spec(package) is None]
    if missing:
        return _refuse(f"The demo needs {', '.join(missing)}: pip install 'dualad[demo]'")
    installed = {package: name for package, name in FRAMEWORKS.items() if find_spec(package)}
    if not installed:
        return _refuse("The demo needs PyTorch or TensorFlow: pip install 'dualad[demo,torch]'")
    for package, name in FRAMEWORKS.items():
        if package not in installed:
            print(f"{name} is not installed and is left out: pip install 'dualad[{package}]'")

    from . import experiment, picture, table

    rows = experiment.run(installed, steps=QUICK_STEPS if arguments.quick else STEPS)
    print(table.render(rows))
    if arguments.quick:
        print("--quick: after so few steps the accuracy means nothing, and the times are rough")
    path = picture.save(rows, arguments.out)
    print(f"\npicture: {path}")
    return 0


def _refuse(message: str) -> int:
    print(message, file=sys.stderr)
    return 1
