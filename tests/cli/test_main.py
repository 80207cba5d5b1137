import subprocess
import sys

import pytest

from dualad.cli import COMMANDS, main


def test_help_teaches_what_dualad_is_and_how_to_use_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert "dual numbers" in text
    assert "python -m dualad demo" in text
    assert "@da.activation" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"python -m dualad {command}" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["no-such-command"], [], ["demo", "--no-such-option"]])
def test_what_is_not_understood_exits_with_status_2_and_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m dualad" in capsys.readouterr().err


def test_the_module_runs_as_a_program_without_importing_what_is_heavy() -> None:
    heavy = ("torch", "tensorflow", "keras", "matplotlib", "sklearn", "tqdm")
    program = f"""
import runpy, sys
sys.argv = ["dualad", "--help"]
try:
    runpy.run_module("dualad", run_name="__main__")
except SystemExit as ended:
    assert ended.code == 0
print("imported:", [name for name in {heavy} if name in sys.modules])
"""
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "usage: python -m dualad" in finished.stdout
    assert finished.stdout.endswith("imported: []\n")
