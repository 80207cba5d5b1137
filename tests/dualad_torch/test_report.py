"""Bytes kept, against what the operations are known to save."""

import gc

import pytest
import torch
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

import dualad as da
import dualad_torch
from dualad.activations import mish

x = torch.zeros(25, 40)


def composed(x):
    return x * torch.tanh(functional.softplus(x))


@pytest.mark.parametrize(
    ("fn", "per_element"),
    [
        (mish, 4),
        (mish.with_options(keep="input"), 4),
        (mish.with_options(execution="blocks"), 4),
        (composed, 8),
        (functional.mish, 4),
        (lambda x: functional.gelu(x, approximate="tanh"), 4),
        (torch.sigmoid, 0),
        (functional.relu, 0),
        (torch.exp, 0),
        (lambda x: checkpoint(composed, x, use_reentrant=False), 4),
        (lambda x: x.reshape(1000) * x.reshape(1000), 4),
        (lambda x: x + 1.0, 0),
        (da.activation(lambda x: 3.0 * x), 0),
    ],
)
def test_bytes_per_element(fn, per_element):
    report = dualad_torch.saved_bytes(fn, x)
    assert report.bytes == 1000 * per_element
    assert sum(report.parts.values()) == report.bytes
    assert "saved_tensors_hooks" in report.how


def test_kept_tensors_counted_another_way():
    """Walk the graph's nodes: what autograd holds is f' and nothing else."""
    leaf = torch.zeros(1000, requires_grad=True)
    node = mish(leaf * 1.0).grad_fn
    assert [t.numel() * t.element_size() for t in node.saved_tensors] == [4000]
    tensors = [v for v in vars(node).values() if isinstance(v, torch.Tensor)]
    gc.collect()
    assert tensors == []


def test_half_types_keep_half():
    assert dualad_torch.saved_bytes(mish, x.to(torch.bfloat16)).bytes == 2000


def test_by_module_and_without_parameters():
    model = torch.nn.Sequential(
        torch.nn.Linear(40, 30), dualad_torch.Activation(mish), torch.nn.Linear(30, 1)
    )
    report = dualad_torch.saved_bytes(model, x)
    # The first layer keeps the input, the last the activation's result.
    assert report.parts == {"0": 25 * 40 * 4, "1": 25 * 30 * 4, "2": 25 * 30 * 4}
    assert "  1  3,000" in str(report)
    assert not model[1]._forward_hooks
    assert not model[1]._forward_pre_hooks


def test_hooks_go_even_if_the_function_fails():
    model = torch.nn.Sequential(torch.nn.Linear(3, 3))
    with pytest.raises(RuntimeError):
        dualad_torch.saved_bytes(model, x)
    assert not model[0]._forward_hooks


def test_results_in_a_dictionary_and_views_of_them_are_not_counted():
    x = torch.zeros(1000)
    assert dualad_torch.saved_bytes(lambda x: {"y": torch.sigmoid(x)}, x).bytes == 0
    assert dualad_torch.saved_bytes(lambda x: torch.sigmoid(x).reshape(10, 100), x).bytes == 0


def test_it_counts_under_no_grad_too():
    with torch.no_grad():
        assert dualad_torch.saved_bytes(mish, torch.zeros(1000)).bytes == 4000


def test_parameters_of_a_function_do_not_count():
    w = torch.nn.Parameter(torch.ones(1000))
    assert dualad_torch.saved_bytes(lambda x: w * x, torch.zeros(1000)).bytes == 4000


def test_sparse_tensors_count_with_their_parts():
    x = torch.ones(10, 3)
    s = torch.eye(10).to_sparse()
    report = dualad_torch.saved_bytes(lambda x: torch.sparse.mm(s, x), x)
    assert report.bytes >= s.coalesce().values().numel() * 4


def test_functions_that_write_into_their_input_are_measured_on_a_copy():
    x = -torch.ones(1000)
    dualad_torch.saved_bytes(torch.relu_, x)
    assert (x == -1.0).all()
