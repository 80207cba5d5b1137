"""Second and third orders in and around tf.function."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from .framework import situation
from .truth import derivative, forward, points, reverse, same


@situation(order=2)
def two_tapes_inside_tf_function(f, reference):
    x = points(2, 3)
    same(tf.function(reverse(reverse(f)))(x), derivative(reference, x, 2))


@situation(order=2)
def two_tapes_around_tf_function(f, reference):
    x = points(5)
    same(reverse(reverse(tf.function(lambda x: f(x))))(x), derivative(reference, x, 2))


@situation(order=2)
def a_tape_inside_and_one_around(f, reference):
    x = points(5)
    same(reverse(tf.function(reverse(f)))(x), derivative(reference, x, 2))


@situation(order=2)
def tapes_inside_around_a_tf_function(f, reference):
    x = points(5)
    inner = tf.function(lambda x: f(x))
    same(tf.function(reverse(reverse(inner)))(x), derivative(reference, x, 2))


@situation(order=3)
def three_tapes_inside_tf_function(f, reference):
    x = points(5)
    same(tf.function(reverse(reverse(reverse(f))))(x), derivative(reference, x, 3))


@situation(order=2)
def gradient_penalty_inside_tf_function(f, reference):
    x = points(5)
    d = derivative(reference, x)
    step = tf.function(reverse(lambda x: tf.square(reverse(f)(x)) + x))
    same(step(x), 2 * d * derivative(reference, x, 2) + 1)


@situation(order=2)
def unknown_shape_to_second_order(f, reference):
    x = points(2, 3)
    step = tf.function(reverse(reverse(f)), input_signature=[tf.TensorSpec(None, tf.float64)])
    same(step(x), derivative(reference, x, 2))


@situation(order=2)
def tf_gradients_of_tf_gradients(f, reference):
    def second(x):
        (g,) = tf.gradients(f(x), x)
        return tf.gradients(g, x)[0]

    x = points(5)
    same(tf.function(second)(x), derivative(reference, x, 2))


@situation(order=2)
def tf_hessians(f, reference):
    x = points(5)
    got = tf.function(lambda x: tf.hessians(tf.reduce_sum(f(x)), x)[0])(x)
    same(got, np.diag(derivative(reference, x, 2)))


@situation(order=2)
def hessian_inside_tf_function(f, reference):
    def hessian(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            g = reverse(f)(x)
        return outer.jacobian(g, x)

    x = points(5)
    same(tf.function(hessian)(x), np.diag(derivative(reference, x, 2)))


@situation(order=2)
def late_tape_inside_tf_function(f, reference):
    def second(x):
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        with tf.GradientTape() as late:
            late.watch(x)
            g = inner.gradient(y, x)
        return late.gradient(g, x)

    x = points(5)
    same(tf.function(second)(x), derivative(reference, x, 2))


@situation(order=2)
def tf_cond_to_second_order(f, reference):
    def branch(x):
        return tf.cond(tf.reduce_sum(x) > -100.0, lambda: f(x), lambda: x)

    x = points(5)
    same(tf.function(reverse(reverse(branch)))(x), derivative(reference, x, 2))


@situation(order=2)
def gradient_inside_a_while_loop(f, reference):
    """Newton's method, say: what is differentiated is the loop's body alone."""

    def loop(x):
        step = (lambda i, h: i < 2), (lambda i, h: (i + 1, reverse(f)(h)))
        return tf.while_loop(*step, (0, x))[1]

    x = points(5)
    first = derivative(reference, x)
    want = derivative(reference, x, 2) * derivative(reference, first, 2)
    same(tf.function(reverse(loop))(x), want)


@situation(order=2)
def tf_while_loop_to_second_order(f, reference):
    def twice(x):
        step = (lambda i, h: i < 2), (lambda i, h: (i + 1, f(h)))
        return tf.while_loop(*step, (0, x))[1]

    x = points(5)
    want = derivative(lambda x: reference(reference(x)), x, 2)
    same(tf.function(reverse(reverse(twice)))(x), want)


@situation(order=2)
def vectorized_map_of_second_derivatives(f, reference):
    x = points(3, 2)
    same(tf.vectorized_map(reverse(reverse(f)), x), derivative(reference, x, 2))


@situation(order=2)
def tape_around_vectorized_map_of_gradients(f, reference):
    x = points(3, 2)
    got = reverse(lambda x: tf.vectorized_map(reverse(f), x))(x)
    same(got, derivative(reference, x, 2))


@situation(order=2)
def graph_and_session_to_second_order(f, reference):
    x = points(5).numpy()
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        given = tf.compat.v1.placeholder(tf.float64, [5])
        (g,) = tf.gradients(f(given), given)
        (bend,) = tf.gradients(g, given)
        got = session.run(bend, {given: x})
    same(got, derivative(reference, x, 2))


@situation(order=2)
def forward_over_reverse_inside_tf_function(f, reference):
    x = points(5)
    same(tf.function(forward(reverse(f)))(x), derivative(reference, x, 2))


@situation(order=2)
def forward_around_tf_function_of_reverse(f, reference):
    x = points(5)
    same(forward(tf.function(reverse(f)))(x), derivative(reference, x, 2))


@situation(order=2)
def forward_over_reverse_around_tf_function(f, reference):
    x = points(5)
    same(forward(reverse(tf.function(lambda x: f(x))))(x), derivative(reference, x, 2))


@situation(order=2)
def reverse_over_forward_inside_tf_function(f, reference):
    x = points(5)
    same(tf.function(reverse(forward(f)))(x), derivative(reference, x, 2))


@situation(order=2)
def reverse_around_tf_function_of_forward(f, reference):
    x = points(5)
    same(reverse(tf.function(forward(f)))(x), derivative(reference, x, 2))


@situation(order=2)
def forward_over_forward_inside_tf_function(f, reference):
    x = points(5)
    same(tf.function(forward(forward(f)))(x), derivative(reference, x, 2))


@situation(order=2)
def reverse_over_forward_around_tf_function(f, reference):
    x = points(5)
    same(reverse(forward(tf.function(lambda x: f(x))))(x), derivative(reference, x, 2))


@situation(order=2)
def forward_over_reverse_of_a_tf_function_in_another(f, reference):
    x = points(5)
    inner = tf.function(lambda x: f(x))
    same(tf.function(forward(reverse(inner)))(x), derivative(reference, x, 2))


@situation(order=3)
def forward_over_two_tapes_inside_tf_function(f, reference):
    x = points(5)
    same(tf.function(forward(reverse(reverse(f))))(x), derivative(reference, x, 3))


@situation(order=2)
def tape_around_vectorized_map_to_second_order(f, reference):
    x = points(3, 2)
    got = reverse(reverse(lambda x: tf.vectorized_map(f, x)))(x)
    same(got, derivative(reference, x, 2))


@situation(order=2)
def tape_around_vectorized_map_of_a_tf_function_of_gradients(f, reference):
    x = points(3, 2)
    inner = tf.function(reverse(f))
    got = reverse(lambda x: tf.vectorized_map(lambda row: inner(row), x))(x)
    same(got, derivative(reference, x, 2))
