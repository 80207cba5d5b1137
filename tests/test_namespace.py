"""Which namespace computes on an array, and how a backend joins."""

import sys
import types

import array_api_strict
import numpy as np
import pytest

import dualad as da
from dualad import namespace
from dualad.namespace import Adapter, Namespace, adapter_for, array_namespace


def test_numpy_has_the_standard_and_the_tables_definitions():
    xp = array_namespace(np.ones(2), 3.0)
    assert xp is array_namespace(np.float32(1.0)) is array_namespace(1.0)
    assert xp.exp is np.exp
    assert xp.concat is not None
    np.testing.assert_allclose(xp.softplus(np.zeros(1)), np.log(2.0))
    with pytest.raises(AttributeError, match="numpy has no function 'no_such'"):
        xp.no_such  # noqa: B018


def test_any_array_api_library_computes_as_it_is():
    x = array_api_strict.asarray([0.5, -0.5])
    d = da.derivative(lambda x: x * da.tanh(da.softplus(x)))(x)
    assert isinstance(d, type(x))
    want = da.derivative(lambda x: x * da.tanh(da.softplus(x)))(np.array([0.5, -0.5]))
    np.testing.assert_allclose(np.asarray(d), want, rtol=1e-15)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([1.0],), r"got list; write np.asarray\(...\) first"),
        (((1.0, 2.0),), "got tuple"),
        ((None,), "got NoneType"),
        (("1.0",), "got str"),
        (
            (np.ones(2), array_api_strict.ones(2)),
            "two libraries in one call: numpy.ndarray and array_api_strict.Array",
        ),
    ],
)
def test_what_is_no_array_is_named(given, message):
    with pytest.raises(TypeError, match=message):
        array_namespace(*given)


def test_a_numpy_scalar_is_a_number_beside_another_library():
    x = array_api_strict.ones(2)
    assert array_namespace(np.float64(2.0), x) is array_namespace(x)
    assert array_namespace(x, np.float64(2.0)) is array_namespace(x)


def test_duals_compute_over_arrays():
    assert adapter_for((np.ones(2), da.Dual(1.0, 1.0))).level == 2
    assert adapter_for((da.Dual(1.0, 1.0), np.ones(2))).level == 2


def test_a_framework_joins_as_one_folder(monkeypatch):
    """A module with an ``adapter`` and an entry point: nothing in dualad names it."""

    class Array:
        def __init__(self, data):
            self.data = np.asarray(data)

        shape = property(lambda self: self.data.shape)
        dtype = property(lambda self: self.data.dtype)

    Array.__module__ = "made_up.arrays"

    class Point:
        name = "made_up"

        def load(self):
            return Adapter(Namespace("made_up", types.SimpleNamespace(exp=lambda x: "computed")))

    monkeypatch.setattr(namespace, "entry_points", lambda group: [Point()])
    namespace._installed.cache_clear()
    try:
        assert da.exp(Array([1.0])) == "computed"
    finally:
        namespace._installed.cache_clear()
        namespace.namespaces.pop("made_up")
    assert "made_up" not in sys.modules


def test_subclasses_are_found_by_their_base():
    class Mine(np.ndarray):
        pass

    Mine.__module__ = "somebody.arrays"
    x = np.ones(2).view(Mine)
    assert da.array_namespace(x) is da.array_namespace(np.ones(2))


def test_what_a_backend_computes_badly_is_written_out():
    f = da.activation(lambda x: da.sigmoid(x))
    assert array_namespace(1.0).writes_out("sigmoid")
    assert not array_namespace(1.0).writes_out("exp")
    assert "expit" not in f.recording.executable("numpy", ((),)).whole.run.__code__.co_names


def test_one_namespace_for_all_arrays_of_a_library():
    import array_api_strict

    x = array_api_strict.ones(2)
    assert (
        da.array_namespace(x)
        is da.array_namespace(x > 0)
        is da.array_namespace(array_api_strict.ones(1, dtype=array_api_strict.float32))
    )
