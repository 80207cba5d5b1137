import io
import re
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from dualad.cli import demo, main
from dualad.cli.demo import experiment
from dualad.cli.demo.training import METHODS, Kept, Row

INSTALLED = {package: name for package, name in demo.FRAMEWORKS.items() if find_spec(package)}
ACTIVATIONS = ("mish", "tanhexp")


@dataclass(frozen=True)
class Demo:
    """What one run of the demo printed and left behind."""

    printed: str
    folder: Path

    @property
    def kept(self) -> dict[tuple[str, ...], float]:
        """Megabytes by framework, activation and method, in the order of the table."""
        row = re.compile(
            r"^(\w+) +(\w+) +(\w+) +([\d.]+) MB \([\d.]+ B/element\) +[\d.]+ +[\d.]+%$"
        )
        matches = filter(None, map(row.match, self.printed.splitlines()))
        return {match.groups()[:3]: float(match[4]) for match in matches}


@pytest.fixture(scope="module")
def quick_demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    if not INSTALLED:
        pytest.skip("no framework is installed")
    folder = tmp_path_factory.mktemp("demo") / "made" / "by-the-demo"
    printed = io.StringIO()
    with redirect_stdout(printed):
        assert main(["demo", "--quick", "--out", str(folder)]) == 0
    return Demo(printed.getvalue(), folder)


def test_the_table_has_a_row_to_each_framework_activation_and_method(quick_demo: Demo) -> None:
    assert list(quick_demo.kept) == list(product(INSTALLED.values(), ACTIVATIONS, METHODS))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("framework", INSTALLED.values())
def test_dualad_keeps_at_most_six_tenths_of_the_composed_function(
    quick_demo: Demo, framework: str, activation: str
) -> None:
    kept = quick_demo.kept
    assert kept[framework, activation, "dualad"] > 0
    assert kept[framework, activation, "dualad"] <= 0.6 * kept[framework, activation, "composed"]


def test_the_footnotes_say_how_each_framework_was_measured(quick_demo: Demo) -> None:
    for framework in INSTALLED.values():
        assert re.search(rf"^  {framework}: .*\w", quick_demo.printed, re.MULTILINE)


def test_the_picture_is_where_the_demo_says_and_not_blank(quick_demo: Demo) -> None:
    path = Path(re.search(r"^picture: (.+)$", quick_demo.printed, re.MULTILINE)[1])
    assert path.parent == quick_demo.folder
    pixels = imread(path)[..., :3]
    height, width, _ = pixels.shape
    assert width >= 1600
    assert width / height == pytest.approx(16 / 9)
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 100


def not_finding(*packages: str) -> Callable[[str], object]:
    """Return a `find_spec` that finds every package but these."""
    return lambda name: None if name in packages else name


def made_up_rows(frameworks: Mapping[str, str], steps: int) -> list[Row]:
    """Stand in for the experiment, which these tests are not about."""
    return [
        Row(framework, activation, method, Kept(10**6, "made up"), 1.0, 0.5)
        for framework, activation, method in product(frameworks.values(), ACTIVATIONS, METHODS)
    ]


@pytest.mark.parametrize(
    ("missing", "name", "other"),
    [("torch", "PyTorch", "TensorFlow"), ("tensorflow", "TensorFlow", "PyTorch")],
)
def test_a_framework_that_is_not_installed_is_left_out_with_a_line_that_says_so(
    missing: str,
    name: str,
    other: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(demo, "find_spec", not_finding(missing))
    monkeypatch.setattr(experiment, "run", made_up_rows)
    assert main(["demo", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    left_out = f"{name} is not installed and is left out: pip install 'dualad[{missing}]'"
    assert printed.splitlines()[0] == left_out
    assert {framework for framework, _, _ in Demo(printed, tmp_path).kept} == {other}


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        (["matplotlib"], "The demo needs matplotlib: pip install 'dualad[demo]'"),
        (
            ["sklearn", "tqdm"],
            "The demo needs scikit-learn, tqdm: pip install 'dualad[demo]'",
        ),
        (
            ["torch", "tensorflow"],
            "The demo needs PyTorch or TensorFlow: pip install 'dualad[demo,torch]'",
        ),
    ],
)
def test_what_the_demo_cannot_do_without_is_named(
    missing: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(demo, "find_spec", not_finding(*missing))
    assert main(["demo", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"{message}\n"
    assert not any(tmp_path.iterdir())
