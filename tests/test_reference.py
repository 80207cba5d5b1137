"""The page of functions has every row of both tables, and a new row is on it."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dualad as da
from dualad import array_functions, functions
from dualad.arrays import ARRAY_ROWS, ARRAY_TABLE
from dualad.rules import ROWS

pytest.importorskip("mkdocs")

ROOT = Path(__file__).parent.parent
HOOK = ROOT / "docs" / "hooks" / "function_tables.py"


def loaded():
    spec = importlib.util.spec_from_file_location("function_tables", HOOK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hook = loaded()
PAGE = hook.page()


def line_of(name):
    (line,) = [line for line in PAGE.splitlines() if f'<span id="{name}">' in line]
    return line


@pytest.mark.parametrize("name", sorted(functions.FUNCTIONS))
def test_every_primitive_is_on_the_page(name):
    assert f"`{name}(" in line_of(name)


@pytest.mark.parametrize(
    "name", [*array_functions.FUNCTIONS, *(f"linalg.{n}" for n in array_functions.EXTENSION)]
)
def test_every_array_function_is_on_the_page(name):
    row = ARRAY_TABLE[name]
    assert f"`{name}({row.signature})`" in line_of(name)
    assert hook.plain(row.summary) in line_of(name)


def test_a_row_says_what_the_table_says():
    assert line_of("sqrt") == (
        '| <span id="sqrt"></span>`sqrt(x)` | √x | 1 / (2 √x) | &#91;0, ∞) |  | 4, 16 |'
    )
    assert line_of("abs") == (
        '| <span id="abs"></span>`abs(x)` | &#124;x&#124; | sign x, 0 at 0 |  | 0 | 4, 16 |'
    )
    assert "`clip(x, min=None, max=None)`" in line_of("clip")
    assert "truth values" in line_of("logical_not")
    assert "integers" in line_of("bitwise_and")


def test_formulas_are_no_markup():
    assert hook.plain("[x > y] |z|_*`") == "&#91;x &#62; y&#93; &#124;z&#124;&#95;&#42;&#96;"
    pipes = [line.count("|") for line in PAGE.splitlines() if line.startswith("|")]
    assert set(pipes) == {7, 5, 4, 3}  # six columns, and fewer


def test_what_is_refused_is_told():
    _, refused = PAGE.split("## Without a derivative")
    for row in ARRAY_ROWS:
        assert (f'id="{row.title}"' in refused) == (row.kind == "refused")


def test_what_is_less_exact_is_told_with_its_reason():
    _, told = PAGE.split("### Less exact")
    told, _ = told.split("## Arrays")
    for row in ROWS:
        first, second = map(hook.number, row.ulp)
        stated = f"| `{row.name}` | {first} | {second} | {hook.plain(row.reason)} |"
        assert (stated in told) == (row.ulp != (4.0, 16.0)), row.name


def test_mkdocs_gets_the_page():
    from mkdocs.config import load_config
    from mkdocs.structure.files import Files

    config = load_config(str(ROOT / "mkdocs.yml"))
    files = config.plugins.on_files(Files([]), config=config)
    assert files.get_file_from_path("functions.md").content_string == PAGE


ROW = """
    Row(
        "cube",
        first=(lambda xp, x, y: 3.0 * x * x,),
        second=((lambda xp, x, y: 6.0 * x,),),
        written=lambda xp, x: x * x * x,
        formula="x³",
        derivative="3 x²",
        domain=(0.0, math.inf),
        kinks=(1.5,),
        ulp=(5.0, 17.0),
        reason="It is made up.",
    ),
"""

ARRAY_ROW = """
    ArrayRow("halves", kind="linear", signature="x, axis=0", summary="Both halves of an array"),
"""

USE = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("hook", sys.argv[1])
hook = importlib.util.module_from_spec(spec)
spec.loader.exec_module(hook)
print(hook.page())
"""


def test_a_row_added_to_a_table_is_on_the_page(tmp_path):
    shutil.copytree(Path(da.__file__).parent, tmp_path / "dualad")
    for table, start, row in (
        ("rules/powers.py", "ROWS: tuple[Row, ...] = (", ROW),
        ("arrays/statistics.py", "ROWS: tuple[ArrayRow, ...] = (", ARRAY_ROW),
    ):
        path = tmp_path / "dualad" / table
        assert path.read_text().count(start) == 1
        path.write_text(path.read_text().replace(start, start + row))
    command = [sys.executable, "-c", USE, str(HOOK)]
    page = subprocess.run(command, check=True, cwd=tmp_path, capture_output=True, text=True).stdout
    assert page != PAGE
    assert "`cube(x)` | x³ | 3 x² | &#91;0, ∞) | 1.5 | 5, 17 |" in page
    assert "| `cube` | 5 | 17 | It is made up. |" in page
    assert "`halves(x, axis=0)` | Both halves of an array | the same function of dx |" in page
