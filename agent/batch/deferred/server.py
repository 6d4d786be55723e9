"""The batch API of the server: submit a part once, see how it stands, take what came of it.

Knows no inspection. The client never tries a batch's creation again by itself: whether one was made
is found out by its metadata.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.batch.deferred.box import Came, DeferredBox, Part
from tools.errors import LoupeError

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types import Batch

    from agent.settings import Settings

ENDED = frozenset({"completed", "expired", "cancelled"})
TOKEN = "loupe_part"
RUN = "loupe_run"
MAX_RUN_CHARACTERS = 512
"""Of a value of metadata."""
RETRYABLE = frozenset({408, 409, 429})
"""Statuses of single requests that say nothing of the request; from 500 on, all do."""
N_TOLD = 3
"""Errors of a refused file that are told."""


class BatchAPIError(LoupeError):
    """The server's batch API cannot be used, or refuses a file."""


class Standing(NamedTuple):
    """How a part stands."""

    status: str
    n_done: int
    n_lost: int = 0
    """Questions that came back without an answer, where it was collected."""


@dataclass(frozen=True)
class BatchServer:
    """The server, with an open client."""

    client: OpenAI
    box: DeferredBox
    folder: Path
    """With the input files."""
    run: str
    """Stands in the metadata of each batch."""

    def submit(self, part: Part) -> str:
        """Have a batch made of a part, unless there is one already; gives its id.

        Raises:
            BatchAPIError: the server refuses, or cannot be reached.
        """
        with _told("submit", part.file):
            batch = self._made(part) or self._make(part)
        self.box.submitted(part, batch)
        return batch

    def collect(self, part: Part) -> Standing:
        """Take what came of a part where it is over.

        Raises:
            BatchAPIError: the server refuses the whole file, or cannot be reached.
        """
        with _told("collect", part.batch):
            batch = self.client.batches.retrieve(part.batch)
            if batch.status == "failed":
                self.box.refused(part)
                raise BatchAPIError(
                    f"the server refuses {part.file} ({part.batch}): {_errors(batch)}; mend what "
                    "it says, and the same command submits it anew"
                )
            n_done = batch.request_counts.completed if batch.request_counts else 0
            if batch.status not in ENDED:
                return Standing(batch.status, n_done)
            files = (batch.output_file_id, batch.error_file_id)
            lines = [line for file in files if file for line in self._lines(file)]
        n_lost = self.box.collected(part, _outcomes(lines))
        return Standing(batch.status, part.n - n_lost, n_lost)

    def cancel(self, part: Part) -> None:
        """Cancel a part's batch, where there is one.

        Raises:
            BatchAPIError: the server refuses, or cannot be reached.
        """
        from openai import ConflictError

        with _told("cancel", part.batch or part.file):
            batch = part.batch or self._made(part)
            if not batch:
                self.box.refused(part)
                return
            # One that is over cannot be: what came of it is collected.
            with suppress(ConflictError):
                self.client.batches.cancel(batch)
        self.box.submitted(part, batch)

    def _made(self, part: Part) -> str:
        """The batch of a part whose id was lost; empty where there is none."""
        for batch in self.client.batches.list(limit=100):
            if (batch.metadata or {}).get(TOKEN) == part.token:
                return batch.id
        return ""

    def _make(self, part: Part) -> str:
        metadata = {RUN: self.run[-MAX_RUN_CHARACTERS:], TOKEN: part.token}
        with (self.folder / part.file).open("rb") as data:
            sent = self.client.files.create(file=(part.file, data), purpose="batch")
        once = self.client.with_options(max_retries=0)
        batch = once.batches.create(
            input_file_id=sent.id,
            endpoint="/v1/chat/completions",
            completion_window="24h",
            metadata=metadata,
        )
        return batch.id

    def _lines(self, file: str) -> Iterator[dict[str, Any]]:
        for line in self.client.files.content(file).iter_lines():
            if line.strip():
                yield json.loads(line)


def _outcomes(lines: list[dict[str, Any]]) -> Iterator[Came]:
    """What is said of each question; of one that was not reached or put off nothing is."""
    for line in lines:
        response = line.get("response")
        if not response:
            continue
        status = int(response["status_code"])
        if status in RETRYABLE or status >= 500:
            continue
        body = response.get("body")
        said = json.dumps(body, ensure_ascii=False)
        yield Came(str(line["custom_id"]), status, said, _tokens(body))


def _tokens(body: Any) -> tuple[int, int, int]:
    """Input, cached and output, as the usage of a completion says."""
    usage = (body.get("usage") if isinstance(body, dict) else None) or {}
    details = usage.get("prompt_tokens_details") or {}
    counts = (usage.get("prompt_tokens"), details.get("cached_tokens"))
    given = [*counts, usage.get("completion_tokens")]
    sent, cached, came = (one if isinstance(one, int) else 0 for one in given)
    return sent, cached, came


def _errors(batch: Batch) -> str:
    found = (batch.errors.data if batch.errors else None) or []
    told = [f"{f'line {one.line}: ' if one.line else ''}{one.message}" for one in found[:N_TOLD]]
    more = f" and {len(found) - N_TOLD} more" if len(found) > N_TOLD else ""
    return f"{', '.join(told) or 'no reason is given'}{more}"


@contextmanager
def _told(what: str, which: str) -> Iterator[None]:
    """One line of what goes wrong between here and the server."""
    from openai import OpenAIError

    try:
        yield
    except OpenAIError as error:
        said = " ".join(str(error).split())[:300]
        raise BatchAPIError(
            f"the batch API failed to {what} {which} ({said}); check the server, and the same "
            "command goes on"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise BatchAPIError(
            f"the batch API answered with what is none of its records ({error}) on {what} {which}"
        ) from error


@contextmanager
def open_client(settings: Settings) -> Iterator[OpenAI]:
    """A client of the server that the settings name."""
    from openai import OpenAI

    key = settings.api_key.get_secret_value() if settings.api_key else "none"
    with OpenAI(
        base_url=settings.base_url, api_key=key, timeout=settings.vlm_timeout_s, max_retries=3
    ) as client:
        yield client
