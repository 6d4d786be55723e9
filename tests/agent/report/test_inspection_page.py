from __future__ import annotations

from typing import Any

import pytest

from agent.report.files import keep_product, write_inspection_page, write_pages
from agent.run_folder import RunFolder
from graphs.records import Inspection
from knowledge.records import Product
from tools.errors import AssetError

HOSTILE = (
    '<script>alert(1)</script><img src=x onerror=alert(2)>"\'><a href="javascript:alert(3)">x</a>'
    "</style></pre></details><!-- {{ 7777*7777 }} {% raw %} & \x00\x1b[31m\u202e E2 E99"
)


def test_a_page_holds_all_it_shows_and_its_links_lead_somewhere(
    run: RunFolder, inspection: Inspection, product: Product, page_of: Any
) -> None:
    page = page_of(write_inspection_page(run, inspection, product=product).read_text("utf-8"))
    page.assert_holds_all_it_shows()
    assert page.tags[:3] == ["html", "head", "meta"]
    assert all(link.startswith("#") for link in page.links)


def test_it_tells_verdict_rules_rounds_causes_and_cost(
    run: RunFolder, inspection: Inspection, product: Product, page_of: Any
) -> None:
    text = page_of(write_inspection_page(run, inspection, product=product).read_text("utf-8")).text
    for told in (
        "Anomalous",
        "the digit is 3, it must be 7",
        "The digit must be 7.",
        "its text is not kept in this run",
        "Failure mode wrong-digit: wrong digit",
        "old stamp",
        "change the stamp",
        "something is there, too small",
        'zoom(view="V1")',
        "it is a 3",
        "a scratch",
        "it is dust",
        "Attempt 1 gave no usable answer (server error)",
        "2.5 kB",
        "30 tokens in (20 cached)",
        "The nearest normal example was ref_1.png",
    ):
        assert told in text, told


def test_evidence_and_who_cites_it_are_linked_both_ways(
    run: RunFolder, inspection: Inspection, page_of: Any
) -> None:
    html = write_inspection_page(run, inspection).read_text("utf-8")
    row = html.split('<tr id="E2">')[1].split("</tr>")[0]
    back = [link for link in ("F1", "cause-1", "round-1") if f'href="#{link}"' in row]
    assert back == ["F1", "cause-1", "round-1"]
    finding = html.split('id="F1">')[1].split("</article>")[0]
    assert 'href="#E2"' in finding
    assert 'href="#region-1"' in finding
    assert 'href="#refuted-1"' in html.split('<tr id="E1">')[1].split("</tr>")[0]


def test_a_picture_of_a_round_stands_there_once_with_the_size_of_its_original(
    run: RunFolder, inspection: Inspection, page_of: Any
) -> None:
    page = page_of(write_inspection_page(run, inspection).read_text("utf-8"))
    # The part, the region of the finding, and what the zoom showed.
    assert len(page.sources) == 3
    assert page.text.count("original 64 x 64 px") == 2


def test_a_request_of_a_later_round_tells_only_what_is_new(
    run: RunFolder, inspection: Inspection, page_of: Any
) -> None:
    text = page_of(write_inspection_page(run, inspection).read_text("utf-8")).text
    assert text.count("Look at this part.") == 1
    assert text.count("1 message as in the call before") == 2


def hostile(value: Any) -> Any:
    """Every text of a document that is no id, digest, time or choice."""
    free = {"claim", "text", "reason", "thought", "source", "label", "basis", "path", "mind"}
    free |= {"observations", "degraded", "failure_mode", "rule_ids", "references"}
    if isinstance(value, dict):
        return {
            name: (HOSTILE if isinstance(one, str) else [HOSTILE])
            if name in free and not isinstance(one, dict) and one
            else hostile(one)
            for name, one in value.items()
        }
    return [hostile(one) for one in value] if isinstance(value, list) else value


def test_what_others_wrote_stays_text(
    run: RunFolder, inspection: Inspection, product: Product, page_of: Any
) -> None:
    document = {**inspection.model_dump(mode="python"), "degraded": ["x"]}
    document["evidence"][0]["values"] = {HOSTILE: HOSTILE}
    document["rounds"][0]["tool_calls"][0]["arguments"] = {HOSTILE: HOSTILE}
    one = Inspection.model_validate(hostile(document))
    rule = product.rules[0].model_copy(update={"text": HOSTILE, "source": HOSTILE})
    bad = product.model_copy(update={"rules": [rule], "name": "plate"})
    html = write_inspection_page(run, one, product=bad).read_text("utf-8")
    page = page_of(html)
    page.assert_holds_all_it_shows()
    assert [link for link in page.links if "javascript" in link] == []
    assert "alert(1)" in page.text
    assert "{{ 7777*7777 }}" in page.text
    assert "60481729" not in page.text
    assert "\x00" not in html
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert html.count('href="#E99"') == 0


def test_a_degraded_and_a_failed_inspection_say_so_loudly(
    run: RunFolder, inspection: Inspection, page_of: Any
) -> None:
    document = inspection.model_dump(mode="json")
    document["degraded"] = ["the model timed out"]
    document["verdict"] |= {"status": "degraded"}
    degraded = write_inspection_page(run, Inspection.model_validate(document))
    text = page_of(degraded.read_text("utf-8")).text
    assert "Degraded: the experts decided, because the model could not." in text
    assert "the model timed out" in text
    failed = Inspection.model_validate(
        {
            **document,
            "views": [],
            "verdict": {"decision": None, "reason": "no such file", "status": "failed"},
            "evidence": [],
            "rounds": [],
            "asset": {**document["asset"], "size": []},
        }
    )
    page = page_of(write_inspection_page(run, failed).read_text("utf-8"))
    page.assert_holds_all_it_shows()
    assert "Not decided" in page.text
    assert "This is not a normal part." in page.text
    assert "The picture of the part is not kept in this run." in page.text


def test_a_torn_trace_is_told_on_the_page(
    run: RunFolder, inspection: Inspection, page_of: Any
) -> None:
    path = run.trace_path(inspection.id)
    path.write_bytes(path.read_bytes()[:-10])
    text = page_of(write_inspection_page(run, inspection).read_text("utf-8")).text
    assert "1 line of the trace was cut off when the process ended." in text


def test_pages_of_a_run_are_made_again_from_what_it_kept(
    run: RunFolder, inspection: Inspection, product: Product, page_of: Any
) -> None:
    keep_product(run, product)
    index, one = write_pages(run)
    assert (index, one) == (run.report_path(), run.report_path(inspection.id))
    told = page_of(one.read_text("utf-8"))
    assert "The digit must be 7." in told.text
    assert (one.parent / told.links[1]).resolve() == index.resolve()
    page = page_of(index.read_text("utf-8"))
    page.assert_holds_all_it_shows()
    assert f"inspections/{inspection.id}/report.html" in page.links
    assert "p.png" in page.text
    assert (index.parent / page.links[-1]).is_file()


def test_an_inspection_that_a_run_does_not_hold_is_named(
    run: RunFolder, inspection: Inspection
) -> None:
    with pytest.raises(AssetError, match=r"no inspection 'nobody' .*; there are: part-1"):
        write_pages(run, "nobody")


def test_a_changed_artifact_is_left_out_and_nothing_breaks(
    run: RunFolder, inspection: Inspection, page_of: Any
) -> None:
    for path in run.artifacts.iterdir():
        path.write_bytes(b"no picture")
    page = page_of(write_inspection_page(run, inspection).read_text("utf-8"))
    page.assert_holds_all_it_shows()
    assert page.sources == []
