"""Threads over HTTP: documents by name; deleted by their person, with what was sent to them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import httpx
import openai

from agent.server.threaded import Running
from evals.benchmarks.tiny_product import TinyProduct


def upload(client: httpx.Client, path: Path, name: str) -> str:
    sent = client.post("/api/uploads", files={"file": (name, path.read_bytes())})
    return str(sent.raise_for_status().json()["id"])


def say(client: httpx.Client, thread: str, text: str, *uploads: str) -> str:
    body = {"text": text, "uploads": list(uploads)}
    with client.stream("POST", f"/api/threads/{thread}/messages", json=body) as told:
        return told.read().decode()


def test_only_its_person_deletes_it_and_files_that_were_never_inspected_go_with_it(
    anna: httpx.Client, ben: httpx.Client, parts: TinyProduct, running: Running
) -> None:
    sent = upload(anna, parts.normal, "never inspected.png")
    assert "event: done" in say(anna, "to-delete", "help", sent)
    folder = running.settings.home / "uploads" / sent
    assert folder.is_dir()
    assert "given" not in anna.get("/api/threads").json()[0]

    assert ben.delete("/api/threads/to-delete").status_code == 404
    gone = anna.delete("/api/threads/to-delete").raise_for_status().json()
    assert gone == {
        "thread": "to-delete",
        "uploads": ["never inspected.png"],
        "inspections": [],
    }
    assert not folder.exists()
    assert "to-delete" not in anna.get("/api/threads").text
    assert anna.get("/api/threads/to-delete").json() == []
    assert anna.delete("/api/threads/to-delete").status_code == 404


def test_an_inspection_stays_with_its_file_and_its_person(
    anna: httpx.Client, ben: httpx.Client, parts: TinyProduct
) -> None:
    sent = upload(anna, parts.normal, "kept-plate.png")
    say(anna, "inspected", "inspect", sent)

    gone = anna.delete("/api/threads/inspected").json()
    (ref,) = gone["inspections"]
    assert gone["uploads"] == []
    assert anna.get(f"/api/inspections/{ref}/source.png").is_success
    assert ben.get(f"/api/inspections/{ref}").status_code == 404


def test_a_history_whose_thread_was_deleted_begins_another_with_all_its_pictures(
    anna: httpx.Client, running: Running, parts: TinyProduct
) -> None:
    token = running.settings.serve_tokens["anna"].get_secret_value()
    data = base64.b64encode(parts.normal.read_bytes()).decode()
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    messages: Any = [{"role": "user", "content": [{"type": "text", "text": "help"}, picture]}]
    with openai.OpenAI(base_url=f"{running.url}/v1", api_key=token, max_retries=0) as client:

        def answered() -> str:
            answer = client.chat.completions.create(model="loupe", messages=messages)
            return answer.choices[0].message.content or ""

        messages.append({"role": "assistant", "content": answered()})
        thread = anna.get("/api/threads").json()[0]["thread"]
        assert anna.delete(f"/api/threads/{thread}").json()["uploads"] == ["picture.png"]
        messages.append({"role": "user", "content": "inspect"})
        assert "is NORMAL" in answered()
    assert anna.get("/api/threads").json()[0]["thread"] != thread


def test_a_report_is_fetched_by_its_name_and_no_path_of_the_server_is_told(
    anna: httpx.Client, ben: httpx.Client, running: Running, spotted: dict[str, Any]
) -> None:
    there = "/api/threads/annas-report"
    texts = (f"why {spotted['id']}", "write a report")
    told = "".join(say(anna, "annas-report", text) for text in texts)
    turn = anna.get(there).json()[-1]

    assert [one["name"] for one in turn["documents"]] == ["8d-report.md", "8d-report.docx"]
    assert str(running.settings.home) not in told + anna.get(there).text
    report = anna.get(f"{there}/documents/8d-report.md")
    assert report.text.startswith("# 8D report: ")
    assert anna.get(f"{there}/documents/8d-report.docx").content[:2] == b"PK"
    assert ben.get(f"{there}/documents/8d-report.md").status_code == 404
