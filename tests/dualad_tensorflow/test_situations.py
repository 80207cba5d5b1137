"""The situations of TensorFlow and Keras: who survives which, and that nothing is ever wrong."""

import pickle

import keras
import mpmath
import numpy as np
import pytest
import tensorflow as tf

from benchmarks.situations import main
from benchmarks.situations.tensorflow import FRAMEWORK
from benchmarks.situations.tensorflow.columns import composed_mish
from benchmarks.situations.tensorflow.truth import derivative, points
from dualad.activations import mish
from dualad.keep import SecondOrderError

SITUATIONS, cell, judge = FRAMEWORK.situations, FRAMEWORK.cell, FRAMEWORK.judge

ORDERS_KEPT = {"input": 3, "derivative": 1, "compiled": 1}

# TensorFlow drops the custom gradients of a tf.function that the body of a vectorized_map calls.
DROPPED = {
    "tape around vectorized map of a tf function",
    "tape around vectorized map of a tf function of gradients",
}

# There TensorFlow's own functions lose a term in silence.
LATE = {"tape entered after the forward pass", "late tape inside tf function"}

# Second orders in eager mode; the derivative by the cotangent is the first again.
RECORDED = [
    name for name, s in SITUATIONS.items() if s.theme == "orders" if name.split()[-1] != "cotangent"
]


@pytest.mark.parametrize("column", ORDERS_KEPT)
@pytest.mark.parametrize("name", SITUATIONS)
def test_it_passes_what_the_composed_function_passes_to_the_order_that_is_kept(name, column):
    """Beyond that order it is right, or refused with the remedy; it is never wrong."""
    got = cell(name, column)
    if name in DROPPED:
        allowed = {"refused"}
    elif cell(name, "composed").verdict != "right":
        allowed = {"right", "refused", "fails"}  # TensorFlow refuses it to functions of its own
    elif SITUATIONS[name].order <= ORDERS_KEPT[column]:
        allowed = {"right"}
    else:
        allowed = {"right", "refused"}
    assert got.verdict in allowed, got.reason


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_composed_function_is_wrong_only_under_late_tapes(name):
    """Or the situation would be."""
    expected = {"WRONG"} if name in LATE else {"right", "fails"}
    assert cell(name, "composed").verdict in expected, cell(name, "composed").reason


@pytest.mark.parametrize(
    "name", [n for n, s in SITUATIONS.items() if s.theme in ("tapes", "orders", "accumulators")]
)
def test_order_two_is_right_wherever_the_input_is(name):
    """A tape cannot know which gradient will be differentiated again: it keeps the input."""
    assert cell(name, "order=2").verdict == "right", cell(name, "order=2").reason


@pytest.mark.parametrize("name", sorted(LATE))
def test_a_late_tape_is_right_or_refused(name):
    assert cell(name, "input").verdict == "right"
    assert cell(name, "derivative").verdict == "refused"


@pytest.mark.parametrize("column", ["derivative", "compiled"])
@pytest.mark.parametrize("name", RECORDED)
def test_a_second_order_in_eager_mode_is_refused_by_the_first_alone(name, column):
    assert cell(name, column).verdict == "refused", cell(name, column).reason


def test_keeping_the_input_fails_only_where_tensorflow_stands_in_the_way():
    failing = {name for name in SITUATIONS if cell(name, "input").verdict != "right"}
    assert failing == {*DROPPED, "reverse over forward around tf function"}


@pytest.mark.parametrize("name", sorted(DROPPED))
def test_a_dropped_gradient_says_where_to_call_the_activation(name):
    assert "write the call of the activation into the body" in cell(name, "input").reason


def test_the_reference_has_the_derivatives_of_mpmath():
    x = points(2, 4).numpy().ravel()

    def exact(t):
        return t * mpmath.tanh(mpmath.log1p(mpmath.exp(t)))

    for order in range(4):
        with mpmath.workdps(60):
            want = [mpmath.diff(exact, float(a), order) for a in x]
        got = derivative(composed_mish, x, order)
        np.testing.assert_allclose(got, np.array(want, float), rtol=1e-11, atol=1e-13)


