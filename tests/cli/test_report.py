"""python -m dualad report rules."""

import pytest

from dualad.cli import main


def test_a_row_within_its_bound(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["report", "rules", "--function", "tanh", "exp", "--points", "8"])
    out = capsys.readouterr().out
    assert status == 0
    assert out.count("tanh  ") == 2  # both dtypes
    assert "2 rows, 12 quantities: all within what the rows state" in out


def test_a_row_that_exceeds_its_bound_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dualad.testing import rows

    exact = rows.derivative

    def off(f, order):
        return lambda x: exact(f, order)(x) * (1 + 1e-14 * (order > 0))

    monkeypatch.setattr(rows, "derivative", off)
    status = main(["report", "rules", "--function", "exp", "--dtype", "float64", "--points", "8"])
    out = capsys.readouterr().out
    assert status == 1
    assert "! ∂ of exp (float64):" in out
    assert "exceed" in out


def test_an_unknown_row_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "rules", "--function", "tamh"]) == 2
    assert "No row to measure is called tamh" in capsys.readouterr().err
