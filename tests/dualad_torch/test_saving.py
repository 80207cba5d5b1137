"""Models on their way elsewhere: pickled, saved, in other processes, in data loaders."""

import copy
import io
import os
import pickle
import subprocess
import sys
import textwrap

import pytest
import torch
from torch import nn

import dualad as da
import dualad_torch
from dualad.activations import gelu, mish, swish


@da.activation
def scaled(x, beta=1.0):
    return x * da.sigmoid(beta * x)


x = torch.linspace(-3, 3, 8).reshape(2, 4)


def network(act):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 4), act, nn.Linear(4, 2))


def run(folder, code):
    """Run a program in a process of its own, as a file in a folder; its output."""
    path = folder / "program.py"
    path.write_text(textwrap.dedent(code))
    places = [str(folder), *map(os.path.abspath, sys.path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, str(path)],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "layer",
    [
        dualad_torch.Activation(mish),
        dualad_torch.Activation(scaled.with_options(keep="input")),
        dualad_torch.Activation(scaled, values={"beta": 1.5}),
        dualad_torch.Activation(swish, {"beta": "slope"}, {"beta": torch.ones(4)}),
    ],
    ids=str,
)
def test_copies_pickles_and_saved_modules(layer):
    buffer = io.BytesIO()
    torch.save(layer, buffer)
    buffer.seek(0)
    twins = (
        copy.copy(layer),
        copy.deepcopy(layer),
        pickle.loads(pickle.dumps(layer)),
        torch.load(buffer, weights_only=False),
    )
    for twin in twins:
        assert twin.activation.definition is layer.activation.definition
        assert twin.activation.options == layer.activation.options
        assert torch.equal(twin(x), layer(x))
        assert repr(twin) == repr(layer)
    for twin in twins[1:]:
        for mine, theirs in zip(layer.parameters(), twin.parameters(), strict=True):
            assert mine is not theirs
    assert twins[1].activation is layer.activation


def test_a_model_saved_here_is_loaded_in_another_process_and_back(tmp_path):
    model = network(dualad_torch.Activation(swish, ["beta"], {"beta": 1.5}))
    torch.save(model, tmp_path / "whole.pt")
    torch.save(model.state_dict(), tmp_path / "state.pt")
    torch.save((x, model(x).detach()), tmp_path / "pair.pt")
    run(
        tmp_path,
        """
        import torch
        from torch import nn

        x, want = torch.load("pair.pt")
        whole = torch.load("whole.pt", weights_only=False)
        torch.testing.assert_close(whole(x).detach(), want)

        import dualad.activations, dualad_torch

        assert whole[1].activation is dualad.activations.swish
        layer = dualad_torch.Activation(dualad.activations.swish, ["beta"])
        model = nn.Sequential(nn.Linear(4, 4), layer, nn.Linear(4, 2))
        model.load_state_dict(torch.load("state.pt", weights_only=True))
        torch.testing.assert_close(model(x).detach(), want)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter += 1
        torch.save(model.state_dict(), "moved.pt")
        torch.save((x, model(x).detach()), "moved_pair.pt")
        """,
    )
    model.load_state_dict(torch.load(tmp_path / "moved.pt", weights_only=True))
    given, want = torch.load(tmp_path / "moved_pair.pt")
    assert float(model[1].beta.detach()) == 2.5
    torch.testing.assert_close(model(given).detach(), want)


HAND_WRITTEN = """
import torch
from torch import nn


class Swish(nn.Module):
    def __init__(self):
        super().__init__()
        self.beta = nn.Parameter(torch.tensor(1.5))

    def forward(self, x):
        return x * torch.sigmoid(self.beta * x)


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 4), Swish(), nn.GELU(), nn.Linear(4, 2))
"""


def test_states_cross_between_converted_and_unconverted_models_and_processes(tmp_path):
    (tmp_path / "written.py").write_text(HAND_WRITTEN)
    output = run(
        tmp_path,
        """
        import subprocess, sys, torch
        from written import network
        import dualad_torch

        x = torch.linspace(-3, 3, 8).reshape(2, 4)
        plain, converted = network(), network()
        dualad_torch.convert(converted)
        torch.save(converted.state_dict(), "converted.pt")
        torch.save(converted, "whole.pt")
        torch.save((x, converted(x).detach()), "pair.pt")
        child = '''
        import torch
        from written import network, Swish

        x, want = torch.load("pair.pt")
        model = network()
        with torch.no_grad():
            model[1].beta.fill_(9.0)
        model.load_state_dict(torch.load("converted.pt", weights_only=True))
        assert isinstance(model[1], Swish) and "dualad" not in __import__("sys").modules
        torch.testing.assert_close(model(x).detach(), want, rtol=1e-5, atol=1e-6)
        torch.save(model.state_dict(), "plain.pt")
        torch.testing.assert_close(torch.load("whole.pt", weights_only=False)(x).detach(), want)
        '''
        import textwrap
        subprocess.run([sys.executable, "-c", textwrap.dedent(child)], check=True)
        with torch.no_grad():
            converted[1].beta.fill_(9.0)
        converted.load_state_dict(torch.load("plain.pt", weights_only=True))
        assert float(converted[1].beta) == 1.5
        print("crossed")
        """,
    )
    assert output.split()[-1] == "crossed"


