"""The tables of the catalogue, made from the definitions while the site is built."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from types import ModuleType
from typing import Any

from mkdocs.structure.pages import Page

from dualad import Activation, activations

PAGE = "catalogue.md"

COLUMNS = ("Activation", "Formula", "Source", "PyTorch")

FEW = 4
"""Of more parameters than these the first and the last stand in the table."""


def families() -> list[ModuleType]:
    """The files of the catalogue that define members of it, in alphabetical order."""
    names = [m.name for m in pkgutil.iter_modules(activations.__path__, f"{activations.__name__}.")]
    modules = [importlib.import_module(name) for name in sorted(names)]
    return [module for module in modules if members(module)]


def members(family: ModuleType) -> list[Activation]:
    """A family's activations, in the order of their definitions."""
    return [v for v in vars(family).values() if isinstance(v, Activation)]


def tables() -> str:
    """A heading and a table for each family, in Markdown."""
    parts = []
    for family in families():
        title = (inspect.getdoc(family) or "").partition("\n")[0].rstrip(".")
        lines = [COLUMNS, ("---",) * len(COLUMNS), *map(cells, members(family))]
        rows = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        parts.append(f"## {plain(title)}\n\n{rows}\n")
    return "\n".join(parts)


def cells(member: Activation) -> tuple[str, ...]:
    """What the docstring of an activation says, a cell for each column."""
    text = inspect.getdoc(member) or ""
    summary = text.partition("\n\n")[0].replace("\n", " ").rstrip(".")
    source = section(text, "References").rstrip(".")
    return call(member), plain(summary.replace("``", "")), cited(source), built_in(text)


def call(member: Activation) -> str:
    """The activation with its parameters, and a place to link to."""
    name, defaults = member.__name__, member.defaults
    written = [f"{p}={defaults[p]:g}" if p in defaults else p for p in member.parameters]
    if len(written) > FEW:
        first, *_, last = member.parameters[1:]
        written = [written[0], first, "...", last]
    return f'<span id="{name}"></span>`{name}({", ".join(written)})`'


def section(text: str, heading: str) -> str:
    """A section of a docstring, in one line."""
    found = re.search(rf"^{heading}\n-+\n(.*?)(\n\n|\Z)", text, re.DOTALL | re.MULTILINE)
    return " ".join(found[1].split()) if found else ""


def cited(source: str) -> str:
    """A source with its title in italics and a link to what arXiv has of it."""
    parts = source.split("*")
    text = "".join(f"*{plain(p)}*" if i % 2 else plain(p) for i, p in enumerate(parts))
    return re.sub(r"arXiv (\d{4}\.\d{5}|\d{4}\.\d{4})", r"[\g<0>](https://arxiv.org/abs/\1)", text)


def built_in(text: str) -> str:
    """PyTorch's function, with its usual short name."""
    name = section(text, "See Also").replace("torch.nn.functional.", "F.")
    return f"`{name}`" if name else ""


def plain(text: str) -> str:
    """Text in which nothing is Markdown or HTML."""
    return "".join(f"&#{ord(c)};" if c in "\\`*_[]<>|&" else c for c in text)


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """MkDocs calls this with the text of every page."""
    return f"{markdown}\n{tables()}" if page.file.src_uri == PAGE else markdown
