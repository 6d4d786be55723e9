"""Corrections over HTTP: said, listed, undone. What they do is tested where they are made."""

from __future__ import annotations

import io
from typing import Any

import httpx
from PIL import Image

from agent.server.threaded import Running
from evals.benchmarks.tiny_product import tiny_plate


def test_a_correction_is_kept_with_who_and_why_and_can_be_undone(
    anna: httpx.Client, spotted: dict[str, Any]
) -> None:
    said = {
        "inspection": spotted["id"],
        "kind": "cause",
        "text": "the punch was worn",
        "why": "seen at the line",
    }

    def corrected() -> int:
        cases = anna.get("/api/cases", params={"product": "plate"}).json()
        return sum("the punch was worn" in case["correction"] for case in cases)

    taken = anna.post("/api/corrections", json=said)
    assert taken.status_code == 201, taken.text
    correction = taken.json()["id"]

    # The server is shared with other tests, which correct it too.
    known = anna.get("/api/corrections", params={"product": "plate"}).json()
    (kept,) = (one for one in known if one["id"] == correction)
    assert (kept["who"], kept["why"]) == ("anna", "seen at the line")
    assert kept["said"] == "the cause was the punch was worn"
    assert "path" not in kept
    assert corrected() == 1

    assert anna.post(f"/api/corrections/{correction}/undo").json()["undone"]
    assert corrected() == 0
    again = anna.post(f"/api/corrections/{correction}/undo")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "not_done")


def test_of_corrections_of_one_second_the_last_comes_first(
    anna: httpx.Client, spotted: dict[str, Any]
) -> None:
    said = {"inspection": spotted["id"], "kind": "cause"}
    ids = [
        anna.post("/api/corrections", json={**said, "text": cause}).json()["id"]
        for cause in ("the punch", "the die", "the sheet")
    ]

    assert [one["id"] for one in anna.get("/api/corrections").json()][:3] == ids[::-1]
    for one in ids:
        assert anna.post(f"/api/corrections/{one}/undo").json()["undone"]


def test_what_does_not_fit_is_refused_in_a_line(
    anna: httpx.Client, ben: httpx.Client, spotted: dict[str, Any]
) -> None:
    said = {"inspection": spotted["id"], "kind": "cause", "text": "x", "becomes": "reference"}

    refused = anna.post("/api/corrections", json=said)
    assert refused.status_code == 409
    assert "only a unit without a defect" in refused.json()["error"]["message"]
    assert ben.post("/api/corrections", json=said).status_code == 404
    assert anna.post("/api/corrections", json={**said, "kind": "mood"}).status_code == 422
    assert anna.post("/api/corrections/K999/undo").status_code == 400


def png(seed: int, *, spot_px: int = 0) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(tiny_plate(seed, spot_px=spot_px)).save(buffer, "PNG")
    return buffer.getvalue()


def add(
    client: httpx.Client, content: bytes, name: str = "plate.png", **form: str
) -> httpx.Response:
    there = "/api/products/plate/references"
    return client.post(there, files={"file": (name, content)}, data=form)


def test_a_normal_example_is_judged_becomes_a_reference_and_is_undone(
    anna: httpx.Client, running: Running
) -> None:
    def references() -> int:
        return len(anna.get("/api/products/plate").json()["references"])

    before = references()
    taken = add(anna, png(77), "golden 5.png", why="from the new line")
    assert taken.status_code == 201, taken.text
    told = taken.json()
    assert "golden 5.png is a normal example; the unit is a reference of plate now" in told["text"]
    assert f"of {before} references are decided otherwise" in told["text"]
    assert references() == before + 1
    shown = anna.get(f"/api/products/plate/references/{before}")
    assert shown.content == png(77)

    (kept,) = (one for one in anna.get("/api/corrections").json() if one["id"] == told["id"])
    assert (kept["kind"], kept["who"], kept["why"]) == ("reference", "anna", "from the new line")
    again = add(anna, png(77))
    assert (again.status_code, again.json()["error"]["code"]) == (409, "not_done")
    assert "is a reference of plate already" in again.json()["error"]["message"]
    assert anna.post(f"/api/corrections/{told['id']}/undo").json()["undone"]
    assert references() == before


def test_what_cannot_be_a_reference_leaves_nothing(
    anna: httpx.Client, nobody: httpx.Client, running: Running
) -> None:
    def left() -> set[str]:
        home = running.settings.home
        return {one.name for one in (*home.glob("uploads/*"), *home.glob("knowledge/*/*"))}

    before = left()
    assert nobody.post("/api/products/plate/references").status_code == 401
    assert add(anna, b"<html></html>").status_code == 415
    assert add(anna, bytes(2_000_001)).status_code == 413
    assert add(anna, b"time,a\n" + b"1,2\n" * 64, "log.csv").status_code == 409
    elsewhere = anna.post("/api/products/gizmo/references", files={"file": ("a.png", png(1))})
    assert elsewhere.status_code == 404
    assert left() == before
