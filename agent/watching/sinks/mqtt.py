"""Rows by MQTT 3.1.1 with QoS 1: the broker says that it has each one. Knows no row's meaning."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.watching.sinks.records import SinkError, Told
from tools.errors import SettingsError

if TYPE_CHECKING:
    from paho.mqtt.client import Client
    from pydantic import SecretStr

PORTS = {"mqtt": 1883, "mqtts": 8883}
TIMEOUT_S = 15.0
KEEP_ALIVE_S = 30


@dataclass(frozen=True, kw_only=True)
class Broker:
    """Where a broker is, and who comes."""

    host: str
    port: int
    topic: str
    is_tls: bool
    user: str | None = None
    password: SecretStr | None = None
    ca: Path | None = None
    """PEM file of who vouches for the broker; what the system trusts where None."""


class Mqtt:
    """Publishes to one topic. A connection that fails is made anew for the next row."""

    def __init__(self, broker: Broker, *, client_id: str, timeout_s: float = TIMEOUT_S) -> None:
        """Take the broker; connects with the first row.

        Raises:
            SettingsError: where paho-mqtt is not installed, or the CA cannot be read.
        """
        try:
            import paho.mqtt.client  # noqa: F401 - told before the first row, not with it
        except ImportError as error:
            raise SettingsError("an mqtt sink needs `pip install loupe[mqtt]`") from error
        self._tls = tls_context(broker.ca) if broker.is_tls or broker.ca else None
        self._broker = broker
        self._client_id = client_id
        self._timeout_s = timeout_s
        self._client: Client | None = None

    @property
    def name(self) -> str:
        """`mqtt://HOST:PORT/TOPIC`."""
        one = self._broker
        return f"{'mqtts' if one.is_tls else 'mqtt'}://{one.host}:{one.port}/{one.topic}"

    async def tell(self, told: Told) -> None:
        """See `Sink.tell`."""
        try:
            await asyncio.to_thread(self._publish, told.model_dump_json())
        except (OSError, ValueError, RuntimeError) as error:
            # What paho would send again by itself could come out of order; none is left there.
            await self.close()
            said = " ".join(str(error).split())
            raise SinkError(f"{type(error).__name__}{f' ({said})' if said else ''}") from error

    async def close(self) -> None:
        """Disconnect."""
        if self._client is not None:
            client, self._client = self._client, None
            await asyncio.to_thread(_let_go, client)

    def _publish(self, body: str) -> None:
        if self._client is None:
            self._client = self._connected()
        sent = self._client.publish(self._broker.topic, body, qos=1)
        sent.wait_for_publish(self._timeout_s)
        if not sent.is_published():
            raise TimeoutError(f"no answer within {self._timeout_s:g} s")

    def _connected(self) -> Client:
        from threading import Event

        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        broker, heard, refused = self._broker, Event(), []
        client = Client(CallbackAPIVersion.VERSION2, client_id=self._client_id)
        client.connect_timeout = self._timeout_s
        if broker.user is not None:
            password = broker.password.get_secret_value() if broker.password else None
            client.username_pw_set(broker.user, password)
        if broker.is_tls:
            client.tls_set_context(self._tls)

        def on_connect(one: Any, data: Any, flags: Any, reason: Any, properties: Any) -> None:
            if reason.is_failure:
                refused.append(str(reason))
            heard.set()

        client.on_connect = on_connect
        client.connect(broker.host, broker.port, keepalive=KEEP_ALIVE_S)
        client.loop_start()
        if not heard.wait(self._timeout_s) or refused:
            _let_go(client)
            raise ConnectionError(*(refused or [f"no answer within {self._timeout_s:g} s"]))
        return client


class _Handshake(ssl.SSLSocket):
    """Closes itself where a broker does not prove who it is; paho leaves it open."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def tls_context(ca: Path | None) -> ssl.SSLContext:
    """Has a broker prove who it is, by name.

    Args:
        ca: PEM file of who vouches for it; what the system trusts where None.

    Raises:
        SettingsError: where that file is not there, or holds no certificate.
    """
    try:
        context = ssl.create_default_context(cafile=None if ca is None else str(ca))
    except OSError as error:
        raise SettingsError(
            f"mqtt_ca must be a PEM file of certificates, {str(ca)!r} is none ({error})"
        ) from error
    context.sslsocket_class = _Handshake
    return context


def _let_go(client: Client) -> None:
    client.disconnect()
    client.loop_stop()
