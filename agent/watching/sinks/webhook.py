"""Rows by HTTP POST, signed. Follows no redirect and asks no proxy. Knows no row's meaning.

The signature is as others have it that sign webhooks: `Loupe-Signature: t=SECONDS,v1=HEX`, where
HEX is the HMAC-SHA256, under the shared secret, of `SECONDS.` and the body's bytes. A receiver
computes it anew, compares it in constant time, and refuses a time that is long ago.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from agent.retry_after import retry_after_s
from agent.watching.sinks.records import SinkError, Told

if TYPE_CHECKING:
    import httpx
    from pydantic import SecretStr

TIMEOUT_S = 15.0
ABOUT_THIS_ROW = frozenset({400, 406, 409, 411, 413, 415, 422})
"""Statuses that say what is wrong with a row; any other one says what is wrong with the receiver,
or with how it is addressed, and the row waits."""


def signature(secret: str, body: bytes, *, seconds: int) -> str:
    """The header's value.

    Args:
        secret: that sender and receiver share.
        body: as it is sent.
        seconds: since 1970, UTC, when it is sent.
    """
    signed = f"{seconds}.".encode() + body
    return f"t={seconds},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


class Webhook:
    """Posts to one URL."""

    def __init__(
        self,
        url: str,
        *,
        secret: SecretStr | None = None,
        timeout_s: float = TIMEOUT_S,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Take the receiver.

        Args:
            url: http or https; what it says of user and password is sent as basic authentication.
            secret: signs each row; None for no signature.
            timeout_s: for the answer.
            now: seconds since 1970, for the signature.
        """
        self._url = url
        self._secret = secret
        self._timeout_s = timeout_s
        self._now = now
        self._client: httpx.AsyncClient | None = None

    @property
    def name(self) -> str:
        """The URL without user, password and query."""
        parts = urlsplit(self._url)
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}{parts.path}"

    async def tell(self, told: Told) -> None:
        """See `Sink.tell`."""
        import httpx

        from tools.certificates import trusted_authorities

        body = told.model_dump_json().encode()
        headers = {"content-type": "application/json", "idempotency-key": told.key}
        if self._secret is not None:
            key = self._secret.get_secret_value()
            headers["loupe-signature"] = signature(key, body, seconds=int(self._now()))
        if self._client is None:
            # A proxy of the environment would be given what is meant for the receiver alone.
            self._client = httpx.AsyncClient(
                timeout=self._timeout_s,
                follow_redirects=False,
                trust_env=False,
                verify=trusted_authorities(by_environment=False),
            )
        try:
            async with self._client.stream(
                "POST", self._url, content=body, headers=headers
            ) as answer:
                self._check(answer)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            said = " ".join(str(error).split())
            raise SinkError(f"{type(error).__name__}{f' ({said})' if said else ''}") from error

    async def close(self) -> None:
        """Close connections."""
        if self._client is not None:
            await self._client.aclose()

    def _check(self, answer: httpx.Response) -> None:
        if answer.is_success:
            return
        if answer.is_redirect:
            where = answer.headers.get("location", "")[:200]
            raise SinkError(
                f"status {answer.status_code} sends to {where!r}, which is not followed; "
                "name that address with --sink"
            )
        raise SinkError(
            f"status {answer.status_code}",
            retry_after_s=retry_after_s(answer.headers.get("retry-after", "")),
            refused=answer.status_code in ABOUT_THIS_ROW,
        )
