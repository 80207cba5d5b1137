"""tf.distribute, on two logical CPUs.

They must be there before TensorFlow starts: what runs in a replica runs in a process of its own.
"""

from __future__ import annotations

import functools
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import tensorflow as tf

from .framework import situation
from .layers import fitted, stepped
from .truth import derivative, points, reverse, same


def two_cpus() -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)


@functools.cache
def process() -> ProcessPoolExecutor:
    """A process with two logical CPUs, started when it is first needed."""
    spawned = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=spawned, initializer=two_cpus)


def on_two_cpus(run: Callable[..., None]) -> Callable[..., None]:
    """The situation in that process; what it raises is raised here."""

    @functools.wraps(run)
    def elsewhere(f: Any, reference: Any) -> None:
        process().submit(_run, run.__name__, f, reference).result(timeout=120)

    return elsewhere


def _run(name: str, f: Any, reference: Any) -> None:
    globals()[name].__wrapped__(f, reference)


@functools.cache
def mirrored() -> tf.distribute.Strategy:
    """One for all: a second would wait for the first one's replicas."""
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def replicated(step, x):
    """What ``step(row, weight)`` gives on each of two replicas, a row to each."""
    strategy = mirrored()
    with strategy.scope():
        weight = tf.Variable(2.0, dtype=x.dtype)
    rows = strategy.experimental_distribute_values_from_function(
        lambda context: x[context.replica_id_in_sync_group]
    )
    results = tf.function(lambda row: strategy.run(step, (row, weight)))(rows)
    return [tf.stack(strategy.experimental_local_results(r)) for r in results]


@situation()
@on_two_cpus
def mirrored_strategy(f, reference):
    def step(row, weight):
        with tf.GradientTape() as tape:
            tape.watch(row)
            y = f(weight * row)
        by_row, by_weight = tape.gradient(y, [row, weight])
        total = tf.distribute.get_replica_context().all_reduce("sum", by_weight)
        return by_row, total

    x = points(2, 3)
    by_row, total = replicated(step, x)
    slope = derivative(reference, 2 * x)
    same(by_row, 2 * slope)
    same(total, [(x.numpy() * slope).sum()] * 2)


@situation()
@on_two_cpus
def fit_under_a_mirrored_strategy(f, reference):
    with mirrored().scope():
        got = fitted(f)
    for weight, want in zip(got, stepped(reference), strict=True):
        same(weight, want)


@situation(order=2)
@on_two_cpus
def mirrored_strategy_to_second_order(f, reference):
    def step(row, weight):
        return (reverse(reverse(lambda row: f(weight * row)))(row),)

    x = points(2, 3)
    (got,) = replicated(step, x)
    same(got, 4 * derivative(reference, 2 * x, 2))


@situation()
def one_device_strategy(f, reference):
    x = points(5)
    strategy = tf.distribute.OneDeviceStrategy("CPU:0")
    same(strategy.run(reverse(f), (x,)), derivative(reference, x))
