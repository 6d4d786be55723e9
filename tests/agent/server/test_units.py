"""Units of several files over HTTP: sent together, named by a path, and what is no unit."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from agent.loopback.refusals import Refused
from agent.server.threaded import Running
from agent.server.unit_files import MAX_LIST_BYTES, Sent, parts_of
from evals.benchmarks.tiny_product import TinyProduct
from graphs.records import Inspection

LIST = b"parts:\n  front: front side.png\n  log: log.csv\n"
LOG = b"time,pressure\n" + b"".join(b"%d,%d.5\n" % (n, n % 7) for n in range(64))


def send_files(client: httpx.Client, *files: tuple[str, bytes], to: str = "inspections") -> Any:
    form = {"wait": "true"} if to == "inspections" else {}
    return client.post(f"/api/{to}", files=[("file", one) for one in files], data=form)


def uploads(running: Running) -> set[str]:
    return {path.name for path in (running.settings.home / "uploads").glob("*")}


def test_files_that_are_sent_with_their_list_are_inspected_as_one_unit(
    anna: httpx.Client, parts: TinyProduct, running: Running
) -> None:
    files = [
        ("front side.png", parts.spotted.read_bytes()),
        ("unit 17.asset.yaml", LIST),
        ("log.csv", LOG),
    ]
    told = send_files(anna, *files).json()

    assert (told["name"], told["state"]) == ("unit 17.asset.yaml", "waiting")
    sheet = anna.get(f"/api/inspections/{told['id']}/source.png").raise_for_status()
    assert Image.open(io.BytesIO(sheet.content)).size[0] > 0
    decided = anna.post(f"/api/inspections/{told['id']}/decision", json={"decision": "anomalous"})
    assert decided.json()["decision"] == "anomalous"
    record = Inspection.model_validate(anna.get(f"/api/inspections/{told['id']}/record").json())
    assert (record.asset.modality, record.asset.size) == ("several", [2])
    assert str(running.settings.home) not in record.model_dump_json()


def test_a_unit_that_was_sent_ahead_has_one_id(anna: httpx.Client, parts: TinyProduct) -> None:
    files = [
        ("u.asset.yaml", LIST),
        ("front side.png", parts.normal.read_bytes()),
        ("log.csv", LOG),
    ]
    sent = send_files(anna, *files, to="uploads").raise_for_status().json()

    told = anna.post("/api/inspections", data={"upload": sent["id"], "wait": "true"}).json()
    assert told["name"] == "u.asset.yaml"


def test_a_unit_within_a_root_is_taken_with_its_parts_and_nothing_beside_it(
    anna: httpx.Client, parts: TinyProduct, root: Path
) -> None:
    (root / "line" / "sides").mkdir(parents=True)
    (root / "line" / "sides" / "front.png").write_bytes(parts.normal.read_bytes())
    (root / "line" / "log.csv").write_bytes(LOG)
    unit = root / "line" / "unit.asset.yaml"
    unit.write_text("parts:\n  front: sides/front.png\n  log: log.csv\n")
    told = anna.post("/api/inspections", data={"path": "line/unit.asset.yaml", "wait": "true"})
    assert told.json()["name"] == "unit.asset.yaml"

    (root / "secret.csv").write_bytes(LOG)
    unit.write_text("parts:\n  log: ../secret.csv\n")
    refused = anna.post("/api/inspections", data={"path": "line/unit.asset.yaml"})
    assert refused.status_code == 415
    message = refused.json()["error"]["message"]
    assert "must lie beside or below it" in message
    assert str(root) not in message


def test_the_files_of_a_unit_are_counted_together_and_nothing_is_left(
    anna: httpx.Client, running: Running
) -> None:
    before = uploads(running)
    half = running.settings.max_upload_bytes // 2 + 1
    names = b"parts: {a: a.csv, b: b.csv}"
    files = [("u.asset.yaml", names), ("a.csv", bytes(half)), ("b.csv", bytes(half))]
    answer = send_files(anna, *files)

    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")
    assert uploads(running) == before


@pytest.mark.parametrize(
    ("files", "status", "told"),
    [
        ([("a.csv", LOG), ("b.csv", LOG)], 400, "got 0 such lists and 2 files"),
        ([("u.asset.yaml", LIST), ("log.csv", LOG)], 400, "'front side.png', which is not among"),
        (
            [("u.asset.yaml", b"parts: {log: log.csv}"), ("log.csv", LOG), ("b.csv", LOG)],
            400,
            "does not name 'b.csv'",
        ),
        (
            [("u.asset.yaml", b"parts: {log: log.csv}"), ("log.csv", b"<html></html>")],
            415,
            "part log",
        ),
        ([("u.asset.yaml", b"parts: {x: a.exe}"), ("a.exe", b"MZ")], 415, "of no kind"),
        ([("u.asset.yaml", b"parts: {'a b': log.csv}"), ("log.csv", LOG)], 415, "a part's name"),
    ],
)
def test_what_is_no_unit_is_refused_with_the_reason(
    anna: httpx.Client,
    running: Running,
    files: list[tuple[str, bytes]],
    status: int,
    told: str,
) -> None:
    before = uploads(running)
    answer = send_files(anna, *files)

    message = answer.json()["error"]["message"]
    assert answer.status_code == status, message
    assert told in message
    assert str(running.settings.home) not in message
    assert uploads(running) == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"parts: {log: /etc/passwd}", "'/etc/passwd', which is not among"),
        (b"parts: {log: ../log.csv}", "'../log.csv', which is not among"),
        (b"parts: {a: log.csv, b: log.csv}", "names one file twice"),
        (b"parts: {1: log.csv}", "are text"),
        (b"parts: [log.csv]", "must hold `parts:`"),
        (b"[" * 10_000, "is nested"),
        (b"!!python/object:os.system x", "is no yaml"),
        (b"\xff\xfe", "UTF-8"),
        (b"#" * (MAX_LIST_BYTES + 1), "more than 16384 bytes"),
    ],
)
def test_a_list_names_only_what_is_sent_along(text: bytes, told: str) -> None:
    with pytest.raises(Refused, match=told):
        parts_of([Sent("u.asset.yaml", [text]), Sent("log.csv", [LOG])])


def test_a_list_that_would_fill_the_memory_when_written_out_is_refused() -> None:
    rows = [b"a0: &a0 [x]"]
    rows += [b"a%d: &a%d [%s]" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 40)]
    with pytest.raises(Refused, match="is nested"):
        parts_of([Sent("u.asset.yaml", [b"\n".join(rows)]), Sent("log.csv", [LOG])])
