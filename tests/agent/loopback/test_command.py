from __future__ import annotations

import signal
import socket
import subprocess
import sys

import httpx

from agent.loopback.endpoint import listen


def test_the_module_serves_until_it_is_interrupted() -> None:
    command = [sys.executable, "-m", "agent.loopback", "--model", "fault-empty", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
            url = line.split()[2].rstrip(";")
            models = httpx.get(f"{url}/models", timeout=60).json()["data"]
            process.send_signal(signal.SIGINT)
            process.wait(timeout=120)
        finally:
            # The block waits for the process, for ever where what is above has failed.
            process.kill()

    assert line.startswith("fault-empty at http://127.0.0.1:")
    assert [model["id"] for model in models] == ["fault-empty"]


def test_an_unknown_model_ends_with_one_line() -> None:
    command = [sys.executable, "-m", "agent.loopback", "--model", "gpt-9"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.startswith("error: no loopback model 'gpt-9'; there are pixel-reader")
    assert done.stderr.count("\n") == 1


def test_who_comes_before_the_server_accepts_waits_and_is_not_refused() -> None:
    with listen(0) as listener, socket.create_connection(listener.getsockname(), timeout=10):
        accepted, _ = listener.accept()
        accepted.close()
