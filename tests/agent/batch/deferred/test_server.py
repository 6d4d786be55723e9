"""A part is submitted once, whenever the process that submits it is killed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from agent.batch.deferred.box import DeferredBox, Part, Question
from agent.batch.deferred.server import BatchAPIError, BatchServer, Standing
from agent.loopback import Loopback, Reply, Scripted, loopback_endpoint


@pytest.fixture
def endpoint() -> Iterator[Loopback]:
    with loopback_endpoint({"m": Scripted([Reply(text="well")], at_end="repeat")}) as served:
        yield served


@pytest.fixture
def server(endpoint: Loopback, tmp_path: Path) -> Iterator[BatchServer]:
    with (
        openai.OpenAI(base_url=endpoint.base_url, api_key="any", max_retries=0) as client,
        DeferredBox(tmp_path / "box.sqlite") as box,
    ):
        yield BatchServer(client, box, tmp_path, "run")


def part_of(server: BatchServer, *names: str, token: str = "t") -> Part:
    body = {"model": "m", "messages": [{"role": "user", "content": "look"}]}
    url = "/v1/chat/completions"
    lines = [
        json.dumps({"custom_id": name, "method": "POST", "url": url, "body": body})
        for name in names
    ]
    (server.folder / f"{token}.jsonl").write_text("\n".join(lines))
    questions = [Question(name, 0, 0) for name in dict.fromkeys(names)]
    return server.box.intend(wave=1, file=f"{token}.jsonl", token=token, questions=questions)


def test_one_whose_id_was_lost_is_found_by_its_metadata_and_not_made_again(
    server: BatchServer, endpoint: Loopback
) -> None:
    part = part_of(server, "a")
    for number in range(30):
        server.submit(part_of(server, "x", token=f"other{number}"))
    made = server.submit(part)
    # As if the process had been killed before it could note the id.
    server.box._set(part, "written", "")

    assert server.submit(server.box.parts("written")[0]) == made
    assert len(endpoint.batches.batches) == 31
    assert [one.metadata for one in endpoint.batches.batches.values()][-1] == {
        "loupe_run": "run",
        "loupe_part": "t",
    }


def test_one_that_was_never_made_is_made(server: BatchServer, endpoint: Loopback) -> None:
    part = part_of(server, "a")
    # As if the process had been killed after the upload.
    with (server.folder / part.file).open("rb") as data:
        server.client.files.create(file=(part.file, data), purpose="batch")

    server.submit(part)
    assert len(endpoint.batches.batches) == 1


def test_one_is_collected_when_it_is_over(server: BatchServer, endpoint: Loopback) -> None:
    part = part_of(server, "a", "b")
    server.submit(part)
    (submitted,) = server.box.open_parts

    endpoint.batches.hold = True
    assert server.collect(submitted) == Standing("in_progress", 0)
    endpoint.batches.hold = False
    assert server.collect(submitted) == Standing("completed", 2)

    found = server.box.outcome("b", 1)
    assert found is not None
    answer = json.loads(found.body)
    assert answer["choices"][0]["message"]["content"] == "well"
    counted = server.box.counted()
    assert counted.tokens[2] == 2 * answer["usage"]["completion_tokens"]


def test_a_refused_file_is_told_and_its_questions_are_free_again(server: BatchServer) -> None:
    part = part_of(server, "a", "a")
    server.submit(part)

    with pytest.raises(BatchAPIError, match="line 2: The custom_id 'a' has already been used"):
        server.collect(server.box.open_parts[0])
    assert (server.box.open_parts, server.box.is_under_way("a")) == ([], False)


def test_cancelling_finds_lost_ids_and_passes_by_what_is_over(
    server: BatchServer, endpoint: Loopback
) -> None:
    never, lost, over = (part_of(server, "a", token=token) for token in ("n", "l", "o"))
    server.submit(lost)
    server.box._set(lost, "written", "")
    server.submit(over)
    server.client.batches.retrieve(server.box.parts("submitted")[0].batch)

    for part in server.box.open_parts:
        server.cancel(part)

    assert [one.token for one in server.box.parts("refused")] == [never.token]
    assert [one.state for one in endpoint.batches.batches.values()] == ["cancelled", "completed"]
    assert [one.status for one in server.box.open_parts] == ["submitted"] * 2
