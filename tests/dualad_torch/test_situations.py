"""The situations of benchmarks/situations: who survives which, and that nothing is ever wrong."""

import functools

import pytest
import torch

from benchmarks.situations import main
from benchmarks.situations.pytorch import FRAMEWORK
from benchmarks.situations.pytorch.columns import composed_mish
from dualad.activations import mish
from dualad.keep import SecondOrderError

SITUATIONS, cell, judge = FRAMEWORK.situations, FRAMEWORK.cell, FRAMEWORK.judge
ORDERS_KEPT = {"input": 3, "derivative": 1, "order=2": 2, "compiled": 1}

# A backward pass recorded in eager mode, of a graph that autograd alone has seen.
RECORDED = [
    "double backward",
    "double backward of a large tensor",
    "triple backward",
    "gradient penalty",
    "double backward with unused allowed",
    "double backward through a checkpoint",
    "double backward of a nested tensor",
    "double backward of a dtensor",
    "autograd functional hessian",
    "gradgradcheck in reverse",
    "gradgradcheck batched",
    "gradgradcheck forward over reverse",
    "batched cotangents with a graph",
]

# Second and third orders that a transform, forward mode or a tracer sees coming.
FORESEEN = [
    name
    for name, s in SITUATIONS.items()
    if s.order > 1
    and (
        s.theme in ("functional", "export")
        or name in ("func hessian inside compile", "func grad of grad inside compile")
        or name in ("backward through func grad inside compile", "reverse over forward")
        or name in ("forward over reverse", "autograd functional hessian forward over reverse")
    )
]


@pytest.mark.parametrize("column", ORDERS_KEPT)
@pytest.mark.parametrize("name", SITUATIONS)
def test_it_passes_what_the_built_in_passes_to_the_order_that_is_kept(name, column):
    """Beyond that order it is right, or refused with the remedy; it is never wrong."""
    got = cell(name, column)
    if cell(name, "built-in").verdict != "right":
        allowed = {"right", "refused", "fails"}  # PyTorch refuses it to functions of its own
    elif SITUATIONS[name].order <= ORDERS_KEPT[column]:
        allowed = {"right"}
    else:
        allowed = {"right", "refused"}
    assert got.verdict in allowed, got.reason


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_built_in_is_never_wrong_either(name):
    """Or the situation would be."""
    assert cell(name, "built-in").verdict in ("right", "fails"), cell(name, "built-in").reason


@pytest.mark.parametrize("column", ["derivative", "compiled"])
@pytest.mark.parametrize("name", RECORDED)
def test_a_second_order_recorded_in_eager_mode_is_refused_by_the_first_alone(name, column):
    got = cell(name, column)
    assert got.verdict == "refused"
    assert 'mish.with_options(keep="input")' in got.reason


@pytest.mark.parametrize("column", ORDERS_KEPT)
@pytest.mark.parametrize("name", FORESEEN)
def test_a_second_order_that_is_seen_coming_is_right(name, column):
    assert cell(name, column).verdict == "right", cell(name, column).reason


def test_keeping_the_input_fails_only_where_pytorch_refuses_every_function():
    failing = {name for name in SITUATIONS if cell(name, "input").verdict != "right"}
    assert failing == {
        "double backward of a compiled function",
        "gradient penalty of a compiled function",
        "input changed in place",
    }


class KeepsTheSlopeInSilence(torch.autograd.Function):
    """The mistake that all this is about: f' alone is kept, and a second order not refused."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(mish.derivative(x.detach()))
        return mish(x.detach())

    @staticmethod
    def backward(ctx, cotangent):
        return cotangent * ctx.saved_tensors[0]


def slope_in_silence(x):
    return KeepsTheSlopeInSilence.apply(x)


def one_ppm_off(x):
    return composed_mish(x) * (1 + 1e-6)


def contiguous(x):
    return composed_mish(x.contiguous()).contiguous()


def broken(x):
    raise TypeError('a message of somebody else\'s: use with_options(keep="input")')


def refusing(x):
    raise SecondOrderError("mish")


def in_half_precision(x):
    return composed_mish(x).half()


@pytest.mark.parametrize(
    ("function", "situation", "verdict"),
    [
        (composed_mish, "backward", "right"),
        (composed_mish, "triple backward", "right"),
        (slope_in_silence, "backward", "right"),
        (slope_in_silence, "gradient penalty", "WRONG"),
        (slope_in_silence, "func grad", "fails"),
        (one_ppm_off, "backward", "WRONG"),
        (one_ppm_off, "channels last compiled", "WRONG"),
        (torch.nn.functional.gelu, "gradcheck in reverse", "right"),
        (lambda x: x.detach() * x, "gradcheck in reverse", "WRONG"),
        (lambda x: x.detach() * x, "gradcheck with forward ad", "WRONG"),
        (contiguous, "channels last", "fails"),
        (in_half_precision, "backward", "fails"),
        (broken, "backward", "fails"),
        (refusing, "backward", "refused"),
        (refusing, "gradcheck with batched grad", "refused"),
        (lambda x: mish([x]), "backward", "refused"),
    ],
)
def test_the_judge_tells_the_verdicts_apart(function, situation, verdict):
    assert judge(SITUATIONS[situation], function, composed_mish).verdict == verdict


def test_an_error_that_pytorch_wrapped_is_still_a_refusal():
    with pytest.raises(SecondOrderError, match=r'keep="input"'):
        refusing(1)
    got = judge(SITUATIONS["double backward inside compile"], mish, composed_mish)
    assert got.verdict == "refused"


def test_the_judge_leaves_the_process_as_it_was():
    heard = torch.get_default_dtype(), torch.is_grad_enabled(), torch.distributed.is_initialized()
    for name in ("another default dtype", "no grad and inference mode", "data parallel"):
        cell(name, "built-in")
    now = torch.get_default_dtype(), torch.is_grad_enabled(), torch.distributed.is_initialized()
    assert now == heard


def test_the_matrix_is_printed_with_its_totals(capsys):
    main(["pytorch", "storage", "double backward"])
    printed = capsys.readouterr().out
    row = next(line for line in printed.splitlines() if line.startswith("double backward "))
    assert row.split()[2:] == ["2", "right", "right", "refused", "right", "refused"]
    assert "STORAGE" in printed
    count = sum(s.theme == "storage" for s in SITUATIONS.values()) + 1
    assert f"TOTAL of {count}" in printed
    totals = {
        line.split()[0]: [int(n) for n in line.split()[1:]]
        for line in printed.splitlines()
        if line.split()[:1] in (["right"], ["refused"], ["fails"], ["WRONG"])
    }
    assert functools.reduce(
        lambda a, b: [x + y for x, y in zip(a, b, strict=True)], totals.values()
    ) == [count] * len(FRAMEWORK.columns)
    assert "double backward / derivative: refused. SecondOrderError: mish keeps only" in printed
