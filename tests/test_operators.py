"""Operators and NumPy's protocols, from the table."""

import operator

import numpy as np
import pytest

import dualad as da


def test_numpy_functions_with_options_are_refused():
    x = da.Dual(np.array([[0.5]]), np.ones((1, 1)))
    with pytest.raises(TypeError, match=r"np\.round\(\) on a Dual would drop"):
        np.round(x, decimals=1)


@pytest.mark.parametrize(
    "compare", [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]
)
def test_comparisons_are_those_of_the_values(compare):
    values = np.array([-1.0, 0.0, 1.0])
    x = da.Dual(values, np.ones(3))
    assert compare(x, 0.0).tolist() == compare(values, 0.0).tolist()
    assert compare(0.0, x).tolist() == compare(0.0, values).tolist()
    f = da.activation(lambda x: da.where(compare(x, 0.0), 1.0, 2.0))
    assert f(values).tolist() == np.where(compare(values, 0.0), 1.0, 2.0).tolist()
