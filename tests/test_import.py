"""Importing dualad brings no framework."""

import subprocess
import sys

CHECK = """
import sys, dualad, dualad.activations
heavy = {"torch", "tensorflow", "keras", "matplotlib", "sklearn", "jax", "hypothesis", "mpmath"}
loaded = sorted(heavy & set(sys.modules))
assert not loaded, loaded
import numpy
dualad.activations.mish(numpy.ones(3))
loaded = sorted(heavy & set(sys.modules))
assert not loaded, loaded
"""


def test_import_brings_no_framework():
    subprocess.run([sys.executable, "-c", CHECK], check=True)
