"""The benchmark of training: run, printed, written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from dualad.cli.bench import machine
from dualad.cli.bench.files import save_figures
from dualad.cli.bench.pytorch.device import describe

from .runs import Runs, run_all
from .table import FOOTNOTE, Row, rows, table
from .tasks import Task, digits, documentation

__all__ = ["main"]

SEEDS, QUICK_SEEDS, QUICK_STEPS = range(5), range(2), 40


def main(quick: bool = False, json_path: Path | None = None) -> None:
    """Networks trained with gelu's f' kept exactly and in few bits: held-out loss and accuracy."""
    description = describe("cpu")
    print(machine.sentence(description), flush=True)
    steps = {"steps": QUICK_STEPS} if quick else {}
    tasks = [digits(**steps), documentation(**steps)]
    seeds = QUICK_SEEDS if quick else SEEDS
    measured: dict[str, Runs] = {}
    shown: list[Row] = []
    for task, runs in run_all(tasks, seeds):
        found = rows(task.name, runs)
        print(table(found, headings=not shown), flush=True)
        measured[task.name] = runs
        shown += found
    print("", f"over {len(seeds)} seeds; {FOOTNOTE}", sep="\n")
    if json_path is not None:
        figures = {
            "machine": description,
            "settings": {"seeds": list(seeds), "tasks": [_said(task) for task in tasks]},
            "rows": [_flat(row) for row in shown],
            "runs": _listed(measured, seeds),
        }
        save_figures(figures, json_path)


def _said(task: Task) -> dict[str, object]:
    return {
        "task": task.name,
        "steps": task.steps,
        "batch": task.size,
        "held out": task.held_out[1].numel(),
    }


def _flat(row: Row) -> dict[str, object]:
    comparison = row.comparison
    own = {"task": row.task, "figure": row.figure, "kept": row.kept}
    return {**own, **asdict(comparison), "within": comparison.within}


def _listed(measured: Mapping[str, Runs], seeds: Sequence[int]) -> list[dict[str, object]]:
    return [
        {
            "task": task,
            "kept": kept,
            "seed": seed,
            "first batch": run.losses[0],
            "loss": run.loss,
            "accuracy": run.accuracy,
        }
        for task, runs in measured.items()
        for kept, those in runs.items()
        for seed, run in zip(seeds, those, strict=True)
    ]
