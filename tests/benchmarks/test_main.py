"""python -m benchmarks."""

import inspect
from importlib import import_module

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
