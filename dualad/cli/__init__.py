"""The command line: ``python -m dualad COMMAND``.

Each command is a module or package of this folder that offers `SUMMARY`, `add_arguments` and
`run`. All of them are imported to build the help, so they import what is heavy (a framework,
matplotlib) only in the modules that run.
"""

import argparse
from collections.abc import Sequence

from . import bench, demo, report

COMMANDS = {"demo": demo, "bench": bench, "report": report}

DESCRIPTION = """\
dualad differentiates an activation while it computes it: written once as plain mathematics and
evaluated on dual numbers, it gives f(x) and f'(x) in one pass. PyTorch and TensorFlow then keep
f'(x) alone for the backward pass, so that training takes less memory than the composed function.
"""

EXAMPLES = """\
examples:
  python -m dualad demo              train in both frameworks; a table and a picture
  python -m dualad demo --quick      the same in a few steps, to see that everything works
  python -m dualad bench engine      the engine on NumPy arrays, against NumPy, JAX and autograd
  python -m dualad bench torch       activations in PyTorch, against composed, compiled, built-in
  python -m dualad bench tensorflow  the same in TensorFlow and Keras: eager, graph, XLA
  python -m dualad report rules      how exact every function is, against mpmath
  python -m dualad report keep       what every activation can keep: bytes, error of f', time
  python -m dualad demo --help       what a command can do

the same in Python:
  import dualad as da

  @da.activation
  def mish(x):
      return x * da.tanh(da.softplus(x))

  mish(x)             x may be a NumPy array, a PyTorch tensor, a TensorFlow tensor
  mish.derivative(x)  f'(x)
  print(mish.plan())  what can be kept for the backward pass, and why
"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line, one subparser to each command."""
    parser = argparse.ArgumentParser(
        prog="python -m dualad",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=command.SUMMARY, description=command.SUMMARY)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv
        The arguments, without the program's name; those of the process by default.

    Returns
    -------
    int
        The exit status: 0 when the command did what it was asked to.
    """
    arguments = build_parser().parse_args(argv)
    status: int = arguments.run(arguments)
    return status
