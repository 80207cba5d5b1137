"""Modules that are copied, stored, and sent to other processes."""

from __future__ import annotations

import copy
import io
import pickle

import torch
from torch.nn import functional

import dualad_torch

from ..situation import require
from .framework import situation
from .truth import agree, network, points, same


def module(f):
    return torch.nn.Mish() if f is functional.mish else dualad_torch.Activation(f)


def model(f):
    return network(module(f))


@situation()
def deepcopy(f, reference):
    first = model(f)
    agree(first, network(reference), points(4, 3))
    twin = copy.deepcopy(first)
    require(twin[0].weight is not first[0].weight, "a weight is shared")
    agree(twin, network(reference), points(4, 3))


@situation()
def pickled_and_unpickled(f, reference):
    agree(pickle.loads(pickle.dumps(model(f))), network(reference), points(4, 3))
    agree(pickle.loads(pickle.dumps(f)), reference, points(4, 3))


@situation()
def torch_save_of_a_module(f, reference):
    file = io.BytesIO()
    torch.save(model(f), file)
    file.seek(0)
    agree(torch.load(file, weights_only=False), network(reference), points(4, 3))


@situation()
def state_dict_across_models(f, reference):
    ours, theirs = model(f), network(torch.nn.Mish(), seed=1)
    require(list(ours.state_dict()) == list(theirs.state_dict()), "other names in the state")
    theirs.load_state_dict(ours.state_dict())
    file = io.BytesIO()
    torch.save(theirs.state_dict(), file)
    file.seek(0)
    ours.load_state_dict(torch.load(file, weights_only=True))
    agree(ours, network(reference), points(4, 3))


class Activated(torch.utils.data.Dataset):
    """Samples that a worker process activates."""

    def __init__(self, f, x):
        self.f, self.x = f, x

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.f(self.x[i])


@situation()
def data_loader_workers(f, reference):
    x = points(4, 100_000).detach()
    f(x)  # threads that the parent started do not live in a forked child
    loader = torch.utils.data.DataLoader(Activated(f, x), batch_size=2, num_workers=1, timeout=60)
    same(torch.cat(list(loader)), reference(x))
