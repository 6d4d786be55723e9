"""The page in headless Chromium: what a person sees and does, end to end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from agent.report.files import write_inspection_page
from agent.run_folder import RunFolder
from agent.server.threaded import Running
from evals.benchmarks.tiny_product import TinyProduct, tiny_plate
from graphs.records import Cause, Inspection

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright absent: install it")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE_MS = 60_000
HOSTILE = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"


class Seen:
    """A page, and what it told the browser of."""

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        self.url = url
        self.errors: list[str] = []
        self.asked: set[str] = set()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._console)
        page.on("request", lambda request: self.asked.add(request.url))

    def enter(self, token: str, there: str = "") -> None:
        """Open it as a person."""
        self.page.goto(f"{self.url}/{there}")
        self.page.fill("#token", token)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("html[data-ready]")

    def is_clean(self) -> bool:
        """No error, and nothing asked of anybody else."""
        return not self.errors and all(
            one.startswith((self.url, "data:", "blob:")) for one in self.asked
        )

    def _console(self, message: Any) -> None:
        # Whoever has no token is told so, and asked for it.
        if message.type == "error" and "401" not in message.text:
            self.errors.append(message.text)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("chromium absent: install it")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def seen(browser: Any, running: Running) -> Iterator[Seen]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield Seen(page, running.url)
    page.close()


@pytest.fixture
def token(running: Running) -> str:
    return running.settings.serve_tokens["anna"].get_secret_value()


def test_a_part_is_dropped_seen_and_talked_about(
    seen: Seen, token: str, parts: TinyProduct, spotted: dict[str, Any]
) -> None:
    page = seen.page
    seen.enter(token)
    assert page.inner_text("#about").startswith("anna")
    page.select_option("#product", "plate")
    page.set_input_files("#files", str(parts.spotted))
    page.wait_for_selector(".findings")
    assert page.inner_text(".verdict h2") == "Anomalous"
    assert f"{spotted['score']:.2f}" in page.inner_text(".facts")
    rounds = page.inner_text("#rounds")
    assert all(node in rounds for node in ("load", "recall", "survey", "look", "judge"))
    assert page.locator("#rounds img").count() > 0

    page.fill("#message", "why?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".turn.loupe details")
    assert "ANOMALOUS" in page.inner_text(".turn.loupe")
    page.click("#forget")
    page.click("#forget-dialog button:has-text('Keep it')")
    assert page.locator(".turn").count() == 2
    page.click("#forget")
    page.click("#forget-dialog button:has-text('Delete')")
    page.wait_for_selector("text=It is deleted.")
    assert page.locator(".turn").count() == 0
    assert not page.locator("#forget").is_visible()
    assert seen.is_clean(), (seen.errors, seen.asked)


def test_regions_are_switched_lit_and_brought_closer(
    seen: Seen, token: str, spotted: dict[str, Any]
) -> None:
    page = seen.page
    seen.enter(token, f"#inspection={spotted['id']}")
    page.wait_for_selector(".regions li")
    first = page.locator(".marks g").first
    assert first.is_visible()
    page.locator(".regions input").first.uncheck()
    assert not first.is_visible()
    page.locator(".regions li").nth(1).hover()
    assert "lit" in (page.locator(".marks g").nth(1).get_attribute("class") or "")
    page.locator(".regions button").nth(1).click()
    assert "scale(1)" not in (page.locator(".layer").get_attribute("style") or "")

    page.keyboard.press("0")
    assert "scale(1)" in (page.locator(".layer").get_attribute("style") or "")
    page.keyboard.press("+")
    page.keyboard.press("b")
    at = page.locator(".stage").bounding_box()
    page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    page.mouse.down()
    page.mouse.move(at["x"] + at["width"] * 0.75, at["y"] + at["height"] * 0.75, steps=3)
    page.mouse.up()
    # A quarter of what shows of 96 px at 1.25 times, from its middle on.
    page.wait_for_selector("#box img")
    assert page.inner_text("#box figcaption") == "Closer: x 48 to 67, y 48 to 67 px"
    assert seen.is_clean(), (seen.errors, seen.asked)


def test_what_waits_is_found_and_decided(
    seen: Seen, token: str, anna: httpx.Client, strange: Path, send: Callable[..., Any]
) -> None:
    waiting = send(anna, strange, "strange-part.png").json()
    assert waiting["state"] == "waiting"
    page = seen.page
    seen.enter(token, "#past")
    page.select_option("#state", "waiting")
    page.fill("#words", "strange-part")
    page.click("text=strange-part.png")
    page.click(".question button:has-text('Anomalous')")
    page.wait_for_selector(".facts")
    assert page.inner_text(".verdict h2") == "Anomalous"
    assert "anna" in page.inner_text(".facts")
    assert seen.is_clean(), (seen.errors, seen.asked)


def test_knowledge_is_browsed_in_the_dark_on_a_narrow_screen_by_keyboard(
    seen: Seen, token: str
) -> None:
    page = seen.page
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme="dark")
    seen.enter(token)
    page.focus("#tab-inspect")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#known h2")
    page.fill("#question", "dark spot")
    page.keyboard.press("Enter")
    page.wait_for_selector("#passages li")
    assert "rule R1" in page.inner_text("#passages")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(21, 24, 27)"
    assert seen.is_clean(), (seen.errors, seen.asked)


def test_a_reference_is_added_where_references_are_shown_and_taken_back(
    seen: Seen, token: str, anna: httpx.Client, tmp_path: Path
) -> None:
    picture = tmp_path / "golden.png"
    Image.fromarray(tiny_plate(78)).save(picture)
    page = seen.page
    seen.enter(token, "#knowledge")
    page.wait_for_selector("#add-reference")
    before = page.locator("#known figure").count()
    page.set_input_files("#add-reference [name=file]", str(picture))
    page.fill("#add-reference [name=why]", "from the new line")
    page.click("#add-reference button")
    page.wait_for_selector("text=golden.png is a normal example")
    assert page.locator("#known figure").count() == before + 1
    newest = anna.get("/api/corrections").json()[0]
    page.click(f"#known button:has-text('Undo {newest['id']}')")
    page.locator("#known figure").nth(before).wait_for(state="detached")
    assert anna.get("/api/corrections").json()[0]["undone"]
    assert seen.is_clean(), (seen.errors, seen.asked)


def test_files_that_are_dropped_with_their_list_are_one_unit(
    seen: Seen, token: str, parts: TinyProduct, tmp_path: Path
) -> None:
    unit = tmp_path / "unit.asset.yaml"
    unit.write_text("parts: {left: normal.png, right: spotted.png}")
    page = seen.page
    seen.enter(token)
    page.set_input_files("#files", [str(one) for one in (parts.normal, unit, parts.spotted)])
    page.wait_for_selector(".question, .facts")
    assert page.locator("#queue li").count() == 1
    assert "unit.asset.yaml" in page.inner_text("#queue")
    assert page.locator(".stage img").count() == 1
    assert seen.is_clean(), (seen.errors, seen.asked)


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
    write_inspection_page(folder, told)
    return f"{run}/{told.id}"


def test_nothing_that_others_wrote_becomes_a_script(seen: Seen, token: str, hostile: str) -> None:
    page = seen.page
    seen.enter(token, f"#inspection={hostile}")
    page.wait_for_selector(".findings")
    assert HOSTILE in page.inner_text(".findings")
    assert page.evaluate("window.hacked") is None
    page.click("#tab-past")
    page.wait_for_selector("#found tr")
    assert page.evaluate("window.hacked") is None
    page.goto(f"{seen.url}/api/inspections/{hostile}/report")
    assert HOSTILE in page.inner_text("body")
    assert page.evaluate("window.hacked") is None


def test_the_page_tells_nothing_without_a_token(nobody: httpx.Client) -> None:
    page = nobody.get("/")

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert nobody.get("/page/main.js").headers["content-type"].startswith("text/javascript")
    assert nobody.get("/page/..%2fapp.py").status_code == 404
    assert json.loads(nobody.get("/api/threads").text)["error"]["code"] == "missing_token"


def test_what_was_missed_is_drawn_with_the_mouse_taken_in_and_undone(
    seen: Seen, token: str, anna: httpx.Client, spotted: dict[str, Any]
) -> None:
    page = seen.page
    seen.enter(token, f"#inspection={spotted['id']}")
    page.wait_for_selector(".findings")
    page.click("text=Draw a box")
    at = page.locator(".stage").bounding_box()
    page.mouse.move(at["x"] + at["width"] / 4, at["y"] + at["height"] / 4)
    page.mouse.down()
    page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2, steps=3)
    page.mouse.up()
    page.click("text=A defect was missed here")
    page.fill("[name=text]", "a scratch")
    page.fill("[name=why]", "seen under the lamp")
    page.click("button:has-text('Take it in')")
    page.wait_for_selector("#correct-dialog button:has-text('Undo')")
    kept = anna.get("/api/corrections").json()[0]
    assert (kept["kind"], kept["who"], kept["why"]) == ("missed", "anna", "seen under the lamp")
    assert kept["said"] == "a defect was missed at [24, 24, 48, 48]: a scratch"
    page.click("#correct-dialog button:has-text('Undo')")
    page.wait_for_selector(f"text={kept['id']} was undone")
    assert anna.get("/api/corrections").json()[0]["undone"]
    assert seen.is_clean(), (seen.errors, seen.asked)
