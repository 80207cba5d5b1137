"""The options that the benchmarks of the frameworks have in common, and what is refused of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

__all__ = ["ACTIVATIONS", "add_names", "add_options", "each_once", "problem", "refuse"]

ACTIVATIONS = (
    "silu", "gelu_tanh", "gelu", "mish", "tanhexp", "serf", "hardswish", "softplus",
)  # fmt: skip


def add_options(
    parser: argparse.ArgumentParser, methods: Sequence[str], sizes: str, picture: Path
) -> None:
    """Declare the options.

    Parameters
    ----------
    parser : ArgumentParser
        Of a framework's benchmark.
    methods : sequence of str
        What can be compared.
    sizes : str
        How many elements there are by default, in words.
    picture : Path
        The file that is drawn into if none is named.
    """
    parser.add_argument("--size", type=int, metavar="N", help=f"elements (default: {sizes})")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, for a first look")
    add_names(parser, "--activation", ACTIVATIONS)
    add_names(parser, "--method", methods)
    parser.add_argument(
        "--plot",
        nargs="?",
        type=Path,
        const=picture,
        metavar="PATH",
        help=f"draw time and bytes kept into this file (without a path: {picture})",
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="PATH",
        help="write the figures, with the machine's description, into this file",
    )


def add_names(parser: argparse.ArgumentParser, option: str, known: Sequence[str]) -> None:
    """Declare an option that takes some of the names that there are."""
    parser.add_argument(
        option,
        nargs="+",
        metavar="NAME",
        default=list(known),
        help=f"only these, of {', '.join(known)}",
    )


def each_once(names: Sequence[str]) -> tuple[str, ...]:
    """The names in their order."""
    return tuple(dict.fromkeys(names))


def problem(
    arguments: argparse.Namespace, package: str, framework: str, known: Mapping[str, Sequence[str]]
) -> str | None:
    """What is wrong with the arguments, and what to write instead; None if nothing is.

    Parameters
    ----------
    arguments : Namespace
        As the options declare them.
    package, framework : str
        What has to be installed, and what it is called.
    known : mapping of str to sequence of str
        The names that there are, by option; beside the activations.
    """
    if find_spec(package) is None:
        return f"The benchmark needs {framework}: pip install 'dualad[{package}]'"
    if arguments.plot is not None and find_spec("matplotlib") is None:
        return "--plot needs matplotlib: pip install 'dualad[demo]'"
    if arguments.size is not None and arguments.size < 1:
        return f"--size {arguments.size}: there must be at least one element, as in --size 4194304"
    for option, names in {"--activation": ACTIVATIONS, **known}.items():
        given = getattr(arguments, option.removeprefix("--"))
        unknown = [name for name in given if name not in names]
        if unknown:
            return f"{option} {' '.join(unknown)}: it is one of {', '.join(names)}"
    return None


def refuse(message: str, status: int) -> int:
    """Say why nothing is measured, and return the exit status."""
    print(message, file=sys.stderr)
    return status
