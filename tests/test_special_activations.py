"""Activations of special functions, recorded, on every framework, against mpmath."""

import mpmath
import numpy as np
import pytest

import dualad as da
from dualad.testing import ulp_error

tf = pytest.importorskip("tensorflow")
torch = pytest.importorskip("torch")

mp = mpmath.mp


def ndtr(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def density(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def softplus(x):
    return mp.log1p(mp.exp(x))


def serf_terms(x):
    s = softplus(x)
    return mp.erf(s), x * 2 / mp.sqrt(mp.pi) * mp.exp(-s * s) * sigmoid(x)


# The activation, its value, and the two terms of its derivative, whose sum has a zero.
ACTIVATIONS = {
    "gelu": (
        lambda x: x * da.ndtr(x),
        lambda x: x * ndtr(x),
        lambda x: (ndtr(x), x * density(x)),
    ),
    "serf": (
        lambda x: x * da.erf(da.softplus(x)),
        lambda x: x * serf_terms(x)[0],
        serf_terms,
    ),
    "silu": (
        lambda x: da.silu(x),
        lambda x: x * sigmoid(x),
        lambda x: (sigmoid(x), x * sigmoid(x) * sigmoid(-x)),
    ),
    "log_sigmoid": (
        lambda x: da.log_sigmoid(x),
        lambda x: -softplus(-x),
        lambda x: (sigmoid(-x), mp.zero),
    ),
    "cosine bump": (
        lambda x: x * da.sinc(x),
        lambda x: mp.sinpi(x) / mp.pi,
        lambda x: (mp.sincpi(x), mp.cospi(x) - mp.sincpi(x)),
    ),
}

X = np.concatenate([np.linspace(-12.0, 12.0, 401), [-1e-6, 0.0, 1e-6]]).astype(np.float32)


def frameworks(activation):
    """Value and derivative by each framework, in each way of running."""
    for execution in ("whole", "blocks"):
        variant = activation.with_options(execution=execution)
        yield f"numpy {execution}", variant.linearize(X)
        yield f"torch {execution}", variant.linearize(torch.from_numpy(X))
    yield "tensorflow", activation.linearize(tf.constant(X))
    x = torch.from_numpy(X).requires_grad_()
    y = activation(x)
    y.sum().backward()
    yield "torch backward", (y.detach(), x.grad)
    v = tf.Variable(X)
    with tf.GradientTape() as tape:
        y = activation(v)
    yield "tensorflow backward", (y, tape.gradient(y, v))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation(name):
    definition, value, terms = ACTIVATIONS[name]
    with mp.workdps(60):
        points = [mp.mpf(float(v)) for v in X]
        want = [value(v) for v in points]
        slopes = [sum(terms(v)) for v in points]
        scale = [float(max(map(abs, terms(v)))) for v in points]
    for title, (y, d) in frameworks(da.activation(definition, name=name)):
        y, d = np.asarray(y), np.asarray(d)
        assert y.dtype == d.dtype == np.float32, title
        assert np.abs(ulp_error(y, want)).max() <= 8.0, title
        assert np.abs(ulp_error(d, slopes, scale)).max() <= 8.0, title
