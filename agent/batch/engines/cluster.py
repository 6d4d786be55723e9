"""Joins a Ray cluster, or starts one on this machine for as long as it is needed.

The only place that imports Ray. Knows no batch.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from agent.batch.engines.contract import EngineChoice
from tools.errors import SettingsError

STORE_BYTES = 100 * 2**20
"""Of Ray's object store where Ray is started here: a job and rows are small."""
SLOW = "timed out during startup"
"""In what Ray says."""
ENVIRONMENT = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
"""Nobody is told of this use; a worker without a GPU of its own keeps what the machine says."""


@contextmanager
def joined(choice: EngineChoice) -> Iterator[Any]:
    """Ray's module, in a cluster; what was started here ends afterwards.

    A process that is in a cluster already stays in it.

    Raises:
        SettingsError: where Ray is not installed, or does not answer at the address.
    """
    ray = load_ray()
    if ray.is_initialized():
        yield ray
        return
    _init(ray, choice)
    try:
        yield ray
    finally:
        ray.shutdown()


def load_ray(module: str = "ray") -> Any:
    """Ray's module.

    Args:
        module: its name.

    Raises:
        SettingsError: where it is not installed.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        return import_module(module)
    except ImportError as error:
        raise SettingsError(
            "--engine ray needs Ray, which is not installed; `pip install 'loupe[ray]'`"
        ) from error


def _init(ray: Any, choice: EngineChoice) -> None:
    given: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if choice.address:
        given["address"] = choice.address
    else:
        given |= {
            "address": "local",
            "num_cpus": max(choice.workers, os.cpu_count() or 1),
            "include_dashboard": False,
            "object_store_memory": STORE_BYTES,
        }
    for may_be_slow in (not choice.address, False):
        try:
            ray.init(**given)
            return
        # Ray raises a bare Exception where a node does not start in time: nothing narrower is it.
        except Exception as error:
            if not (may_be_slow and SLOW in str(error)):
                raise SettingsError(_why(choice, error)) from error
            # Ray waits half a minute for itself, which a machine at work may need longer for.
            ray.shutdown()


def _why(choice: EngineChoice, error: Exception) -> str:
    reason = str(error).strip().split("\n", maxsplit=1)[0]
    where = f"--address {choice.address}" if choice.address else "Ray on this machine"
    return (
        f"{where}: cannot be used ({reason}); start a cluster by `ray start --head`, with the "
        "same RAY_AUTH_TOKEN everywhere, or leave --address out"
    )


def worker_count(ray: Any, choice: EngineChoice) -> int:
    """How many workers there are to be.

    Raises:
        SettingsError: where the cluster cannot have them.
    """
    has = ray.cluster_resources()
    n_workers = choice.workers or max(1, int(has.get("CPU", 1)))
    gpus, wanted = float(has.get("GPU", 0)), n_workers * choice.worker_gpus
    if wanted > gpus:
        raise SettingsError(
            f"--worker-gpus {choice.worker_gpus:g} for {n_workers} workers needs {wanted:g} GPUs, "
            f"and the cluster has {gpus:g}; want fewer --workers, or smaller shares"
        )
    return n_workers


def worker_resources(ray: Any, choice: EngineChoice, n_workers: int) -> dict[str, Any]:
    """Options of a worker's actor: a processor each, where there are so many."""
    has_all = n_workers <= ray.cluster_resources().get("CPU", 1)
    return {
        "num_cpus": 1 if has_all else 0,
        "num_gpus": choice.worker_gpus,
        "scheduling_strategy": "SPREAD",
    }
