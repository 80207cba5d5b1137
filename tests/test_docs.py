"""Every Python block of the README and of the documentation runs.

The blocks of one page share a namespace and run in order, as a reader would type them. A failure
shows the page and its line, because each block is compiled at the place where it stands.
"""

import importlib.util
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

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
