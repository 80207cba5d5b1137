"""python -m dualad bench tensorflow."""

import json
import re
import warnings
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from matplotlib.image import imread

from dualad.activations import silu
from dualad.cli import main
from dualad.cli.bench.formulas import Formula
from dualad.cli.bench.options import ACTIVATIONS
from dualad.cli.bench.tensorflow import pairs
from dualad.cli.bench.tensorflow.command import METHODS, MODES
from dualad.cli.bench.tensorflow.formulas import FORMULAS
from dualad.cli.bench.tensorflow.pairs import Row
from dualad.cli.bench.tensorflow.steps import forward_and_backward, kept
from dualad.cli.bench.tensorflow.table import means
from dualad.compiler import CompilerWarning

QUICK = ["bench", "tensorflow", "--quick", "--size", "1024"]
WITHOUT_BUILT_IN = {"tanhexp", "serf"}
OURS = ("dualad", "dualad input", "dualad compiled")


@dataclass(frozen=True)
class Run:
    """What one run printed and wrote down."""

    printed: str
    figures: Mapping[str, Any]
    picture: Path | None = None

    @property
    def names(self) -> list[tuple[str, ...]]:
        """Mode, activation and method of each row of the table."""
        row = re.compile(r"^(eager|graph|xla) +(\w+) +(\w[\w-]*(?: \w+)?) +[\d.]+  ")
        return [match.groups() for match in map(row.match, self.printed.splitlines()) if match]


def run(folder: Path, *options: str) -> Run:
    figures, printed = folder / "made" / "figures.json", StringIO()
    with redirect_stdout(printed):
        assert main([*QUICK, "--json", str(figures), *options]) == 0
    return Run(printed.getvalue(), json.loads(figures.read_text()))


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two activations, one of them without a built-in, with every method in every mode."""
    folder = tmp_path_factory.mktemp("everything")
    picture = folder / "drawn" / "picture.png"
    found = run(folder, "--activation", "tanhexp", "silu", "--plot", str(picture))
    return Run(found.printed, found.figures, picture)


@pytest.fixture(scope="module")
def chains(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All activations, in eager mode."""
    methods = ("composed", "recompute_grad", "dualad")
    return run(tmp_path_factory.mktemp("chains"), "--mode", "eager", "--method", *methods)


def test_the_table_has_a_row_to_each_mode_activation_and_method(everything: Run) -> None:
    expected = [
        (mode, activation, method)
        for mode in MODES
        for activation in ("tanhexp", "silu")
        for method in METHODS
        if not (method == "built-in" and activation in WITHOUT_BUILT_IN)
        # Within a step that XLA compiles, what it compiles is part of the step.
        if not (mode == "xla" and method in ("compiled", "dualad compiled"))
    ]
    assert everything.names == expected
    rows = everything.figures["rows"]
    assert [(row["mode"], row["activation"], row["method"]) for row in rows] == expected
    assert all(row["seconds"] > 0 for row in rows)


def test_dualad_keeps_four_bytes_in_every_mode(everything: Run, chains: Run) -> None:
    for found in (everything, chains):
        rows = [row for row in found.figures["rows"] if row["method"] in OURS]
        assert {row["kept"] for row in rows} == {4.0}
    eager = {row["activation"] for row in chains.figures["rows"] if row["method"] == "dualad"}
    assert eager == set(ACTIVATIONS)


def test_the_composed_function_keeps_what_its_operations_keep(everything: Run, chains: Run) -> None:
    rows = {(r["activation"], r["method"]): r["kept"] for r in chains.figures["rows"]}
    # x, the sigmoid; x, the softplus, the erf.
    assert rows["silu", "composed"] == 8.0
    assert rows["serf", "composed"] == 12.0
    assert rows["gelu_tanh", "composed"] == 28.0
    assert {kept for (_, method), kept in rows.items() if method == "recompute_grad"} == {4.0}
    of_silu = [r for r in everything.figures["rows"] if r["activation"] == "silu"]
    assert {r["kept"] for r in of_silu if r["method"] == "composed"} == {8.0}


def test_the_figures_say_what_they_were_measured_on(everything: Run) -> None:
    machine = everything.figures["machine"]
    assert machine["tensorflow"] == tf.__version__
    assert machine["keras"] == keras.__version__
    assert everything.figures["settings"]["size"] == 1024
    assert everything.printed.splitlines()[0].endswith(f"Python {machine['python']}")


