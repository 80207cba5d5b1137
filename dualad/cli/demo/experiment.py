"""The whole experiment, under one progress bar: frameworks x activations x methods x steps."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module

from tqdm import tqdm

from . import digits
from .definitions import DEFINITIONS
from .training import METHODS, Row, compare


def run(frameworks: Mapping[str, str], steps: int) -> list[Row]:
    """Train the demo's network with every framework, activation and method.

    Parameters
    ----------
    frameworks
        Package names, such as ``"torch"``, to the names that the rows are to say. The module
        ``<package>_training`` of this folder makes the learners, and imports the framework.
    steps
        How many steps each learner takes.

    Returns
    -------
    list of Row
        Grouped by framework, then by activation.
    """
    train_images, test_images = digits.load()
    batches = digits.batches(train_images, steps)
    rows: list[Row] = []
    total = len(frameworks) * len(DEFINITIONS) * len(METHODS) * steps
    with tqdm(total=total, unit="step", leave=False) as progress:
        for package, framework in frameworks.items():
            progress.set_description(f"importing {framework}")
            with _native_stderr_silenced():
                framework_training = import_module(f"{__package__}.{package}_training")
            for definition in DEFINITIONS:
                progress.set_description(f"{framework}, {definition.name}")
                rows += compare(
                    framework,
                    definition.name,
                    framework_training.learners(definition),
                    batches,
                    test_images,
                    step_done=progress.update,
                )
    return rows


@contextmanager
def _native_stderr_silenced() -> Iterator[None]:
    """Discard what is written to the process's standard error.

    TensorFlow's C++ runtime writes there while it is imported, whatever its log level is, and
    would break the progress bar. Exceptions come out as ever.
    """
    saved = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
