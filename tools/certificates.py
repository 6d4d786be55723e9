"""The authorities that servers of https are checked by. Knows no server, opens no connection."""

from __future__ import annotations

import ssl
from functools import cache


@cache
def trusted_authorities(*, by_environment: bool = True) -> ssl.SSLContext:
    """What clients of httpx check certificates by, read once for all of them.

    Reading takes 30 ms of a processor, and each client would read for itself: one for each loop,
    one for each address that is fetched. Nobody changes it.

    Args:
        by_environment: whether SSL_CERT_FILE and SSL_CERT_DIR say who is trusted, as httpx's
            `trust_env` does.
    """
    import httpx

    return httpx.create_ssl_context(trust_env=by_environment)