def test_the_geometric_means_are_printed_and_written(chains: Run) -> None:
    assert re.search(
        r"^eager, dualad: [\d.]+ of the best alternative, [\d.]+ of composed, "
        r"[\d.]+ of recompute_grad \(geometric mean over gelu_tanh, mish, tanhexp, serf\)$",
        chains.printed,
        re.MULTILINE,
    )
    written = chains.figures["geometric means"]["eager"]
    assert written.keys() == {"dualad"}
    assert written["dualad"].keys() == {"best", "composed", "recompute_grad"}


def test_the_means_are_of_one_mode_each() -> None:
    chains = ("gelu_tanh", "mish", "tanhexp", "serf")
    rows = [
        Row(mode, activation, method, seconds, 4.0)
        for mode, ours in (("eager", 2.0), ("xla", 8.0))
        for activation in chains
        for method, seconds in (("composed", 4.0), ("dualad", ours))
    ]
    found = means(rows)
    assert found["eager"]["dualad"] == pytest.approx(
        {"best": 0.5, "composed": 0.5, "recompute_grad": None}
    )
    assert found["xla"]["dualad"]["composed"] == pytest.approx(2.0)


def test_the_picture_is_where_it_was_asked_for_and_not_blank(everything: Run) -> None:
    assert f"picture: {everything.picture}" in everything.printed
    pixels = imread(everything.picture)[::4, :, :3]
    assert pixels.shape[1] >= 1600
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 100


@pytest.mark.parametrize("mode", MODES)
def test_a_step_computes_value_and_gradient_of_its_arguments_at_every_call(mode: str) -> None:
    step = forward_and_backward(silu, mode)
    generator = np.random.default_rng(0)
    for _ in range(2):
        x, cotangent = generator.normal(size=(2, 100))
        y, gradient = step(tf.constant(x), tf.constant(cotangent))
        sigmoid = 1 / (1 + np.exp(-x))
        np.testing.assert_allclose(y, x * sigmoid, rtol=1e-14)
        slope = sigmoid * (1 + x * (1 - sigmoid))
        np.testing.assert_allclose(gradient, cotangent * slope, rtol=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_a_function_that_keeps_nothing_or_one_more_array_is_seen(mode: str) -> None:
    x = tf.ones([1000])
    assert kept(tf.negative, mode, x) == 0.0
    assert kept(tf.square, mode, x) == 4.0
    assert kept(lambda v: tf.sin(tf.square(v)), mode, x) == 8.0


def test_a_method_that_computes_something_else_is_not_timed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = Formula(FORMULAS["mish"].composed, tf.nn.silu)
    monkeypatch.setitem(FORMULAS, "mish", wrong)
    options = ["--activation", "mish", "--method", "composed", "built-in", "--mode", "graph"]
    assert main([*QUICK, *options]) == 1
    message = capsys.readouterr().err
    assert re.search(
        r"mish in graph mode, built-in: the value at x = \S+ is \S+, and should be \S+; nothing",
        message,
    )


def test_what_could_not_be_compiled_is_not_timed_under_that_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fallen_back(x: Any) -> Any:
        warnings.warn("silu could not be compiled", CompilerWarning, stacklevel=2)
        return silu(x)

    methods = {"dualad compiled": fallen_back}
    monkeypatch.setattr(pairs, "methods", lambda activation, mode, settings: methods)
    assert main([*QUICK, "--activation", "silu", "--mode", "eager"]) == 1
    assert capsys.readouterr().err == "silu could not be compiled\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--size", "0"], "--size 0: there must be at least one element, as in --size 4194304"),
        (["--activation", "misch"], "--activation misch: it is one of silu, gelu_tanh, gelu, mish"),
        (["--method", "checkpoint"], "--method checkpoint: it is one of composed, compiled, recom"),
        (["--mode", "eager", "jit"], "--mode jit: it is one of eager, graph, xla"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_what_to_write(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "tensorflow", "--quick", *options]) == 2
    assert capsys.readouterr().err.startswith(message)


def test_without_tensorflow_it_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = {"tensorflow"}
    monkeypatch.setattr(
        "dualad.cli.bench.options.find_spec", lambda name: None if name in missing else name
    )
    assert main(["bench", "tensorflow"]) == 2
    expected = "The benchmark needs TensorFlow: pip install 'dualad[tensorflow]'\n"
    assert capsys.readouterr().err == expected
