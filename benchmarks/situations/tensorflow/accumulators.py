"""ForwardAccumulator, to first order."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from .framework import situation
from .truth import cotangent, derivative, forward, points, same


@situation()
def forward_mode(f, reference):
    x, t = points(2, 3), cotangent(points(2, 3))
    same(forward(f, t)(x), t * derivative(reference, x))


@situation()
def forward_mode_of_a_variable(f, reference):
    x, t = tf.Variable(points(5)), cotangent(points(5))
    same(forward(f, t)(x), t * derivative(reference, points(5)))


@situation()
def forward_mode_watching_later(f, reference):
    x = points(5)
    with tf.autodiff.ForwardAccumulator([], []) as accumulator:
        accumulator._watch(x, tf.ones_like(x))
        y = f(f(x))
    want = derivative(reference, x) * derivative(reference, derivative(reference, x, 0))
    same(accumulator.jvp(y), want)


@situation()
def tape_and_accumulator_side_by_side(f, reference):
    x = points(5)
    with tf.GradientTape() as tape:
        tape.watch(x)
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
            y = f(x)
    same(accumulator.jvp(y), derivative(reference, x))
    same(tape.gradient(y, x), derivative(reference, x))


@situation()
def forward_mode_inside_tf_function(f, reference):
    x = points(5)
    same(tf.function(forward(f))(x), derivative(reference, x))


@situation()
def forward_mode_around_tf_function(f, reference):
    x = points(5)
    same(forward(tf.function(lambda x: f(x)))(x), derivative(reference, x))


@situation()
def forward_mode_of_an_unconnected_result(f, reference):
    x, other = points(5), points(5, seed=1)
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
        y = f(other)
    if accumulator.jvp(y) is not None:
        same(accumulator.jvp(y), np.zeros(5))


@situation()
def forward_mode_around_tf_function_in_tf_function(f, reference):
    x = points(5)
    inner = tf.function(lambda x: f(x))
    same(tf.function(forward(lambda x: 2.0 * inner(x)))(x), 2 * derivative(reference, x))
