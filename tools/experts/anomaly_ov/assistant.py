"""Anomaly-OV's assistant: LLaVA-OneVision that reads, behind each picture, what the expert saw.

Knows no inspection and no protocol. Torch is imported by use. The language model that its authors
fine-tuned to read the expert's tokens was never released: with the public LLaVA-OneVision the
expert's tokens are new to the language model. No released weights have ever run here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from tools.arrays import UInt8Image
from tools.experts.anomaly_ov.assistant_prompt import (
    END,
    END_OF_TEXT,
    Control,
    Piece,
    Spoken,
    chatml,
    n_pictures,
)
from tools.experts.anomaly_ov.assistant_tokens import expert_tokens, image_tokens
from tools.experts.anyres import crops_of, cut_of, square_crop
from tools.experts.shared_eyes import picture_digest
from tools.experts.zero_shot import suspicion_word

if TYPE_CHECKING:
    from torch import Tensor

    from tools.experts.anomaly_ov.module import ExpertLayers
    from tools.experts.backbones.tower import Tower

KEPT_TOKENS = 1 << 16
"""Tokens of pictures that are kept for the next turn; each has the language model's width."""
SpanKind = Literal["text", "image", "suspicion", "expert"]


class PromptTooLongError(ValueError):
    """A conversation leaves no room for an answer."""


class Span(NamedTuple):
    """Which tokens of a prompt are what."""

    kind: SpanKind
    start: int
    stop: int
    """The first token after it."""


class Prompt(NamedTuple):
    """A conversation as the language model reads it."""

    embeddings: Tensor
    """(1, T, H)."""
    spans: list[Span]
    scores: list[float]
    """Of each picture, in [0, 1], higher is worse; empty without an expert."""


class Answer(NamedTuple):
    """What the assistant said."""

    text: str
    input_tokens: int
    output_tokens: int
    finish: Literal["stop", "length", "stopped"]
    """`stop`: it ended by itself; `stopped`: whoever asked made it stop."""


class SeenPicture(NamedTuple):
    """One picture, ready to be read."""

    blocks: list[tuple[SpanKind, Tensor]]
    """Each (T, H), in order."""
    score: float | None


