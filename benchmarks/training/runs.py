"""All runs: each task, with each seed, with each way to keep f'."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dualad.cli.bench.progress import progress_bar
from dualad.keep import Keep, Quantized

from .learning import Run, learn
from .tasks import Task

__all__ = ["EXACT", "KEPT", "Runs", "run_all"]

EXACT = "exact"
KEPT: dict[str, str | Keep] = {
    EXACT: "derivative",
    "8 bits": Quantized(8),
    "4 bits": Quantized(4),
    "4 bits, stochastic": Quantized(4, "stochastic"),
    "2 bits, stochastic": Quantized(2, "stochastic"),
}

Runs = dict[str, list[Run]]
"""To each way to keep f' the runs, in the order of the seeds."""


def run_all(tasks: Sequence[Task], seeds: Sequence[int]) -> Iterator[tuple[Task, Runs]]:
    """Each task with its runs, as soon as these are done."""
    total = sum(task.steps for task in tasks) * len(KEPT) * len(seeds)
    with progress_bar(total, "step") as progress:
        for task in tasks:
            runs: Runs = {name: [] for name in KEPT}
            for seed in seeds:
                for name, keep in KEPT.items():
                    progress.describe(f"{task.name}, {name}, seed {seed}")
                    runs[name].append(learn(task, keep, seed, progress.update))
            yield task, runs
