"""Every form of every activation: bytes kept, error of f', time."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from ....compiler import CompilerWarning
from ....keep import Derivative
from ...bench.progress import progress_bar
from ...bench.timing import alternate
from .between import kept_between
from .built_in import BUILT_IN
from .cases import FORMS, Case, written
from .error import Reference

__all__ = ["ROUNDS", "Row", "Settings", "Summary", "measure"]

Function = Callable[..., Tensor]

ROUNDS = 5
"""Turns of each form that are counted."""


@dataclass(frozen=True)
class Settings:
    """What is measured.

    Parameters
    ----------
    activations : tuple of str
        By the names of `dualad.activations`.
    execution : {"auto", "compiled", "blocks"}
        How y and f' are computed.
    size : int
        Elements that are timed.
    time : bool
        Whether anything is timed.
    """

    activations: tuple[str, ...]
    execution: str
    size: int
    time: bool

    def as_dict(self) -> dict[str, Any]:
        """What can be written as JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Row:
    """What was measured of an activation in a form, or of PyTorch's own function.

    Parameters
    ----------
    activation, form : str
        Of what.
    why : str
        The reason, where the form does not serve; then there are no figures.
    auto : bool
        Whether this is what ``keep="auto"`` keeps.
    bytes : float, optional
        For each element, between linear layers.
    bound : float, optional
        How far from f' it is, as it states; 0: no further than rounding. None: it states nothing.
    sup, rms : float, optional
        How far it was, at most and in the mean square under N(0,1).
    exceeds : bool
        Whether it was further off than it states, and than single precision computes f'.
    seconds, ratio : float, optional
        The time of forward and backward, and over that of PyTorch's own function.
    """

    activation: str
    form: str
    why: str = ""
    auto: bool = False
    bytes: float | None = None
    bound: float | None = None
    sup: float | None = None
    rms: float | None = None
    exceeds: bool = False
    seconds: float | None = None
    ratio: float | None = None


@dataclass(frozen=True)
class Summary:
    """What ``keep="auto"`` keeps of an activation.

    Parameters
    ----------
    form : str
        Which form.
    bytes : float
        For each element between linear layers, measured with ``keep="auto"`` itself.
    """

    form: str
    bytes: float


def measure(settings: Settings) -> tuple[list[Row], dict[str, Summary]]:
    """Count, compare and time; the rows of an activation stand together.

    Returns
    -------
    rows, auto
        And what ``keep="auto"`` keeps, by activation.

    Raises
    ------
    CompilerWarning
        What was to be compiled could not be.
    """
    rows: list[Row] = []
    auto: dict[str, Summary] = {}
    with progress_bar(len(settings.activations), "activation") as progress:
        for name in settings.activations:
            progress.describe(name)
            case = Case(name)
            with warnings.catch_warnings():
                # What then runs is not what was asked for.
                warnings.simplefilter("error", CompilerWarning)
                rows += _rows(case, settings)
                auto[name] = _by_auto(case, settings.execution)
            progress.update()
    return rows, auto


def _by_auto(case: Case, execution: str) -> Summary:
    with _one_thread():
        kept = kept_between(case.called("auto", execution), case.arrays)
    return Summary(written(case.chosen), kept)


def _rows(case: Case, settings: Settings) -> list[Row]:
    """A row to each form, and one to PyTorch's own function."""
    refusals = {written(form): case.refusal(form) for form in FORMS}
    serving = [form for form in FORMS if not refusals[written(form)]]
    functions: dict[str, Function] = {
        written(form): case.called(form, settings.execution) for form in serving
    }
    bounds = {written(form): case.bound(form) for form in serving}
    own = ""
    if case.name in BUILT_IN:
        own, functions[own] = BUILT_IN[case.name]
    times: dict[str, float] = {}
    if settings.time:
        arrays = _arrays(case.arrays, settings.size)
        times = alternate({form: _step(fn, arrays) for form, fn in functions.items()}, ROUNDS)
    with _one_thread():
        reference = Reference(case)
        errors = {form: reference.error(fn) for form, fn in functions.items()}
        kept = {form: kept_between(fn, case.arrays) for form, fn in functions.items()}
    chosen, rounding = written(case.chosen), errors[written(Derivative())].sup
    rows = []
    for form in (*refusals, *([own] if own else [])):
        if form not in functions:
            rows.append(Row(case.name, form, why=refusals[form]))
            continue
        error, bound, seconds = errors[form], bounds.get(form), times.get(form)
        rows.append(
            Row(
                case.name,
                form,
                auto=form == chosen,
                bytes=kept[form],
                bound=bound,
                sup=error.sup,
                rms=error.rms,
                exceeds=bound is not None and bound > 0.0 and not error.sup <= bound + rounding,
                seconds=seconds,
                ratio=seconds / times[own] if seconds is not None and own else None,
            )
        )
    return rows


@contextmanager
def _one_thread() -> Iterator[None]:
    """What is small does not wait for threads: beside other programs all took six times longer."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _arrays(count: int, size: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(size, generator=generator) for _ in range(count)]


def _step(fn: Function, arrays: Sequence[Tensor]) -> Callable[[], object]:
    """Forward and backward, to be timed."""
    cotangent = torch.ones_like(arrays[0])

    def run() -> None:
        leaves = [a.detach().requires_grad_() for a in arrays]
        torch.autograd.backward(fn(*leaves), cotangent)

    return run
