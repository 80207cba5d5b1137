"""A copy compiled as the original is, with its optimizer in the same state."""

from __future__ import annotations

from typing import Any

import keras

from dualad.conversion import first_line

from .copying import Copy

__all__ = ["compile_alike"]

OWN_COMPILE = "compile the new model: its class has a compile() of its own"


def compile_alike(copy: Copy) -> tuple[str, ...]:
    """Compile a copied model, so that its training goes on where the original's stands.

    Parameters
    ----------
    copy : Copy
        Loss, metrics and options are the original's; its optimizer is copied, variables and all.
        Metrics begin anew, as they do with every epoch.

    Returns
    -------
    tuple of str
        What the report should say.

    Raises
    ------
    TypeError
        The optimizer or a metric cannot be copied.
    """
    old, new = copy.old, copy.model
    if not old.compiled:
        return ()
    if type(old).compile is not keras.Model.compile:
        return (OWN_COMPILE,)
    options = dict(old._compile_config.config)
    for name in ("metrics", "weighted_metrics"):
        options[name] = keras.tree.map_structure(_fresh_metric, options[name])
    # Already wrapped to scale its loss, where it is to be.
    options |= {"optimizer": _fresh(old.optimizer), "auto_scale_loss": False}
    new.compile(**options)
    if old.optimizer is not None and old.optimizer.built:
        _continue(old.optimizer, new.optimizer, copy)
    return ()


def _continue(old: Any, new: Any, copy: Copy) -> None:
    """Give an optimizer the state of another; slots are in the order of the variables."""
    inner = getattr(old, "inner_optimizer", old)
    new.build([copy.variables[id(v)] for v in inner._trainable_variables])
    for there, here in zip(old.variables, new.variables, strict=True):
        here.assign(there.value)


def _fresh(thing: Any) -> Any:
    """An optimizer or a metric made once more by its configuration."""
    if thing is None:
        return None
    try:
        return type(thing).from_config(thing.get_config())
    except Exception as error:
        raise TypeError(
            f"{type(thing).__name__} {thing.name!r} cannot be copied ({first_line(error)}); give "
            "the class a get_config, or convert the model before it is compiled"
        ) from error


def _fresh_metric(metric: Any) -> Any:
    return _fresh(metric) if isinstance(metric, keras.metrics.Metric) else metric
