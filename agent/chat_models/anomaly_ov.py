"""Anomaly-OV's assistant behind the chat port: a model in this process instead of a server.

Knows no prompt and no inspection; loads nothing before the first call. The language model that
Anomaly-OV's authors fine-tuned was never released, so what runs is the public LLaVA-OneVision,
with or without the released expert; neither's real weights have ever run here.
"""

from __future__ import annotations

import asyncio
import threading
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from agent.chat_models.clients import Gate
from agent.chat_models.encoding import resampled
from agent.prices import Price
from graphs.minds.chat import ChatFault, ChatReply, ChatRequest, Message, ShownPicture
from tools.arrays import UInt8Image
from tools.errors import SettingsError
from tools.experts.anomaly_ov.assistant_prompt import Spoken, n_pictures
from tools.experts.anyres import MAX_SIDE_PX
from tools.ports import ArtifactPort

if TYPE_CHECKING:
    from tools.experts.anomaly_ov.assistant import Answer, Assistant

PREFIX = "anomaly-ov:"
EXPERT = "?expert="
FORM = f"{PREFIX}FOLDER or {PREFIX}FOLDER{EXPERT}FILE"


class AssistantPlace(NamedTuple):
    """Where the files of an assistant lie."""

    folder: Path
    """Of LLaVA-OneVision in the layout of llava-hf."""
    expert: Path | None
    """None for plain LLaVA-OneVision."""


def assistant_place(model: str) -> AssistantPlace:
    """What `anomaly-ov:FOLDER?expert=FILE` names; a relative FILE lies in FOLDER.

    Raises:
        SettingsError: where it is not of this form.
    """
    folder, given, expert = model.removeprefix(PREFIX).partition(EXPERT)
    if not folder or (given and not expert):
        raise SettingsError(f"setting model must be {FORM}, got {model!r}")
    return AssistantPlace(Path(folder), Path(folder) / expert if expert else None)


def open_anomaly_ov(
    model: str, *, device: str, timeout_s: float, price: Price | None = None
) -> AnomalyOVChat:
    """The assistant that a setting names. Sees that its files are there, loads none yet.

    Args:
        model: see `assistant_place`.
        device: torch's name of the device that computes.
        timeout_s: for one answer.
        price: where somebody states one.

    Raises:
        SettingsError: where the name is of another form.
        WeightsError: where a file is missing, or the model is another one.
    """
    from tools.experts.anomaly_ov.assistant_files import check_assistant

    place = assistant_place(model)
    check_assistant(place.folder, expert=place.expert)
    return AnomalyOVChat(place, name=model, device=device, timeout_s=timeout_s, price=price)


