"""Processes that train side by side, started once and killed when they take too long."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

SECONDS = 240
CHILD = "tests.dualad_tensorflow.scale_out.child"


@pytest.fixture(scope="session")
def train_in_processes(tmp_path_factory, request):
    """``train_in_processes(kind, count)``: the folder, and what each process found."""

    def run(kind, count=1):
        folder = tmp_path_factory.mktemp(kind)
        addresses = [f"localhost:{port}" for port in free_ports(count)]
        processes = []
        for index in range(count):
            environment = os.environ | {"OMP_NUM_THREADS": "1"}
            if count > 1:
                task = {"type": "worker", "index": index}
                cluster = {"worker": addresses}
                environment["TF_CONFIG"] = json.dumps({"cluster": cluster, "task": task})
            with (folder / f"output {index}").open("w") as output:
                processes.append(
                    subprocess.Popen(
                        [sys.executable, "-m", CHILD, kind, str(folder)],
                        cwd=request.config.rootpath,
                        env=environment,
                        stdout=output,
                        stderr=subprocess.STDOUT,
                        start_new_session=True,
                    )
                )
        wait_for(processes)
        return folder, [answer(folder, index) for index in range(count)]

    return run


def free_ports(count):
    """Ports that nobody listens at now."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("localhost", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def wait_for(processes):
    """Until all have ended well, or one has not, or it takes too long: then the rest is killed."""
    end = time.monotonic() + SECONDS
    try:
        while any(p.poll() is None for p in processes) and time.monotonic() < end:
            if any(p.poll() for p in processes):
                break
            time.sleep(0.05)
    finally:
        for process in processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def answer(folder, index):
    """What a process found; what it printed last, if it found nothing."""
    found = folder / f"found {index}"
    if not found.exists():
        pytest.fail((folder / f"output {index}").read_text()[-3000:], pytrace=False)
    return json.loads(found.read_text())
