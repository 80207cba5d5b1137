"""The networks in PyTorch: as they are published, and the same with every method."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import dualad_torch
from benchmarks.networks.cases import Case
from benchmarks.networks.chains import Chain
from benchmarks.networks.pytorch import (
    EfficientNetB0,
    GPT2Blocks,
    MobileNetV2,
    ResNet50,
    ViTSmall,
)
from benchmarks.networks.pytorch.losses import DigitsNetwork, batches, compare
from benchmarks.networks.pytorch.methods import GELU_NEW, GELU_TANH, MISH, methods
from benchmarks.networks.pytorch.place import Place
from benchmarks.networks.pytorch.steps import measure, shapes
from benchmarks.networks.table import Row, differences, table
from dualad.keep import Quantized

# GPT-2 has 124,439,808, with the embeddings of 50,257 tokens and 1,024 positions.
GPT2_WITHOUT_EMBEDDINGS = 124_439_808 - (50_257 + 1_024) * 768

PUBLISHED = [
    (ResNet50, 25_557_032, 49),
    (MobileNetV2, 3_504_872, 35),
    (EfficientNetB0, 5_288_548, 49),
    (ViTSmall, 22_050_664, 12),
    (GPT2Blocks, GPT2_WITHOUT_EMBEDDINGS, 12),
]


@pytest.mark.parametrize(("make", "parameters", "activations"), PUBLISHED)
def test_parameters_and_activations_are_as_many_as_published(make, parameters, activations):
    network = make(nn.SiLU)
    assert sum(p.numel() for p in network.parameters()) == parameters
    assert sum(isinstance(module, nn.SiLU) for module in network.modules()) == activations


SMALL = [
    (ResNet50, (2, 3, 64, 64), (2, 1000)),
    (MobileNetV2, (2, 3, 64, 64), (2, 1000)),
    (EfficientNetB0, (2, 3, 64, 64), (2, 1000)),
    (ViTSmall, (1, 3, 224, 224), (1, 1000)),
    (GPT2Blocks, (1, 8, 768), (1, 8, 768)),
]


@pytest.mark.parametrize(("make", "shape", "result"), SMALL)
def test_every_parameter_gets_a_gradient(make, shape, result):
    torch.manual_seed(0)
    network = make(nn.SiLU)
    y = network(torch.randn(shape))
    assert y.shape == result
    (y * torch.randn(result)).sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().max() > 0, name


def test_gpt2_sees_only_what_came_before_and_vit_all():
    torch.manual_seed(0)
    gpt2, x = GPT2Blocks(nn.GELU), torch.randn(1, 8, 768)
    changed = x.clone()
    changed[:, 5] += 1
    before, after = gpt2(x), gpt2(changed)
    assert torch.equal(before[:, :5], after[:, :5])
    assert (before[:, 5:] != after[:, 5:]).any(-1).all()
    vit, images = ViTSmall(nn.GELU), torch.randn(1, 3, 224, 224)
    corner = images.clone()
    corner[..., -16:, -16:] += 1
    assert (vit(images) != vit(corner)).any()


def test_the_resolution_falls_by_32_in_the_convolutional_networks():
    for make in (ResNet50, MobileNetV2, EfficientNetB0):
        place = Place(F.silu)
        seen = shapes(make(place.everywhere), place, torch.zeros(2, 3, 224, 224))
        spatial = [shape for shape in seen if shape[2] > 1]
        assert spatial[0][2:] == (112, 112)
        assert spatial[-1][2:] == (7, 7)


# On 224 x 224 the factors are the same to the second digit.
FACTORS = [
    (ResNet50, GELU_TANH, 2.5),
    (ResNet50, GELU_NEW, 1.9),
    (ResNet50, MISH, 1.9),
    (MobileNetV2, GELU_TANH, 2.5),
    (MobileNetV2, MISH, 1.9),
    (EfficientNetB0, GELU_TANH, 2.35),
    (EfficientNetB0, MISH, 1.8),
]


@pytest.mark.parametrize(("make", "chain", "factor"), FACTORS)
def test_a_network_keeps_several_times_less_and_no_more_than_with_checkpoint(make, chain, factor):
    place = Place(chain.composed)
    network, x = make(place.everywhere), torch.zeros(2, 3, 64, 64)
    kept = {}
    functions = methods(chain)
    for method in ("composed", "checkpoint", "dualad"):
        place.function = functions[method]
        kept[method] = dualad_torch.saved_bytes(network, x).bytes
    assert kept["composed"] >= factor * kept["dualad"]
    assert kept["dualad"] <= kept["checkpoint"]


def test_resnet_keeps_less_still_in_few_bits():
    place = Place(GELU_TANH.composed)
    network, x = ResNet50(place.everywhere), torch.zeros(2, 3, 64, 64)
    composed = dualad_torch.saved_bytes(network, x).bytes
    for keep, factor in (("auto", 2.5), (Quantized(8), 3.2), (Quantized(4, "stochastic"), 3.4)):
        place.function = GELU_TANH.ours.with_options(keep=keep)
        assert composed >= factor * dualad_torch.saved_bytes(network, x).bytes


@pytest.mark.parametrize("chain", [GELU_TANH, MISH], ids=lambda chain: chain.name)
def test_fifty_steps_have_the_same_losses_with_every_method(chain):
    losses = compare(DigitsNetwork, chain, batches(50, 64), learning_rate=0.1)
    assert losses["composed"][-1] < 0.7 * losses["composed"][0]
    assert losses["checkpoint"] == losses["composed"]
    for method in ("dualad", 'dualad, keep="input"'):
        assert differences(losses)[method] < 1e-5


def test_another_activation_has_other_losses():
    wrong = Chain("wrong", GELU_TANH.composed, F.silu, MISH.ours)
    losses = compare(DigitsNetwork, wrong, batches(10, 64), learning_rate=0.1)
    assert differences(losses)["dualad"] > 1e-3


def test_a_row_to_each_method_with_the_bytes_that_it_keeps(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    rows = measure(Case("digits", DigitsNetwork, (4, 1, 8, 8), (GELU_TANH,)), GELU_TANH, rounds=1)
    assert [row.method for row in rows] == ["composed", "checkpoint", "built-in", "dualad"]
    composed, checkpoint, _, dualad = (row.kept for row in rows)
    # Five arrays less in 4 x 16 x 8 x 8 and 4 x 32 x 4 x 4 activations of float32.
    assert composed - dualad == 5 * 4 * (4 * 16 * 64 + 4 * 32 * 16)
    assert dualad == checkpoint


def test_the_table_has_ratios_to_composed_and_checkpoint():
    rows = [
        Row("n", "a", "composed", 4 << 20, 2.0, 1.0),
        Row("n", "a", "checkpoint", 2 << 20, 4.0, 3.0),
        Row("n", "a", "dualad", 1 << 20, 1.0, 0.25),
    ]
    assert table(rows, recomputed="checkpoint").splitlines()[-1].split() == (
        ["n", "a", "dualad", "1.0", "4.00", "1000.0", "0.50", "0.25", "250.0", "25%"]
    )
