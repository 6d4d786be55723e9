"""A conversation as Anomaly-OV's language model reads it: ChatML, pictures between texts.

Knows no tensor, no expert and no tokenizer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from tools.arrays import UInt8Image

SYSTEM = "You are a helpful assistant."
"""Stands first where a conversation has no system turn of its own."""
START = "<|im_start|>"
END = "<|im_end|>"
END_OF_TEXT = "<|endoftext|>"


class Spoken(NamedTuple):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[str | UInt8Image, ...]
    """Texts and pictures (H, W, 3), in the order in which they are read."""


class Control(NamedTuple):
    """A token that steers the model; a text never becomes one, whatever it says."""

    token: str


Piece = str | Control | UInt8Image


def chatml(turns: Sequence[Spoken]) -> list[Piece]:
    """A conversation, up to where the assistant answers: the template `qwen_1_5` of LLaVA.

    A line break stands between the parts of a turn, so that a picture before a question reads
    as the published prompts do. Texts that follow each other are one piece: a tokenizer may join
    letters over the seam.

    Args:
        turns: what was said.
    """
    if not turns or turns[0].role != "system":
        turns = [Spoken("system", (SYSTEM,)), *turns]
    pieces = [piece for turn in turns for piece in _turn(turn)]
    return list(_joined([*pieces, Control(START), "assistant\n"]))


def n_pictures(turns: Sequence[Spoken]) -> int:
    """Pictures of a conversation."""
    return sum(not isinstance(part, str) for turn in turns for part in turn.parts)


def _turn(turn: Spoken) -> Iterator[Piece]:
    yield Control(START)
    yield f"{turn.role}\n"
    for number, part in enumerate(turn.parts):
        if number:
            yield "\n"
        yield part
    yield Control(END)
    yield "\n"


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    text = ""
    for piece in pieces:
        if isinstance(piece, str):
            text += piece
            continue
        if text:
            yield text
        text = ""
        yield piece
    if text:
        yield text
