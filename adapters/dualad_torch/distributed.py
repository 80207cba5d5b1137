"""DTensors: an activation is element-wise, so every rank computes it on its own part.

Going through DTensor's dispatch, call for call, gives the same numbers; but it costs 10 to 20
microseconds a call, and a program has many. On the local tensors, blocks and compiled kernels work
as on any others. What is kept and what comes back are DTensors again, so the backward pass, a
product and a sum over broadcast axes, is PyTorch's own and knows where a gradient has to be summed.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from typing import Any

import torch

__all__ = ["LocalShards", "local_shards", "sharded_as"]


class LocalShards:
    """The parts of arguments that this rank has, and how results are laid out.

    Parameters
    ----------
    values : sequence of tensor or number
        The arguments of an evaluation, DTensors replaced by their local tensors.
    mesh : torch.distributed.device_mesh.DeviceMesh
        Over which processes.
    placements : tuple of torch.distributed.tensor.Placement
        Of the result, Shard or Replicate.
    shape : torch.Size
        Of the whole result.
    stride : tuple of int
        Of the whole result.
    """

    def __init__(
        self,
        values: Sequence[Any],
        mesh: Any,
        placements: tuple[Any, ...],
        shape: torch.Size,
        stride: tuple[int, ...],
    ) -> None:
        self.values = values
        self.mesh = mesh
        self.placements = placements
        self.shape = shape
        self.stride = stride

    def join(self, results: Sequence[Any]) -> tuple[Any, ...]:
        """The local results as DTensors.

        Parameters
        ----------
        results : sequence of tensor or number
            The first has the full local shape; the others broadcast to it. Numbers and
            zero-dimensional tensors stay as they are: they stand beside DTensors.
        """
        local_shape = results[0].shape
        return tuple(
            r
            if not isinstance(r, torch.Tensor) or r.ndim == 0 < len(local_shape)
            else self._whole(r.expand(local_shape))
            for r in results
        )

    def _whole(self, local: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = _dtensor().from_local(
            local,
            self.mesh,
            self.placements,
            run_check=False,
            shape=self.shape,
            stride=self.stride,
        )
        return made


def local_shards(values: Sequence[Any]) -> LocalShards | None:
    """The parts of the arguments that this rank has, so that an element-wise function is local.

    Parameters
    ----------
    values : sequence of tensor or number
        They broadcast. A sum that is still to be made (`Partial`) is made first, for a function of
        a sum is not the sum of its values; arguments that are laid out in different ways come to
        the layout of the one with the most axes.

    Returns
    -------
    LocalShards or None
        None if there is no DTensor, and where DTensor's own dispatch has to answer: with an error
        for plain tensors among them or two meshes, and call for call under autograd.
    """
    # No DTensor exists before its module is imported.
    if "torch.distributed.tensor" not in sys.modules:
        return None
    kind = _dtensor()
    distributed = [v for v in values if isinstance(v, kind)]
    if not distributed:
        return None
    # A local tensor does not say where its gradient is to be summed.
    if torch.is_grad_enabled() and any(d.requires_grad for d in distributed):
        return None
    mesh = distributed[0].device_mesh
    # One element may stand beside DTensors, for every rank has it; DTensor refuses more.
    plain = [v for v in values if isinstance(v, torch.Tensor) and not isinstance(v, kind)]
    if any(p.numel() != 1 for p in plain) or any(d.device_mesh != mesh for d in distributed[1:]):
        return None
    shape = _broadcast_shape([*distributed, *plain])
    placements = _common_placements(distributed, shape)
    return LocalShards(
        [_local(v, placements, shape) if isinstance(v, kind) else v for v in values],
        mesh,
        placements,
        shape,
        _broadcast_stride(distributed, shape),
    )


def sharded_as(tensor: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """A whole tensor, laid out as another: itself, unless that is a DTensor."""
    if "torch.distributed.tensor" not in sys.modules or not isinstance(like, _dtensor()):
        return tensor
    distribute = sys.modules["torch.distributed.tensor"].distribute_tensor
    made: torch.Tensor = distribute(tensor.to(like.device), like.device_mesh, like.placements)
    return made


def _dtensor() -> Any:
    """The class, without importing its module."""
    return sys.modules["torch.distributed.tensor"].DTensor


def _broadcast_shape(tensors: Sequence[Any]) -> torch.Size:
    first = tensors[0].shape
    if all(t.shape == first for t in tensors[1:]):
        return first  # type: ignore[no-any-return]
    return torch.broadcast_shapes(*(t.shape for t in tensors))  # type: ignore[no-any-return,no-untyped-call]


def _broadcast_stride(tensors: Sequence[Any], shape: torch.Size) -> tuple[int, ...]:
    """As an element-wise call would lay the whole result out."""
    if len(tensors) > 1 or not tensors[0].is_contiguous() or tensors[0].shape != shape:
        metas = [torch.empty_strided(t.shape, t.stride(), device="meta") for t in tensors]
        metas.append(torch.empty((1,) * len(shape), device="meta"))
        return functools.reduce(torch.add, metas).stride()
    stride: tuple[int, ...] = tensors[0].stride()
    return stride


def _common_placements(tensors: Sequence[Any], shape: torch.Size) -> tuple[Any, ...]:
    """The placements of the result."""
    first: tuple[Any, ...] = tensors[0].placements
    alike = all(t.placements == first and t.shape == shape for t in tensors)
    if alike and not any(p.is_partial() for p in first):
        return first
    widest = sorted(tensors, key=lambda t: -t.ndim)
    return tuple(_common_placement(widest, len(shape), axis) for axis in range(len(first)))


def _common_placement(tensors: Sequence[Any], ndim: int, axis: int) -> Any:
    """Along one axis of the mesh: as the first argument that is sharded there, plainly."""
    kinds = sys.modules["torch.distributed.tensor"]
    for tensor in tensors:
        placement = tensor.placements[axis]
        if type(placement) is kinds.Shard:
            return kinds.Shard(placement.dim + ndim - tensor.ndim)
    return kinds.Replicate()


def _local(tensor: Any, placements: tuple[Any, ...], shape: torch.Size) -> torch.Tensor:
    """The part of an argument that this rank has where the result is laid out like that."""
    if tensor.shape != shape:
        placements = tuple(_argument_placement(p, tensor, shape) for p in placements)
    if tensor.placements != placements:
        tensor = tensor.redistribute(placements=placements)
    return tensor.to_local()  # type: ignore[no-any-return]


def _argument_placement(placement: Any, tensor: Any, shape: torch.Size) -> Any:
    """Where the result is sharded an argument is, too, unless it is broadcast along that axis."""
    if placement.is_shard():
        kinds = sys.modules["torch.distributed.tensor"]
        dim = placement.dim - (len(shape) - tensor.ndim)
        return kinds.Shard(dim) if dim >= 0 and tensor.shape[dim] > 1 else kinds.Replicate()
    return placement
