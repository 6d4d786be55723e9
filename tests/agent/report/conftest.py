"""An inspection with a trace, written by hand, and what a page of it must be."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.run_folder import RunFolder
from agent.trace import TraceWriter
from graphs.journal import CallLine, NodeLine, ToolLine, VerdictLine
from graphs.minds.chat import ChatReply, ChatRequest, Message, OfferedTool, ShownPicture
from graphs.records import Inspection, ToolCall
from knowledge.records import FailureMode, Product, Rule
from tools.artifacts import ArtifactFolder

AT = "2026-01-01T00:00:0{}.000+00:00"
SIDE_PX = 64
VOID = {"meta", "img", "br", "link", "input", "hr"}
SVG_EMPTY = {"rect", "path"}


class Page(HTMLParser):
    """What a page consists of, and whether every element that opens is closed in its order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.without_alt = 0
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        assert len(given) == len(attrs), f"an attribute stands twice in {self.get_starttag_text()}"
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in given.items()]
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        self.sources += [given[name] for name in ("src", "srcset", "data") if name in given]
        self.without_alt += tag == "img" and not given.get("alt")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def assert_holds_all_it_shows(self) -> None:
        """Nothing comes from outside, nothing runs, every link leads somewhere."""
        assert len(self.ids) == len(set(self.ids))
        inside = {link for link in self.links if link.startswith("#")}
        assert {link[1:] for link in inside} <= set(self.ids)
        assert all(source.startswith("data:image/jpeg;base64,") for source in self.sources)
        assert not {"script", "iframe", "object", "embed", "link", "base", "form"} & set(self.tags)
        assert not [name for _, name, _ in self.attributes if name.startswith("on")]
        assert self.without_alt == 0


@pytest.fixture
def page_of() -> type[Page]:
    return Page


