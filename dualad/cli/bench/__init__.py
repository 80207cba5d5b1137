"""``python -m dualad bench WHAT``: time and memory against the alternatives, in one run.

What needs a framework or matplotlib is imported when a benchmark runs.
"""

import argparse

from .pytorch import command as in_pytorch
from .tensorflow import command as in_tensorflow

SUMMARY = "time and memory against the alternatives, all in one run"

ENGINE = "Value and derivative, gradient and Hessian on NumPy arrays, against JAX and autograd."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be measured, and how."""
    whats = parser.add_subparsers(title="what", metavar="WHAT", required=True)
    engine = whats.add_parser("engine", help="the engine on NumPy arrays", description=ENGINE)
    engine.add_argument("--quick", action="store_true", help="fewer rounds, for a first look")
    engine.set_defaults(measure=_engine)
    for what, command in (("torch", in_pytorch), ("tensorflow", in_tensorflow)):
        framework = whats.add_parser(
            what,
            help=command.SUMMARY,
            description=command.DESCRIPTION,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(framework)
        framework.set_defaults(measure=command.run)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print.

    Parameters
    ----------
    arguments
        As `add_arguments` declares them.

    Returns
    -------
    int
        The exit status: 1 if a method computes something else than the others or not in the way
        that it is called after, 2 if what was asked for cannot be measured.
    """
    status: int = arguments.measure(arguments)
    return status


def _engine(arguments: argparse.Namespace) -> int:
    from . import engine

    engine.measure(quick=arguments.quick)
    return 0
