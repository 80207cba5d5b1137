"""Every test of this folder runs in two processes, ranks 0 and 1 of a gloo group.

The session that you start runs none of them itself. At the first one it starts two more, which get
the very tests that were selected and run them side by side, each in a process group of its own, so
that a failure does not spoil what comes next; then it says of each test what the two said. Both are
killed when they take too long.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pytest

HERE = Path(__file__).parent
RANK = os.environ.get("DUALAD_TEST_RANK")  # None in the session that starts the two
RECORDS = os.environ.get("DUALAD_TEST_RECORDS", "")
RANKS = (0, 1)
SESSION_SECONDS = 300
WAITING_SECONDS = 60  # one rank raised or is no more, and the other waits for it

selected = pytest.StashKey[list[str]]()
told = pytest.StashKey[dict[str, list[str]]]()
failure = pytest.StashKey[str]()
row = pytest.StashKey[object]()


def pytest_collection_finish(session):
    mine = [item for item in session.items if HERE in item.path.parents]
    session.config.stash[selected] = [item.nodeid for item in mine]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """In the first session, look up what the two ranks said instead of running the test."""
    if RANK is not None or HERE not in pyfuncitem.path.parents:
        return None
    stash = pyfuncitem.config.stash
    if told not in stash:
        stash[told] = run_on_both_ranks(stash[selected], pyfuncitem.config.rootpath)
    failures = stash[told][pyfuncitem.nodeid]
    if failures:
        pytest.fail("\n\n".join(failures), pytrace=False)
    return True


def run_on_both_ranks(tests, rootpath):
    """What is to be said of each test: nothing if it passed on both ranks."""
    with tempfile.TemporaryDirectory() as folder:
        records = Path(folder)
        (records / "tests").write_text("\n".join(tests))
        sessions = [start(rank, records, rootpath) for rank in RANKS]
        end = time.monotonic() + SESSION_SECONDS
        try:
            for session in sessions:
                session.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            pass  # who has not ended is killed, and the others say why
        finally:
            ended = [kill(session) for session in sessions]
        return {
            test: [f for rank in RANKS for f in failures(test, rank, records, ended[rank])]
            for test in tests
        }


def kill(session):
    """Make sure that it has ended, and say how."""
    if session.poll() is not None:
        return f"the session ended with status {session.returncode}"
    os.killpg(session.pid, signal.SIGKILL)
    session.wait()
    return f"no answer within {SESSION_SECONDS} seconds"


def start(rank, records, rootpath):
    environment = os.environ | {
        "DUALAD_TEST_RANK": str(rank),
        "DUALAD_TEST_RECORDS": str(records),
        "OMP_NUM_THREADS": "1",
    }
    # What a pytest-xdist worker says of itself is not so of its children.
    for name in [n for n in environment if n.startswith("PYTEST_")]:
        del environment[name]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    with (records / f"output {rank}").open("w") as output:
        return subprocess.Popen(
            [*command, f"@{records / 'tests'}"],
            cwd=rootpath,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def failures(test, rank, records, ended):
    """What rank said of a test; what it printed last, if it said nothing."""
    path = records / f"told {rank}"
    lines = path.read_text().splitlines() if path.exists() else []
    said = [text for name, text in map(json.loads, lines) if name == test]
    if not said:
        output = (records / f"output {rank}").read_text()[-3000:]
        return [f"rank {rank} did not run it: {ended}\n{output}"]
    return [f"rank {rank}:\n{text}" for text in said if text]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """In the two sessions, write down what is said of a test as soon as it is known."""
    report = yield
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        item.config.stash[failure] = f"{crash.path}:{crash.lineno}" if crash else "otherwise"
    write_down(report)
    return report


def write_down(report):
    if RANK is None or not (report.failed or report.skipped or report.when == "call"):
        return
    text = "" if report.passed else (report.longreprtext or report.outcome)
    with (Path(RECORDS) / f"told {RANK}").open("a") as told_by_me:
        print(json.dumps([report.nodeid, text]), file=told_by_me)


@pytest.fixture(scope="session")
def store():
    """Where the two meet: a file, so that no port is taken twice."""
    if RANK is None:
        return None
    import torch
    import torch.distributed as dist

    torch.set_num_threads(1)
    store = dist.FileStore(str(Path(RECORDS) / "meeting"), len(RANKS))
    store.set_timeout(timedelta(seconds=WAITING_SECONDS))
    return store


@pytest.fixture(autouse=True)
def mesh(request, store):
    """Both processes in a row, as a mesh.

    After a test that failed on one alone, or at two places, it is a new one: they are out of step.
    Otherwise it stays: where torch.compile has seen a mesh, it takes an equal one for it and fails
    (PyTorch 2.13, with its own functions too).
    """
    if store is None:
        return None
    import torch
    import torch.distributed as dist
    from torch.distributed.device_mesh import init_device_mesh

    stash, number = request.config.stash, request.session.items.index(request.node)
    store.set(f"test {number}, rank {RANK}", stash.get(failure, ""))
    if len({store.get(f"test {number}, rank {rank}") for rank in RANKS}) > 1:
        dist.destroy_process_group()
    stash[failure] = ""
    if not dist.is_initialized():
        dist.init_process_group(
            "gloo",
            store=dist.PrefixStore(f"group {number}", store),
            rank=int(RANK),
            world_size=len(RANKS),
            timeout=timedelta(seconds=WAITING_SECONDS),
        )
        stash[row] = init_device_mesh("cpu", (len(RANKS),))
    torch.manual_seed(0)
    return stash[row]


@pytest.fixture
def shared_folder(request):
    """A folder of this test's own that both processes see."""
    folder = Path(RECORDS) / f"folder {request.session.items.index(request.node)}"
    if RANK is not None:
        folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def rank():
    """Which of the two this is."""
    return int(RANK or 0)
