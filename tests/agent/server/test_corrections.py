"""Corrections over HTTP: said, listed, undone. What they do is tested where they are made."""

from __future__ import annotations

from typing import Any

import httpx


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
