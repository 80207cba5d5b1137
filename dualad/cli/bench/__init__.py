"""``python -m dualad bench WHAT``: time and memory against the alternatives, in one run."""

import argparse

SUMMARY = "time and memory against the alternatives, all in one run"

WHAT = ("engine",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be measured."""
    parser.add_argument("what", choices=WHAT, help="the engine on NumPy arrays")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, for a first look")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    from . import engine

    engine.measure(quick=arguments.quick)
    return 0
