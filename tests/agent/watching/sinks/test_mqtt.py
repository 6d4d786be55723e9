"""Rows reach a broker with QoS 1, and one that refuses or is silent is a failure of the sink."""

from __future__ import annotations

import asyncio
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple

import pytest
from pydantic import SecretStr

from agent.batch.records import BatchRow
from agent.watching.sinks.mqtt import Broker, Mqtt
from agent.watching.sinks.records import SinkError, Told

Mosquitto = Callable[..., AbstractContextManager[int]]
CONNECT, PUBLISH, DISCONNECT = 1, 3, 14


def told(number: int) -> Told:
    row = BatchRow(task=f"t{number}", asset="/line/ü.png", status="decided")
    return Told(key=f"run-t{number}", run="run", number=number, again=False, row=row)


class Packet(NamedTuple):
    """One packet of MQTT 3.1.1: its kind, its flags, what follows the length."""

    kind: int
    flags: int
    body: bytes


class ScriptedBroker(socketserver.ThreadingTCPServer):
    """Answers connections with a code and publications with PUBACK, as section 3 of MQTT 3.1.1."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.code = 0
        self.is_silent = False
        self.packets: list[Packet] = []

    @property
    def published(self) -> list[bytes]:
        """The rows that came, whoever was told that they did."""
        return [packet.body[10:] for packet in self.packets if packet.kind == PUBLISH]


class Conversation(socketserver.StreamRequestHandler):
    """One client."""

    server: ScriptedBroker

    def handle(self) -> None:
        while (packet := self.packet()) is not None:
            self.server.packets.append(packet)
            if packet.kind == CONNECT:
                self.wfile.write(bytes([0x20, 2, 0, self.server.code]))
            elif packet.kind == PUBLISH and not self.server.is_silent:
                length = int.from_bytes(packet.body[:2], "big")
                self.wfile.write(bytes([0x40, 2]) + packet.body[2 + length : 4 + length])

    def packet(self) -> Packet | None:
        head = self.rfile.read(1)
        if not head:
            return None
        length, shift = 0, 0
        while (byte := self.rfile.read(1)[0]) & 0x80:
            length, shift = length | (byte & 0x7F) << shift, shift + 7
        return Packet(head[0] >> 4, head[0] & 15, self.rfile.read(length | byte << shift))


@pytest.fixture
def broker() -> Iterator[ScriptedBroker]:
    with ScriptedBroker() as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.01,))
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def sink(port: int, *, timeout_s: float = 60.0, **more: object) -> Mqtt:
    at = {"host": "127.0.0.1", "port": port, "topic": "line/1", "is_tls": False, **more}
    return Mqtt(Broker(**at), client_id="loupe-test", timeout_s=timeout_s)  # type: ignore[arg-type]


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def tell(one: Mqtt, *rows: Told) -> None:
    async def all_of_them() -> None:
        try:
            for row in rows:
                await one.tell(row)
        finally:
            await one.close()

    asyncio.run(all_of_them())


def test_rows_are_published_with_qos_1_over_one_connection(broker: ScriptedBroker) -> None:
    port = broker.server_address[1]

    tell(sink(port, user="line", password=SecretStr("pass")), told(1), told(2))

    kinds = [packet.kind for packet in broker.packets]
    assert kinds[:3] == [CONNECT, PUBLISH, PUBLISH]
    assert b"\x00\x04line\x00\x04pass" in broker.packets[0].body
    for number, packet in enumerate(broker.packets[1:3], start=1):
        assert packet.flags >> 1 & 3 == 1
        assert packet.body[:8] == b"\x00\x06line/1"
        assert Told.model_validate_json(packet.body[10:]) == told(number)


def test_a_broker_that_refuses_is_a_failure_and_no_password_is_told(broker: ScriptedBroker) -> None:
    broker.code = 5

    with pytest.raises(SinkError, match="Not authorized") as caught:
        tell(sink(broker.server_address[1], user="line", password=SecretStr("pass")), told(1))

    assert "pass" not in str(caught.value)


def test_a_row_without_an_answer_is_told_over_a_new_connection(broker: ScriptedBroker) -> None:
    one = sink(broker.server_address[1])
    asyncio.run(one.tell(told(1)))
    broker.is_silent = True
    one._timeout_s = 0.2

    with pytest.raises(SinkError, match=r"no answer within 0\.2 s"):
        asyncio.run(one.tell(told(2)))
    until(lambda: len(broker.published) == 2)
    broker.is_silent = False
    one._timeout_s = 60.0
    tell(one, told(2))

    assert broker.published == [told(n).model_dump_json().encode() for n in (1, 2, 2)]
    assert [packet.kind for packet in broker.packets].count(CONNECT) == 2


def test_a_broker_that_is_not_there_is_a_failure_of_the_sink() -> None:
    with pytest.raises(SinkError, match="ConnectionRefusedError"):
        tell(sink(9), told(1))


def test_a_real_broker_takes_rows_and_gives_them_to_who_subscribed(
    mosquitto: Mosquitto,
) -> None:
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    heard: list[bytes] = []
    subscribed = threading.Event()

    def listen(port: int) -> None:
        client = Client(CallbackAPIVersion.VERSION2)
        client.on_connect = lambda one, *more: one.subscribe("line/#", qos=1)
        client.on_subscribe = lambda *told: subscribed.set()
        client.on_message = lambda one, data, message: heard.append(bytes(message.payload))
        client.connect("127.0.0.1", port)
        end = time.monotonic() + 60
        while len(heard) < 2 and time.monotonic() < end:
            client.loop(0.05)
        client.disconnect()

    with mosquitto("allow_anonymous true") as port:
        thread = threading.Thread(target=listen, args=(port,))
        thread.start()
        assert subscribed.wait(60)
        tell(sink(port), told(1), told(2))
        thread.join()

    assert [Told.model_validate_json(one).number for one in heard] == [1, 2]