@pytest.fixture
def product() -> Product:
    return Product(
        name="plate",
        descriptor="A grey plate.",
        rules=[Rule(id="R1", kind="must", text="The digit must be 7.", source="rules.yaml:1")],
        failure_modes=[
            FailureMode(
                id="wrong-digit",
                mode="wrong digit",
                appearance="the digit is another one",
                effect="a wrong lot",
                severity=7,
                occurrence=2,
                detection=3,
            )
        ],
    )


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run without inspections."""
    run = RunFolder(tmp_path / "home" / "runs" / "monday")
    settings = {"home": str(tmp_path / "home"), "model": "m-1", "max_rounds": 6}
    run.write_run(
        {
            "settings": settings,
            "paths": [],
            "product": None,
            "created": AT.format(0),
            "versions": {},
        }
    )
    return run


@pytest.fixture
def inspection(run: RunFolder) -> Inspection:
    """Two rounds of a VLM: it zoomed, and found a wrong digit. Kept, with its trace."""
    pictures = ArtifactFolder(run.artifacts)
    grey = np.full((SIDE_PX, SIDE_PX, 3), 128, dtype=np.uint8)
    whole, zoomed = pictures.put(grey), pictures.put(grey + 9)
    one = Inspection.model_validate(document(whole, zoomed))
    run.write_inspection(one.id, one)
    write_trace(run, one, whole=whole, zoomed=zoomed)
    return one


def document(whole: str, zoomed: str) -> dict[str, Any]:
    box = [10.0, 10.0, 20.0, 20.0]
    extent = {"modality": "image", "box_xyxy": box}
    region = {"id": 1, "view": "V1", "box_xyxy": box, "label": "digit", "source": extent}
    view = {"asset_sha256": "0" * 64, "size": [SIDE_PX, SIDE_PX]}
    views = [
        {**view, "id": "V1", "artifact": whole, "window_xyxy": [0, 0, 64, 64], "factor_xy": [1, 1]},
        {
            **view,
            "id": "V2",
            "artifact": zoomed,
            "window_xyxy": [8, 8, 24, 24],
            "factor_xy": [4, 4],
            "parent": "V1",
        },
    ]
    return {
        "id": "part-1",
        "asset": {"path": "p.png", "sha256": "0" * 64, "modality": "image", "size": [64, 64]},
        "product": "plate",
        "recall": {"product": "plate", "given": True, "references": ["ref_1.png"]},
        "mind": "vlm:m-1",
        "strategy": "rounds",
        "views": views,
        "verdict": {
            "decision": "anomalous",
            "raw_score": 0.9,
            "score": 0.9,
            "thresholds": {"low": 0.4, "high": 0.75, "basis": "the default"},
            "reason": "The digit is 3 [E2], see F1.",
            "status": "decided",
            "fusion": {"direct": 0.2, "rounds": 0.9},
            "regions": [region],
            "findings": [
                {
                    "id": "F1",
                    "claim": "the digit is 3, it must be 7",
                    "rule_ids": ["R1", "R9"],
                    "evidence_ids": ["E2"],
                    "failure_mode": "wrong-digit",
                    "region": 1,
                }
            ],
            "causes": [
                {"text": "old stamp", "likelihood": 0.8, "evidence_ids": ["E2"], "source": "fmea"}
            ],
            "remediation": [{"text": "change the stamp", "source": "fmea.csv:2"}],
            "refuted": [{"claim": "a scratch", "reason": "it is dust", "evidence_ids": ["E1"]}],
        },
        "evidence": [
            {"id": "E1", "tool": "direct", "view": "V1", "values": {"score": 0.2}, "text": "0.20"},
            {"id": "E2", "tool": "zoom", "view": "V2", "artifact": zoomed, "text": "V2 shows it"},
        ],
        "rounds": [
            {
                "number": 1,
                "thought": "something is there, too small",
                "tool_calls": [{"id": "c1", "tool": "zoom", "arguments": {"view": "V1"}}],
                "observations": ["V2 shows it [E2]"],
                "evidence_ids": ["E2"],
                "view_ids": ["V2"],
            },
            {"number": 2, "thought": "it is a 3", "submitted": True},
        ],
        "usage": {"vlm_calls": 3, "input_tokens": 50, "seconds": 3.0, "picture_bytes": 2500},
        "trace": [],
        "created": AT.format(0),
    }


def write_trace(run: RunFolder, one: Inspection, *, whole: str, zoomed: str) -> None:
    """Two turns, the first of which needed a second attempt."""
    writer = TraceWriter(run.trace_path(one.id))
    writer.begin(one.id, resumed=False)
    shown = ShownPicture(artifact=whole, caption="V1, the whole picture")
    opening = [Message(role="user", text="Look at this part.", pictures=[shown])]
    zoom = OfferedTool(name="zoom", description="look closer", parameters={})
    first = ChatRequest(purpose="look", messages=opening, tools=[zoom])
    second = first.model_copy(
        update={"messages": [*opening, Message(role="user", text="V2 shows it")]}
    )
    call: dict[str, Any] = {"at": AT.format(1), "model": "m-1", "seconds": 0.5}
    writer.write(
        CallLine(
            **call,
            key=first.key(),
            attempt=1,
            request=first,
            fault="server_error",
            message="status 500",
        )
    )
    replied = ChatReply(text="I zoom.", input_tokens=20, output_tokens=5, images=1)
    writer.write(CallLine(**call, key=first.key(), attempt=2, request=first, reply=replied))
    writer.write(NodeLine(at=AT.format(2), node="look", seconds=1.0))
    writer.write(
        ToolLine(
            at=AT.format(2),
            round=1,
            call=ToolCall(id="c1", tool="zoom", arguments={"view": "V1"}),
            answer="V2 shows it",
            evidence_ids=["E2"],
            artifacts=[zoomed],
            seconds=0.25,
        )
    )
    done = ChatReply(text="It is a 3.", input_tokens=30, cached_tokens=20, output_tokens=6)
    writer.write(CallLine(**call, key=second.key(), attempt=1, request=second, reply=done))
    writer.write(NodeLine(at=AT.format(3), node="look", seconds=0.5))
    writer.write(VerdictLine(at=AT.format(4), decision="anomalous", status="decided", score=0.9))
    writer.close()
