"""What can go wrong on the way to a model, as faults of a chat. Knows no request."""

from __future__ import annotations

from typing import Any

from agent.retry_after import retry_after_s
from graphs.minds.chat import ChatFault, FaultKind

SPENT = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
"""Codes of status 429 that no waiting mends."""
RETRYABLE_STATUSES = frozenset({408, 409, 425, 429})
MAX_SAID = 300
NO_COMPLETION = "the server answered something that is no completion"


def chat_errors() -> tuple[type[Exception], ...]:
    """What a LangChain chat model raises where a call gives no answer.

    ValueError, KeyError and TypeError are what langchain-openai raises for a body that is no
    completion: a proxy's page of HTML, or null choices.
    """
    import httpx
    import openai
    from langchain_core.exceptions import LangChainException

    return (
        openai.OpenAIError,
        LangChainException,
        httpx.HTTPError,
        OSError,
        ValueError,
        KeyError,
        TypeError,
    )


def fault_of(error: Exception, *, timeout_s: float) -> ChatFault:
    """The fault that an error is.

    Args:
        error: one of chat_errors.
        timeout_s: what was waited for an answer.
    """
    import httpx
    import openai
    from langchain_core import exceptions as langchain

    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return _status_fault(error, status)
    late = (openai.APITimeoutError, langchain.ModelTimeoutError, httpx.TimeoutException)
    if isinstance(error, (TimeoutError, *late)) and not _was_cut(error):
        return ChatFault("timeout", f"no answer within {timeout_s:g} s", retryable=True)
    cut = (openai.APIConnectionError, langchain.ModelConnectionError, httpx.HTTPError, OSError)
    if isinstance(error, cut):
        said = _said(_causes(error)[-1])
        return ChatFault("connection", f"the connection failed: {said}", retryable=True)
    if isinstance(error, langchain.ModelRateLimitError):
        return ChatFault("rate_limited", _said(error), retryable=True)
    if isinstance(error, langchain.ModelError) and not error.is_retryable:
        return ChatFault("refused_request", _said(error), retryable=False)
    return ChatFault("server_error", f"{NO_COMPLETION}: {_said(error)}", retryable=True)


def message_of(error: Exception) -> str:
    """What a server said is wrong: message, parameter and code."""
    body = getattr(error, "body", None)
    told = [str(body.get(name)) for name in ("param", "code")] if isinstance(body, dict) else []
    return " ".join([str(error), *(one for one in told if one != "None")])


def _was_cut(error: Exception) -> bool:
    """Whether the connection broke: the client's transport over aiohttp calls that a timeout."""
    import aiohttp

    causes = _causes(error)
    broke = any(isinstance(one, aiohttp.ClientError) for one in causes)
    return broke and not any(isinstance(one, TimeoutError) for one in causes)


def _causes(error: BaseException) -> list[BaseException]:
    """An error and what it was raised from, the first cause last."""
    causes = [error]
    while causes[-1].__cause__ is not None:
        causes.append(causes[-1].__cause__)
    return causes


def _status_fault(error: Exception, status: int) -> ChatFault:
    said = f"status {status}, {_said(error)}"
    kind: FaultKind = "refused_request"
    retryable, wait_s = status in RETRYABLE_STATUSES, None
    if status >= 500:
        kind, retryable, wait_s = "server_error", True, _asked_s(error)
    elif status == 429:
        retryable = getattr(error, "code", None) not in SPENT
        kind, wait_s = "rate_limited", _asked_s(error)
    return ChatFault(kind, said, retryable=retryable, retry_after_s=wait_s, status=status)


def _asked_s(error: Exception) -> float | None:
    """What a refusal asks to wait, by `Retry-After`."""
    response: Any = getattr(error, "response", None)
    return None if response is None else retry_after_s(response.headers.get("retry-after") or "")


def _said(error: BaseException) -> str:
    body = getattr(error, "body", None)
    message = body.get("message") if isinstance(body, dict) else None
    said = " ".join(str(message or error).split()) or type(error).__name__
    return said if len(said) <= MAX_SAID else f"{said[:MAX_SAID]} ..."
