"""Run the benchmarks named on the command line, or all of them."""

from __future__ import annotations

import argparse
import inspect
import os
from importlib import import_module
from itertools import product
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Each a function of a module, imported when its turn comes: TensorFlow, JAX and mpmath are heavy.
BENCHMARKS = {
    "importing": "benchmarks.importing:main",
    "agreement": "benchmarks.agreement:main",
    "kept": "benchmarks.kept:main",
    "blocks": "benchmarks.blocks:main",
    "engine": "dualad.cli.bench.engine:measure",
    "torch": "benchmarks.activations:in_pytorch",
    "tensorflow": "benchmarks.activations:in_tensorflow",
    "networks": "benchmarks.networks.pytorch:main",
    "keras_networks": "benchmarks.networks.keras:main",
    "training": "benchmarks.training:main",
    "situations": "benchmarks.situations:main",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument(
        "--quick", action="store_true", help="fewer rounds, where a benchmark has them"
    )
    parser.add_argument(
        "--device", choices=["cpu", "cuda"], help="where to run what can run on both"
    )
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the figures there, too")
    arguments = parser.parse_args()
    names = arguments.names or list(BENCHMARKS)
    for name in names:
        if name not in BENCHMARKS:
            parser.error(f"no benchmark {name!r}; there are {', '.join(BENCHMARKS)}")
    chosen = {"device": arguments.device, "json_path": arguments.json}
    chosen = {option: value for option, value in chosen.items() if value is not None}
    for name, option in product(names, chosen):
        if option not in _options(_function(name)):
            parser.error(f"{name} takes no --{option.removesuffix('_path')}")
    for name in names:
        run = _function(name)
        print(f"\n{name}: {inspect.getdoc(run)}", flush=True)
        quick = {"quick": True} if arguments.quick and "quick" in _options(run) else {}
        run(**quick, **chosen)


def _function(name):
    module, _, function = BENCHMARKS[name].partition(":")
    return getattr(import_module(module), function)


def _options(run):
    return inspect.signature(run).parameters


if __name__ == "__main__":
    main()
