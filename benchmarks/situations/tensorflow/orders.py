"""Second and third orders in eager mode."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from .framework import situation
from .truth import cotangent, derivative, forward, points, reverse, same


@situation(order=2)
def tape_over_tape(f, reference):
    x = points(2, 3)
    same(reverse(reverse(f))(x), derivative(reference, x, 2))


@situation(order=3)
def three_tapes(f, reference):
    x = points(5)
    same(reverse(reverse(reverse(f)))(x), derivative(reference, x, 3))


@situation(order=2)
def persistent_tapes_nested(f, reference):
    x = points(5)
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(x)
        with tf.GradientTape(persistent=True) as inner:
            inner.watch(x)
            y = f(x)
        g = inner.gradient(y, x)
        h = 2.0 * inner.gradient(y, x)
    same(outer.gradient(y, x), derivative(reference, x))
    same(outer.gradient(g, x), derivative(reference, x, 2))
    same(outer.gradient(h, x), 2 * derivative(reference, x, 2))


@situation(order=2)
def one_persistent_tape_asked_twice(f, reference):
    x = points(5)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        g = tape.gradient(f(x), x)
    same(tape.gradient(g, x), derivative(reference, x, 2))


@situation(order=2)
def variable_to_second_order(f, reference):
    x = tf.Variable(points(5))
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = f(x)
        g = inner.gradient(y, x)
    same(outer.gradient(g, x), derivative(reference, x, 2))


@situation(order=2)
def gradient_penalty(f, reference):
    """The input stands beside the gradient: a lost second order would not be None, but wrong."""
    x = points(5)

    def penalty(x):
        return tf.square(reverse(f)(x)) + x

    d = derivative(reference, x)
    same(reverse(penalty)(x), 2 * d * derivative(reference, x, 2) + 1)


@situation(order=2)
def gradient_penalty_of_a_network(f, reference):
    x, w = points(2, 3), points(3, 3, seed=2)

    def step(f):
        def loss(w):
            return tf.square(reverse(lambda x: f(x @ w))(x)) + 0.1 * tf.reduce_sum(w)

        return reverse(loss)(w)

    same(step(f), step(reference))


@situation(order=2)
def tape_entered_after_the_forward_pass(f, reference):
    x = points(5)
    with tf.GradientTape() as inner:
        inner.watch(x)
        y = f(x)
    with tf.GradientTape() as late:
        late.watch(x)
        g = inner.gradient(y, x)
    same(g, derivative(reference, x))
    same(late.gradient(g, x), derivative(reference, x, 2))


@situation(order=2)
def derivative_by_the_cotangent(f, reference):
    """The gradient is linear in it, and that derivative is f' again."""
    x, cot = points(5), cotangent(points(5))
    with tf.GradientTape() as outer:
        outer.watch(cot)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        g = inner.gradient(y, x, cot)
    same(outer.gradient(g, cot), derivative(reference, x))


@situation(order=2)
def hessian_by_a_jacobian(f, reference):
    x = points(5)
    for pfor in (True, False):
        with tf.GradientTape(persistent=not pfor) as outer:
            outer.watch(x)
            g = reverse(f)(x)
        hessian = outer.jacobian(g, x, experimental_use_pfor=pfor)
        same(hessian, np.diag(derivative(reference, x, 2)))


@situation(order=2)
def batch_jacobian_of_a_gradient(f, reference):
    x = points(2, 3)
    with tf.GradientTape() as outer:
        outer.watch(x)
        g = reverse(f)(x)
    same(outer.batch_jacobian(g, x), [np.diag(row) for row in derivative(reference, x, 2)])


@situation(order=2)
def gradient_of_a_jacobian(f, reference):
    x = points(5)

    def diagonal(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return tf.linalg.diag_part(tape.jacobian(y, x))

    same(reverse(diagonal)(x), derivative(reference, x, 2))


@situation(order=2)
def sparse_cotangent_to_second_order(f, reference):
    x, d = points(4), derivative(reference, points(4), 2)
    picked = reverse(reverse(lambda x: tf.gather(f(x), [0, 0, 2])))
    same(picked(x), [2 * d[0], 0, d[2], 0])


@situation(order=2)
def compute_gradient_of_a_gradient(f, reference):
    x = points(5)
    (theoretical,), _ = tf.test.compute_gradient(reverse(f), [x], delta=1e-5)
    same(theoretical, np.diag(derivative(reference, x, 2)))


@situation(order=2)
def recompute_grad_to_second_order(f, reference):
    x = points(5)
    same(reverse(reverse(tf.recompute_grad(f)))(x), derivative(reference, x, 2))


@situation(order=2)
def forward_over_reverse(f, reference):
    x, t = points(5), cotangent(points(5))
    same(forward(reverse(f), t)(x), t * derivative(reference, x, 2))


@situation(order=2)
def reverse_over_forward(f, reference):
    x, t = points(5), cotangent(points(5))
    same(reverse(forward(f, t))(x), t * derivative(reference, x, 2))


@situation(order=2)
def forward_over_forward(f, reference):
    x = points(5)
    same(forward(forward(f))(x), derivative(reference, x, 2))


@situation(order=3)
def forward_over_reverse_over_reverse(f, reference):
    x = points(5)
    same(forward(reverse(reverse(f)))(x), derivative(reference, x, 3))


@situation(order=2)
def second_order_in_half_precision(f, reference):
    for dtype in (tf.float16, tf.bfloat16):
        x = points(20, dtype=dtype)
        same(reverse(reverse(f))(x), derivative(reference, x, 2))
