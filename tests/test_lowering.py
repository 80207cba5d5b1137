"""Programs as Python functions: whole arrays, and blocks in few buffers."""

import inspect
import traceback

import numpy as np
import pytest

import dualad as da
from dualad.lowering import in_blocks, whole
from dualad.numpy_arrays import namespace


def long_chain(x):
    for _ in range(20):
        x = da.tanh(x) + da.exp(-x * x)
    return x


def test_whole_agrees_with_the_definition():
    x = np.linspace(-2, 2, 11)
    program = da.activation(long_chain).program(((),))
    np.testing.assert_allclose(whole(program, namespace).run(x)[0], long_chain(x), rtol=1e-13)


def test_a_long_chain_needs_few_buffers():
    program = da.activation(long_chain).program(((),))
    assert len(program.calls) == 100
    assert in_blocks(program, namespace).buffers <= 3
    pair = da.activation(long_chain).program(((), (0,)))
    assert in_blocks(pair, namespace).buffers <= 8


def test_numbers_and_inputs_among_the_outputs_are_not_computed():
    f = da.activation(lambda x, y: x * y + 3.0 * x)
    code = in_blocks(f.program(((), (0,), (1,))), namespace)
    assert code.outputs == (0, 1)  # the derivative by y is x itself
    assert in_blocks(da.activation(lambda x: 2.0 * x).program(((0,),)), namespace).outputs == ()


def test_selections_use_boolean_buffers():
    f = da.activation(lambda x: da.where(x > 1.0, x, da.where(x < -1.0, -x, x * x)))
    code = in_blocks(f.program(((), (0,))), namespace)
    assert 1 <= code.booleans <= 2


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_numbers_that_are_not_finite(value):
    f = da.activation(lambda x: da.maximum(x, value))
    for execution in ("whole", "blocks"):
        got = f.with_options(execution=execution)(np.ones(3))
        np.testing.assert_array_equal(got, np.maximum(np.ones(3), value))


def test_a_traceback_shows_the_programs_line():
    run = whole(da.activation(long_chain).program(((),)), namespace).run
    assert "v1 = tanh(i0)" in inspect.getsource(run)
    with pytest.raises(TypeError) as raised:
        run("no array")
    assert "tanh(i0)" in "".join(traceback.format_tb(raised.value.__traceback__))


@pytest.mark.parametrize("execution", ["whole", "blocks"])
def test_arguments_that_are_named_like_buffers_are_not_written(execution):
    def definition(x, beta):
        y = beta * x
        return da.exp(y) + da.tanh(da.exp(-y)) * da.exp(x)

    f = da.activation(definition).with_options(execution=execution)
    x, beta = np.linspace(-1, 1, 7), np.linspace(1, 2, 7)
    before = beta.copy()
    np.testing.assert_allclose(f(x, beta), definition(x, before), rtol=1e-14)
    assert (beta == before).all()


def test_an_output_that_occurs_twice_is_computed_once():
    f = da.activation(lambda x, y: da.exp(x + y)).with_options(execution="blocks")
    x = np.linspace(-1, 1, 7)
    y, (by_x, by_y) = f.linearize(x, x)
    for slope in (by_x, by_y):
        np.testing.assert_array_equal(slope, y)
