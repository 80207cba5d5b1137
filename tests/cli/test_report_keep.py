"""python -m dualad report keep."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.image import imread

import dualad as da
from dualad import activations as catalogue
from dualad.cli import main
from dualad.cli.report.keep import cases, rows
from dualad.cli.report.keep.built_in import BUILT_IN
from dualad.cli.report.keep.cases import FORMS, Case, written
from dualad.cli.report.keep.error import Reference
from dualad.keep import Output, Quantized, Segments

FORM_NAMES = [written(form) for form in FORMS]


@dataclass(frozen=True)
class Run:
    """What one run printed and wrote down."""

    printed: str
    figures: Mapping[str, Any]
    picture: Path

    def row(self, activation: str, form: str) -> Any:
        (found,) = (
            row
            for row in self.figures["rows"]
            if (row["activation"], row["form"]) == (activation, form)
        )
        return found


def run(folder: Path, *options: str) -> Run:
    path, picture = folder / "made" / "figures.json", folder / "drawn" / "keep.png"
    printed = StringIO()
    with redirect_stdout(printed):
        assert main(["report", "keep", "--json", str(path), *options]) == 0
    return Run(printed.getvalue(), json.loads(path.read_text()), picture)


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All activations, without time, with fewer inputs than by default."""
    folder = tmp_path_factory.mktemp("every")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dualad.cli.report.keep.error.NORMAL", 1 << 12)
        return run(folder, "--no-time", "--why", "--plot", str(folder / "drawn" / "keep.png"))


def test_the_table_and_the_figures_have_a_row_to_each_form_of_each_activation(every: Run) -> None:
    expected = [
        (name, form)
        for name in catalogue.__all__
        for form in (*FORM_NAMES, *([BUILT_IN[name][0]] if name in BUILT_IN else []))
    ]
    assert [(row["activation"], row["form"]) for row in every.figures["rows"]] == expected
    lines = [line for line in every.printed.splitlines() if line.split("  ")[0] in dir(catalogue)]
    assert len(lines) == len(expected)
    for line, (name, form) in zip(lines, expected, strict=True):
        assert line.startswith(name)
        assert form in line
    assert "ratio" not in every.printed
    assert every.figures["auto"].keys() == set(catalogue.__all__)


def test_the_figures_say_what_they_were_measured_on(every: Run) -> None:
    assert every.figures["machine"]["torch"] == torch.__version__
    assert every.figures["settings"]["time"] is False


@pytest.mark.parametrize(
    ("names", "most"),
    [
        ("relu sigmoid tanh softplus elu celu selu leaky_relu softsign log_sigmoid", 0.0),
        ("relu6 hardtanh hardsigmoid softshrink hardshrink", 0.25),
        ("gelu silu mish tanhexp serf hardswish", 4.0),
    ],
)
def test_auto_keeps_as_little_as_is_promised(names: str, most: float, every: Run) -> None:
    for name in names.split():
        assert every.figures["auto"][name]["bytes"] <= most, name


def test_auto_is_marked_and_keeps_what_the_form_keeps(every: Run) -> None:
    for name, summary in every.figures["auto"].items():
        (marked,) = (r for r in every.figures["rows"] if r["activation"] == name and r["auto"])
        assert (marked["form"], marked["bytes"]) == (summary["form"], summary["bytes"])
        assert re.search(rf"^{name} +auto  {re.escape(marked['form'])}", every.printed, re.M)
        assert re.search(rf"{re.escape(marked['form'])}: (.*, )?{name}(,|$)", every.printed, re.M)


def test_auto_is_never_above_the_built_in(every: Run) -> None:
    for name, (built_in, _) in BUILT_IN.items():
        assert every.figures["auto"][name]["bytes"] <= every.row(name, built_in)["bytes"], name


def test_bytes_of_mish_in_each_form(every: Run) -> None:
    found = [every.row("mish", form)["bytes"] for form in FORM_NAMES]
    assert found == [4.0, 2.0, 4.0, None, None, 1.0, 1.0, 0.5, 0.5, 0.375, 0.375, 0.25, 0.25]
    assert every.row("mish", "F.mish")["bytes"] == 4.0


def test_gates_are_laid_out_by_the_ranges_of_runs(every: Run) -> None:
    for name in ("swiglu", "geglu", "reglu"):
        row = every.row(name, "Quantized(8)")
        assert row["bytes"] == 2 * (1 + 8 / 256)
        assert row["bound"] is None
        assert row["rms"] < 0.01


def test_nothing_is_further_off_than_it_states(every: Run) -> None:
    for row in every.figures["rows"]:
        if row["why"]:
            continue
        where = row["activation"], row["form"]
        assert 0.0 <= row["rms"] <= row["sup"], where
        if row["bound"] is not None:
            rounding = every.row(row["activation"], "Derivative()")["sup"]
            assert row["sup"] <= row["bound"] + max(rounding, 1e-6), where
        assert not row["exceeds"], where


