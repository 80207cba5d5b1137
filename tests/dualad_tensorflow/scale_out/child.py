"""A process of its own: logical devices and a cluster are set up before TensorFlow starts.

``python -m tests.dualad_tensorflow.scale_out.child KIND FOLDER``, KIND ``mirrored`` or ``worker``;
what it finds is written to FOLDER.
"""

import json
import os
import sys
from pathlib import Path

import keras
import tensorflow as tf

from .training import composed, trained

WAITING_SECONDS = 60  # one worker raised or is no more, and the other waits for it

RUNS = {
    "mirrored": [
        ("fit", "derivative"),
        ("fit", "input"),
        ("fit", "derivative, learned"),
        ("fit", "input, learned"),
        ("loop", "compiled"),
        ("loop", "derivative, learned"),
    ],
    # Keras' own fit does not know what to do with two workers.
    "worker": [("loop", "derivative"), ("loop", "input"), ("loop", "derivative, learned")],
}
"""How each strategy trains, and what."""

MIXED = ("composed", "derivative")
"""What is trained in mixed precision, too."""


def main(kind, folder):
    strategy = mirrored() if kind == "mirrored" else workers()
    index = json.loads(os.environ.get("TF_CONFIG", '{"task": {"index": 0}}'))["task"]["index"]
    keras.config.set_floatx("float64")  # losses and targets, too
    alone = tf.distribute.get_strategy()
    found = {}
    if kind == "worker":
        try:
            trained(strategy, "fit", "composed")
        except ValueError as error:
            found["refused"] = str(error)
    for way, name in RUNS[kind]:
        found[f"{way}: {name}"], model = trained(strategy, way, name)
        if kind == "worker":
            # Every worker saves, for what is saved may have to be gathered; the chief's counts.
            model.save(folder / f"{name} {index}.keras")
    for name in sorted({composed(name) for _, name in RUNS[kind]}):
        found[f"alone: {name}"], _ = trained(alone, "fit", name)
    if kind == "mirrored":
        found["single: composed"], _ = trained(alone, "fit", "composed", "float32")
        for name in MIXED:
            found[f"mixed: {name}"], _ = trained(strategy, "fit", name, "mixed_bfloat16")
    (folder / f"found {index}").write_text(json.dumps(found))


def mirrored():
    """Two devices, of one processor."""
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def workers():
    """This process and another, which are named in TF_CONFIG."""
    options = tf.distribute.experimental.CommunicationOptions(
        implementation=tf.distribute.experimental.CommunicationImplementation.RING,
        timeout_seconds=WAITING_SECONDS,
    )
    return tf.distribute.MultiWorkerMirroredStrategy(communication_options=options)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
