"""What is chosen: the cheapest of what is enough, for every activation that there is."""

import itertools

import numpy as np
import pytest

import dualad as da
from dualad import activations
from dualad.keep import Auto, Derivative, Derivatives, Input, Output, Quantized, Segments
from dualad.keep.choice import choose
from dualad.keep.planner import Candidate, Plan

D, Y, S = Derivative(), Output(), Segments()
Q = {bits: Quantized(bits) for bits in (8, 4, 3, 2)}

# Exact beside y that is kept anyway, exact alone, and with an error of 0.05 alone.
CHOICES = {
    "celu": ((Y, 0), (D, 4), (Q[4], 0.5)),
    "elu": ((Y, 0), (D, 4), (Q[4], 0.5)),
    "geglu": ((D, 8), (D, 8), (D, 8)),
    "gelu": ((D, 4), (D, 4), (Q[4], 0.5)),
    "gelu_tanh": ((D, 4), (D, 4), (Q[4], 0.5)),
    "hardshrink": ((S, 0.125), (S, 0.125), (S, 0.125)),
    "hardsigmoid": ((S, 0.125), (S, 0.125), (S, 0.125)),
    "hardswish": ((D, 4), (D, 4), (Q[8], 1)),
    "hardtanh": ((S, 0.125), (S, 0.125), (S, 0.125)),
    "leaky_relu": ((Y, 0), (S, 0.125), (S, 0.125)),
    "log_sigmoid": ((Y, 0), (D, 4), (Q[4], 0.5)),
    "mish": ((D, 4), (D, 4), (Q[4], 0.5)),
    "pau": ((D, 4), (D, 4), (Q[4], 0.5)),
    "prelu": ((S, 0.125), (S, 0.125), (S, 0.125)),
    "reglu": ((D, 8), (D, 8), (D, 8)),
    "relu": ((Y, 0), (S, 0.125), (S, 0.125)),
    "relu6": ((S, 0.125), (S, 0.125), (S, 0.125)),
    "selu": ((Y, 0), (D, 4), (Q[8], 1)),
    "serf": ((D, 4), (D, 4), (Q[4], 0.5)),
    "sigmoid": ((Y, 0), (D, 4), (Q[2], 0.25)),
    "silu": ((D, 4), (D, 4), (Q[4], 0.5)),
    "snake": ((D, 4), (D, 4), (Q[8], 1)),
    "softplus": ((Y, 0), (D, 4), (Q[4], 0.5)),
    "softshrink": ((S, 0.125), (S, 0.125), (S, 0.125)),
    "softsign": ((Y, 0), (D, 4), (Q[4], 0.5)),
    "squareplus": ((Y, 0), (D, 4), (Q[4], 0.5)),
    "swiglu": ((D, 8), (D, 8), (D, 8)),
    "swish": ((D, 4), (D, 4), (Q[4], 0.5)),
    "tanh": ((Y, 0), (D, 4), (Q[4], 0.5)),
    "tanhexp": ((D, 4), (D, 4), (Q[4], 0.5)),
    "tanhshrink": ((D, 4), (D, 4), (Q[4], 0.5)),
    "threshold": ((S, 0.125), (S, 0.125), (S, 0.125)),
}
VALUES = {"threshold": {"threshold": 0.5, "value": 2.0}}


def planned(name, **options):
    return getattr(activations, name).plan(**options, **VALUES.get(name, {}))


def chosen(name, **options):
    plan = planned(name, **options)
    return plan.form, plan.bytes


def test_the_table_is_of_the_whole_catalogue():
    assert set(CHOICES) == set(activations.__all__)


@pytest.mark.parametrize("name", CHOICES)
def test_choices(name):
    beside, alone, roughly = CHOICES[name]
    assert chosen(name) == beside
    assert chosen(name, alive=()) == alone
    assert chosen(name, alive=(), tolerance=0.05) == roughly
    assert chosen(name, tolerance=0.05) == (beside if beside[0] == Y else roughly)


@pytest.mark.parametrize("name", CHOICES)
def test_x_that_is_kept_anyway_is_free(name):
    for dtype, order in itertools.product(("float32", "bfloat16"), (1, 2)):
        assert chosen(name, alive=("input",), dtype=dtype, order=order) == (Input(), 0.0)


@pytest.mark.parametrize("name", CHOICES)
def test_two_derivatives_are_never_kept_in_few_bits(name):
    arrays = 2 if name in ("geglu", "reglu", "swiglu") else 1
    form, size = chosen(name, order=2)
    if CHOICES[name][0][0] == Y:
        assert (form, size) == (Y, 0.0)
    else:
        assert (form, size) == (Input(), 4.0 * arrays)
    forms = {type(c.form) for c in planned(name, order=2, tolerance=1.0).candidates}
    assert forms == {Output, Derivatives, Input}


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
@pytest.mark.parametrize("name", CHOICES)
def test_other_dtypes_have_other_sizes_and_the_same_choices(name, dtype):
    share = {"float64": 2.0, "float16": 0.5, "bfloat16": 0.5}[dtype]
    beside, alone, _ = CHOICES[name]
    for alive, (form, size) in [(("output",), beside), ((), alone)]:
        # Bits are bits, whatever the dtype is.
        size = size if form == S else size * share
        assert chosen(name, dtype=dtype, alive=alive) == (form, size)


