"""Tapes in eager mode, to first order."""

from __future__ import annotations

import threading

import numpy as np
import tensorflow as tf

from ..situation import require
from .framework import situation
from .truth import agree, check, cotangent, derivative, points, reverse, same


@situation()
def tape(f, reference):
    check(f, reference, points(2, 3))


@situation()
def no_tape(f, reference):
    x = points(2, 3)
    same(f(x), derivative(reference, x, 0))


@situation()
def persistent_tape(f, reference):
    x = points(5)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y, z = f(x), 2.0 * f(x)
    for _ in range(2):
        same(tape.gradient(y, x), derivative(reference, x))
    same(tape.gradient(z, x), 2 * derivative(reference, x))


@situation()
def one_tape_over_several_calls(f, reference):
    agree(lambda x, w: f(f(x) * w) + f(x), lambda x, w: reference(reference(x) * w) + reference(x),
          points(5), points(5, seed=2))  # fmt: skip


@situation()
def variable(f, reference):
    x = tf.Variable(points(5))
    with tf.GradientTape() as tape:
        y = f(x)
    x.assign_add(tf.ones_like(x))  # the tape has the value that was read
    same(tape.gradient(y, x), derivative(reference, points(5)))


@situation()
def variable_that_is_not_watched(f, reference):
    x = tf.Variable(points(5))
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        y = f(x)
    require(tape.gradient(y, x) is None, "a gradient that nobody watched for")
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        y = f(x)
    same(tape.gradient(y, x), derivative(reference, x))


@situation()
def unconnected_gradients(f, reference):
    x, other = points(5), points(5, seed=1)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, other])
        y = f(x)
    require(tape.gradient(y, other) is None, "a gradient without a connection")
    g, zero = tape.gradient(y, [x, other], unconnected_gradients=tf.UnconnectedGradients.ZERO)
    same(g, derivative(reference, x))
    same(zero, np.zeros(5))


@situation()
def sources_in_a_structure(f, reference):
    xs = {"a": points(5), "b": [points(2, seed=1)]}
    with tf.GradientTape() as tape:
        tape.watch(xs)
        targets = [f(xs["a"]), 2.0 * f(xs["b"][0])]
    gradients = tape.gradient(targets, xs)
    same(gradients["a"], derivative(reference, xs["a"]))
    same(gradients["b"][0], 2 * derivative(reference, xs["b"][0]))


@situation()
def stopped_gradients(f, reference):
    x = points(5)
    require(reverse(lambda x: tf.stop_gradient(f(x)))(x) is None, "a gradient past the stop")
    require(reverse(lambda x: f(tf.stop_gradient(x)))(x) is None, "a gradient past the stop")
    got = reverse(lambda x: f(x) * tf.stop_gradient(f(x)))(x)
    same(got, derivative(reference, x) * derivative(reference, x, 0))


@situation()
def recording_stopped(f, reference):
    x = points(5)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
        with tape.stop_recording():
            aside = f(x)
        z = y * aside
    same(tape.gradient(z, x), derivative(reference, x) * derivative(reference, x, 0))


@situation()
def gradient_in_the_tapes_own_block(f, reference):
    x = points(5)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = f(x)
        g = tape.gradient(y, x)
    same(g, derivative(reference, x))


@situation()
def sparse_cotangent(f, reference):
    """The gradient of a gather is tf.IndexedSlices."""
    x, d = points(4), derivative(reference, points(4))
    same(reverse(lambda x: tf.gather(f(x), [0, 0, 2]))(x), [2 * d[0], 0, d[2], 0])


@situation()
def sparse_gradient_of_a_table(f, reference):
    """An embedding below the activation: the gradient arrives as tf.IndexedSlices."""
    table = tf.Variable(points(4, 2))
    with tf.GradientTape() as tape:
        y = f(tf.gather(table, [1, 1]))
    got = tape.gradient(y, table)
    require(isinstance(got, tf.IndexedSlices), "a dense gradient for a table")
    want = np.zeros((4, 2))
    want[1] = 2 * derivative(reference, table.numpy()[1])
    same(got, want)


@situation()
def jacobian(f, reference):
    x = points(5)
    for pfor in (True, False):
        with tf.GradientTape(persistent=not pfor) as tape:
            tape.watch(x)
            y = f(x)
        got = tape.jacobian(y, x, experimental_use_pfor=pfor)
        same(got, np.diag(derivative(reference, x)))


@situation()
def batch_jacobian(f, reference):
    x = points(2, 3)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    same(tape.batch_jacobian(y, x), [np.diag(row) for row in derivative(reference, x)])


@situation()
def recompute_grad(f, reference):
    check(tf.recompute_grad(f), reference, points(5))


@situation()
def inside_a_custom_gradient(f, reference):
    @tf.custom_gradient
    def doubled(x):
        def backward(cotangent):
            return 2.0 * cotangent * reverse(f)(x)

        return f(x), backward

    x = points(5)
    same(reverse(doubled)(x), 2 * derivative(reference, x))


@situation()
def compute_gradient(f, reference):
    """TensorFlow's own test of gradients, by differences."""
    x = points(5)
    (theoretical,), (numerical,) = tf.test.compute_gradient(f, [x], delta=1e-5)
    same(theoretical, np.diag(derivative(reference, x)))
    require(np.abs(theoretical - numerical).max() < 1e-7, "far from the differences")


@situation()
def two_threads_with_a_tape_each(f, reference):
    x, got = points(5), {}
    meeting = threading.Barrier(2)

    def work(name):
        with tf.GradientTape() as tape:
            tape.watch(x)
            meeting.wait(10)
            y = f(x)
            meeting.wait(10)
        got[name] = tape.gradient(y, x, cotangent(x))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(2):
        same(got.get(i), cotangent(x) * derivative(reference, x))


@situation()
def gradient_taken_on_another_thread(f, reference):
    x, got = points(5), []
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    thread = threading.Thread(target=lambda: got.append(tape.gradient(y, x)))
    thread.start()
    thread.join()
    same(got[0] if got else None, derivative(reference, x))