class Assistant:
    """Xu et al. 2025, section 3.3, as its published code orders the tokens.

    One picture is cut by AnyRes; of several each is one crop, padded to a square, as
    LLaVA-OneVision was trained. A picture's place holds its image tokens, then with an expert the
    text "with slightly|moderately|highly suspicious features: ", then the expert's tokens, which
    pass the same projector. With Qwen2's vocabulary the text is six tokens, 4197 to 220. The
    published code also ends a conversation without pictures with these six; this does not.
    Not safe for threads: one call at a time.
    """

    def __init__(
        self, model: Any, tokenizer: Any, tower: Tower, *, expert: ExpertLayers | None = None
    ) -> None:
        """Join the parts; see `assistant_files.load_assistant`.

        Args:
            model: transformers' LlavaOnevisionForConditionalGeneration; its tower is not used.
            tokenizer: of the model.
            tower: the model's, tapped where the expert looks.
            expert: None for plain LLaVA-OneVision.
        """
        self._model, self._tokenizer, self._tower, self._expert = model, tokenizer, tower, expert
        # A base model's end of text is not always the tokenizer's end of a turn.
        ends = {tokenizer.convert_tokens_to_ids(END), tokenizer.eos_token_id}
        ends.add(tokenizer.get_vocab().get(END_OF_TEXT))
        self._ends = sorted(end for end in ends if end is not None)
        self._seen: OrderedDict[tuple[str, bool], SeenPicture] = OrderedDict()

    @property
    def context_tokens(self) -> int:
        """Prompt and answer together have at most so many."""
        return int(self._model.config.text_config.max_position_embeddings)

    def answer(
        self,
        turns: Sequence[Spoken],
        *,
        max_output_tokens: int,
        temperature: float = 0.0,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Answer:
        """Answer a conversation. Blocking.

        Args:
            turns: what was said.
            max_output_tokens: of the answer; fewer where the context ends before.
            temperature: 0 takes the likeliest token each time.
            stopped: is asked after each token; True ends the answer.

        Raises:
            PromptTooLongError: where the conversation fills the context.
        """
        import torch

        with torch.inference_mode():
            prompt = self.read(turns)
            n_input = prompt.embeddings.shape[1]
            room = self.context_tokens - n_input
            if room < 1:
                raise PromptTooLongError(
                    f"the conversation must have fewer than {self.context_tokens} tokens, "
                    f"got {n_input}"
                )
            found = self._generate(prompt, min(room, max_output_tokens), temperature, stopped)
        ended = bool(found) and found[-1] in self._ends
        text = self._tokenizer.decode(found, skip_special_tokens=True)
        finish: Literal["stop", "length", "stopped"] = "stop" if ended else "length"
        if not ended and stopped():
            finish = "stopped"
        return Answer(text.strip(), n_input, len(found), finish)

    def read(self, turns: Sequence[Spoken]) -> Prompt:
        """A conversation as embeddings, up to where the answer begins."""
        import torch

        alone = n_pictures(turns) == 1
        blocks: list[tuple[SpanKind, Tensor]] = []
        scores = []
        for piece in chatml(turns):
            if isinstance(piece, str | Control):
                blocks.append(("text", self._embedded(piece)))
                continue
            seen = self._look(piece, alone=alone)
            blocks += seen.blocks
            scores += [] if seen.score is None else [seen.score]
        return Prompt(torch.cat([rows for _, rows in blocks])[None], _spans(blocks), scores)

    def _generate(
        self, prompt: Prompt, n_tokens: int, temperature: float, stopped: Callable[[], bool]
    ) -> list[int]:
        import torch
        from transformers import GenerationConfig, StoppingCriteriaList

        def ends(ids: Tensor, scores: Any, **given: Any) -> Tensor:
            return torch.full((len(ids),), stopped(), device=ids.device)

        sampling = {"do_sample": True, "temperature": temperature} if temperature > 0 else {}
        config = GenerationConfig(
            max_new_tokens=n_tokens,
            eos_token_id=self._ends,
            pad_token_id=self._ends[0],
            **sampling,
        )
        found = self._model.generate(
            inputs_embeds=prompt.embeddings,
            attention_mask=torch.ones(
                prompt.embeddings.shape[:2], dtype=torch.long, device=prompt.embeddings.device
            ),
            generation_config=config,
            stopping_criteria=StoppingCriteriaList([ends]),
        )
        ids: list[int] = found[0].tolist()
        return ids

    def _embedded(self, piece: Piece) -> Tensor:
        """(T, H) of a text, in which nothing is read as a control token, or of such a token."""
        import torch

        if isinstance(piece, Control):
            ids = [self._tokenizer.convert_tokens_to_ids(piece.token)]
        else:
            ids = self._tokenizer.encode(piece, add_special_tokens=False, split_special_tokens=True)
        table = self._model.get_input_embeddings()
        rows: Tensor = table(torch.tensor(ids, dtype=torch.long, device=table.weight.device))
        return rows

    def _look(self, image_hwc: UInt8Image, *, alone: bool) -> SeenPicture:
        """Look at a picture, or remember it: a conversation shows its pictures every turn."""
        key = (picture_digest(image_hwc), alone)
        if key not in self._seen:
            self._seen[key] = self._look_first(image_hwc, alone=alone)
        self._seen.move_to_end(key)
        seen = self._seen[key]
        while len(self._seen) > 1 and _n_tokens(self._seen.values()) > KEPT_TOKENS:
            self._seen.popitem(last=False)
        return seen

    def _look_first(self, image_hwc: UInt8Image, *, alone: bool) -> SeenPicture:
        side_px, side = self._tower.side_px, self._tower.grid_side
        cut = cut_of(image_hwc.shape[1], image_hwc.shape[0], side_px=side_px) if alone else None
        crops = (
            [square_crop(image_hwc, side_px=side_px)] if cut is None else crops_of(image_hwc, cut)
        )
        features = self._tower.features(crops)
        newline = self._model.model.image_newline
        image = image_tokens(self._projected(features.final_bnd), newline, cut=cut, side=side)
        if self._expert is None:
            return SeenPicture([("image", image)], None)
        out = self._expert(features.final_bnd, features.taps, [len(crops)])
        score = float(out.score[0])
        rows = expert_tokens(
            self._projected(out.summary)[0], self._projected(out.tokens), newline, cut=cut
        )
        text = self._embedded(f"with {suspicion_word(score)} suspicious features: ")
        return SeenPicture([("image", image), ("suspicion", text), ("expert", rows)], score)

    def _projected(self, features: Tensor) -> Tensor:
        """(..., H) of (..., D): images and expert pass the same projector."""
        projector = self._model.model.multi_modal_projector
        rows: Tensor = projector(features.to(projector.linear_1.weight.dtype))
        return rows


def _spans(blocks: Sequence[tuple[SpanKind, Tensor]]) -> list[Span]:
    """Where each block stands; blocks of text that follow each other are one span."""
    spans: list[Span] = []
    at = 0
    for kind, rows in blocks:
        start, at = at, at + len(rows)
        if kind == "text" and spans and spans[-1].kind == "text":
            start = spans.pop().start
        spans.append(Span(kind, start, at))
    return spans


def _n_tokens(seen: Any) -> int:
    return sum(len(rows) for picture in seen for _, rows in picture.blocks)
