"""Every Python block of the README and of the documentation runs.

The blocks of one page share a namespace and run in order, as a reader would type them. A failure
shows the page and its line, because each block is compiled at the place where it stands.
"""

import ast
import importlib.util
import math
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import dualad as da

ROOT = Path(__file__).parent.parent
PAGES = [
    path for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if path.exists()
]
FRAMEWORKS = ("torch", "tensorflow", "keras")

# A block may be indented (in a tab, in a list); only ```python runs, not ```console or ```pycon.
PYTHON_BLOCK = re.compile(
    r"^(?P<indent>[ \t]*)```python\b[^\n]*\n(?P<code>.*?)^(?P=indent)```[ \t]*$",
    re.DOTALL | re.MULTILINE,
)


def python_blocks(text: str) -> Iterator[tuple[int, str]]:
    """Yield each block of a page with the number of lines above it."""
    for block in PYTHON_BLOCK.finditer(text):
        yield text.count("\n", 0, block.start("code")), textwrap.dedent(block["code"])


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_python_blocks_of_a_page_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for lines_above, code in python_blocks(page.read_text(encoding="utf-8")):
        try:
            exec(compile("\n" * lines_above + code, str(page), "exec"), namespace)
        except ModuleNotFoundError as error:
            if error.name in FRAMEWORKS and importlib.util.find_spec(error.name) is None:
                pytest.skip(f"{error.name} is not installed")
            raise


def test_blocks_are_found_where_they_stand() -> None:
    page = """\
# Title

```python
a = 1
```

    ```python title="indented"
    b = 2
    ```

```console
$ c
```
"""
    assert list(python_blocks(page)) == [(3, "a = 1\n"), (7, "b = 2\n")]


KINKS = re.findall(
    r"^\| `(?P<expression>.+?)` \| `(?P<result>.+?)` \|",
    (ROOT / "docs" / "tutorial.md")
    .read_text(encoding="utf-8")
    .partition("## Kinks and edges")[2]
    .partition("\n## ")[0],
    re.MULTILINE,
)


@pytest.mark.parametrize(("expression", "result"), KINKS, ids=[line[0] for line in KINKS])
def test_the_tutorials_table_of_kinks_holds(expression: str, result: str) -> None:
    names = {"d": da.derivative, "g": da.gradient, "da": da, "np": np, "math": math}
    names |= {"inf": math.inf, "nan": math.nan}
    with np.errstate(all="ignore"):
        got = eval(expression, names)
    np.testing.assert_array_equal(got, eval(result, names))


def test_the_table_of_kinks_is_found() -> None:
    assert len(KINKS) > 20


HOUSE = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8").partition("## The house")[2]
FLOORS = {
    name: floor
    for floor, line in enumerate(re.findall(r"^\| (`.+?) \|", HOUSE, re.MULTILINE))
    for name in re.findall(r"`(\w+)(?:\.py|/)`", line)
}
PACKAGE = ROOT / "dualad"


def imported(path: Path) -> Iterator[str]:
    """The files and folders of the package that a file imports from."""
    folder = path.relative_to(PACKAGE).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            start = folder[: len(folder) - node.level + 1]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            yield from ((*start, *name.split("."))[0] for name in names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dualad."):
            yield str(node.module).split(".")[1]


def test_the_house_has_every_file() -> None:
    files = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py"}
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert FLOORS.keys() - {"adapters"} == (files | folders) - {"__init__", "__main__"}


def test_imports_run_one_way() -> None:
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).with_suffix("").parts[0]
        if name not in ("__init__", "__main__"):
            above = {other for other in imported(path) if FLOORS[other] > FLOORS[name]}
            assert not above, f"{path.relative_to(ROOT)} imports {above}"
