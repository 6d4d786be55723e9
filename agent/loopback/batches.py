"""OpenAI's files and batches as the endpoint keeps them: their states and what each is refused.

A batch is answered when somebody looks at it. Knows nothing of sockets.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeVar

from agent.loopback.answering import Desk
from agent.loopback.batch_lines import Line, read_lines
from agent.loopback.batch_records import CHAT, OVER, BatchState, StoredBatch, StoredFile
from agent.loopback.record import Received
from agent.loopback.refusals import Refused, missing, unknown, wrong_type, wrong_value
from agent.loopback.wire import as_json

PURPOSES = ("assistants", "batch", "evals", "fine-tune", "user_data", "vision")
Stored = TypeVar("Stored", StoredFile, StoredBatch)
LONGEST_S = 600.0
"""An answer that takes longer does not come within the day."""
NEEDED = ("input_file_id", "endpoint", "completion_window")
OPTIONAL = ("metadata", "output_expires_after")


class BatchDesk:
    """Takes files and batches, and has the models answer them. Thread-safe."""

    def __init__(self, desk: Desk) -> None:
        """Take the desk whose models answer; nothing is stored yet."""
        self._desk = desk
        self._lock = threading.RLock()
        self.files: dict[str, StoredFile] = {}
        self.batches: dict[str, StoredBatch] = {}
        self.hold = False
        """Batches stay in progress."""
        self.expire_after: int | None = None
        """A batch answers so many requests, and expires; None: it completes."""
        self.asked: Counter[str] = Counter()
        """Requests in accepted batches, by their custom_id."""

    def add_file(self, name: str, purpose: str, data: bytes) -> StoredFile:
        """Store a file.

        Raises:
            Refused: no purpose, or nothing that a batch can be.
        """
        if purpose not in PURPOSES:
            raise wrong_value("purpose", f"'{purpose}' is not one of {list(PURPOSES)} - 'purpose'")
        most = self._desk.limits.max_batch_bytes
        if purpose == "batch" and not name.endswith(".jsonl"):
            raise wrong_value("file", f"Invalid extension of {name!r}. Supported formats: 'jsonl'")
        if purpose == "batch" and len(data) > most:
            raise Refused(
                f"File is too large: {len(data)} bytes, the maximum for a batch is {most}.",
                status=413,
                param="file",
                code="file_too_large",
            )
        return self._store(name, purpose, data)

    def file(self, name: str) -> StoredFile:
        """A file by its id.

        Raises:
            Refused: there is none.
        """
        return _found(self.files, name, "File")

    def create(self, body: Mapping[str, Any]) -> StoredBatch:
        """Take a batch; its lines are looked at later.

        Raises:
            Refused: for the first thing that is wrong.
        """
        for name in body:
            if name not in NEEDED + OPTIONAL:
                raise unknown(name)
        for name in NEEDED:
            if name not in body:
                raise missing(name)
        if body["completion_window"] != "24h":
            raise wrong_value("completion_window", "Invalid value: supported is only '24h'.")
        if body["endpoint"] != CHAT:
            raise wrong_value("endpoint", f"Invalid value: supported here is only '{CHAT}'.")
        with self._lock:
            taken = self.file(str(body["input_file_id"]))
            if taken.purpose != "batch":
                raise wrong_value("input_file_id", "The file's purpose must be 'batch'.")
            batch = StoredBatch(
                id=f"batch_{uuid.uuid4().hex}",
                input_file=taken.id,
                metadata=_checked_metadata(body.get("metadata")),
                created_at=int(time.time()),
            )
            self.batches[batch.id] = batch
            return batch

    def batch(self, name: str) -> StoredBatch:
        """A batch by its id, as far as it has come.

        Raises:
            Refused: there is none.
        """
        with self._lock:
            batch = _found(self.batches, name, "Batch")
            if batch.state == "validating":
                self._validate(batch)
            if batch.state == "in_progress" and not self.hold:
                self._answer_all(batch)
            return batch

    def cancel(self, name: str) -> StoredBatch:
        """End a batch where it is; what it has answered stays.

        Raises:
            Refused: there is none, or it is over.
        """
        with self._lock:
            batch = _found(self.batches, name, "Batch")
            if batch.state in OVER:
                raise Refused(f"Cannot cancel a batch with status '{batch.state}'.", status=409)
            self._end(batch, "cancelled")
            return batch

    def _validate(self, batch: StoredBatch) -> None:
        data = self.file(batch.input_file).data
        limits = self._desk.limits
        found = read_lines(
            data, url=CHAT, models=list(self._desk.models), most=limits.max_batch_requests
        )
        batch.lines, batch.errors = found.lines, found.errors
        if found.errors:
            batch.enter("failed")
            return
        batch.enter("in_progress")
        self.asked.update(line.custom_id for line in found.lines)

    def _answer_all(self, batch: StoredBatch) -> None:
        most = len(batch.lines) if self.expire_after is None else self.expire_after
        for line in batch.lines[:most]:
            answer = self._answer(line)
            is_well = answer["response"] and answer["response"]["status_code"] == 200
            (batch.answers if is_well else batch.failures).append(answer)
        for line in batch.lines[most:]:
            batch.failures.append(_expired(line))
        self._end(batch, "expired" if most < len(batch.lines) else "completed")

    def _answer(self, line: Line) -> dict[str, Any]:
        raw = json.dumps(line.body).encode()
        received = Received(number=0, n_bytes=len(raw), at_s=0.0, raw=raw)
        try:
            answered = self._desk.answer(received)
        except Refused as refused:
            return _response(line, refused.status, refused.body)
        fault = answered.reply.fault
        if fault is None or (fault.kind == "hang" and fault.seconds < LONGEST_S):
            return _response(line, 200, as_json(answered.completion))
        if fault.kind in ("hang", "drip"):
            return _expired(line)
        status = fault.status if fault.kind == "status" else 500
        error = {"message": fault.message, "type": fault.type, "param": None, "code": fault.code}
        return _response(line, status, {"error": error})

    def _end(self, batch: StoredBatch, state: BatchState) -> None:
        batch.output_file = self._output(batch, "output", batch.answers)
        batch.error_file = self._output(batch, "error", batch.failures)
        batch.enter(state)

    def _output(self, batch: StoredBatch, what: str, lines: list[dict[str, Any]]) -> str | None:
        if not lines:
            return None
        text = "".join(f"{json.dumps(line)}\n" for line in lines)
        return self._store(f"{batch.id}_{what}.jsonl", "batch_output", text.encode()).id

    def _store(self, name: str, purpose: str, data: bytes) -> StoredFile:
        with self._lock:
            stored = StoredFile(
                id=f"file-{uuid.uuid4().hex[:24]}",
                name=name,
                purpose=purpose,
                data=data,
                created_at=int(time.time()),
            )
            self.files[stored.id] = stored
            return stored


def _found(stored: Mapping[str, Stored], name: str, kind: str) -> Stored:
    if name not in stored:
        raise Refused(f"No such {kind} object: {name}", status=404, param="id")
    return stored[name]


def _checked_metadata(value: object) -> dict[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise wrong_type("metadata", value, expected="an object")
    fits = all(
        isinstance(said, str) and len(name) <= 64 and len(said) <= 512
        for name, said in value.items()
    )
    if len(value) > 16 or not fits:
        raise wrong_value("metadata", "16 pairs at most, of 64 and 512 characters at most.")
    return value


def _response(line: Line, status: int, body: dict[str, Any]) -> dict[str, Any]:
    response = {"status_code": status, "request_id": f"req_{uuid.uuid4().hex}", "body": body}
    return {**_head(line), "response": response, "error": None}


def _expired(line: Line) -> dict[str, Any]:
    message = "This request could not be executed before the completion window expired."
    error = {"code": "batch_expired", "message": message}
    return {**_head(line), "response": None, "error": error}


def _head(line: Line) -> dict[str, Any]:
    return {"id": f"batch_req_{uuid.uuid4().hex}", "custom_id": line.custom_id}
