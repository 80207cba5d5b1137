"""What is learnt: a network, its data and its optimizer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn

from ..networks.pytorch.losses import DigitsNetwork
from ..networks.pytorch.place import Factory
from .characters import CONTEXT, CharacterTransformer

__all__ = ["Batch", "Task", "digits", "documentation"]

Batch = tuple[Tensor, Tensor]
"""What a network is given, and the classes that it should tell."""

PAGES = Path(__file__).parents[2] / "docs"


@dataclass(frozen=True)
class Task:
    """What is learnt.

    Parameters
    ----------
    name : str
        What the table calls it.
    make : callable
        From a factory of activations to the network.
    optimizer : callable
        From the parameters to the optimizer. Its learning rate is reached after a tenth of the
        steps, and falls to 0 over the others.
    batch : callable
        Draws a batch to learn from, with a generator.
    held_out : Batch
        What is never learnt from.
    steps, size : int
        So many batches, of so many images or windows.
    """

    name: str
    make: Callable[[Factory], nn.Module]
    optimizer: Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]
    batch: Callable[[torch.Generator], Batch]
    held_out: Batch
    steps: int
    size: int


def digits(steps: int = 300, size: int = 32) -> Task:
    """scikit-learn's digits, half of the 1797 held out; SGD with momentum."""
    loaded = load_digits()
    pixels = (loaded.images / 16.0).astype("float32")[:, None]
    halves = train_test_split(
        pixels, loaded.target, test_size=0.5, stratify=loaded.target, random_state=0
    )
    images, held_out_images, labels, held_out_labels = map(torch.from_numpy, halves)

    def batch(generator: torch.Generator) -> Batch:
        chosen = torch.randint(len(labels), (size,), generator=generator)
        return images[chosen], labels[chosen]

    return Task(
        "digits, convolutions",
        DigitsNetwork,
        partial(torch.optim.SGD, lr=0.05, momentum=0.9),
        batch,
        (held_out_images, held_out_labels),
        steps,
        size,
    )


def documentation(steps: int = 400, size: int = 16) -> Task:
    """The next character in the pages of docs/, the last tenth of each held out; AdamW."""
    pages = [page.read_text(encoding="utf-8") for page in sorted(PAGES.glob("*.md"))]
    alphabet = sorted(set("".join(pages)))
    code = {character: k for k, character in enumerate(alphabet)}
    ends = [len(page) - len(page) // 10 for page in pages]

    def codes(parts: Iterable[str]) -> Tensor:
        return torch.tensor([code[character] for part in parts for character in part])

    learnt = codes(page[:end] for page, end in zip(pages, ends, strict=True))
    rest = codes(page[end:] for page, end in zip(pages, ends, strict=True))

    def batch(generator: torch.Generator) -> Batch:
        starts = torch.randint(len(learnt) - CONTEXT, (size,), generator=generator)
        windows = learnt[starts[:, None] + torch.arange(CONTEXT + 1)]
        return windows[:, :-1], windows[:, 1:]

    windows = rest.unfold(0, CONTEXT + 1, CONTEXT)
    return Task(
        "docs, transformer",
        partial(CharacterTransformer, len(alphabet)),
        partial(torch.optim.AdamW, lr=1e-2, betas=(0.9, 0.95)),
        batch,
        (windows[:, :-1], windows[:, 1:]),
        steps,
        size,
    )
