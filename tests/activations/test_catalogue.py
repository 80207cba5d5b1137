"""What holds for every member of the catalogue."""

import copy
import importlib
import importlib.util
import inspect
import pickle
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest

from dualad import Activation, activations

MEMBERS = [getattr(activations, name) for name in activations.__all__]
IDS = activations.__all__

HOOK = Path(__file__).parents[2] / "docs" / "hooks" / "activation_tables.py"


def test_it_has_all_members():
    names = """
    relu leaky_relu prelu relu6 threshold elu celu selu sigmoid tanh softsign hardsigmoid hardtanh
    softplus log_sigmoid squareplus tanhshrink softshrink hardshrink silu swish gelu gelu_tanh mish
    tanhexp serf hardswish swiglu geglu reglu snake pau
    """
    assert list(activations.__all__) == sorted(names.split())


def test_every_activation_of_every_file_is_in_it():
    found = set()
    for file in pkgutil.iter_modules(activations.__path__, f"{activations.__name__}."):
        module = importlib.import_module(file.name)
        found |= {k for k, v in vars(module).items() if isinstance(v, Activation)}
        assert file.name.rpartition(".")[2] not in activations.__all__
    assert found == set(activations.__all__)


@pytest.mark.parametrize("member", MEMBERS, ids=IDS)
def test_pickle_and_copies_give_the_very_same_activation(member):
    assert pickle.loads(pickle.dumps(member)) is member
    assert copy.deepcopy(member) is member
    twin = member.with_options(keep="input")
    for other in (pickle.loads(pickle.dumps(twin)), copy.deepcopy(twin)):
        assert other.definition is member.definition
        assert other.options == twin.options


@pytest.mark.parametrize("member", MEMBERS, ids=IDS)
def test_it_is_saved_under_its_public_name(member):
    for saved in (member, member.with_options(keep="input")):
        assert saved.get_config()["module"] == "dualad.activations"


@pytest.mark.parametrize("member", MEMBERS, ids=IDS)
def test_a_configuration_gives_the_activation_back(member):
    assert Activation.from_config(member.get_config()) is member
    twin = Activation.from_config(member.with_options(execution="whole").get_config())
    assert (twin.definition, twin.options.execution) == (member.definition, "whole")


@pytest.mark.parametrize("member", MEMBERS, ids=IDS)
def test_the_docstring_has_formula_source_and_parameters(member):
    text = inspect.getdoc(member)
    assert re.match(r"``.+``", text.partition("\n")[0])
    source = text.partition("References\n----------\n")[2].partition("\n\n")[0]
    assert re.search(r"\b(19|20)\d\d, \*", source)
    assert "Examples\n--------\n>>> " in text
    if len(member.parameters) > 1:
        listed = text.partition("Parameters\n----------\n")[2].partition("\n\n")[0]
        names = re.findall(r"^(\w[\w, ]*) :", listed, re.MULTILINE)
        assert tuple(", ".join(names).split(", ")) == member.parameters


@pytest.mark.parametrize("member", MEMBERS, ids=IDS)
def test_the_functions_of_pytorch_that_are_named_exist(member):
    import torch

    text = inspect.getdoc(member).partition("See Also\n--------\n")[2].partition("\n")[0]
    if text:
        path, *_ = text.partition("(")
        found = torch
        for part in path.removeprefix("torch.").split("."):
            found = getattr(found, part)
        assert callable(found)


@pytest.mark.parametrize("member", MEMBERS, ids=IDS)
def test_an_empty_array_stays_empty(member):
    further = [1.0] * (len(member.parameters) - len(member.defaults) - 1)
    assert member(np.zeros((0, 3), np.float32), *further).shape == (0, 3)


@pytest.fixture(scope="module")
def tables():
    specification = importlib.util.spec_from_file_location(HOOK.stem, HOOK)
    hook = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(hook)
    return hook.tables()


@pytest.mark.parametrize("member", MEMBERS, ids=IDS)
def test_the_page_shows_each_with_formula_source_and_built_in_function(member, tables):
    (line,) = [k for k in tables.splitlines() if f'<span id="{member.__name__}">' in k]
    _, call, formula, source, built_in, _ = (c.strip() for c in line.split(" | ".strip()))
    assert f"`{member.__name__}(" in call
    assert len(formula) > 3
    assert re.search(r"\b(19|20)\d\d, \*", source)
    text = inspect.getdoc(member)
    assert ("arXiv" in text) == ("](https://arxiv.org/abs/" in source)
    assert bool(built_in) == ("torch.nn.functional" in text)


def test_the_page_has_nothing_else(tables):
    assert len(re.findall("<span id=", tables)) == len(MEMBERS)
