"""The page in headless Chromium: what a person sees and does, end to end."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from evals.benchmarks.tiny_product import TinyProduct, tiny_plate

DROP = """async ([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name));
  const told = { dataTransfer, bubbles: true, cancelable: true };
  for (const kind of ["dragenter", "dragover", "drop"])
    document.getElementById("drop").dispatchEvent(new DragEvent(kind, told));
}"""
"""What a browser does where a file is let go over the page."""
WATCH = """() => {
  const look = () => {
    if (window.live === undefined && document.querySelector("#rounds li"))
      window.live = document.querySelector(".findings") === null;
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""
"""Notes whether the first step is shown before the verdict is."""


def test_a_part_is_dropped_seen_and_talked_about(
    seen: Any, token: str, parts: TinyProduct, spotted: dict[str, Any]
) -> None:
    page = seen.page
    seen.enter(token)
    assert page.inner_text("#about").startswith("anna")
    page.select_option("#product", "plate")
    page.evaluate(WATCH)
    data = base64.b64encode(parts.spotted.read_bytes()).decode()
    page.evaluate(DROP, ["spotted.png", data])
    page.wait_for_selector(".findings")
    assert page.evaluate("window.live") is True
    assert page.inner_text(".verdict h2") == "Anomalous"
    assert f"{spotted['score']:.2f}" in page.inner_text(".facts")
    rounds = page.inner_text("#rounds")
    assert all(node in rounds for node in ("load", "recall", "survey", "look", "judge"))
    seen.expect(page.locator("#rounds img")).not_to_have_count(0)

    page.fill("#message", "why?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".turn.loupe details")
    assert "ANOMALOUS" in page.inner_text(".turn.loupe")
    pictures = page.locator(".turn.loupe img").count()
    page.reload()
    page.wait_for_selector("html[data-ready]")
    page.select_option("#thread", index=1)
    page.wait_for_selector(".turn.loupe")
    assert pictures > 0
    seen.expect(page.locator(".turn.loupe img")).to_have_count(pictures)
    page.click("#forget")
    page.click("#forget-dialog button:has-text('Keep it')")
    seen.expect(page.locator(".turn")).to_have_count(2)
    page.click("#forget")
    page.click("#forget-dialog button:has-text('Delete')")
    page.wait_for_selector("text=It is deleted.")
    seen.expect(page.locator(".turn")).to_have_count(0)
    seen.expect(page.locator("#forget")).to_be_hidden()
    assert seen.is_clean(), (seen.errors, seen.asked)


def test_regions_are_switched_lit_and_brought_closer(
    seen: Any, token: str, spotted: dict[str, Any]
) -> None:
    page = seen.page
    seen.enter(token, f"#inspection={spotted['id']}")
    page.wait_for_selector(".regions li")
    first = page.locator(".marks g").first
    seen.expect(first).to_be_visible()
    page.locator(".regions input").first.uncheck()
    seen.expect(first).to_be_hidden()
    page.locator(".regions li").nth(1).hover()
    seen.expect(page.locator(".marks g").nth(1)).to_have_class(re.compile(r"\blit\b"))
    page.locator(".regions button").nth(1).click()
    whole, layer = re.compile(r"scale\(1\)"), page.locator(".layer")
    seen.expect(layer).not_to_have_attribute("style", whole)

    page.keyboard.press("0")
    seen.expect(layer).to_have_attribute("style", whole)
    page.keyboard.press("+")
    page.keyboard.press("b")
    at = page.locator(".stage").bounding_box()
    page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    page.mouse.down()
    page.mouse.move(at["x"] + at["width"] * 0.75, at["y"] + at["height"] * 0.75, steps=3)
    page.mouse.up()
    # A quarter of what shows of 96 px at 1.25 times, from its middle on.
    page.wait_for_selector("#box img")
    closer = page.locator("#box figcaption")
    seen.expect(closer).to_have_text("Closer: x 48 to 67, y 48 to 67 px")
    assert seen.is_clean(), (seen.errors, seen.asked)


def test_what_waits_is_found_and_decided(
    seen: Any, token: str, anna: httpx.Client, strange: Path, send: Callable[..., Any]
) -> None:
    waiting = send(anna, strange, "strange-part.png").json()
    assert waiting["state"] == "waiting"
    page = seen.page
    seen.enter(token, "#past")
    page.select_option("#state", "waiting")
    page.fill("#words", "strange-part")
    page.click("text=strange-part.png")
    page.click(".question button:has-text('Anomalous')")
    seen.expect(page.locator(".verdict h2")).to_have_text("Anomalous")
    seen.expect(page.locator(".facts")).to_contain_text("anna")
    assert seen.is_clean(), (seen.errors, seen.asked)


def test_knowledge_is_browsed_in_the_dark_on_a_narrow_screen_by_keyboard(
    seen: Any, token: str
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
    seen.expect(page.locator("#passages")).to_contain_text("rule R1")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(21, 24, 27)"
    assert seen.is_clean(), (seen.errors, seen.asked)


def test_a_reference_is_added_where_references_are_shown_and_taken_back(
    seen: Any, token: str, anna: httpx.Client, tmp_path: Path
) -> None:
    picture = tmp_path / "golden.png"
    Image.fromarray(tiny_plate(78)).save(picture)
    page = seen.page
    seen.enter(token, "#knowledge")
    page.wait_for_selector("#add-reference")
    seen.expect(page.locator("#known figure")).not_to_have_count(0)
    before = page.locator("#known figure").count()
    page.set_input_files("#add-reference [name=file]", str(picture))
    page.fill("#add-reference [name=why]", "from the new line")
    page.click("#add-reference button")
    page.wait_for_selector("text=golden.png is a normal example")
    seen.expect(page.locator("#known figure")).to_have_count(before + 1)
    newest = anna.get("/api/corrections").json()[0]
    page.click(f"#known button:has-text('Undo {newest['id']}')")
    page.locator("#known figure").nth(before).wait_for(state="detached")
    assert anna.get("/api/corrections").json()[0]["undone"]
    assert seen.is_clean(), (seen.errors, seen.asked)


def test_files_that_are_dropped_with_their_list_are_one_unit(
    seen: Any, token: str, parts: TinyProduct, tmp_path: Path
) -> None:
    unit = tmp_path / "unit.asset.yaml"
    unit.write_text("parts: {left: normal.png, right: spotted.png}")
    page = seen.page
    seen.enter(token)
    page.set_input_files("#files", [str(one) for one in (parts.normal, unit, parts.spotted)])
    page.wait_for_selector(".question, .facts")
    seen.expect(page.locator("#queue li")).to_have_count(1)
    seen.expect(page.locator("#queue")).to_contain_text("unit.asset.yaml")
    seen.expect(page.locator(".stage img")).to_have_count(1)
    assert seen.is_clean(), (seen.errors, seen.asked)


def test_the_page_tells_nothing_without_a_token(nobody: httpx.Client) -> None:
    page = nobody.get("/")

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert nobody.get("/page/main.js").headers["content-type"].startswith("text/javascript")
    assert nobody.get("/page/..%2fapp.py").status_code == 404
    assert json.loads(nobody.get("/api/threads").text)["error"]["code"] == "missing_token"


def test_what_was_missed_is_drawn_with_the_mouse_taken_in_and_undone(
    seen: Any, token: str, anna: httpx.Client, spotted: dict[str, Any]
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
