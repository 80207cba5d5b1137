"""python -m benchmarks."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks import __main__ as command


@pytest.mark.parametrize("name", command.BENCHMARKS)
def test_each_benchmark_says_in_a_line_what_it_measures(name):
    module, _, function = command.BENCHMARKS[name].partition(":")
    text = inspect.getdoc(getattr(import_module(module), function))
    assert text
    assert text.partition("\n")[0].endswith((".", ":"))


def test_a_benchmark_that_there_is_none_of_is_refused_with_those_that_there_are(
    monkeypatch, capsys
):
    monkeypatch.setattr("sys.argv", ["benchmarks", "netwerks"])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 2
    assert "no benchmark 'netwerks'; there are importing" in capsys.readouterr().err


def test_quick_reaches_those_that_have_rounds(monkeypatch):
    seen = []
    module = import_module("benchmarks.networks.pytorch")
    monkeypatch.setattr(module, "main", lambda quick=False: seen.append(quick))
    kept = import_module("benchmarks.kept")
    monkeypatch.setattr(kept, "main", lambda: seen.append("kept"))
    monkeypatch.setattr("sys.argv", ["benchmarks", "networks", "kept", "--quick"])
    command.main()
    assert seen == [True, "kept"]


def run_networks(monkeypatch, *options):
    """What a benchmark that takes every option is called with."""
    seen = []

    def networks(quick=False, device="cpu", json_path=None):
        seen.append((quick, device, json_path))

    monkeypatch.setattr(import_module("benchmarks.networks.pytorch"), "main", networks)
    monkeypatch.setattr("sys.argv", ["benchmarks", "networks", *options])
    command.main()
    return seen


def test_the_device_and_the_file_of_the_figures_reach_the_networks(monkeypatch):
    assert run_networks(monkeypatch) == [(False, "cpu", None)]
    options = ["--device", "cuda", "--json", "made/figures.json"]
    assert run_networks(monkeypatch, *options) == [(False, "cuda", Path("made/figures.json"))]


def test_an_option_that_a_benchmark_does_not_have_is_refused_before_any_runs(monkeypatch, capsys):
    with pytest.raises(SystemExit) as ended:
        run_networks(monkeypatch, "kept", "--json", "figures.json")
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert "kept takes no --json" in told.err
    assert not told.out
