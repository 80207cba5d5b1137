"""The benchmark of the networks in PyTorch: measured and printed."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path

from dualad.cli.bench import machine
from dualad.cli.bench.files import save_figures
from dualad.cli.bench.pytorch.device import describe

from ..cases import Case, measure_all, rounds
from ..table import difference_line, differences, footnotes
from .efficientnet import EfficientNetB0
from .gpt2 import GPT2Blocks
from .losses import DigitsNetwork, batches, compare, resnet_of_identities
from .methods import GELU_NEW, GELU_TANH, MISH, methods
from .mobilenet import MobileNetV2
from .resnet import ResNet50
from .steps import measure
from .vit import ViTSmall

__all__ = ["CASES", "main"]

IMAGES, TOKENS = (2, 3, 224, 224), (2, 256, 768)
STEPS, QUICK_STEPS = 50, 3

CASES = (
    Case("ResNet-50", ResNet50, IMAGES, (GELU_TANH, GELU_NEW, MISH)),
    Case("MobileNetV2", MobileNetV2, IMAGES, (GELU_TANH, MISH)),
    Case("EfficientNet-B0", EfficientNetB0, IMAGES, (GELU_TANH, MISH)),
    Case("ViT-S/16", ViTSmall, IMAGES, (GELU_NEW,)),
    Case("GPT-2 small", GPT2Blocks, TOKENS, (GELU_NEW,)),
)


def main(quick: bool = False, device: str = "cpu", json_path: Path | None = None) -> None:
    """Networks with each method: bytes kept, time of a step, share of the activations, losses."""
    description = describe(device)
    print(machine.sentence(description), flush=True)

    count = rounds(quick)
    rows = measure_all(
        CASES,
        partial(measure, device=device),
        partial(methods, device=device),
        count,
        recomputed="checkpoint",
    )
    print("", footnotes(count), sep="\n")
    losses = _losses(QUICK_STEPS if quick else STEPS)
    if json_path is not None:
        figures = {
            "machine": description,
            "rows": [asdict(row) for row in rows],
            "losses": losses,
        }
        save_figures(figures, json_path)


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
            found[f"{name}, {chain.name}"] = differences(losses)
            print(difference_line(f"{name}, {chain.name}", losses))
    return found
