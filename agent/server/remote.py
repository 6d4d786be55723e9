"""Fetches a picture that a caller names by URL, never from a private address.

Each hop's name is resolved once, every address that it has must be public, and the connection
goes to the address that was checked, so that a second answer of the name server changes nothing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx

from agent.loopback.refusals import Refused
from tools.certificates import trusted_authorities

MAX_HOPS = 4
TIMEOUT_S = 15.0
PORTS = {"http": 80, "https": 443}
TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("2002::/16"))
"""Prefixes behind which an IPv4 address stands."""
Address: TypeAlias = IPv4Address | IPv6Address
Resolve: TypeAlias = Callable[[str, int], Awaitable[list[str]]]


async def resolve(host: str, port: int) -> list[str]:
    """Every address of a name."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


def is_public(address: Address) -> bool:
    """Whether an address is on the public internet, and not another one in disguise."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.teredo or any(address in network for network in TRANSLATED):
            return False
    return address.is_global and not address.is_multicast


class Fetcher:
    """Fetches within limits."""

    def __init__(
        self,
        *,
        max_bytes: int,
        resolve: Resolve = resolve,
        is_public: Callable[[Address], bool] = is_public,
    ) -> None:
        """Take the largest file, and how names and addresses are told."""
        self._max_bytes = max_bytes
        self._resolve = resolve
        self._is_public = is_public

    async def fetch(self, url: str) -> bytes:
        """The bytes behind a URL.

        Raises:
            Refused: with 400 where it may not be fetched, or there is nothing to fetch.
        """
        for _ in range(MAX_HOPS):
            found = await self._hop(url)
            if isinstance(found, bytes):
                return found
            url = found
        raise _refused(url, f"more than {MAX_HOPS - 1} redirects")

    async def _hop(self, url: str) -> bytes | str:
        """What lies at a URL, or the URL that it sends to."""
        pinned, host = await self._pinned(url)
        extensions = {"sni_hostname": host.partition(":")[0]}
        try:
            async with (
                httpx.AsyncClient(
                    trust_env=False,
                    timeout=TIMEOUT_S,
                    verify=trusted_authorities(by_environment=False),
                ) as client,
                client.stream(
                    "GET", pinned, headers={"host": host}, extensions=extensions
                ) as response,
            ):
                if response.is_redirect:
                    return urljoin(url, str(response.headers.get("location", "")))
                if not response.is_success:
                    raise _refused(url, f"status {response.status_code}")
                return await self._read(response, url)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _refused(url, type(error).__name__) from error

    async def _read(self, response: httpx.Response, url: str) -> bytes:
        chunks, n_bytes = [], 0
        async for chunk in response.aiter_bytes():
            n_bytes += len(chunk)
            if n_bytes > self._max_bytes:
                raise _refused(url, f"more than {self._max_bytes} bytes")
            chunks.append(chunk)
        return b"".join(chunks)

    async def _pinned(self, url: str) -> tuple[str, str]:
        """The URL with its checked address in the place of the name, and the name."""
        try:
            parts = urlsplit(url)
            port = parts.port or PORTS[parts.scheme]
            host = parts.hostname or ""
            if not host:
                raise ValueError(url)
        except (ValueError, KeyError):
            raise _refused(url, "only http and https are fetched") from None
        try:
            addresses = [ip_address(one) for one in await self._resolve(host, port)]
        except (OSError, ValueError, UnicodeError):
            raise _refused(url, "its name has no address") from None
        if not addresses or not all(self._is_public(one) for one in addresses):
            raise _refused(url, "its address is not on the public internet")
        first = addresses[0]
        there = f"[{first}]:{port}" if isinstance(first, IPv6Address) else f"{first}:{port}"
        named = host if parts.port is None else f"{host}:{port}"
        return urlunsplit((parts.scheme, there, parts.path, parts.query, "")), named


def _refused(url: str, reason: str) -> Refused:
    return Refused(
        f"{url[:120]!r} is not fetched: {reason}.", param="url", code="invalid_image_url"
    )
