"""A learned argument beside the input: PReLU."""

from __future__ import annotations

import tensorflow as tf

from .framework import situation
from .truth import agree, derivative, points, reverse, same


def given():
    return points(2, 2), points(2, seed=3)


@situation(takes="prelu")
def learned_argument(f, reference):
    agree(f, reference, *given())
    agree(f, reference, points(2, 2), tf.constant(0.25, tf.float64))


@situation(takes="prelu")
def learned_argument_that_is_a_variable(f, reference):
    x, slope = given()
    variable = tf.Variable(slope)
    with tf.GradientTape() as tape:
        y = f(x, variable)
    same(tape.gradient(y, variable), derivative(lambda s: reference(x, s), slope))


@situation(takes="prelu")
def learned_argument_inside_tf_function(f, reference):
    x, slope = given()
    by_slope = tf.function(reverse(lambda s, x: f(x, s)))
    same(by_slope(slope, x), derivative(lambda s: reference(x, s), slope))


@situation(takes="prelu")
def learned_argument_inside_xla(f, reference):
    agree(tf.function(lambda x, s: f(x, s), jit_compile=True), reference, *given())


@situation(takes="prelu")
def learned_argument_in_forward_mode(f, reference):
    x, slope = given()
    tangents = points(2, 2, seed=4), points(2, seed=5)

    def along(f):
        with tf.autodiff.ForwardAccumulator((x, slope), tangents) as accumulator:
            y = f(x, slope)
        return accumulator.jvp(y)

    same(along(f), along(reference))


@situation(takes="prelu")
def learned_argument_under_batch_jacobian(f, reference):
    x, slope = given()

    def by_batch(f):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x, slope)
        return tape.batch_jacobian(y, x)

    same(by_batch(f), by_batch(reference))


@situation(order=2, takes="prelu")
def learned_argument_mixed_second_derivative(f, reference):
    x, slope = given()

    def mixed(f):
        return reverse(lambda s: reverse(lambda x: f(x, s))(x))(slope)

    same(mixed(f), mixed(reference))


@situation(order=2, takes="prelu")
def learned_argument_mixed_second_derivative_inside_tf_function(f, reference):
    x, slope = given()

    def mixed(f):
        return reverse(lambda s, x: reverse(lambda x: f(x, s))(x))

    same(tf.function(mixed(f))(slope, x), mixed(reference)(slope, x))
