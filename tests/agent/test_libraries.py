"""Threads that load the packages of a first inspection at once find them whole."""

from __future__ import annotations

import subprocess
import sys

LOADED_AT_ONCE = """
import sys, threading
from agent.settings import Settings
from agent.workshop import Workshop

Workshop(Settings(experts=("registered_difference",), home="home")).open()
names = ["distance", "transform", "_kdtree", "_qhull"]
packages = [f"scipy.spatial.{name}" for name in names]
packages += ["scipy.cluster.vq", "scipy.stats", "scipy.sparse.csgraph", "scipy.fft"]
start, failed = threading.Barrier(len(packages)), []

def load(name):
    start.wait()
    try:
        __import__(name)
    except Exception as error:
        failed.append(f"{name}: {error!r}")

sys.setswitchinterval(1e-5)
threads = [threading.Thread(target=load, args=(name,)) for name in packages]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print("\\n".join(failed))
"""


def test_an_open_workshop_has_loaded_what_threads_would_tear() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED_AT_ONCE], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