def test_bounds_are_not_idle(every: Run) -> None:
    for bits in (8, 4, 3, 2):
        row = every.row("mish", f"Quantized({bits})")
        assert row["sup"] > 0.9 * row["bound"]


def test_the_measure_sees_an_error(every: Run) -> None:
    error = Reference(Case("relu")).error(lambda x: 1.25 * torch.relu(x))
    assert error.sup == 0.25
    assert error.rms == pytest.approx(0.25 * 0.5**0.5, rel=1e-3)


def test_what_does_not_serve_is_a_dash_with_the_reason(every: Run, tmp_path: Path) -> None:
    row = every.row("mish", "Segments()")
    assert row["bytes"] is row["sup"] is None
    assert row["why"] == "it calls tanh_softplus, which is not made of straight pieces"
    assert f"not as Segments(), {row['why']}: mish\n" in every.printed
    without = run(tmp_path, "--no-time", "--activation", "mish").printed
    assert re.search(r"^mish +Segments\(\) +– +– +– +–$", without, re.M)
    assert "straight pieces" not in without
    assert "--why says why" in without


def test_the_picture_is_where_it_was_asked_for_and_not_blank(every: Run) -> None:
    assert f"picture: {every.picture}" in every.printed
    pixels = imread(every.picture)[..., :3]
    assert pixels.shape[1] >= 1600
    assert len(np.unique(pixels[::8, ::8].reshape(-1, 3), axis=0)) > 20


def test_times_stand_beside_the_built_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(rows, "ROUNDS", 1)
    found = run(tmp_path, "--activation", "hardtanh", "serf", "--size", "4096")
    assert found.row("hardtanh", "F.hardtanh")["ratio"] == 1.0
    assert found.row("hardtanh", "Segments()")["ratio"] > 0
    assert found.row("serf", "Derivative()")["seconds"] > 0
    assert found.row("serf", "Derivative()")["ratio"] is None
    assert "ms: forward and backward of 4,096 elements, the median of " in found.printed


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_built_in_is_the_same_function(name: str) -> None:
    x = torch.linspace(-8, 8, 101)
    ours, own = Case(name).called("input", "whole"), BUILT_IN[name][1]
    torch.testing.assert_close(ours(x), own(x))


def test_a_new_activation_is_in_the_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(catalogue, "__all__", [*catalogue.__all__, "bent"])
    bent = da.activation(lambda x, slope=0.5: da.maximum(x, slope * x), name="bent")
    monkeypatch.setattr(catalogue, "bent", bent, raising=False)
    found = run(tmp_path, "--no-time", "--activation", "bent")
    assert found.figures["auto"]["bent"]["form"] == "Segments()"


def test_a_form_that_is_further_off_than_it_states_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cases, "HALF_UNIT", 1e-6)
    assert main(["report", "keep", "--no-time", "--activation", "gelu"]) == 1
    assert '! gelu, Derivative("float16"): ' in capsys.readouterr().out


def test_the_number_of_threads_is_as_it_was(tmp_path: Path) -> None:
    before = torch.get_num_threads()
    with rows._one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("form", [Output(), Segments(), *map(Quantized, (8, 4, 3, 2))])
def test_forms_are_written_as_one_writes_them(form: Any) -> None:
    assert eval(written(form)) == form


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--activation", "misch"], "--activation misch: it is one of celu, elu, geglu, "),
        (["--size", "0"], "--size 0: there must be at least one element, as in --size 1048576"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_what_to_write(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "keep", *options]) == 2
    assert capsys.readouterr().err.startswith(message)


@pytest.mark.parametrize(
    ("missing", "options", "message"),
    [
        ("torch", [], "The report needs PyTorch: pip install 'dualad[torch]'"),
        ("matplotlib", ["--plot"], "--plot needs matplotlib: pip install 'dualad[demo]'"),
    ],
)
def test_a_library_that_is_missing_is_named(
    missing: str,
    options: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(
        "dualad.cli.report.keep.command.find_spec", lambda name: None if name == missing else name
    )
    assert main(["report", "keep", *options]) == 2
    assert capsys.readouterr().err == f"{message}\n"


def test_nothing_is_compiled_without_a_compiler(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert main(["report", "keep", "--execution", "compiled"]) == 2
    message = capsys.readouterr().err
    assert "--execution compiled: torch.compile needs a C++ compiler (no-such-compiler)" in message


def test_tensorflow_is_not_needed() -> None:
    program = """
import sys
from dualad.cli import main
sys.modules["tensorflow"] = sys.modules["keras"] = None  # importing them fails
main(["report", "keep", "--no-time", "--activation", "relu"])
"""
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "Output(): relu" in finished.stdout
