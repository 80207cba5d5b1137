"""What one definition's activations share, and the bound of a derivative."""

import threading

import numpy as np
import pytest

import dualad as da
from dualad.activations import gelu, mish, silu, tanh
from dualad.keep.codes import Code, scaled
from dualad.numpy_arrays import namespace
from dualad.recording import Recording


def gate(x, beta):
    return x * da.sigmoid(beta * x)


@pytest.mark.parametrize(
    ("options", "shared"),
    [
        ({"keep": "input"}, True),
        ({"order": 2}, True),
        ({"execution": "whole"}, True),
        ({"inplace": True}, True),
        ({"name": "another"}, False),
    ],
    ids=str,
)
def test_activations_that_differ_in_their_options_share_what_was_made(options, shared):
    f = da.activation(gate)
    twin = f.with_options(**options)
    paths = ((), (0,))
    for make in (
        lambda a: a.recording.executable(namespace.name, paths),
        lambda a: a.recording.pull_back(namespace.name, (0, 1)),
        lambda a: a.program(paths),
    ):
        assert (make(f) is make(twin)) is shared
        assert make(f) is make(f)


def test_executables_differ_by_backend_derivative_and_code():
    r, code = da.activation(gate).recording, scaled(0.5)
    made = [
        r.executable(namespace.name, ((),)),
        r.executable(namespace.name, ((), (0,))),
        r.executable(namespace.name, ((), (0,)), code),
        r.executable(namespace.name, ((), (0,)), scaled(0.5)),
        r.pull_back(namespace.name, (0,)),
        r.pull_back(namespace.name, (1,)),
        r.weighted(namespace.name),
    ]
    assert len(set(map(id, made))) == len(made)
    assert r.executable(namespace.name, ((), (0,)), code) is made[2]
    assert r.weighted(namespace.name) is made[-1]


def test_a_definition_runs_once_whoever_calls_first():
    runs, together = [], threading.Barrier(6)

    def definition(x):
        runs.append(threading.get_ident())
        return x * da.tanh(x)

    f, found = da.activation(definition), []

    def work():
        together.wait()
        found.append(f.recording.executable(namespace.name, ((), (0,))))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(runs) == 1
    assert len(found) == 6
    assert len(set(map(id, found))) == 1


def test_derivatives_in_a_code_and_the_value_as_it_is():
    f = da.activation(gate)
    x, beta = np.linspace(-3, 3, 7), np.full(7, 1.5)
    paths = ((), (0,), (1,))
    y, *slopes = f.recording.executable(namespace.name, paths).run([x, beta])
    code = scaled(2.0**13)
    z, *coded = f.recording.executable(namespace.name, paths, code).run([x, beta])
    np.testing.assert_array_equal(z, y)
    np.testing.assert_array_equal(coded, [4.0 * s for s in slopes])
    np.testing.assert_array_equal([code.decode(c) for c in coded], slopes)


def test_noise_is_an_argument_behind_the_others():
    f = da.activation(gate)
    x, beta, noise = np.linspace(-3, 3, 7), np.full(7, 1.5), np.linspace(0, 0.9, 7)
    paths = ((), (0,))
    code = Code(lambda slope, noise: slope + noise, lambda kept: kept, "float64", noisy=True)
    y, slope = f.recording.executable(namespace.name, paths).run([x, beta])
    z, coded = f.recording.executable(namespace.name, paths, code).run([x, beta, noise])
    np.testing.assert_array_equal(z, y)
    np.testing.assert_array_equal(coded, slope + noise)


def test_the_value_times_a_factor():
    f = da.activation(gate)
    x, factor = np.linspace(-3, 3, 7), np.linspace(2, -1, 7)
    (found,) = f.recording.weighted(namespace.name).run([x, 1.5, factor])
    np.testing.assert_array_equal(found, factor * f(x, 1.5))