USERS_OWN = """
import dualad as da


@da.activation
def bent(x, a=1.0):
    return x * da.tanh(da.exp(a * x))


class Family:
    @staticmethod
    @da.activation(keep="input")
    def inner(x):
        return x * da.tanh(x)
"""


def test_activations_of_a_users_module_come_back_by_name(tmp_path):
    (tmp_path / "users_own.py").write_text(USERS_OWN)
    run(
        tmp_path,
        """
        import subprocess, sys, torch
        from torch import nn
        import users_own, dualad_torch

        x = torch.linspace(-3, 3, 8)
        model = nn.Sequential(
            dualad_torch.Activation(users_own.bent, ["a"], {"a": 0.7}),
            dualad_torch.Activation(users_own.Family.inner),
            dualad_torch.Activation(users_own.bent.with_options(keep="input", name="other")),
        )
        torch.save(model, "model.pt")
        torch.save((x, model(x).detach()), "pair.pt")
        child = '''
        import torch
        model = torch.load("model.pt", weights_only=False)
        x, want = torch.load("pair.pt")
        torch.testing.assert_close(model(x).detach(), want)
        import users_own
        assert model[0].activation is users_own.bent
        assert model[1].activation is users_own.Family.inner
        assert model[2].activation.options.keep == "input"
        assert model[2].activation.definition is users_own.bent.definition
        '''
        import textwrap
        subprocess.run([sys.executable, "-c", textwrap.dedent(child)], check=True)
        """,
    )


def test_activations_of_the_main_program_are_copied_and_saved_there(tmp_path):
    run(
        tmp_path,
        """
        import copy, io, pickle, torch
        import dualad as da, dualad_torch

        @da.activation
        def bent(x):
            return x * da.tanh(da.exp(x))

        layer = dualad_torch.Activation(bent)
        buffer = io.BytesIO()
        torch.save(layer, buffer)
        buffer.seek(0)
        for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer)),
                     torch.load(buffer, weights_only=False)):
            assert twin.activation is bent
        """,
    )


def test_a_lambda_is_copied_and_has_a_state_but_cannot_be_pickled():
    layer = dualad_torch.Activation(da.activation(lambda x, b=1.0: x * da.tanh(b * x)), ["b"])
    twin = copy.deepcopy(layer)
    assert torch.equal(twin(x), layer(x))
    twin.load_state_dict(layer.state_dict())
    with pytest.raises((pickle.PicklingError, AttributeError), match="<lambda>"):
        pickle.dumps(layer)


DATA = """
import torch
from torch.utils.data import Dataset
import dualad as da
from dualad.activations import gelu


@da.activation
def bent(x):
    return x * da.tanh(da.exp(x))


class Numbers(Dataset):
    def __init__(self, size):
        self.size, self.first, self.second = size, gelu, bent

    def __len__(self):
        return 4

    def __getitem__(self, i):
        x = torch.linspace(-3, 3, self.size) + i
        return x, self.first(x) + self.second(x)
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("size", [8, 500_000], ids=["whole", "blocks"])
def test_data_loaders_of_several_processes(tmp_path, method, size):
    (tmp_path / "numbers_data.py").write_text(DATA)
    run(
        tmp_path,
        f"""
        import torch
        from torch.utils.data import DataLoader
        from numbers_data import Numbers

        if __name__ == "__main__":
            data = Numbers({size})
            want = [data[i] for i in range(4)]  # threads are at work before the fork
            context = {method!r}
            loader = DataLoader(data, num_workers=2, multiprocessing_context=context, timeout=120)
            for (x, y), (a, b) in zip(loader, want, strict=True):
                torch.testing.assert_close(x[0], a)
                torch.testing.assert_close(y[0], b)
        """,
    )


def test_a_model_in_other_processes_trains_the_same_memory(tmp_path):
    """As the Hogwild example of PyTorch does: shared parameters, several processes."""
    run(
        tmp_path,
        """
        import torch, torch.multiprocessing as mp
        from torch import nn
        import dualad_torch
        from dualad.activations import swish

        def train(model):
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            for _ in range(3):
                optimizer.zero_grad()
                model(torch.ones(5, 4)).square().mean().backward()
                optimizer.step()

        if __name__ == "__main__":
            model = nn.Sequential(nn.Linear(4, 4), dualad_torch.Activation(swish, ["beta"]))
            model.share_memory()
            before = model[1].beta.item()
            workers = [mp.get_context("spawn").Process(target=train, args=(model,)) for _ in "ab"]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
                assert worker.exitcode == 0
            assert model[1].beta.item() != before
        """,
    )


def test_a_model_with_functions_in_attributes_is_saved():
    layer = nn.TransformerEncoderLayer(4, 2, 8, activation="gelu")
    dualad_torch.convert(layer)
    assert pickle.loads(pickle.dumps(layer)).activation is gelu
