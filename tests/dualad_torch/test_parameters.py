"""Several inputs and trainable parameters: gradients where they are needed, in the right form."""

import itertools

import pytest
import torch

import dualad as da
import dualad_torch
from dualad.activations import geglu, pau, prelu, snake, swiglu, swish

FORMULAS = {
    "swiglu": (swiglu, lambda gate, up: gate * torch.sigmoid(gate) * up),
    "geglu": (geglu, lambda gate, up: gate * 0.5 * torch.erfc(-gate * 0.5**0.5) * up),
    "swish": (swish, lambda x, beta: x * torch.sigmoid(beta * x)),
    "prelu": (prelu, lambda x, weight: torch.where(x > 0, x, weight * x)),
    "snake": (snake, lambda x, alpha: x + torch.sin(alpha * x) ** 2 / alpha),
}

SHAPES = {
    "a number": ((4, 3, 5, 6), ()),
    "sharded": ((4, 3, 5, 6), (1,)),
    "channels": ((4, 3, 5, 6), (3, 1, 1)),
    "features": ((7, 6), (6,)),
    "same": ((7, 6), (7, 6)),
    "both broadcast": ((7, 1), (1, 6)),
    "larger than x": ((6,), (4, 6)),
    "x is a number": ((), (4, 6)),
    "numbers": ((), ()),
}

executions = pytest.mark.parametrize("execution", ["whole", "blocks"])


def random(shape, seed, dtype=torch.float64, shift=0.0):
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(shape, generator=generator, dtype=torch.float64) + shift).to(dtype)


def gradients(f, leaves, cotangent):
    """By each leaf, None where none is wanted."""
    for leaf in leaves:
        leaf.grad = None
    f(*leaves).backward(cotangent)
    return [leaf.grad for leaf in leaves]