@pytest.mark.parametrize("wrt", [(0,), (1,), (1, 0), (0, 1)], ids=str)
def test_pull_back_gives_the_cotangents_in_the_order_that_was_asked(wrt):
    r = da.activation(gate).recording
    x, beta, cotangent = np.linspace(-3, 3, 7), np.linspace(1, 2, 7), np.linspace(2, -1, 7)
    s = 1.0 / (1.0 + np.exp(-beta * x))
    slopes = (s + x * beta * s * (1.0 - s), x * x * s * (1.0 - s))
    found = r.pull_back(namespace.name, wrt).run([x, beta, cotangent])
    np.testing.assert_allclose(found, [cotangent * slopes[i] for i in wrt], rtol=1e-13)


# The largest slopes, found with mpmath where the second derivative is zero.
LARGEST = {
    tanh: 1.0,
    silu: 1.099839320128867,
    gelu: 1.128904145185155,
    mish: 1.088498161251728,
}


@pytest.mark.parametrize("f", LARGEST, ids=lambda f: f.__name__)
def test_the_bound_is_the_largest_slope(f):
    bound = f.recording.slope_bound([np.zeros(1)])
    assert LARGEST[f] * (1 - 1e-4) <= bound <= LARGEST[f] * (1 + 1e-12)


def test_the_bound_depends_on_the_numbers_and_on_which_argument_is_the_array():
    r = da.activation(lambda x, a: a * da.tanh(x)).recording
    x = np.zeros(3)
    assert r.slope_bound([x, 2.0]) == pytest.approx(2.0)
    assert r.slope_bound([x, -3.0]) == pytest.approx(3.0)
    assert r.slope_bound([5.0, x]) == pytest.approx(np.tanh(5.0))


@pytest.mark.parametrize(
    ("definition", "arguments"),
    [
        (da.exp, ["array"]),
        (da.log, ["array"]),
        (da.sqrt, ["array"]),
        (gate, ["array", "array"]),
    ],
)
def test_no_bound_where_the_slope_is_not_finite_or_several_arguments_are_arrays(
    definition, arguments
):
    f = da.activation(definition if definition is gate else lambda x: definition(x))
    assert f.recording.slope_bound([np.zeros(3) for _ in arguments]) == np.inf


def test_the_bound_is_found_once(monkeypatch):
    looked, find = [], Recording._range
    monkeypatch.setattr(
        Recording, "_range", lambda s, numbers: looked.append(1) or find(s, numbers)
    )
    f = da.activation(lambda x, a: da.tanh(a * x))
    for _ in range(3):
        assert f.recording.slope_bound([np.zeros(2), 2.0]) == pytest.approx(2.0)
        assert f.recording.slope_bound([np.zeros(5), 3.0]) == pytest.approx(3.0)
    assert len(looked) == 2


# The ends of the derivatives' ranges, found with mpmath where the second derivative is zero.
SMALLEST = {
    tanh: 0.0,
    silu: -0.09983932012886690,
    gelu: -0.1289041451851554,
    mish: -0.1125261223894627,
}


@pytest.mark.parametrize("f", LARGEST, ids=lambda f: f.__name__)
def test_the_range_is_from_the_smallest_slope_to_the_largest(f):
    low, high = f.recording.slope_range([np.zeros(1)])
    assert low == pytest.approx(SMALLEST[f], rel=1e-9)
    assert high == pytest.approx(LARGEST[f], rel=1e-9)


def test_ends_between_the_points_of_the_grid_are_found():
    at = 3.00137  # the grid has a point every hundredth
    for sign in (1.0, -1.0):
        f = da.activation(lambda x, s=sign: s * da.atan(100.0 * (x - at)))
        low, high = f.recording.slope_range([None, sign])
        assert (high if sign > 0 else low) == pytest.approx(sign * 100.0, rel=1e-9)


def test_derivatives_at_arrays_beside_numbers():
    r, x = da.activation(lambda x, a: a * x**3).recording, np.array([1.0, 2.0])
    for path, want in [((), [2.0, 16.0]), ((0,), [6.0, 24.0]), ((0, 0), [12.0, 24.0])]:
        np.testing.assert_allclose(r.at(x, path, (None, 2.0)), want)
    np.testing.assert_array_equal(r.at(x, (1,), (3.0, None)), [27.0, 27.0])
