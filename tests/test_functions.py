"""The public functions are the table's, and adding a primitive is a row."""

import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dualad as da
from dualad.rules import ROWS


def test_every_row_is_a_public_function():
    for row in ROWS:
        name = row.name
        function = getattr(da, name)
        assert pickle.loads(pickle.dumps(function)) is function
        assert name in da.__all__
        assert function.__name__ == name
        assert row.formula in function.__doc__


@pytest.mark.parametrize("name", sorted(row.name for row in ROWS))
def test_wrong_number_of_arguments(name):
    with pytest.raises(TypeError, match=rf"da\.{name} takes [\d to]+ argument\(s\), got 0"):
        getattr(da, name)()


def test_on_arrays_they_are_the_backends_own():
    x = np.linspace(-1.0, 1.0, 5)
    np.testing.assert_array_equal(da.tanh(x), np.tanh(x))
    np.testing.assert_array_equal(da.where(x > 0, x, 0.0), np.where(x > 0, x, 0.0))


ROW = """
    Row(
        "cube",
        first=(lambda xp, x, y: 3.0 * x * x,),
        second=((lambda xp, x, y: 6.0 * x,),),
        written=lambda xp, x: x * x * x,
        formula="x³",
    ),
"""

USE = """
import dualad as da, numpy as np
assert "x³" in da.cube.__doc__ and "cube" in da.__all__
assert [da.derivative(da.cube, k)(2.0) for k in (1, 2, 3)] == [12.0, 12.0, 6.0]
f = da.activation(lambda x: da.cube(x) + x)
assert f.linearize(np.array([2.0]))[1].tolist() == [13.0]
assert "cube" in str(f.program(((),)))
"""


def test_adding_a_primitive_is_one_row(tmp_path):
    package = Path(da.__file__).parent
    shutil.copytree(package, tmp_path / "dualad")
    table = tmp_path / "dualad" / "rules" / "arithmetic.py"
    start = "ROWS: tuple[Row, ...] = ("
    assert table.read_text().count(start) == 1
    table.write_text(table.read_text().replace(start, start + ROW))
    subprocess.run([sys.executable, "-c", USE], check=True, cwd=tmp_path)


def test_kinks_are_in_the_docstring():
    assert "Kinks at 0." in da.abs.__doc__
