"""``python -m dualad bench WHAT``: time and memory against the alternatives, in one run.

What needs a framework or matplotlib is imported when a benchmark runs.
"""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

SUMMARY = "time and memory against the alternatives, all in one run"

ACTIVATIONS = (
    "silu", "gelu_tanh", "gelu", "mish", "tanhexp", "serf", "hardswish", "softplus",
)  # fmt: skip
METHODS = (
    "composed", "compiled", "checkpoint", "built-in", "dualad", "dualad compiled",
)  # fmt: skip
DTYPES = ("float32", "bfloat16", "float16")

PICTURE = Path("bench-torch.png")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be measured, and how."""
    whats = parser.add_subparsers(title="what", metavar="WHAT", required=True)
    engine = whats.add_parser("engine", help="the engine on NumPy arrays", description=ENGINE)
    engine.add_argument("--quick", action="store_true", help="fewer rounds, for a first look")
    engine.set_defaults(measure=_engine)
    torch = whats.add_parser(
        "torch", help="activations in PyTorch", description=TORCH,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    _add_torch_arguments(torch)
    torch.set_defaults(measure=_torch)


ENGINE = "Value and derivative, gradient and Hessian on NumPy arrays, against JAX and autograd."

TORCH = """\
Forward and backward of activations in PyTorch: time, bytes kept for backward, peak of memory. The
methods take turns in one run; each has been compared with float64 before it is timed.
"""


def _add_torch_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--device", choices=("cpu", "cuda"), default="cpu", help="where (default: %(default)s)"
    )
    parser.add_argument(
        "--dtype", choices=DTYPES, default="float32", help="of the tensors (default: %(default)s)"
    )
    parser.add_argument(
        "--size",
        type=int,
        metavar="N",
        help="elements (default: 4 M on the CPU, 64 M on a GPU; 256 K with --quick)",
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds, for a first look")
    parser.add_argument(
        "--activation",
        nargs="+",
        metavar="NAME",
        default=list(ACTIVATIONS),
        help=f"only these, of {', '.join(ACTIVATIONS)}",
    )
    parser.add_argument(
        "--method",
        nargs="+",
        metavar="NAME",
        default=list(METHODS),
        help=f"only these, of {', '.join(METHODS)}",
    )
    parser.add_argument(
        "--plot",
        nargs="?",
        type=Path,
        const=PICTURE,
        metavar="PATH",
        help=f"draw time against bytes kept, into this file (without a path: {PICTURE})",
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="PATH",
        help="write the figures, with the machine's description, into this file",
    )


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


def _torch(arguments: argparse.Namespace) -> int:
    problem = _problem(arguments)
    if problem:
        return _refuse(problem, status=2)
    import torch

    from ...compiler import CompilerWarning
    from . import torch_report
    from .torch_agreement import DisagreementError
    from .torch_methods import Settings

    if arguments.device == "cuda" and not torch.cuda.is_available():
        return _refuse(
            "--device cuda: PyTorch finds no CUDA device here (torch.cuda.is_available() is "
            "False); write --device cpu",
            status=2,
        )
    settings = Settings.of(
        arguments.device,
        arguments.dtype,
        quick=arguments.quick,
        size=arguments.size,
        activations=tuple(dict.fromkeys(arguments.activation)),
        methods=tuple(dict.fromkeys(arguments.method)),
    )
    try:
        torch_report.report(settings, plot=arguments.plot, json_path=arguments.json)
    except (DisagreementError, CompilerWarning) as error:
        return _refuse(str(error), status=1)
    return 0


def _problem(arguments: argparse.Namespace) -> str | None:
    """What is wrong with the arguments, and what to write instead; None if nothing is."""
    if find_spec("torch") is None:
        return "The benchmark needs PyTorch: pip install 'dualad[torch]'"
    if arguments.plot is not None and find_spec("matplotlib") is None:
        return "--plot needs matplotlib: pip install 'dualad[demo]'"
    if arguments.size is not None and arguments.size < 1:
        return f"--size {arguments.size}: there must be at least one element, as in --size 4194304"
    for option, given, known in (
        ("--activation", arguments.activation, ACTIVATIONS),
        ("--method", arguments.method, METHODS),
    ):
        unknown = [name for name in given if name not in known]
        if unknown:
            return f"{option} {' '.join(unknown)}: it is one of {', '.join(known)}"
    return None


def _refuse(message: str, status: int) -> int:
    print(message, file=sys.stderr)
    return status
