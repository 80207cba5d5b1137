"""The benchmark of training: that what it compares is comparable, and its arithmetic."""

import json
import math
import statistics
from dataclasses import replace

import pytest
import torch

from benchmarks.training import report
from benchmarks.training.comparison import compare
from benchmarks.training.learning import Run, learn
from benchmarks.training.runs import EXACT, KEPT, run_all
from benchmarks.training.table import rows, table
from benchmarks.training.tasks import digits, documentation
from dualad.keep import Quantized

STEPS = 25
TASKS = {"digits": digits(STEPS, size=16), "docs": documentation(STEPS, size=2)}


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Small networks: threads that wait for each other take most of the time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module", params=TASKS)
def task_and_runs(request):
    """A task, and a run of a few steps with each way to keep f'."""
    task = TASKS[request.param]
    return task, {name: learn(task, keep, seed=3) for name, keep in KEPT.items()}


def test_all_ways_begin_with_the_same_weights_and_the_same_batch(task_and_runs):
    _, runs = task_and_runs
    first = {run.losses[0].hex() for run in runs.values()}
    assert len(first) == 1


def test_all_batches_are_the_same_whatever_stochastic_rounding_draws():
    seen = {}
    for name, keep in KEPT.items():
        drawn = seen.setdefault(name, [])
        task = digits(4, size=8)

        def batch(generator, task=task, drawn=drawn):
            drawn.append(task.batch(generator))
            return drawn[-1]

        learn(replace(task, batch=batch), keep, seed=0)
    for drawn in seen.values():
        assert len(drawn) == 4
        for (images, labels), (exact_images, exact_labels) in zip(drawn, seen[EXACT], strict=True):
            assert images.equal(exact_images)
            assert labels.equal(exact_labels)


def test_few_bits_are_really_at_work(task_and_runs):
    _, runs = task_and_runs
    assert len({run.losses[-1] for run in runs.values()}) == len(KEPT)


def test_losses_fall(task_and_runs):
    _, runs = task_and_runs
    for run in runs.values():
        assert statistics.mean(run.losses[-5:]) < 0.9 * run.losses[0]
        assert run.loss < run.losses[0]
        assert 0.0 < run.accuracy < 1.0


def test_a_run_is_the_same_when_it_is_repeated():
    task = digits(3, size=8)
    keep = Quantized(2, "stochastic")
    assert learn(task, keep, seed=1) == learn(task, keep, seed=1)
    assert learn(task, keep, seed=1) != learn(task, keep, seed=2)


def test_nothing_of_what_is_held_out_is_learnt_from():
    learnt_images, _ = digits(1, size=20_000).batch(torch.Generator())
    learnt = {image.numpy().tobytes() for image in learnt_images}
    held_out = {image.numpy().tobytes() for image in TASKS["digits"].held_out[0]}
    assert len(learnt) == 898
    assert len(held_out) == 899
    assert not learnt & held_out
    windows, following = TASKS["docs"].held_out
    assert windows[:, 1:].equal(following[:, :-1])
    assert windows.shape[1] == 64


def test_the_comparison_is_by_pairs():
    found = compare([1.5, 2.25, 3.75], [1.0, 2.0, 3.0])
    assert found.mean == 2.5
    assert found.difference == 0.5
    assert found.noise == 1.0
    assert found.deviation == pytest.approx(math.sqrt((1.0 + 0.0625 + 1.5625) / 2))
    assert found.error == pytest.approx(0.25 / math.sqrt(3))
    assert found.within


@pytest.mark.parametrize(("shift", "within"), [(0.9, True), (-0.9, True), (1.1, False)])
def test_a_difference_is_within_the_noise_up_to_the_deviation_of_exact(shift, within):
    exact = [1.0, 2.0, 3.0]
    assert compare([value + shift for value in exact], exact).within is within


def test_the_table_shows_loss_and_accuracy_beside_exact():
    runs = {
        EXACT: [Run([], 1.0, 0.9), Run([], 2.0, 0.8)],
        "2 bits": [Run([], 3.5, 0.9), Run([], 3.5, 0.8)],
    }
    lines = table(rows("made up", runs)).splitlines()
    assert [line.split("  ")[-1].strip() for line in lines] == ["within", "yes", "no", "yes", "yes"]
    assert lines[2].split()[-5:] == ["3.5000", "0.0000", "+2.0000", "0.5000", "no"]
    assert lines[3].split()[-5:] == ["0.8500", "0.0707", "+0.0000", "0.0000", "yes"]


def test_each_task_has_a_run_to_each_seed():
    ((task, runs),) = run_all([digits(2, size=4)], seeds=[0, 1])
    assert task.steps == 2
    assert {name: len(found) for name, found in runs.items()} == dict.fromkeys(KEPT, 2)


def test_what_was_measured_is_written_down(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(report, "QUICK_STEPS", 2)
    report.main(quick=True, json_path=tmp_path / "training.json")
    figures = json.loads((tmp_path / "training.json").read_text())
    assert list(figures) == ["machine", "settings", "rows", "runs"]
    assert len(figures["rows"]) == 2 * 2 * len(KEPT)
    assert len(figures["runs"]) == 2 * 2 * len(KEPT)
    exact = [row for row in figures["rows"] if row["kept"] == EXACT]
    assert all(row["difference"] == row["error"] == 0.0 and row["within"] for row in exact)
    assert "over 2 seeds" in capsys.readouterr().out