def test_a_tolerance_is_kept_to():
    for name in ("gelu", "silu", "mish", "tanh", "hardswish"):
        for tolerance in (0.0, 1e-4, 0.0025, 0.004, 0.05, 0.1001, 0.2, 0.5, 1.0):
            plan = planned(name, tolerance=tolerance, alive=())
            assert plan.candidates[0].error <= tolerance
            # And nothing that would do is fewer bytes.
            others = {c.form: c for c in plan.candidates if isinstance(c.form, Quantized)}
            for bits, form in Q.items():
                if others[form].error <= tolerance:
                    assert plan.bytes <= bits / 8.0


def test_the_best_are_first_and_what_does_not_serve_is_last():
    for name in CHOICES:
        sizes = [c.bytes for c in planned(name, tolerance=0.01).candidates]
        serve = [s for s in sizes if s is not None]
        assert sizes == [*sorted(serve), *[None] * (len(sizes) - len(serve))]


def test_several_arrays_are_several_derivatives():
    assert chosen("swiglu", order=2)[1] == 8.0
    plan = {c.form: c.bytes for c in planned("swiglu", order=2).candidates}
    # Two first and three second ones.
    assert plan[Derivatives()] == 20.0
    # One argument is a number: then there is one derivative.
    assert activations.swiglu.plan(up=2.0).bytes == 4.0
    assert activations.swiglu.plan(up=2.0, tolerance=0.05).form == Q[8]
    assert activations.swiglu.plan(up=1.0, tolerance=0.05).form == Q[4]


def test_numbers_count():
    assert activations.leaky_relu.plan(negative_slope=-0.1).form == S
    assert activations.hardtanh.plan(min_val=-np.inf, max_val=np.inf).form == S
    assert activations.swish.plan(beta=50.0, tolerance=0.01).form == Q[8]


def test_what_has_no_bound_is_in_no_tolerance():
    """x² has a slope that is finite on any grid, but no levels would be fine enough for it."""
    for definition in (lambda x: x * x, lambda x: da.exp(x), lambda x: x**3, lambda x: 1e5 * x * x):
        plan = da.activation(definition).plan(tolerance=1e9)
        assert plan.form == Derivative()
        few = [c for c in plan.candidates if isinstance(c.form, Quantized)]
        assert {(c.bytes, c.error) for c in few} == {(None, np.inf)}


def test_what_is_chosen_is_what_is_kept():
    x = np.ones(3, np.float32)
    for name in CHOICES:
        f = getattr(activations, name)
        arrays = [x for p in f.parameters if p not in (*f.defaults, *VALUES.get(name, {}))]
        rest = (*VALUES.get(name, {}).values(), *f.defaults.values())
        for auto in (Auto(), Auto(0.05, ())):
            choice = choose(f.with_options(keep=auto), (*arrays, *rest), "float32")
            assert choice.form == planned(name, tolerance=auto.tolerance, alive=auto.alive).form


def test_the_plan_is_printed_with_bytes_error_and_reason():
    text = activations.gelu.plan(tolerance=0.05, alive=("input",))
    assert str(text).splitlines() == [
        "gelu(x), float32, one derivative, error up to 0.05, input alive anyway:",
        "       form               bytes   error",
        "keeps  Input()                0   exact  x is kept anyway; f' is computed in the backward "
        "pass, to any order",
        "       Quantized(bits=4)    0.5   0.043  within the tolerance",
        "       Quantized(bits=8)      1  0.0025  within the tolerance",
        "       Derivative()           4   exact  one multiplication in the backward pass",
        "       Segments()             -   exact  it calls ndtr, which is not made of straight "
        "pieces",
        "       Quantized(bits=2)      -    0.17  further off than the tolerance",
        "       Quantized(bits=3)      -     0.1  further off than the tolerance",
        "       Output()               -   exact  it is defined without derivative_from_output, "
        "its f' by way of y",
    ]


@pytest.mark.parametrize(
    ("options", "title"),
    [
        ({}, "tanh(x), float32, one derivative, output alive anyway:"),
        ({"alive": ()}, "tanh(x), float32, one derivative, nothing alive anyway:"),
        (
            {"dtype": "bfloat16", "order": 2, "alive": ("input", "output")},
            "tanh(x), bfloat16, two derivatives, input and output alive anyway:",
        ),
    ],
)
def test_the_title_says_for_what(options, title):
    assert str(activations.tanh.plan(**options)).splitlines()[0] == title


def test_one_bit_is_one_bit():
    plan = activations.hardtanh.plan()
    assert plan.candidates[0].why == "straight pieces in 1 bit"
    three = da.activation(lambda x: da.relu(x) + da.relu(x - 1.0))
    assert three.plan().candidates[0].why == "straight pieces in 2 bits"


def test_a_plan_is_its_candidates():
    plan = Plan("f(x):", (Candidate(S, 0.25, 0.0, "why"), Candidate(D, 4.0, 0.0, "")))
    assert (plan.form, plan.bytes) == (S, 0.25)
    assert str(plan) == (
        "f(x):\n"
        "       form          bytes  error\n"
        "keeps  Segments()     0.25  exact  why\n"
        "       Derivative()      4  exact"
    )


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"dtype": "int8"},
            ValueError,
            "dtype is one of float64, float32, float16, bfloat16, got 'int8'",
        ),
        ({"beta": 1.0}, TypeError, "gelu has no argument 'beta'"),
        ({"tolerance": -1.0}, ValueError, "tolerance is a number, 0 or more, got -1.0"),
        (
            {"alive": ("y",)},
            ValueError,
            'neighbours keep "input" or "output", got alive=\'y\'',
        ),
    ],
)
def test_wrong_questions_are_named(options, error, message):
    with pytest.raises(error) as raised:
        activations.gelu.plan(**options)
    assert str(raised.value) == message
