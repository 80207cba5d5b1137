"""python -m dualad report, and report rules; what is kept is in test_report_keep.py."""

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


def test_each_report_has_help_and_options_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    shown = {}
    for what in ("rules", "keep"):
        with pytest.raises(SystemExit) as ended:
            main(["report", what, "--help"])
        assert ended.value.code == 0
        shown[what] = capsys.readouterr().out
    assert "--points" in shown["rules"]
    assert "--points" not in shown["keep"]
    assert "--why" in shown["keep"]
    assert "--why" not in shown["rules"]
    assert "print(mish.plan())" in shown["keep"]


@pytest.mark.parametrize(
    "options", [[], ["no-such"], ["rules", "--no-time"], ["keep", "--points", "8"]]
)
def test_what_is_not_understood_exits_with_status_2_and_the_usage(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["report", *options])
    assert ended.value.code == 2
    assert "usage: python -m dualad" in capsys.readouterr().err


def test_without_mpmath_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "dualad.cli.report.rules.find_spec", lambda name: None if name == "mpmath" else name
    )
    assert main(["report", "rules"]) == 2
    assert capsys.readouterr().err == "The report needs mpmath: pip install 'dualad[testing]'\n"