@tf.custom_gradient
def slope_in_silence(x):
    """The mistake that all this is about: f' alone is kept, and a second order not refused."""
    slope = mish.derivative(tf.stop_gradient(x))
    return composed_mish(tf.stop_gradient(x)), lambda cotangent: cotangent * slope


def one_ppm_off(x):
    return composed_mish(x) * (1 + 1e-6)


def wrong_at_a_tie(x):
    return tf.where(x == 0, tf.zeros_like(x), composed_mish(x))


def broken(x):
    raise TypeError('a message of somebody else\'s: use with_options(keep="input")')


def refusing(x):
    raise SecondOrderError("mish")


def failing_with_our_words(x):
    tf.strings.to_number(str(SecondOrderError("mish")))


def in_half_precision(x):
    return tf.cast(composed_mish(x), tf.float16)


@pytest.mark.parametrize(
    ("function", "situation", "verdict"),
    [
        (composed_mish, "tape", "right"),
        (composed_mish, "three tapes", "right"),
        (slope_in_silence, "tape", "right"),
        (slope_in_silence, "tape over tape", "WRONG"),  # None
        (slope_in_silence, "gradient penalty", "WRONG"),
        (slope_in_silence, "two tapes inside xla", "WRONG"),
        (one_ppm_off, "tape", "WRONG"),
        (one_ppm_off, "tape inside xla", "WRONG"),
        (wrong_at_a_tie, "tape", "WRONG"),
        (tf.stop_gradient, "stopped gradients", "WRONG"),
        (in_half_precision, "tape", "fails"),
        (broken, "tape", "fails"),
        (refusing, "tape", "refused"),
        (refusing, "two tapes inside tf function", "refused"),
        (failing_with_our_words, "tape", "refused"),
        (lambda x: mish([x]), "tape", "refused"),
    ],
)
def test_the_judge_tells_the_verdicts_apart(function, situation, verdict):
    assert judge(SITUATIONS[situation], function, composed_mish).verdict == verdict


def test_the_error_of_another_process_keeps_its_words():
    error = pickle.loads(pickle.dumps(SecondOrderError("mish", 2)))
    assert str(error) == str(SecondOrderError("mish", 2))


def test_the_judge_leaves_the_process_as_it_was():
    def state():
        policy = keras.config.dtype_policy().name
        return tf.config.functions_run_eagerly(), policy, keras.config.floatx()

    before = state()
    for name in ("functions run eagerly", "mixed float16", "graph and session"):
        cell(name, "composed")
    assert state() == before


def test_the_matrix_is_printed_with_its_totals(capsys):
    main(["tensorflow", "accumulators", "tape over tape"])
    printed = capsys.readouterr().out
    row = next(line for line in printed.splitlines() if line.startswith("tape over tape"))
    assert row.split()[3:] == ["2", "right", "right", "right", "refused", "right", "refused"]
    count = sum(s.theme == "accumulators" for s in SITUATIONS.values()) + 1
    assert f"TOTAL of {count}" in printed
    totals = {
        line.split()[0]: [int(n) for n in line.split()[1:]]
        for line in printed.splitlines()
        if line.split()[:1] in (["right"], ["refused"], ["fails"], ["WRONG"])
    }
    assert totals["refused"] == [0, 0, 0, 1, 0, 1]
    assert [sum(each) for each in zip(*totals.values(), strict=True)] == [count] * 6
    assert "tape over tape / derivative: refused. SecondOrderError: mish keeps only" in printed


def test_a_situation_that_there_is_none_of_is_named_with_the_themes():
    with pytest.raises(ValueError, match="no situation or theme 'taps'; the themes are accum"):
        main(["tensorflow", "taps"])
