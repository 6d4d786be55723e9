"""A choice of engine that cannot be is told in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.batch.engines.cluster import load_ray, worker_count, worker_resources
from agent.batch.engines.contract import EngineChoice
from agent.cli import run as loupe
from tools.errors import SettingsError


class Has:
    """Stands for Ray's module where only resources are asked for."""

    def __init__(self, **resources: float) -> None:
        self._resources = resources

    def cluster_resources(self) -> dict[str, float]:
        return self._resources


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        (EngineChoice("dask"), "--engine must be local or ray, got 'dask'"),
        (EngineChoice(worker_gpus=0.5), "--worker-gpus is of --engine ray; add it,"),
        (EngineChoice(address="10.0.0.1:6379"), "--address is of --engine ray; add it,"),
        (
            EngineChoice(chroma="http://10.0.0.1:8000"),
            "--chroma is of several workers; add --workers 2",
        ),
    ],
)
def test_what_cannot_be_is_named(choice: EngineChoice, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        choice.check()
    assert str(caught.value).startswith(told)


def test_the_command_line_refuses_before_anything_is_begun(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.png").write_bytes(b"")

    assert loupe(["batch", "a.png", "--home", "home", "--address", "10.0.0.1:6379"]) == 1

    assert capsys.readouterr().err == (
        "error: --address is of --engine ray; add it, or leave this out\n"
    )
    assert not Path("home").exists()


def test_where_ray_is_not_installed_the_extra_is_named() -> None:
    with pytest.raises(SettingsError, match=r"`pip install 'loupe\[ray\]'`"):
        load_ray("ray_that_nobody_has")


def test_workers_are_as_many_as_processors() -> None:
    assert worker_count(Has(CPU=6.0), EngineChoice("ray")) == 6
    assert worker_count(Has(CPU=6.0), EngineChoice("ray", workers=2)) == 2


def test_shares_of_gpus_that_are_not_there_are_refused() -> None:
    choice = EngineChoice("ray", workers=4, worker_gpus=0.5)

    assert worker_count(Has(CPU=6.0, GPU=2.0), choice) == 4
    with pytest.raises(SettingsError, match="for 4 workers needs 2 GPUs, and the cluster has 1"):
        worker_count(Has(CPU=6.0, GPU=1.0), choice)


def test_more_workers_than_processors_reserve_none() -> None:
    choice = EngineChoice("ray", worker_gpus=0.25)

    assert worker_resources(Has(CPU=2.0), choice, 2)["num_cpus"] == 1
    assert worker_resources(Has(CPU=2.0), choice, 3) == {
        "num_cpus": 0,
        "num_gpus": 0.25,
        "scheduling_strategy": "SPREAD",
    }
