"""One HTTP client and one limit of calls for each running event loop. Knows no message."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from openai import DefaultAioHttpClient
    from pydantic import SecretStr


_OPEN: dict[int, AsyncIterator[None]] = {}
"""Holds of clients, by the client's id, until their loops close them: one that nobody keeps would
be closed when it is collected, which may be too late for its loop."""


class ModelSource(Protocol):
    """Where the chat model of the running loop comes from."""

    async def model(self) -> BaseChatModel:
        """The model; calls on it are made in the running loop only."""
        ...


@dataclass(frozen=True)
class OneModel:
    """The same model for every loop: of any provider that LangChain knows."""

    chat_model: BaseChatModel

    async def model(self) -> BaseChatModel:
        """It."""
        return self.chat_model


class OpenAIModels:
    """ChatOpenAI against any server that speaks its API, with a client for each loop.

    A client holds sockets of the loop that it was made in, and `Inspector.inspect` runs a new loop
    each time. It is closed when its loop shuts down its asynchronous generators, which
    `asyncio.run` does at its end.
    """

    def __init__(
        self,
        name: str,
        *,
        base_url: str,
        api_key: SecretStr | None,
        timeout_s: float,
    ) -> None:
        """Take what a client needs; none is made yet."""
        self._name = name
        self._base_url = base_url
        self._api_key = api_key
        self._timeout_s = timeout_s
        self._models: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, BaseChatModel] = (
            weakref.WeakKeyDictionary()
        )

    async def model(self) -> BaseChatModel:
        """The model of the running loop."""
        loop = asyncio.get_running_loop()
        found = self._models.get(loop)
        if found is None:
            client = self._client()
            # Kept before anything is awaited, so that calls that come at once share it.
            found = self._models[loop] = self._build(client)
            _OPEN[id(client)] = self._closed_with(loop, client)
            await anext(_OPEN[id(client)])
        return found

    async def _closed_with(
        self, loop: asyncio.AbstractEventLoop, client: DefaultAioHttpClient
    ) -> AsyncIterator[None]:
        try:
            async with client:
                yield
        finally:
            self._models.pop(loop, None)
            _OPEN.pop(id(client), None)

    def _client(self) -> DefaultAioHttpClient:
        from openai import DefaultAioHttpClient

        from tools.certificates import trusted_authorities

        hooks = {} if self._api_key else {"request": [_without_key]}
        # The client's other transport looks at all its connections with every request, and costs
        # twice the processor time; what is told about errors is the same.
        return DefaultAioHttpClient(
            timeout=self._timeout_s, event_hooks=hooks, verify=trusted_authorities()
        )

    def _build(self, client: DefaultAioHttpClient) -> BaseChatModel:
        from pydantic import SecretStr

        from agent.chat_models.body_model import BodyChatOpenAI

        return BodyChatOpenAI(
            model=self._name,
            base_url=self._base_url,
            api_key=self._api_key or SecretStr("none"),
            timeout=self._timeout_s,
            max_retries=0,
            streaming=False,
            use_responses_api=False,
            http_async_client=client,
        )


async def _without_key(request: Any) -> None:
    """Where there is no key, none is sent; the library insists on one."""
    request.headers.pop("Authorization", None)


class Gate:
    """At most so many calls at once in each loop."""

    def __init__(self, limit: int) -> None:
        """Take the limit."""
        self._limit = limit
        self._gates: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
            weakref.WeakKeyDictionary()
        )

    def of_this_loop(self) -> asyncio.Semaphore:
        """The semaphore of the running loop."""
        loop = asyncio.get_running_loop()
        return self._gates.setdefault(loop, asyncio.Semaphore(self._limit))
