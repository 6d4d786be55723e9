"""ChatOpenAI that sends a body which is ready. Knows no request of ours and no tool.

Imports the client; whoever opens a model imports this module then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_core.messages import AIMessage
from langchain_openai import ChatOpenAI

PATH = "/chat/completions"


class BodyChatOpenAI(ChatOpenAI):
    """ChatOpenAI whose messages are already as the API takes them.

    The library's own way makes each message into its records and back, types every parameter, and
    reads the answer twice: two thirds of a call's processor time. Address, key, limits, errors and
    the answer's reading are the library's here too.
    """

    async def answer(self, body: Mapping[str, Any]) -> AIMessage:
        """Send a body and read the answer.

        Args:
            body: all of it but the model's name.

        Raises:
            openai.OpenAIError: no answer, or a status that is none.
            ValueError, KeyError, TypeError: an answer that is no completion.
        """
        sent = {"model": self.model_name, **body}
        # `object` is the client's word for JSON as it came.
        received: Any = await self.root_async_client.post(PATH, body=sent, cast_to=object)
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
