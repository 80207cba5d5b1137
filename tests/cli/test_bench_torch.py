"""python -m dualad bench torch."""

import json
import re
import warnings
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
from torch.nn import functional as F

from dualad.activations import mish
from dualad.cli import main
from dualad.cli.bench.agreement import DisagreementError, check
from dualad.cli.bench.comparison import CHAINS, geometric_means, of_activation, ratios
from dualad.cli.bench.formulas import Formula
from dualad.cli.bench.options import ACTIVATIONS
from dualad.cli.bench.pytorch import pairs
from dualad.cli.bench.pytorch.command import METHODS
from dualad.cli.bench.pytorch.device import missing_compiler
from dualad.cli.bench.pytorch.formulas import FORMULAS
from dualad.cli.bench.pytorch.memory import SMALLEST, can_measure_peaks
from dualad.cli.bench.pytorch.methods import (
    AGAINST,
    MEANS,
    NEED_A_COMPILER,
    forward_and_backward,
)
from dualad.cli.bench.pytorch.pairs import Row
from dualad.compiler import CompilerWarning
from dualad.walk import SCRATCH_BYTES

QUICK = ["bench", "torch", "--quick", "--size", "4096"]
EAGER = [m for m in METHODS if m not in NEED_A_COMPILER]
WITHOUT_BUILT_IN = {"tanhexp", "serf"}

composed_mish = FORMULAS["mish"].composed


@dataclass(frozen=True)
class Run:
    """What one run printed and wrote down."""

    printed: str
    figures: Mapping[str, Any]
    picture: Path | None = None

    @property
    def names(self) -> list[tuple[str, str]]:
        """Activation and method of each row of the table."""
        row = re.compile(r"^(\w+) +(\w[\w-]*(?: \w+)?) +[\d.]+  ")
        found = filter(None, map(row.match, self.printed.splitlines()))
        return [(match[1], match[2]) for match in found]


def run(folder: Path, *options: str) -> Run:
    path = folder / "made" / "figures.json"
    printed = StringIO()
    with redirect_stdout(printed):
        assert main([*QUICK, "--json", str(path), *options]) == 0
    return Run(printed.getvalue(), json.loads(path.read_text()))


