"""Files, rules, models and documents that try to be scripts, in headless Chromium."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from agent.report.files import write_inspection_page
from agent.run_folder import RunFolder
from agent.server.threaded import Running
from agent.trace import TraceWriter
from evals.benchmarks.tiny_product import TinyProduct
from graphs.journal import CallLine, ToolLine, now
from graphs.minds.chat import ChatReply, ChatRequest
from graphs.records import Cause, Inspection, ToolCall

HOSTILE = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"


@pytest.fixture
def hostile(running: Running, spotted: dict[str, Any], anna: httpx.Client) -> str:
    """An inspection in which rule, model, cause and file name try to be markup."""
    run, asset = spotted["id"].split("/")
    folder = RunFolder(running.settings.home / "runs" / run)
    kept = Inspection.model_validate_json(folder.inspection_path(asset).read_bytes())
    finding = kept.verdict.findings[0].model_copy(update={"claim": HOSTILE, "rule_ids": [HOSTILE]})
    cause = Cause(text=HOSTILE, likelihood=0.5, evidence_ids=["E1"], source=HOSTILE)
    regions = [kept.verdict.regions[0].model_copy(update={"label": HOSTILE})]
    verdict = kept.verdict.model_copy(
        update={
            "reason": HOSTILE,
            "findings": [finding.model_copy(update={"region": regions[0].id})],
            "causes": [cause],
            "regions": regions,
        }
    )
    told = kept.model_copy(update={"id": f"hostile-{asset}", "verdict": verdict})
    folder.write_inspection(told.id, told)
    trace = TraceWriter(folder.trace_path(told.id))
    trace.begin(told.id, resumed=False)
    asked, reply = ChatRequest(purpose="look", messages=[]), ChatReply(text=HOSTILE)
    line = CallLine(at=now(), key="k", attempt=1, model=HOSTILE, request=asked, reply=reply)
    trace.write(line)
    call = ToolCall(id="c1", tool="zoom", arguments={"view": HOSTILE})
    trace.write(ToolLine(at=now(), round=1, call=call, answer=HOSTILE))
    trace.close()
    write_inspection_page(folder, told)
    return f"{run}/{told.id}"


def test_nothing_that_others_wrote_becomes_a_script(seen: Any, token: str, hostile: str) -> None:
    page = seen.page
    seen.enter(token, f"#inspection={hostile}")
    page.wait_for_selector(".findings")
    assert HOSTILE in page.inner_text(".findings")
    page.click("#rounds summary")
    # As the model's name, as what it said, as what it asked for and as what a tool answered.
    assert page.inner_text("#rounds").count("window.hacked=1") >= 4
    assert page.evaluate("window.hacked") is None
    page.click("#tab-past")
    page.wait_for_selector("#found tr")
    assert page.evaluate("window.hacked") is None
    page.goto(f"{seen.url}/api/inspections/{hostile}/report")
    assert HOSTILE in page.inner_text("body")
    assert page.evaluate("window.hacked") is None


def test_a_file_and_a_rule_that_are_called_like_scripts_are_shown_as_text(
    seen: Any, token: str, anna: httpx.Client, parts: TinyProduct, send: Callable[..., Any]
) -> None:
    name = "<img src=x onerror='window.hacked=1'>.png"
    told = send(anna, parts.spotted, name, product="plate").json()
    given = {"inspection": told["id"], "kind": "missed", "text": HOSTILE, "becomes": "rule"}
    kept = anna.post("/api/corrections", json={**given, "box_xyxy": [1, 2, 9, 8]}).json()
    page = seen.page
    try:
        seen.enter(token, f"#inspection={told['id']}")
        page.wait_for_selector(".findings")
        assert page.inner_text(".verdict .file") == name
        page.click("#tab-past")
        page.wait_for_selector("#found tr")
        seen.expect(page.locator("#found")).to_contain_text(name)
        page.click("#tab-knowledge")
        page.wait_for_selector("#known table")
        seen.expect(page.locator("#known")).to_contain_text(HOSTILE)
        page.goto(f"{seen.url}/api/inspections/{told['id']}/report")
        assert page.evaluate("window.hacked") is None
    finally:
        anna.post(f"/api/corrections/{kept['id']}/undo")
    assert seen.is_clean(), (seen.errors, seen.asked)
