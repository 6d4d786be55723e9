"""ChatOpenAI that sends a body which is ready. Knows no request of ours and no tool.

Imports the client; whoever opens a model imports this module then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import orjson
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_openai import ChatOpenAI

PATH = "chat/completions"


class BodyChatOpenAI(ChatOpenAI):
    """ChatOpenAI whose messages are already as the API takes them.

    The library's own way makes each message into its records and back, types every parameter, and
    reads the answer twice: two thirds of a call's processor time. It also writes pictures as JSON
    character by character, for 30 times as long as orjson. Address, key, limits, errors and
    the answer's reading are the library's here too.
    """

    @property
    def _address(self) -> str:
        """Whole, as the client takes a relative one apart and puts it together with each call."""
        return f"{self.root_async_client.base_url}{PATH}"

    async def answer(self, body: Mapping[str, Any]) -> AIMessage:
        """Send a body and read the answer.

        Args:
            body: all of it but the model's name.

        Raises:
            openai.OpenAIError: no answer, or a status that is none.
            ValueError, KeyError, TypeError: an answer that is no completion.
        """
        sent = orjson.dumps({"model": self.model_name, **body})
        # Of a response as it came the client asks nothing; of anything else it asks what to make.
        response = await self.root_async_client.post(
            self._address, content=sent, cast_to=httpx.Response
        )
        return self.read(_json_of(response))

    def read(self, received: Any) -> AIMessage:
        """Read a completion as it came.

        Raises:
            ValueError, KeyError, TypeError: it is none.
        """
        generations = self._create_chat_result(received).generations
        message = generations[0].message if generations else None
        if not isinstance(message, AIMessage):
            raise ValueError("it holds no message of an assistant")
        message.response_metadata = dict(generations[0].generation_info or {})
        # The library takes it from records of the client alone, not from JSON.
        refusal = received["choices"][0]["message"].get("refusal")
        if refusal:
            message.additional_kwargs["refusal"] = refusal
        return message

    async def streamed(self, body: Mapping[str, Any], hear: Callable[[str], None]) -> AIMessage:
        """Send a body, pass on the text of the answer as it comes, and give all of it.

        Args:
            body: all of it but the model's name.
            hear: is told more of the text.

        Raises:
            openai.OpenAIError: no answer, or a status that is none.
            httpx.HTTPError: the answer broke off.
            ValueError, KeyError, TypeError: what is no stream of a completion.
        """
        from openai import AsyncStream

        asked = {"stream": True, "stream_options": {"include_usage": True}}
        stream: Any = await self.root_async_client.post(
            self._address,
            content=orjson.dumps({"model": self.model_name, **asked, **body}),
            cast_to=object,
            stream=True,
            stream_cls=AsyncStream[object],
        )
        whole = _Whole()
        async with stream:
            async for chunk in stream:
                made = self._convert_chunk_to_generation_chunk(chunk, AIMessageChunk, None)
                if made is not None:
                    whole.add(chunk, made.message, made.generation_info or {})
                    hear(str(made.message.text))
        return whole.message()


def _json_of(response: httpx.Response) -> Any:
    """What a response holds: of httpx, or of the client's own httpx2, which is alike.

    Raises:
        ValueError: it is no JSON, or says that it is none.
    """
    kind = response.headers.get("content-type", "").partition(";")[0]
    if not kind.endswith("json"):
        raise ValueError(f"its content is {kind or 'of no kind that it names'}, not JSON")
    return orjson.loads(response.content)


class _Whole:
    """The chunks of one answer, put together."""

    def __init__(self) -> None:
        self._chunks: list[AIMessageChunk] = []
        self._info: dict[str, Any] = {}
        self._refusal = ""

    def add(self, chunk: Mapping[str, Any], message: Any, info: Mapping[str, Any]) -> None:
        """Take one more."""
        self._chunks.append(message)
        self._info.update(info)
        for choice in chunk.get("choices") or []:
            self._refusal += (choice.get("delta") or {}).get("refusal") or ""

    def message(self) -> AIMessage:
        """All of it.

        Raises:
            ValueError: where the stream ended before the answer did.
        """
        if "finish_reason" not in self._info:
            raise ValueError("its stream ends before the answer does")
        message = self._chunks[0]
        for chunk in self._chunks[1:]:
            message = message + chunk
        message.response_metadata = dict(self._info)
        if self._refusal:
            message.additional_kwargs["refusal"] = self._refusal
        return message