@pytest.fixture(scope="module")
def eager(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All activations, without what is compiled."""
    return run(tmp_path_factory.mktemp("eager"), "--method", *EAGER)


@pytest.fixture(scope="module")
def of_mish(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """mish with every method, and a picture."""
    folder = tmp_path_factory.mktemp("mish")
    picture = folder / "drawn" / "mish.png"
    found = run(folder, "--activation", "mish", "--plot", str(picture))
    return Run(found.printed, found.figures, picture)


def test_the_table_has_a_row_to_each_activation_and_method(eager: Run) -> None:
    expected = [
        (activation, method)
        for activation in ACTIVATIONS
        for method in EAGER
        if method != "built-in" or activation not in WITHOUT_BUILT_IN
    ]
    assert eager.names == expected
    assert [(row["activation"], row["method"]) for row in eager.figures["rows"]] == expected


def test_compiled_methods_have_rows_where_there_is_a_compiler(of_mish: Run) -> None:
    left_out = NEED_A_COMPILER if missing_compiler("cpu") else ()
    expected = [("mish", method) for method in METHODS if method not in left_out]
    assert of_mish.names == expected


def test_the_figures_say_what_they_were_measured_on(eager: Run) -> None:
    assert eager.figures["machine"]["torch"] == torch.__version__
    assert eager.figures["machine"]["processor"]
    assert eager.figures["settings"]["size"] == 4096
    assert eager.figures["settings"]["dtype"] == "float32"
    assert eager.printed.splitlines()[0].endswith(f"Python {eager.figures['machine']['python']}")


def test_dualad_keeps_four_bytes_and_the_composed_function_what_its_operations_keep(
    eager: Run,
) -> None:
    kept = {(row["activation"], row["method"]): row["kept"] for row in eager.figures["rows"]}
    assert {kept[activation, "dualad"] for activation in ACTIVATIONS} == {4.0}
    # x, the sigmoid; x, x / 2, the tanh and one more; x, the tanh of softplus.
    assert [kept[name, "composed"] for name in ("silu", "gelu_tanh", "mish")] == [8.0, 16.0, 8.0]


@pytest.mark.skipif(not can_measure_peaks("cpu"), reason="only Linux can be asked for a peak")
def test_the_peak_of_the_built_in_is_x_y_and_the_gradient(of_mish: Run) -> None:
    peaks = {row["method"]: row["peak"] for row in of_mish.figures["rows"]}
    assert peaks["built-in"] == pytest.approx(12.0, abs=0.25)
    # Beside these three the composed function has f's two factors and their gradients.
    assert peaks["composed"] > 20


@pytest.mark.skipif(not can_measure_peaks("cpu"), reason="only Linux can be asked for a peak")
def test_the_peak_of_dualad_is_that_of_the_built_in_beside_the_buffers_of_the_blocks(
    of_mish: Run,
) -> None:
    peaks = {row["method"]: row["peak"] for row in of_mish.figures["rows"]}
    # Pages: each of the two is measured to a quarter of a byte, as above.
    if "dualad compiled" in peaks:
        assert peaks["dualad compiled"] <= peaks["built-in"] + 0.25
    # The buffers are of one size for an array of any size.
    assert peaks["dualad"] <= peaks["built-in"] + SCRATCH_BYTES / SMALLEST + 0.25


def test_the_geometric_mean_and_the_small_call_are_printed_and_written(eager: Run) -> None:
    assert re.search(
        r"^dualad: [\d.]+ of the best alternative, [\d.]+ of checkpoint "
        r"\(geometric mean over gelu_tanh, mish, tanhexp, serf\)$",
        eager.printed,
        re.MULTILINE,
    )
    assert eager.figures["geometric means"]["dualad"].keys() == {"best", "checkpoint"}
    assert re.search(r"^1,000 elements, .*difference -?[\d.]+ µs$", eager.printed, re.MULTILINE)
    assert eager.figures["small call"].keys() == {"dualad", "multiplication"}


def test_the_picture_is_where_it_was_asked_for_and_not_blank(of_mish: Run) -> None:
    assert f"picture: {of_mish.picture}" in of_mish.printed
    pixels = imread(of_mish.picture)[..., :3]
    assert pixels.shape[1] >= 1600
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 100


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_types_keep_two_bytes(dtype: str, tmp_path: Path) -> None:
    options = ["--activation", "gelu_tanh", "serf", "--method", "composed", "dualad"]
    rows = run(tmp_path, "--dtype", dtype, *options).figures["rows"]
    assert [row["kept"] for row in rows if row["method"] == "dualad"] == [2.0, 2.0]


def test_ratios_are_to_the_best_alternative_and_not_to_dualad() -> None:
    rows = [
        Row("mish", method, seconds, 4.0)
        for method, seconds in (("composed", 3.0), ("checkpoint", 4.0), ("dualad", 1.0))
    ]
    beside = of_activation(rows, "mish")
    assert ratios(beside["dualad"], beside, AGAINST) == {
        "best": pytest.approx(1 / 3),
        "checkpoint": 0.25,
        "built-in": None,
    }
    assert ratios(beside["composed"], beside, AGAINST)["best"] == 1.0


def test_the_geometric_mean_is_of_the_chains_and_needs_all_of_them() -> None:
    times = dict(zip(CHAINS, (1.0, 2.0, 4.0, 8.0), strict=True))
    rows = [Row(name, "dualad", seconds, 4.0) for name, seconds in times.items()]
    rows += [Row(name, "composed", 4.0, 8.0) for name in CHAINS]
    rows += [Row("silu", "dualad", 99.0, 4.0), Row("silu", "composed", 1.0, 8.0)]
    means = geometric_means(rows, "dualad", MEANS)
    assert means["best"] == pytest.approx(2**-0.5)  # of 1/4, 1/2, 1, 2
    assert means["checkpoint"] is None
    assert geometric_means(rows[1:], "dualad", MEANS)["best"] is None


def test_a_method_that_computes_something_else_is_not_timed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = Formula(composed_mish, torch.nn.functional.silu)
    monkeypatch.setitem(FORMULAS, "mish", wrong)
    assert main([*QUICK, "--activation", "mish", "--method", "composed", "built-in"]) == 1
    message = capsys.readouterr().err
    assert re.match(r"mish, built-in: the value at x = \S+ is \S+, and should be \S+;", message)


class WrongGradient(torch.autograd.Function):
    """mish, with the gradient of the identity."""

    @staticmethod
    def forward(ctx, x):
        return composed_mish(x)

    @staticmethod
    def backward(ctx, cotangent):
        return cotangent


@pytest.mark.parametrize(
    ("fn", "message"),
    [
        (WrongGradient.apply, "mish, given: the gradient at x = "),
        (lambda x: F.mish(x.where(x < 7.9, torch.nan)), "mish, given: the value at x = 8 is nan"),
        (lambda x: composed_mish(x.double()), "the value is torch.float64, for an x of"),
    ],
)
def test_the_check_sees_gradients_nan_and_dtypes(fn, message: str) -> None:
    x = torch.linspace(-8, 8, 101)
    composed, cotangent = forward_and_backward(composed_mish), torch.ones_like(x)
    check("mish", {"given": forward_and_backward(mish)}, composed, x, cotangent)
    with pytest.raises(DisagreementError, match=message):
        check("mish", {"given": forward_and_backward(fn)}, composed, x, cotangent)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--size", "0"], "--size 0: there must be at least one element, as in --size 4194304"),
        (["--activation", "misch"], "--activation misch: it is one of silu, gelu_tanh, gelu, mish"),
        (
            ["--method", "jit"],
            "--method jit: it is one of composed, compiled, checkpoint, built-in",
        ),
        (["--device", "cuda"], "--device cuda: PyTorch finds no CUDA device here"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_what_to_write(
    options: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main(["bench", "torch", "--quick", *options]) == 2
    assert capsys.readouterr().err.startswith(message)


@pytest.mark.parametrize(
    ("missing", "options", "message"),
    [
        ("torch", [], "The benchmark needs PyTorch: pip install 'dualad[torch]'"),
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
        "dualad.cli.bench.options.find_spec", lambda name: None if name == missing else name
    )
    assert main(["bench", "torch", *options]) == 2
    assert capsys.readouterr().err == f"{message}\n"


def test_without_a_compiler_what_is_compiled_is_left_out_with_a_line_that_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    options = ["--activation", "hardswish", "--method", "composed", "compiled", "dualad compiled"]
    assert main([*QUICK, *options]) == 0
    printed = capsys.readouterr().out
    assert "torch.compile needs a C++ compiler (no-such-compiler)" in printed
    assert Run(printed, {}).names == [("hardswish", "composed")]


def test_what_could_not_be_compiled_is_not_timed_under_that_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fallen_back(x: torch.Tensor) -> torch.Tensor:
        warnings.warn("mish could not be compiled", CompilerWarning, stacklevel=2)
        return mish(x)

    methods = {"dualad compiled": fallen_back}
    monkeypatch.setattr(pairs, "methods", lambda activation, settings: methods)
    assert main([*QUICK, "--activation", "mish"]) == 1
    assert capsys.readouterr().err == "mish could not be compiled\n"


@pytest.mark.parametrize("arguments", [["bench"], ["bench", "torch", "--dtype", "float64"]])
def test_what_is_not_understood_exits_with_status_2_and_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m dualad bench" in capsys.readouterr().err
