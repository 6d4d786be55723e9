"""Pictures by URL: never from a private address, whatever name or redirect leads to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest

from agent.loopback.refusals import Refused
from agent.server.remote import Fetcher, is_public

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "::ffff:127.0.0.1",
    "fd00::1",
    "fe80::1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "::",
    "ff02::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_in_every_dress_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1"])
def test_public_addresses_are(address: str) -> None:
    assert is_public(ip_address(address))


async def nowhere(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host} was looked up")


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "[::1]", "2130706433", "localhost"])
async def test_an_address_of_this_machine_or_its_network_is_not_fetched(host: str) -> None:
    with pytest.raises(Refused, match=r"not on the public internet|no address"):
        await Fetcher(max_bytes=10).fetch(f"http://{host}/a.png")


@pytest.mark.parametrize("addresses", [["10.0.0.7"], ["93.184.216.34", "127.0.0.1"], []])
async def test_a_name_with_a_private_address_among_its_own_is_not_fetched(
    addresses: list[str],
) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        assert (host, port) == ("pictures.example", 443)
        return addresses

    with pytest.raises(Refused, match="not on the public internet"):
        await Fetcher(max_bytes=10, resolve=resolve).fetch("https://pictures.example/a.png")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a.example/x", "http:///x", "data:,x"])
async def test_only_http_and_https_are_fetched(url: str) -> None:
    with pytest.raises(Refused, match="only http and https"):
        await Fetcher(max_bytes=10, resolve=nowhere).fetch(url)


class Hops(BaseHTTPRequestHandler):
    """A server outside, as far as the fetcher knows."""

    def do_GET(self) -> None:
        hosts.append(self.headers["Host"])
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", f"http://{self.path[4:]}")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"12345678")

    def log_message(self, format: str, *args: object) -> None:
        """Tell nobody."""


hosts: list[str] = []


@pytest.fixture
def outside() -> Iterator[int]:
    """The port of a server on 127.0.0.2, which these tests take for the public internet."""
    hosts.clear()
    server = ThreadingHTTPServer(("127.0.0.2", 0), Hops)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def fetcher(max_bytes: int = 100) -> Fetcher:
    async def resolve(host: str, port: int) -> list[str]:
        return {"outside.example": ["127.0.0.2"], "inside.example": ["127.0.0.1"]}.get(host, [host])

    return Fetcher(
        max_bytes=max_bytes,
        resolve=resolve,
        is_public=lambda address: address == ip_address("127.0.0.2"),
    )


async def test_a_redirect_is_followed_outside_and_never_to_this_machine(outside: int) -> None:
    there = f"outside.example:{outside}"

    assert await fetcher().fetch(f"http://{there}/to/{there}/a.png") == b"12345678"
    assert hosts == [there, there]
    for inside in (f"127.0.0.1:{outside}/", f"inside.example:{outside}/", "169.254.169.254/"):
        with pytest.raises(Refused, match="not on the public internet"):
            await fetcher().fetch(f"http://{there}/to/{inside}")
    with pytest.raises(Refused, match="more than 3 redirects"):
        await fetcher().fetch(f"http://{there}" + f"/to/{there}" * 5)


async def test_what_is_too_large_is_given_up(outside: int) -> None:
    with pytest.raises(Refused, match="more than 4 bytes"):
        await fetcher(max_bytes=4).fetch(f"http://outside.example:{outside}/a.png")
