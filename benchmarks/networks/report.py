"""The benchmark of the networks: measured and printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from torch import nn

from dualad.cli.bench import machine
from dualad.cli.bench.progress import progress_bar

from .efficientnet import EfficientNetB0
from .gpt2 import GPT2Blocks
from .losses import (
    DigitsNetwork,
    batches,
    compare,
    largest_difference,
    resnet_of_identities,
)
from .methods import COMPOSED, GELU_NEW, GELU_TANH, MISH, Chain, methods
from .mobilenet import MobileNetV2
from .place import Factory
from .resnet import ResNet50
from .steps import Row, measure
from .vit import ViTSmall

__all__ = ["CASES", "Case", "main", "table"]

IMAGES, TOKENS = (2, 3, 224, 224), (2, 256, 768)
ROUNDS, QUICK_ROUNDS = 9, 1
STEPS, QUICK_STEPS = 50, 3


@dataclass(frozen=True)
class Case:
    """A network, its input and the activations that it is measured with."""

    name: str
    make: Callable[[Factory], nn.Module]
    shape: tuple[int, ...]
    chains: tuple[Chain, ...]


CASES = (
    Case("ResNet-50", ResNet50, IMAGES, (GELU_TANH, GELU_NEW, MISH)),
    Case("MobileNetV2", MobileNetV2, IMAGES, (GELU_TANH, MISH)),
    Case("EfficientNet-B0", EfficientNetB0, IMAGES, (GELU_TANH, MISH)),
    Case("ViT-S/16", ViTSmall, IMAGES, (GELU_NEW,)),
    Case("GPT-2 small", GPT2Blocks, TOKENS, (GELU_NEW,)),
)

HEADINGS = (
    "network", "activation", "method", "kept, MiB", "fewer", "step, ms", "/ composed",
    "/ checkpoint", "activations, ms", "of the step",
)  # fmt: skip


def main(quick: bool = False, device: str = "cpu", json_path: Path | None = None) -> None:
    """Networks with each method: bytes kept, time of a step, share of the activations, losses."""
    description = machine.describe(device)
    print(machine.sentence(description), flush=True)
    rounds = QUICK_ROUNDS if quick else ROUNDS
    rows: list[Row] = []
    turns = sum(len(methods(chain, device)) for case in CASES for chain in case.chains)
    with progress_bar(turns * 2 * (rounds + 1), "turn") as progress:
        for case in CASES:
            for chain in case.chains:
                progress.describe(f"{case.name}, {chain.name}")
                found = measure(
                    case.name, case.make, case.shape, chain, rounds, device, progress.update
                )
                print(table(found, headings=not rows), flush=True)
                rows += found
    print(
        "\nkept: by the whole network for backward, without parameters; fewer: composed over this",
        "step: forward, backward and update by SGD, float32; the median of "
        f"{rounds} turns; activations: their forward and backward alone, on the same shapes",
        sep="\n",
    )
    differences = _losses(QUICK_STEPS if quick else STEPS)
    if json_path is not None:
        figures = {
            "machine": description,
            "rows": [asdict(row) for row in rows],
            "losses": differences,
        }
        json_path.write_text(json.dumps(figures, indent=1) + "\n")


def table(rows: list[Row], headings: bool = True) -> str:
    """Rows of a network and an activation, with their ratios."""
    lines = []
    for _, group in groupby(rows, key=lambda row: (row.network, row.activation)):
        beside = {row.method: row for row in group}
        lines += [_cells(row, beside) for row in beside.values()]
    widths = [15, 12, 15, *map(len, HEADINGS[3:])]
    aligned = [HEADINGS, *lines] if headings else lines
    return "\n".join(
        "  ".join(
            text.ljust(width) if column < 3 else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in aligned
    )


def _cells(row: Row, beside: dict[str, Row]) -> tuple[str, ...]:
    composed, recomputed = beside[COMPOSED], beside["checkpoint"]
    return (
        row.network,
        row.activation,
        row.method,
        f"{row.kept / 2**20:.1f}",
        f"{composed.kept / row.kept:.2f}",
        f"{row.seconds * 1e3:.1f}",
        f"{row.seconds / composed.seconds:.2f}",
        f"{row.seconds / recomputed.seconds:.2f}",
        f"{row.alone * 1e3:.1f}",
        f"{row.share:.0%}",
    )


def _losses(steps: int) -> dict[str, dict[str, float]]:
    """Print how far the losses of each method are from those of the composed function."""
    print(f"\nlosses over {steps} steps of SGD: the largest relative difference from composed")
    found = {}
    for name, make, data, rate in (
        ("digits", DigitsNetwork, batches(steps, 64), 1e-1),
        ("ResNet-50", resnet_of_identities, batches(steps, 8, enlargement=8, channels=3), 1e-3),
    ):
        for chain in (GELU_TANH, MISH):
            losses = compare(make, chain, data, rate)
            differences = {
                method: largest_difference(losses, method)
                for method in losses
                if method != COMPOSED
            }
            found[f"{name}, {chain.name}"] = differences
            texts = [f"{method} {value:.1e}" for method, value in differences.items()]
            first, last = losses[COMPOSED][0], losses[COMPOSED][-1]
            print(f"{name}, {chain.name} ({first:.3f} to {last:.3f}): {', '.join(texts)}")
    return found
