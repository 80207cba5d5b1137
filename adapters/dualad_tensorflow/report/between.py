"""What a graph that holds both passes keeps between them.

It is read off the graph and nothing runs. Backward is what waits for the gradient of the loss.
TensorFlow does all else as soon as it can, so what a tape computes of forward tensors alone is done
in the forward pass: of ``x * tanh(softplus(x))`` three tensors are resident, not two, as the
sigmoid that is softplus' derivative stands beside x and tanh.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf
from keras.src.backend.common.name_scope import current_path

# There is no public way to see gradients and operations come about, nor Keras' path of layers.
from tensorflow.python.eager import imperative_grad, record
from tensorflow.python.framework import op_callbacks

__all__ = ["Kept", "Trace", "tracing"]

Tensor = Any
"""TensorFlow ships no types."""

# They give on the buffer of an input; the first, or in IdentityN the one of the same place.
ALIASES = frozenset(
    [
        "CheckNumerics",
        "EnsureShape",
        "ExpandDims",
        "Identity",
        "IdentityN",
        "PreventGradient",
        "Reshape",
        "Snapshot",
        "Squeeze",
        "StopGradient",
    ]
)
# What lives anyway: arguments of the step, variables, constants.
APART = frozenset(["Const", "Placeholder", "ReadVariableOp", "ResourceGather", "VarHandleOp"])
# They ask for a shape: they run as soon as there is one, or not at all if it is known.
SHAPES = frozenset(
    ["BroadcastGradientArgs", "OnesLike", "Rank", "Shape", "ShapeN", "Size", "ZerosLike"]
)
CALLS = frozenset(["PartitionedCall", "StatefulPartitionedCall"])
BACKWARD = "gradient_tape/"


@dataclass
class Kept:
    """A tensor that is kept.

    Parameters
    ----------
    made_by : str
        The type of the operation.
    size : int or None
        Bytes; None where the shape is not known.
    readers : list of str
        The names of the operations that read it, as scopes of the forward pass.
    """

    made_by: str
    size: int | None
    readers: list[str] = field(default_factory=list)


@dataclass
class Trace:
    """Gradients that were computed while a graph came about.

    Parameters
    ----------
    gradients : list of (graph, list of operation)
        The graph, and where the backward pass begins in it.
    layers : dict of str to str
        The path of Keras layers, by TensorFlow's name scope.
    """

    gradients: list[tuple[Any, list[Any]]] = field(default_factory=list)
    layers: dict[str, str] = field(default_factory=dict)

    def layer(self, operation: str) -> str:
        """The path of the layer in which an operation was made; empty outside of all."""
        scope = operation
        while scope and scope not in self.layers:
            scope = scope.rpartition("/")[0]
        return self.layers.get(scope, "")

    def kept(self, graph: Any, results: Iterable[Tensor] = ()) -> list[Kept]:
        """What is kept while a backward pass is awaited; of several, for the one with most.

        Parameters
        ----------
        graph : FuncGraph
            In which the gradients were computed.
        results : iterable of tensor
            What is held by somebody else.
        """
        held = {_root(t)[0] for t in results}
        each = [_kept(graph, begins, held) for g, begins in self.gradients if g is graph]
        return max(each, key=lambda kept: sum(k.size or 0 for k in kept), default=[])


@contextmanager
def tracing() -> Iterator[Trace]:
    """Watch for gradients, whatever graph is built meanwhile."""
    trace = Trace()
    gradient, record_operation = imperative_grad.imperative_grad, record.record_operation
    outer: list[bool] = []  # what is computed anew within a backward pass belongs to it

    def watched(
        tape: Any,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        *others: Any,
        **named: Any,
    ) -> Any:
        if not (tf.executing_eagerly() or outer):
            given = output_gradients or [None] * len(target)
            output_gradients = [_beginning(g, t) for g, t in zip(given, target, strict=True)]
            begins = [g.op for g in output_gradients if g is not None]
            trace.gradients.append((tf.compat.v1.get_default_graph(), begins))
        outer.append(True)
        try:
            return gradient(tape, target, sources, output_gradients, *others, **named)
        finally:
            outer.pop()

    def recorded(
        op_type: Any,
        output_tensors: Any,
        input_tensors: Any,
        backward_function: Any,
        forward_function: Any = None,
    ) -> Any:
        scoped = backward_function if tf.executing_eagerly() else _scoped(backward_function)
        return record_operation(op_type, output_tensors, input_tensors, scoped, forward_function)

    def made(
        _type: Any, _inputs: Any, _attrs: Any, _outputs: Any, op_name: Any = None, graph: Any = None
    ) -> None:
        if graph is not None and op_name is not None and (path := current_path()):
            name = op_name.decode() if isinstance(op_name, bytes) else op_name
            trace.layers.setdefault(name.rpartition("/")[0], path)

    imperative_grad.imperative_grad, record.record_operation = watched, recorded
    op_callbacks.add_op_callback(made)
    try:
        yield trace
    finally:
        op_callbacks.remove_op_callback(made)
        imperative_grad.imperative_grad, record.record_operation = gradient, record_operation


def _beginning(gradient: Any, target: Tensor) -> Any:
    """The gradient of a result, as an operation of its own."""
    if gradient is not None:
        return tf.identity(gradient)
    return tf.ones_like(target) if target.dtype.is_floating or target.dtype.is_complex else None


def _scoped(backward: Callable[..., Any]) -> Callable[..., Any]:
    """A custom gradient whose operations bear the scope of its forward pass, as others' do."""
    scope = tf.get_current_name_scope()

    def named(*cotangents: Any) -> Any:
        with tf.name_scope(f"{BACKWARD}{scope}/"):
            return backward(*cotangents)

    return named


