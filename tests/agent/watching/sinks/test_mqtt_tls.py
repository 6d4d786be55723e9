"""Rows over TLS reach a broker that proves who it is, and no other one is told anything."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import pytest
from pydantic import SecretStr

from agent.batch.records import BatchRow
from agent.settings import Settings
from agent.watching.sinks.mqtt import Mqtt
from agent.watching.sinks.naming import open_sinks
from agent.watching.sinks.records import SinkError, Told
from tools.errors import SettingsError

Mosquitto = Callable[..., AbstractContextManager[int]]


class Papers(NamedTuple):
    """PEM files: who vouches, and what a broker shows."""

    ca: Path
    certificate: Path
    key: Path

    def lines(self) -> tuple[str, ...]:
        """Of a broker's configuration."""
        return (f"certfile {self.certificate}", f"keyfile {self.key}")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Of a broker at `localhost`, signed by an authority that nobody else knows."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl absent: install it")
    folder = tmp_path_factory.mktemp("papers")
    new = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    openssl(folder, f"{new} -subj /CN=authority -keyout ca.key -out ca.pem")
    signed = "-CA ca.pem -CAkey ca.key -addext subjectAltName=DNS:localhost"
    openssl(folder, f"{new} -subj /CN=broker {signed} -keyout broker.key -out broker.pem")
    return Papers(folder / "ca.pem", folder / "broker.pem", folder / "broker.key")


def openssl(folder: Path, words: str) -> None:
    subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)


def sink(host: str, port: int, ca: Path | None, **more: object) -> Mqtt:
    settings = Settings.model_validate({"mqtt_ca": ca, **more})
    (found,) = open_sinks([f"mqtts://{host}:{port}/line/1"], settings, client_id="loupe-test")
    assert isinstance(found, Mqtt)
    return found


def tell(one: Mqtt) -> None:
    row = BatchRow(task="t1", asset="/line/a.png", status="decided")

    async def once() -> None:
        try:
            await one.tell(Told(key="run-t1", run="run", number=1, again=False, row=row))
        finally:
            await one.close()

    asyncio.run(once())


def test_a_row_is_told_over_tls_to_a_broker_that_the_named_authority_vouches_for(
    mosquitto: Mosquitto, papers: Papers, tmp_path: Path
) -> None:
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "line", "secret"], check=True)
    lines = (*papers.lines(), "allow_anonymous false", f"password_file {passwords}")

    with mosquitto(*lines) as port:
        right = sink(
            "localhost", port, papers.ca, mqtt_user="line", mqtt_password=SecretStr("secret")
        )
        tell(right)
        with pytest.raises(SinkError, match="Not authorized"):
            tell(sink("localhost", port, papers.ca, mqtt_user="line", mqtt_password="wrong"))

    assert right.name == f"mqtts://localhost:{port}/line/1"


@pytest.mark.parametrize(
    ("host", "knows", "told"),
    [("localhost", False, "local issuer"), ("127.0.0.1", True, "IP address mismatch")],
)
def test_a_broker_that_cannot_prove_who_it_is_is_told_nothing(
    mosquitto: Mosquitto, papers: Papers, host: str, knows: bool, told: str
) -> None:
    with (
        mosquitto(*papers.lines(), "allow_anonymous true") as port,
        pytest.raises(SinkError, match=f"SSLCertVerificationError.*{told}"),
    ):
        tell(sink(host, port, papers.ca if knows else None))


def test_a_broker_without_tls_is_a_failure_of_the_sink(
    mosquitto: Mosquitto, papers: Papers
) -> None:
    with mosquitto("allow_anonymous true") as port, pytest.raises(SinkError):
        tell(sink("localhost", port, papers.ca))


def test_a_file_that_holds_no_certificate_is_told(papers: Papers, tmp_path: Path) -> None:
    nothing = tmp_path / "ca.pem"
    nothing.write_text("no certificate")

    with pytest.raises(SettingsError, match="mqtt_ca must be a PEM file of certificates"):
        sink("localhost", 9, nothing)
