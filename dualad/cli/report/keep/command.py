"""The options of ``python -m dualad report keep``, and what they stand for.

PyTorch is imported when it is measured.
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

from .... import activations as catalogue
from ...bench.options import add_names, each_once, refuse

__all__ = ["DESCRIPTION", "SUMMARY", "add_arguments", "run"]

SUMMARY = "what every activation can keep for the backward pass"
DESCRIPTION = """\
What every activation can keep for the backward pass, in PyTorch: bytes for each element, how far
the f' that is used is from f', and time. What keep="auto" keeps is marked.

The same of one activation, without measuring, and for other dtypes, tolerances and neighbours:

  from dualad.activations import mish
  print(mish.plan())
  print(mish.plan("float16", tolerance=0.05))
"""

SIZE = 1 << 20
EXECUTIONS = ("auto", "compiled", "blocks")
PICTURE = Path("report-keep.png")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is measured, and how."""
    add_names(parser, "--activation", catalogue.__all__)
    parser.add_argument("--why", action="store_true", help="say why a form does not serve")
    parser.add_argument(
        "--size",
        type=int,
        default=SIZE,
        metavar="N",
        help="elements that are timed (default: 1 M)",
    )
    parser.add_argument(
        "--time",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="forward and backward, against PyTorch's own function where there is one",
    )
    parser.add_argument(
        "--execution",
        choices=EXECUTIONS,
        default="auto",
        help="as the option of an activation (default: %(default)s); to compile takes seconds for "
        "each form of each activation",
    )
    parser.add_argument(
        "--plot",
        nargs="?",
        type=Path,
        const=PICTURE,
        metavar="PATH",
        help=f"draw bytes and errors into this file (without a path: {PICTURE})",
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="PATH",
        help="write the figures, with the machine's description, into this file",
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure and print.

    Returns
    -------
    int
        The exit status: 1 if a form is further off than it states, or not compiled where that was
        asked for; 2 if what was asked for cannot be measured.
    """
    found = _problem(arguments)
    if found:
        return refuse(found, status=2)
    from ....compiler import CompilerWarning
    from ...bench.pytorch.device import missing_compiler
    from .report import report
    from .rows import Settings

    missing = missing_compiler("cpu")
    if arguments.execution == "compiled" and missing is not None:
        return refuse(
            f"--execution compiled: torch.compile needs {missing}; write --execution auto", status=2
        )
    settings = Settings(
        each_once(arguments.activation), arguments.execution, arguments.size, arguments.time
    )
    try:
        exceeding = report(settings, arguments.why, arguments.plot, arguments.json)
    except CompilerWarning as error:
        return refuse(str(error), status=1)
    return 1 if exceeding else 0


def _problem(arguments: argparse.Namespace) -> str | None:
    """What is wrong with the arguments, and what to write instead; None if nothing is."""
    if find_spec("torch") is None:
        return "The report needs PyTorch: pip install 'dualad[torch]'"
    if arguments.plot is not None and find_spec("matplotlib") is None:
        return "--plot needs matplotlib: pip install 'dualad[demo]'"
    if arguments.size < 1:
        return f"--size {arguments.size}: there must be at least one element, as in --size {SIZE}"
    unknown = [name for name in arguments.activation if name not in catalogue.__all__]
    if unknown:
        return f"--activation {' '.join(unknown)}: it is one of {', '.join(catalogue.__all__)}"
    return None