def _kept(graph: Any, begins: list[Any], held: set[Any]) -> list[Kept]:
    """What is made without waiting for a gradient, and read by what waits for it."""
    kept: dict[Any, Kept] = {}
    for key, root, reader in _reads(graph, begins):
        if not (key in held or root.op.type in APART or root.dtype == tf.resource):
            one = kept.setdefault(key, Kept(root.op.type, _size(root)))
            one.readers.append(re.sub(rf".*{BACKWARD}", "", reader))
    return list(kept.values())


def _reads(graph: Any, begins: list[Any]) -> Iterator[tuple[Any, Tensor, str]]:
    """What operations that wait read of what does not: a key, the tensor, who reads."""
    operations = graph.get_operations()
    needed = _needed(graph, operations)
    waiting = _waiting(operations, begins)
    for op in operations:
        if op.name not in waiting or op.name not in needed or op.type in ALIASES | SHAPES:
            continue
        if op.type not in CALLS or _is_kernel(op):
            read = [(*_root(tensor), op.name) for tensor in op.inputs]
            yield from ((key, root, name) for key, root, name in read if key[0] not in waiting)
            continue
        # TensorFlow puts its body in its place: what does not wait in there, is done at once.
        body = _body(op)
        given = dict(zip((p.name for p in body.inputs), op.inputs, strict=True))
        starts = [p.op for p in body.inputs if given[p.name].op.name in waiting]
        for key, root, _ in _reads(body, starts):
            inner = (op.name, *key), root
            yield *(_root(given[root.name]) if root.name in given else inner), op.name


def _waiting(operations: list[Any], begins: list[Any]) -> set[str]:
    """The operations that a backward pass begins with, and all that wait for these."""
    waiting = {op.name for op in begins}
    for op in operations:  # in the order in which they were made: nothing waits for a later one
        before = (*op.control_inputs, *(tensor.op for tensor in op.inputs))
        if any(one.name in waiting for one in before):
            waiting.add(op.name)
    return waiting


def _needed(graph: Any, operations: list[Any]) -> set[str]:
    """The operations whose results somebody needs; TensorFlow drops the others before it runs.

    An IdentityN, of which every custom gradient makes one, is taken apart: who needs one of its
    results, needs one of its inputs.
    """
    waiting: list[Any] = list(graph.outputs)
    waiting += [op for op in operations if op.op_def is not None and op.op_def.is_stateful]
    waiting += list(graph.control_outputs)
    seen: set[Any] = set()
    while waiting:
        one = waiting.pop()
        is_tensor = hasattr(one, "op")
        op = one.op if is_tensor else one
        name = one.name if is_tensor and op.type == "IdentityN" else op.name
        if name in seen:
            continue
        seen.add(name)
        waiting += op.control_inputs
        waiting += [op.inputs[one.value_index]] if name != op.name else op.inputs
    return seen


def _root(tensor: Tensor) -> tuple[tuple[str, ...], Tensor]:
    """Whose buffer a tensor has: a key by which it is counted once, and that tensor."""
    while (given := _given_on(tensor)) is not None:
        tensor = given
    if tensor.op.type not in CALLS:
        return (tensor.op.name, tensor.name), tensor
    body = _body(tensor.op)
    inner = _root(body.outputs[tensor.value_index])[1]
    for outer, argument in zip(tensor.op.inputs, body.inputs, strict=True):
        if inner is argument:
            return _root(outer)
    return (tensor.op.name, inner.name), tensor


def _given_on(tensor: Tensor) -> Tensor | None:
    """The input whose buffer a result has; None if it has its own."""
    op = tensor.op
    if op.type in ALIASES:
        return op.inputs[tensor.value_index if op.type == "IdentityN" else 0]
    if op.type == "Mul":  # by 1, as in tf.nn.silu, where TensorFlow takes it out of the graph
        for one, other in ((0, 1), (1, 0)):
            value = tf.get_static_value(op.inputs[one])
            if value is not None and value.shape == () and value == 1.0:
                return op.inputs[other]
    return None


def _body(call: Any) -> Any:
    """The graph of a function that is called."""
    return call.graph._get_function(call.get_attr("f").name).graph


def _is_kernel(call: Any) -> bool:
    """Whether XLA makes one kernel of the function that is called, which waits for all it takes."""
    return bool(call.node_def.attr["_XlaMustCompile"].b)


def _size(tensor: Tensor) -> int | None:
    """Bytes, if they are known: not of a tensor of dynamic shape, nor of the lists of a loop."""
    count = tensor.shape.num_elements()
    return (
        None if count is None or tensor.dtype == tf.variant else int(count) * int(tensor.dtype.size)
    )
