"""XLA: jit_compile=True in and around tapes, to third order."""

from __future__ import annotations

import functools

import numpy as np
import tensorflow as tf

from .framework import situation
from .truth import check, derivative, forward, points, reverse, same

jitted = functools.partial(tf.function, jit_compile=True)


@situation()
def tape_inside_xla(f, reference):
    x = points(2, 3)
    same(jitted(reverse(f))(x), derivative(reference, x))


@situation()
def tape_around_xla(f, reference):
    check(jitted(lambda x: f(x)), reference, points(2, 3))


@situation()
def xla_inside_tf_function_inside_a_tape(f, reference):
    inner = jitted(lambda x: f(x))
    check(tf.function(lambda x: inner(x)), reference, points(5))


@situation()
def xla_of_bfloat16(f, reference):
    check(jitted(lambda x: f(x)), reference, points(20, dtype=tf.bfloat16))


@situation()
def forward_mode_inside_xla(f, reference):
    x = points(5)
    same(jitted(forward(f))(x), derivative(reference, x))


@situation()
def forward_mode_around_xla(f, reference):
    x = points(5)
    same(forward(jitted(lambda x: f(x)))(x), derivative(reference, x))


@situation()
def while_loop_inside_xla(f, reference):
    def loop(f):
        def twice(x):
            step = (lambda i, h: i < 2), (lambda i, h: (i + 1, f(h)))
            return tf.while_loop(*step, (0, x), maximum_iterations=2)[1]

        return twice

    x = points(5)
    same(jitted(reverse(loop(f)))(x), derivative(loop(reference), x))


@situation(order=2)
def two_tapes_inside_xla(f, reference):
    x = points(5)
    same(jitted(reverse(reverse(f)))(x), derivative(reference, x, 2))


@situation(order=2)
def two_tapes_around_xla(f, reference):
    x = points(5)
    same(reverse(reverse(jitted(lambda x: f(x))))(x), derivative(reference, x, 2))


@situation(order=2)
def a_tape_inside_xla_and_one_around(f, reference):
    x = points(5)
    same(reverse(jitted(reverse(f)))(x), derivative(reference, x, 2))


@situation(order=2)
def gradient_penalty_inside_xla(f, reference):
    x = points(5)
    d = derivative(reference, x)
    step = jitted(reverse(lambda x: tf.square(reverse(f)(x)) + x))
    same(step(x), 2 * d * derivative(reference, x, 2) + 1)


@situation(order=2)
def forward_over_reverse_inside_xla(f, reference):
    x = points(5)
    same(jitted(forward(reverse(f)))(x), derivative(reference, x, 2))


@situation(order=2)
def reverse_over_forward_inside_xla(f, reference):
    x = points(5)
    same(jitted(reverse(forward(f)))(x), derivative(reference, x, 2))


@situation(order=2)
def forward_around_xla_of_reverse(f, reference):
    x = points(5)
    same(forward(jitted(reverse(f)))(x), derivative(reference, x, 2))


@situation(order=2)
def hessian_inside_xla(f, reference):
    def hessian(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            g = reverse(f)(x)
        return outer.jacobian(g, x)

    x = points(5)
    same(jitted(hessian)(x), np.diag(derivative(reference, x, 2)))


@situation(order=3)
def three_tapes_inside_xla(f, reference):
    x = points(5)
    same(jitted(reverse(reverse(reverse(f))))(x), derivative(reference, x, 3))
