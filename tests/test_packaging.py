"""The wheel: three import packages at its top, typed, and importable as they lie there."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import dualad

ROOT = Path(__file__).parent.parent
PACKAGES = ("dualad", "dualad_tensorflow", "dualad_torch")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*build, str(ROOT)], check=True, stdout=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    assert dualad.__version__ in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_three_packages_and_nothing_else(unpacked):
    names = {p.name for p in unpacked.iterdir() if not p.name.endswith(".dist-info")}
    assert names == set(PACKAGES)
    for package in PACKAGES:
        assert (unpacked / package / "py.typed").exists()


def test_they_import_from_the_wheel(unpacked):
    code = "\n".join(
        f"import {p}; assert {p}.__file__.startswith({str(unpacked)!r}), {p}.__file__"
        for p in PACKAGES
    )
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd=unpacked)