@executions
@pytest.mark.parametrize("shapes", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("name", FORMULAS)
def test_gradients_are_those_of_the_formula_for_every_choice_of_arguments(name, shapes, execution):
    activation, formula = FORMULAS[name]
    f = activation.with_options(execution=execution)
    for wanted in [(True, False), (False, True), (True, True)]:
        leaves = [
            random(shape, seed, shift=1.5 * seed).requires_grad_(want)
            for seed, (shape, want) in enumerate(zip(shapes, wanted, strict=True))
        ]
        cotangent = random(torch.broadcast_shapes(*shapes), 2)
        mine, theirs = gradients(f, leaves, cotangent), gradients(formula, leaves, cotangent)
        for leaf, got, want in zip(leaves, mine, theirs, strict=True):
            assert (got is None) == (want is None) == (not leaf.requires_grad)
            if want is not None:
                assert got.shape == leaf.shape
                torch.testing.assert_close(got, want, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("shapes", ["a number", "channels"])
def test_gradients_of_a_kernel(shapes):
    leaves = [random(shape, seed).requires_grad_() for seed, shape in enumerate(SHAPES[shapes])]
    activation, formula = FORMULAS["swish"]
    cotangent = random(SHAPES[shapes][0], 2)
    mine = gradients(activation.with_options(execution="compiled"), leaves, cotangent)
    theirs = gradients(formula, leaves, cotangent)
    torch.testing.assert_close(mine, theirs, rtol=1e-12, atol=1e-13)


@executions
@pytest.mark.parametrize("keep", ["derivative", "input"])
def test_some_subsets_of_a_padé_units_coefficients(keep, execution):
    f = pau.with_options(keep=keep, execution=execution)
    x = random((50,), 0)
    values = list(pau.defaults.values())

    def formula(x, *c):
        numerator = sum(a * x**k for k, a in enumerate(c[:6]))
        return numerator / (1 + abs(sum(b * x**k for k, b in enumerate(c[6:], 1))))

    choices = [(i,) for i in range(11)] + [(0, 3), (2, 7), (4, 5, 10), tuple(range(11))]
    for wrt in choices:
        leaves = [
            v.clone().requires_grad_(i in wrt)
            for i, v in enumerate([x, *(torch.tensor(v, dtype=torch.float64) for v in values)])
        ]
        # A coefficient at zero is a kink of the formula's abs nowhere but where the sum vanishes.
        mine = gradients(f, leaves, torch.cos(x))
        theirs = gradients(formula, leaves, torch.cos(x))
        for i, (got, want) in enumerate(zip(mine, theirs, strict=True)):
            assert (got is not None) == (i in wrt)
            if got is not None:
                torch.testing.assert_close(got, want, rtol=1e-11, atol=1e-12)


@executions
@pytest.mark.parametrize("layout", ["contiguous", "channels_last", "strided", "expanded"])
@pytest.mark.parametrize("cotangent", ["plain", "expanded", "channels_last", "transposed"])
def test_layouts_of_arguments_and_cotangents(layout, cotangent, execution):
    f = swish.with_options(execution=execution)
    x = {
        "contiguous": lambda: random((2, 3, 4, 4), 0),
        "channels_last": lambda: random((2, 3, 4, 4), 0).to(memory_format=torch.channels_last),
        "strided": lambda: random((2, 3, 4, 8), 0)[..., ::2],
        "expanded": lambda: random((1, 3, 4, 4), 0).expand(2, 3, 4, 4),
    }[layout]().requires_grad_()
    beta = random((3, 1, 1), 1).requires_grad_()
    g = {
        "plain": lambda: random((2, 3, 4, 4), 2),
        "expanded": lambda: torch.ones((), dtype=torch.float64).expand(2, 3, 4, 4),
        "channels_last": lambda: random((2, 3, 4, 4), 2).to(memory_format=torch.channels_last),
        "transposed": lambda: random((2, 3, 4, 4), 2).transpose(2, 3),
    }[cotangent]()
    before = g.clone()
    mine = gradients(f, [x, beta], g)
    assert torch.equal(g, before)
    theirs = gradients(lambda x, beta: x * torch.sigmoid(beta * x), [x, beta], g)
    torch.testing.assert_close(mine, theirs, rtol=1e-12, atol=1e-13)


DTYPES = [
    (torch.bfloat16, torch.float32),
    (torch.float16, torch.float32),
    (torch.float32, torch.float64),
    (torch.float32, torch.bfloat16),
    (torch.float64, torch.float32),
]


@pytest.mark.parametrize("frozen", [False, True], ids=["x learns", "x is frozen"])
@pytest.mark.parametrize("shape", [(), (1,), (3, 1, 1)], ids=str)
@pytest.mark.parametrize("dtypes", DTYPES, ids=str)
def test_a_parameters_gradient_has_its_dtype_and_is_no_less_exact_than_that(dtypes, shape, frozen):
    """Half types round what is kept, element by element, but not the sum."""
    x = random((16, 3, 64, 64), 0, dtypes[0]).requires_grad_(not frozen)
    beta = random(shape, 1, dtypes[1], shift=2.0).requires_grad_()
    y = swish(x, beta)
    g = (0.1 + random(y.shape, 2)).to(y.dtype)
    y.backward(g)
    wide = [x.detach().double().requires_grad_(), beta.detach().double().requires_grad_()]
    _, truth = gradients(lambda x, beta: x * torch.sigmoid(beta * x), wide, g.double())
    assert beta.grad.dtype == dtypes[1]
    assert beta.grad.shape == beta.shape
    # What is kept and the product are rounded element by element: their errors do not add up, but
    # are a random walk. The sum itself is right to single precision at least.
    terms = swish.linearize(*(w.detach() for w in wide))[1][1] * g.double()
    walk = (
        terms.square().sum_to_size((1,) * (4 - beta.ndim) + beta.shape).sqrt().reshape(beta.shape)
    )
    rounding = 2 * max(torch.finfo(torch.float32).eps, torch.finfo(dtypes[1]).eps / 2)
    bound = 4 * torch.finfo(y.dtype).eps / 2 * walk + rounding * truth.abs()
    assert torch.all((beta.grad.double() - truth).abs() <= bound)
    if not frozen:
        assert x.grad.dtype == dtypes[0]


@executions
@pytest.mark.parametrize("frozen", [False, True], ids=["x learns", "x is frozen"])
def test_a_sum_over_a_million_elements_is_right_to_single_precision(frozen, execution):
    x = random((1 << 20,), 0, torch.float32).requires_grad_(not frozen)
    beta = torch.tensor(1.3, requires_grad=True)
    g = 0.1 + random((1 << 20,), 1, torch.float32)
    swish.with_options(execution=execution)(x, beta).backward(g)
    wide = [x.detach().double(), beta.detach().double().requires_grad_()]
    _, truth = gradients(lambda x, beta: x * torch.sigmoid(beta * x), wide, g.double())
    assert abs(beta.grad.double() - truth) <= 2 * torch.finfo(torch.float32).eps * truth.abs()


def module(activation, *learned, **values):
    return dualad_torch.Activation(activation, learned, values)


X = torch.linspace(-3, 3, 4096).requires_grad_()
UP = torch.linspace(-1, 2, 4096).requires_grad_()

KEPT = {
    "swish, beta learned": (lambda order: module(swish.with_options(order=order), "beta"), 4.0),
    "pau, ten coefficients": (
        lambda order: module(pau.with_options(order=order), *pau.defaults),
        4.0,
    ),
    "snake": (lambda order: module(snake.with_options(order=order), "alpha"), 4.0),
    "prelu as sharded": (
        lambda order: module(prelu.with_options(order=order), "weight", weight=torch.ones(1)),
        4.0,
    ),
}


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", KEPT)
def test_x_and_the_parameters_are_kept_where_they_are_fewer_bytes(name, order):
    build, per_element = KEPT[name]
    assert dualad_torch.saved_bytes(build(order), X).bytes == per_element * X.numel()


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", ["swiglu", "geglu"])
def test_gates_keep_two_arrays_and_never_more_than_the_composed_formula(name, order):
    activation, formula = FORMULAS[name]
    f = activation.with_options(order=order)
    kept = dualad_torch.saved_bytes(f, X, UP).bytes
    assert kept == 8 * X.numel()
    assert kept <= dualad_torch.saved_bytes(formula, X, UP).bytes
    # A gradient by one of them alone takes one slope, and with order=2 its own.
    saved = f(X, UP.detach()).grad_fn.saved_tensors
    assert sum(t.untyped_storage().nbytes() for t in saved) == 4 * order * X.numel()


def test_a_learned_parameter_with_frozen_inputs_keeps_one_slope():
    (saved,) = module(swish, "beta")(X.detach()).grad_fn.saved_tensors
    assert saved.untyped_storage().nbytes() == 4 * X.numel()


def test_parameters_shared_by_several_activations_add_up():
    beta = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    x = random((100,), 0).requires_grad_()
    y = swish(swish(x, beta), beta) + swish(x, beta)
    mine = torch.autograd.grad(y.sum(), (x, beta))

    def formula(x):
        return x * torch.sigmoid(beta * x)

    theirs = torch.autograd.grad((formula(formula(x)) + formula(x)).sum(), (x, beta))
    torch.testing.assert_close(mine, theirs, rtol=1e-12, atol=1e-12)


def test_one_tensor_for_two_arguments():
    x = random((100,), 0).requires_grad_()
    (got,) = torch.autograd.grad(swiglu(x, x).sum(), x)
    (want,) = torch.autograd.grad((x * torch.sigmoid(x) * x).sum(), x)
    torch.testing.assert_close(got, want, rtol=1e-12, atol=1e-12)


def test_halves_of_one_projection():
    """As in a gated feed-forward layer, where both arguments are views of one tensor."""
    h = random((6, 20), 0).requires_grad_()
    for split in (
        lambda h: h.chunk(2, -1),
        lambda h: (h[:, ::2], h[:, 1::2]),
        lambda h: h.T.chunk(2),
    ):
        (got,) = torch.autograd.grad(swiglu(*split(h)).sum(), h)
        gate, up = split(h)
        (want,) = torch.autograd.grad((gate * torch.sigmoid(gate) * up).sum(), h)
        torch.testing.assert_close(got, want, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("wanted", "keep"), list(itertools.product([(0,), (1,), (0, 1)], ["derivative", "input"]))
)
def test_gradcheck_of_chosen_arguments(wanted, keep):
    f = swish.with_options(keep=keep)
    arguments = [random((3, 4), 0), random((4,), 1)]
    for i in wanted:
        arguments[i].requires_grad_()
    assert torch.autograd.gradcheck(f, arguments, check_batched_grad=True)


def test_in_autocast_the_output_has_the_inputs_dtype():
    x = random((50,), 0, torch.bfloat16).requires_grad_()
    beta = torch.tensor(1.3, requires_grad=True)
    up = random((50,), 1, torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = swish(x, beta), swiglu(x, up)
    assert [y.dtype for y in inside] == [torch.bfloat16, torch.float32]
    assert torch.equal(inside[0], swish(x, beta))
    assert torch.equal(inside[1], swiglu(x, up))


def test_a_parameter_anywhere_but_in_the_arguments_is_an_error():
    class Holder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.beta = torch.nn.Parameter(torch.ones(()))

    holder, beta = Holder(), torch.nn.Parameter(torch.ones(()))
    globals()["_BETA"] = beta

    def nested(x):
        def inner(x):
            return x * beta

        return da.sigmoid(inner(x))

    definitions = [
        lambda x: x * da.sigmoid(holder.beta * x),
        lambda x: x * da.sigmoid(x * _BETA),  # noqa: F821
        nested,
        lambda x: da.where(x > beta, x, 0.0),
        lambda x: da.maximum(x, beta.detach()),
        lambda x: x**beta,
        lambda x: x - da.exp(beta),
        lambda x: beta,
        lambda x, rate=1.0: x * (rate + beta),
    ]
    try:
        for definition in definitions:
            with pytest.raises(da.DefinitionError, match=r"argument"):
                da.activation(definition)(torch.ones(3))
    finally:
        del globals()["_BETA"]
