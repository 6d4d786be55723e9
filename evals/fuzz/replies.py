"""Targets: what models write, and the regions and masks in it. Opens no file."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from evals.fuzz.records import Target

if TYPE_CHECKING:
    from graphs.minds.chat import ChatReply

ANSWERS = (
    "region 1: 0.9; region 3: 0.7.",
    "image anomaly score: 0.9; region 1: 90 %, regions 2-4: 1/10",
    "| region | score |\n|---|---|\n| 1 | 0,9 |",
    '```json\n{"image_anomaly_score": 0.9, "regions": {"1": 0.5}}\n```',
    "Yes. There is a scratch.",
    "I cannot help with that.",
    "No anomalies are visible. Keine Anomalie.",
    "<think>hm</think>{'score': 0.2, 'reasoning': None,}",
    '{"correctness": true, "reasoning": "as it should be"}',
    '{"judgements": [{"candidate": 1, "refuted": false, "reason": "seen"}]}',
    '{"thought": "zoom", "tool_calls": [{"name": "zoom", "arguments": {"box": [1, 2, 3, 4]}}]}',
    '{"anomalous": true, "score": 0.9, "findings": [{"claim": "a", "region": 2}]}',
    '{"anomalous": true, "score": 0.9, "claims": ["a"], "regions": [1]}',
)


def read_reply(data: bytes) -> None:
    """Every reader of a reply's text."""
    from graphs.minds.chat import CalledTool, ChatReply
    from graphs.minds.vlm.asking import Unusable
    from graphs.minds.vlm.direct import READERS
    from graphs.minds.vlm.refuting import read_judgements

    text = data.decode("utf-8", "replace")
    written = ChatReply(text=text)
    called = ChatReply(tool_calls=[CalledTool(id="1", name=text[:9] or "a", arguments=text[9:])])

    readers: list[Callable[[], object]] = [partial(read, text) for read in READERS.values()]
    readers += [partial(_read_said, reply) for reply in (written, called)]
    readers.append(partial(read_judgements, written))
    for read in readers:
        try:
            read()
        except Unusable:
            continue


def _read_said(reply: ChatReply) -> None:
    from graphs.minds.vlm.said import read_said, tool_calls

    tool_calls(read_said(reply).calls, number=1)


def read_answer(data: bytes) -> None:
    """Scores of regions; none may be of a region that does not exist, or beyond [0, 1]."""
    from tools.text_to_segmentation import parse_answer

    answer = parse_answer(data.decode("utf-8", "replace"), range(1, 61))
    scores = [*answer.region_scores.values(), answer.image_score or 0.0]
    if not set(answer.region_scores) <= set(range(1, 61)):
        raise AssertionError(f"scores of unknown regions: {answer.region_scores}")
    if not all(0 <= score <= 1 for score in scores):
        raise AssertionError(f"scores beyond [0, 1]: {scores}")


def read_submitted(data: bytes) -> None:
    """Arguments of `submit`, and the boxes in them carried to the original."""
    from pydantic import ValidationError

    from graphs.minds.vlm.json_text import read_objects
    from tools.records import View
    from tools.submission import Known, SubmitArguments, find_problem, source_box

    view = View(
        id="V1",
        asset_sha256="0" * 64,
        artifact="a",
        size=[64, 48],
        window_xyxy=[10, 20, 42, 44],
        factor_xy=[2, 2],
    )
    known = Known(regions=[1, 2], views={"V1": view}, evidence_ids=["E1"], rule_ids=["R1"])
    for given in read_objects(data.decode("utf-8", "replace")):
        try:
            arguments = SubmitArguments.model_validate(given)
        except ValidationError:
            continue
        if find_problem(arguments, known) is None:
            for finding in arguments.findings:
                source_box(finding, known.views)


def read_rle(data: bytes) -> None:
    """Run lengths of any size; a mask that is read has the size that was asked for."""
    from tools.masks import decode_rle

    if len(data) < 4:
        return
    height_px, width_px = struct.unpack("<HH", data[:4])
    height_px, width_px = height_px % 512, width_px % 512
    counts = data[4:].decode("utf-8", "replace")
    mask = decode_rle(counts, height_px=height_px, width_px=width_px)
    if mask.shape != (height_px, width_px):
        raise AssertionError(f"a mask of {mask.shape} for {height_px} x {width_px}")


def _rle_seeds() -> list[bytes]:
    import numpy as np

    from tools.masks import encode_rle

    rng = np.random.default_rng(0)
    sizes = [(1, 1), (7, 5), (48, 64), (300, 200)]
    masks = [rng.random(size) > 0.5 for size in sizes]
    return [struct.pack("<HH", *mask.shape) + encode_rle(mask).encode() for mask in masks] + [
        b"\0\0\0\0"
    ]


def _texts() -> list[bytes]:
    return [one.encode() for one in ANSWERS]


def _submissions() -> list[bytes]:
    finding = {"claim": "a", "view": "V1", "box_xyxy": [1, 2, 30, 40], "rule_ids": ["R1"]}
    whole = {"anomalous": True, "score": 0.9, "findings": [finding], "region_scores": ANSWERS[0]}
    return [json.dumps(whole).encode(), *(one.encode() for one in ANSWERS[-2:])]


VLM = "graphs.minds.vlm"
TARGETS = {
    "replies": Target(
        read_reply, _texts, (f"{VLM}.said", f"{VLM}.direct", f"{VLM}.refuting", f"{VLM}.json_text")
    ),
    "answers": Target(read_answer, _texts, ("tools.text_to_segmentation", "tools.answers.prose")),
    "submissions": Target(read_submitted, _submissions, ("tools.submission", "tools.targets")),
    "masks": Target(read_rle, _rle_seeds, ("tools.masks",), (ValueError,)),
}
