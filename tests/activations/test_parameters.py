"""Gradients by the parameters, against PyTorch's autograd of the formula, written out."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
import torch

import dualad_torch
from dualad import activations

COEFFICIENTS = tuple(activations.pau.defaults)


def pau(x, a0, a1, a2, a3, a4, a5, b1, b2, b3, b4):
    numerator = a0 + a1 * x + a2 * x**2 + a3 * x**3 + a4 * x**4 + a5 * x**5
    return numerator / (1 + torch.abs(b1 * x + b2 * x**2 + b3 * x**3 + b4 * x**4))


FORMULAS = {
    "swish": (lambda x, beta: x / (1 + torch.exp(-beta * x)), (0.7,)),
    "prelu": (lambda x, weight: torch.where(x > 0, x, weight * x), (0.3,)),
    "leaky_relu": (lambda x, slope: torch.where(x > 0, x, slope * x), (0.02,)),
    "snake": (lambda x, alpha: x + torch.sin(alpha * x) ** 2 / alpha, (1.3,)),
    "elu": (lambda x, alpha: torch.where(x > 0, x, alpha * torch.expm1(x)), (1.3,)),
    "celu": (
        lambda x, alpha: torch.clamp(x, min=0) + alpha * torch.expm1(torch.clamp(x, max=0) / alpha),
        (1.3,),
    ),
    "softplus": (lambda x, beta: torch.log1p(torch.exp(beta * x)) / beta, (1.3,)),
    "squareplus": (lambda x, b: (x + torch.sqrt(x * x + b)) / 2, (3.0,)),
    "hardtanh": (lambda x, low, high: torch.minimum(torch.maximum(x, low), high), (-0.7, 1.1)),
    "softshrink": (lambda x, lambd: torch.sign(x) * torch.relu(abs(x) - lambd), (0.7,)),
    "threshold": (lambda x, t, value: torch.where(x > t, x, value), (0.3, 2.0)),
    "pau": (pau, tuple(activations.pau.defaults.values())),
    "swiglu": (lambda gate, up: gate * torch.sigmoid(gate) * up, (1.7,)),
    "geglu": (lambda gate, up: gate * torch.special.ndtr(gate) * up, (1.7,)),
    "reglu": (lambda gate, up: torch.relu(gate) * up, (1.7,)),
}


@pytest.mark.parametrize("execution", ["whole", "blocks"])
@pytest.mark.parametrize("keep", ["derivative", "input"])
@pytest.mark.parametrize("name", FORMULAS)
def test_gradients_by_every_argument_are_those_of_the_formula(name, keep, execution):
    formula, numbers = FORMULAS[name]
    # No point is a kink: there a formula may have any slope.
    x = torch.linspace(-4, 4, 202, dtype=torch.float64)[1:-1] + 1e-3
    f = getattr(activations, name).with_options(keep=keep, execution=execution)
    weights = torch.cos(torch.arange(200, dtype=torch.float64))
    found = []
    for g in (f, formula):
        leaves = [x.clone(), *(torch.tensor(v, dtype=torch.float64) for v in numbers)]
        y = g(*(leaf.requires_grad_() for leaf in leaves))
        slopes = torch.autograd.grad((weights * y).sum(), leaves, allow_unused=True)
        found.append([y, *(torch.zeros(()) if s is None else s for s in slopes)])
    for mine, other in zip(*found, strict=True):
        torch.testing.assert_close(mine, other.to(mine), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("keep", ["derivative", "input"])
def test_gradients_in_tensorflow_are_those_of_the_formula_in_every_mode(keep):
    x = np.linspace(-4, 4, 202)[1:-1] + 1e-3
    weights = np.cos(np.arange(200.0))
    arguments = {
        name: [tf.constant(v, tf.float64) for v in (x, *numbers)]
        for name, (_, numbers) in FORMULAS.items()
    }

    def step(arguments):
        found = {}
        for name, values in arguments.items():
            with tf.GradientTape() as tape:
                tape.watch(values)
                y = getattr(activations, name).with_options(keep=keep)(*values)
                loss = tf.reduce_sum(weights * y)
            found[name] = [y, *tape.gradient(loss, values)]
        return found

    graph = tf.function(step, autograph=False)
    xla = tf.function(step, autograph=False, jit_compile=True)
    modes = [run(arguments) for run in (step, graph, xla)]
    for name, (formula, numbers) in FORMULAS.items():
        leaves = [torch.tensor(v, dtype=torch.float64).requires_grad_() for v in (x, *numbers)]
        y = formula(*leaves)
        loss = (torch.from_numpy(weights) * y).sum()
        slopes = torch.autograd.grad(loss, leaves, allow_unused=True)
        want = [y.detach(), *(torch.zeros(()) if s is None else s for s in slopes)]
        for found in modes:
            for mine, other in zip(found[name], want, strict=True):
                np.testing.assert_allclose(mine, other, rtol=1e-12, atol=1e-12, err_msg=name)


def test_every_option_of_the_catalogue_is_in_one_of_these_tests():
    several = {n for n in activations.__all__ if len(getattr(activations, n).parameters) > 1}
    # By the width of its zero, hardshrink has no slope but at the jumps.
    assert several - {"hardshrink"} == set(FORMULAS)


def test_padé_units_start_as_the_least_squares_fit_to_the_leaky_rectifier():
    x = np.linspace(-3, 3, 6001)

    def off(**changed):
        return activations.pau(x, **changed) - activations.leaky_relu(x)

    best = np.mean(off() ** 2)
    assert np.sqrt(best) == pytest.approx(0.0055, abs=5e-5)
    assert np.abs(off()).max() == pytest.approx(0.034, abs=5e-4)
    start = activations.pau.defaults
    for name, step in itertools.product(COEFFICIENTS, (-1e-2, 1e-2)):
        assert np.mean(off(**{name: start[name] + step}) ** 2) > best


def test_all_ten_coefficients_are_learned():
    layer = dualad_torch.Activation(activations.pau, learned=COEFFICIENTS)
    x = torch.linspace(-3, 3, 61)
    layer(x).square().sum().backward()
    assert sum(p.grad is not None and bool(p.grad != 0) for p in layer.parameters()) == 10
