"""``python -m dualad report WHAT``: what is known about dualad, measured again.

What needs mpmath, a framework or matplotlib is imported when a report runs.
"""

import argparse

from . import rules
from .keep import command

SUMMARY = "what is known about dualad, measured again: how exact it is, and what it keeps"

WHATS = {"rules": rules, "keep": command}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the reports, each with its options."""
    whats = parser.add_subparsers(title="what", metavar="WHAT", required=True)
    for name, what in WHATS.items():
        report = whats.add_parser(
            name,
            help=what.SUMMARY,
            description=what.DESCRIPTION,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        what.add_arguments(report)
        report.set_defaults(report=what.run)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print.

    Parameters
    ----------
    arguments
        As `add_arguments` declares them.

    Returns
    -------
    int
        The exit status: 1 if what was measured is not what is stated, 2 if what was asked for
        cannot be measured.
    """
    status: int = arguments.report(arguments)
    return status
