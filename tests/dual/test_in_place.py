"""x += y on duals, parts that are still in use, and numbers that travel pickled."""

import copy
import pickle

import numpy as np
import pytest

import dualad as da
from dualad.dual import Tag

X = np.array([1.0, 2.0, 3.0])


def add(total, x):
    total += x


def test_every_name_sees_it():
    def f(x):
        total = da.array_namespace(x).zeros(3)
        add(total, x)
        add(total, x * x)
        return da.sum(total)

    value, slope = da.value_and_gradient(f)(X)
    assert value == np.sum(X + X * X)
    assert slope.tolist() == (1.0 + 2.0 * X).tolist()

    def g(x):
        b = 2.0 * x
        c = b
        b += 1.0
        b *= x
        return da.sum(c)

    assert da.gradient(g)(X).tolist() == (4.0 * X + 1.0).tolist()
    assert np.array_equal(da.hessian(g)(X), 4.0 * np.eye(3))


def test_the_callers_array_does_not_change():
    x = X.copy()

    def f(x):
        x += 1.0
        x **= 2
        return da.sum(x)

    assert da.gradient(f)(x).tolist() == (2.0 * (X + 1.0)).tolist()
    assert x.tolist() == X.tolist()


def test_numbers_are_not_changed_but_replaced():
    def f(x):
        y = x
        y += 1.0
        y *= x
        return y - x

    assert da.derivative(f)(3.0) == 2 * 3.0 + 1.0 - 1.0
    total = 0
    total += da.Dual(2.0, 1.0)
    assert total.tangent == 1.0


def test_what_it_may_not_change():
    x = da.Dual(np.ones((2, 3)), np.ones((2, 3)))
    row = x[0]
    with pytest.raises(ValueError, match=r"x \+= \.\.\. on what was taken out of another"):
        row += 1.0
    del row
    with pytest.raises(ValueError, match=r"would change the shape \(2, 3\) to \(5, 2, 3\)"):
        x += np.ones((5, 1, 1))
    constant = da.array_namespace(x).zeros(3)
    with pytest.raises(TypeError, match="would make a HyperDual of a Dual"):
        constant += da.HyperDual(np.ones(3), 1.0, 1.0)
    assert x.value.tolist() == np.ones((2, 3)).tolist()


def test_it_keeps_the_dtype():
    x = da.Dual(np.ones(2, np.float32), np.ones(2, np.float32))
    x += np.ones(2)
    assert (x.dtype, x.tangent.dtype) == (np.float32, np.float32)


def test_a_part_in_use_does_not_go_stale_in_silence():
    def f(a):
        v = a[1:]
        a[1] = 100.0
        return v

    with pytest.raises(ValueError, match="of which a part was taken out before and is still"):
        da.jvp(f, (X,), (X,))

    def whole(a):
        v = a.reshape((3, 1))
        a += 1.0
        return v

    with pytest.raises(ValueError, match="of which a part was taken out before and is still"):
        da.jvp(whole, (X,), (X,))


def test_parts_that_do_not_overlap_or_are_gone_are_no_matter():
    def recurrence(a):
        y = da.array_namespace(a).zeros((5, 3))
        y[0] = a
        for i in range(1, 5):
            previous = y[i - 1]
            y[i] = previous * a + y[i - 1, ::-1]
        return da.sum(y[4])

    def plain(a):
        rows = [a]
        for _ in range(4):
            rows.append(rows[-1] * a + rows[-1][::-1])
        return da.sum(rows[-1])

    np.testing.assert_allclose(da.gradient(recurrence)(X), da.gradient(plain)(X), rtol=1e-14)
    np.testing.assert_allclose(da.hessian(recurrence)(X), da.hessian(plain)(X), rtol=1e-13)


@pytest.mark.parametrize("travel", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy])
def test_a_travelled_number_belongs_to_its_transform(travel):
    def f(x):
        return da.sum(travel(x) ** 2 * x)

    assert da.jacobian(f)(X).tolist() == (3 * X**2).tolist()
    assert da.derivative(lambda x: travel(x) * x)(3.0) == 6.0


def test_a_pickle_that_outlives_its_transform_is_no_number():
    with Tag() as tag:
        data = pickle.dumps(da.Dual(2.0, 1.0, tag))
    del tag
    with pytest.raises(RuntimeError, match="a dual number is used after its derivative was taken"):
        pickle.loads(data) * 2.0
