"""Every example in a docstring runs and prints what it says; what is public has one."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

import dualad
import dualad_tensorflow
import dualad_torch

PACKAGES = (dualad, dualad_torch, dualad_tensorflow)
MODULES = sorted(
    {
        module.name
        for package in PACKAGES
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
        if not module.name.startswith(("dualad.cli", "dualad.__main__"))
    }
    | {package.__name__ for package in PACKAGES}
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = [t for name in MODULES for t in finder.find(importlib.import_module(name))]
    assert sum(bool(t.examples) for t in examples) >= 12


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.__name__)
def test_public_objects_are_documented(package):
    for name in package.__all__:
        thing = getattr(package, name)
        if not (inspect.isclass(thing) or callable(thing)):
            continue
        assert thing.__doc__, name
        if inspect.isfunction(thing) or inspect.isclass(thing):
            has_parameters = "Parameters" in thing.__doc__
            assert has_parameters or issubclass(thing, Exception), name