class AnomalyOVChat:
    """One assistant, shared by all inspections of a process; it answers one at a time."""

    calls_tools = False

    def __init__(
        self,
        place: AssistantPlace,
        *,
        name: str,
        device: str,
        timeout_s: float,
        price: Price | None = None,
    ) -> None:
        """Set up; nothing is loaded yet.

        Args:
            place: where the files are.
            name: as it is to stand in verdicts.
            device: torch's name of the device that computes.
            timeout_s: for one answer; loading is not counted.
            price: of its tokens, where somebody states one.
        """
        self._place = place
        self._name = name
        self._device = device
        self._timeout_s = timeout_s
        self._price = price
        self._gate = Gate(1)
        self._loading = threading.Lock()
        self._assistant: Assistant | None = None

    @property
    def name(self) -> str:
        """The setting that names it: folder, and expert if there is one."""
        return self._name

    async def complete(self, request: ChatRequest, *, artifacts: ArtifactPort) -> ChatReply:
        """Ask once. The schema of an answer binds nothing here: the prompt asks for its form.

        Raises:
            ChatFault: where there is no reply.
            WeightsError: at the first call, where weights cannot be loaded.
        """
        if request.tools:
            raise ChatFault("refused_request", "the model takes no tool calls", retryable=False)
        turns = await asyncio.to_thread(spoken, request.messages, artifacts)
        async with self._gate.of_this_loop():
            assistant = await asyncio.to_thread(self._loaded)
            started = perf_counter()
            answer = await self._answered(assistant, request, turns)
        return self._reply(answer, n_pictures(turns), perf_counter() - started)

    def _loaded(self) -> Assistant:
        from tools.experts.anomaly_ov.assistant_files import load_assistant

        with self._loading:
            if self._assistant is None:
                folder, expert = self._place
                self._assistant = load_assistant(folder, expert=expert, device=self._device)
            return self._assistant

    async def _answered(
        self, assistant: Assistant, request: ChatRequest, turns: list[Spoken]
    ) -> Answer:
        from tools.experts.anomaly_ov.assistant import PromptTooLongError

        given_up = threading.Event()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.to_thread(self._generate, assistant, request, turns, given_up)
        except TimeoutError as error:
            # The same again would take as long.
            raise ChatFault(
                "timeout", f"no answer within {self._timeout_s:g} s", retryable=False
            ) from error
        except PromptTooLongError as error:
            raise ChatFault("refused_request", str(error), retryable=False) from error
        finally:
            # A thread cannot be cancelled; this one ends at its next token.
            given_up.set()

    def _generate(
        self,
        assistant: Assistant,
        request: ChatRequest,
        turns: list[Spoken],
        given_up: threading.Event,
    ) -> Answer:
        import torch

        with device_lock(self._device):
            if given_up.is_set():
                raise TimeoutError
            try:
                return assistant.answer(
                    turns,
                    max_output_tokens=request.max_output_tokens,
                    temperature=request.temperature,
                    stopped=given_up.is_set,
                )
            except torch.OutOfMemoryError as error:
                said = f"{self._device} has too little memory for {n_pictures(turns)} pictures"
                raise ChatFault("server_error", said, retryable=False) from error

    def _reply(self, answer: Answer, images: int, seconds: float) -> ChatReply:
        cost = None
        if self._price is not None:
            cost = self._price.cost_usd(
                input_tokens=answer.input_tokens,
                cached_tokens=0,
                output_tokens=answer.output_tokens,
            )
        return ChatReply(
            text=answer.text,
            finish="length" if answer.finish == "length" else "stop",
            input_tokens=answer.input_tokens,
            output_tokens=answer.output_tokens,
            images=images,
            cost_usd=cost,
            seconds=seconds,
        )


@cache
def device_lock(device: str) -> threading.Lock:
    """Held while something is generated on a device: two at once would only be slower."""
    return threading.Lock()


def spoken(messages: list[Message], artifacts: ArtifactPort) -> list[Spoken]:
    """Messages as turns: each picture behind its caption, a tool's answer as the user's words.

    Args:
        messages: of a request.
        artifacts: where its pictures are.

    Raises:
        KeyError: where an artifact is not kept.
    """
    turns = []
    for message in messages:
        role: Literal["system", "user", "assistant"]
        role = "user" if message.role == "tool" else message.role
        parts: list[str | UInt8Image] = [message.text] if message.text else []
        for shown in message.pictures:
            parts += [shown.caption, shown_pixels(shown, artifacts)]
        turns.append(Spoken(role, tuple(part for part in parts if not _is_empty(part))))
    return turns


def shown_pixels(shown: ShownPicture, artifacts: ArtifactPort) -> UInt8Image:
    """(H, W, 3) of a shown picture; what is cut by AnyRes is made smaller there."""
    image_hwc = artifacts.get(shown.artifact)
    if shown.max_side_px >= MAX_SIDE_PX:
        max_side_px = max(image_hwc.shape[:2])
    else:
        max_side_px = shown.max_side_px
    return np.array(resampled(image_hwc, max_side_px=max_side_px, mirrored=shown.mirrored))


def _is_empty(part: str | UInt8Image) -> bool:
    return isinstance(part, str) and not part
