"""Who may call: one bearer token for each person, or anybody on the loopback. Knows no route."""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import urlsplit

from agent.loopback.refusals import Refused

COOKIE = "loupe_session"
MAX_SESSIONS = 1000
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Access:
    """Tells the person of a request, or refuses it."""

    def __init__(self, tokens: Mapping[str, str], *, hosts: frozenset[str] = frozenset()) -> None:
        """Take the tokens by the name of their person, and names of this server."""
        self._tokens = dict(tokens)
        self._hosts = hosts
        self._sessions: OrderedDict[str, str] = OrderedDict()

    @property
    def is_open(self) -> bool:
        """Whether no token is asked for."""
        return not self._tokens

    def owner(self, headers: Mapping[str, str]) -> str:
        """The person of a request; empty where no tokens are set.

        Raises:
            Refused: with 401 where there is no token, or one that is nobody's.
        """
        if self.is_open:
            return ""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token:
            return self._owner_of(token.strip())
        owner = self._sessions.get(_session_of(headers.get("cookie", "")))
        if owner is None:
            raise Refused(
                "A bearer token is needed (Authorization: Bearer YOUR_TOKEN).",
                status=401,
                code="missing_token",
            )
        return owner

    def check_origin(self, method: str, headers: Mapping[str, str]) -> None:
        """Refuse what a foreign page makes a browser send, and names that were bent to here.

        Raises:
            Refused: with 403.
        """
        host = headers.get("host", "")
        if not self._is_own(host):
            raise Refused(
                f"This server is not called {host[:80]!r}; see the setting serve_hosts.",
                status=403,
                code="unknown_host",
            )
        origin = headers.get("origin")
        if method in SAFE_METHODS or origin is None:
            return
        if urlsplit(origin).netloc != host and urlsplit(origin).hostname not in self._hosts:
            raise Refused("Another origin may not send this.", status=403, code="foreign_origin")

    def open_session(self, owner: str) -> str:
        """A value for the cookie, by which a page shows pictures without a header."""
        session = secrets.token_urlsafe(32)
        self._sessions[session] = owner
        while len(self._sessions) > MAX_SESSIONS:
            self._sessions.popitem(last=False)
        return session

    def _owner_of(self, token: str) -> str:
        found = ""
        for name, known in self._tokens.items():
            # All are compared, so that the time tells nothing.
            if hmac.compare_digest(token.encode(), known.encode()):
                found = name
        if not found:
            raise Refused("This token is nobody's.", status=401, code="invalid_token")
        return found

    def _is_own(self, host: str) -> bool:
        if not self.is_open:
            # A name that was bent to here brings no token, and no cookie of another name.
            return True
        name = urlsplit(f"//{host}").hostname or ""
        if name in self._hosts or name == "localhost":
            return True
        try:
            return ip_address(name).is_loopback
        except ValueError:
            return False


def _session_of(cookies: str) -> str:
    try:
        morsel = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
