"""The mind that a vision-language model is: looks, judges at first sight, refutes.

Knows no wire format, no settings file and no graph.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from graphs.journal import Journal
from graphs.minds.chat import ChatPort, ChatReply
from graphs.minds.contract import Direct, MindFault, Refutation, Scene, Turn, Variation
from graphs.minds.vlm import refuting
from graphs.minds.vlm.asking import Asker, Patience, Unusable, total
from graphs.minds.vlm.conversation import look_request
from graphs.minds.vlm.direct import direct_request, read_judged
from graphs.minds.vlm.direct_prompts import DIRECT_PROMPTS
from graphs.minds.vlm.marks import Marked, mark_part, rated
from graphs.minds.vlm.options import MindOptions
from graphs.minds.vlm.pictures import root_view
from graphs.minds.vlm.protocols import Speech, speech_of
from graphs.minds.vlm.said import Said, read_said, tool_calls
from graphs.minds.vlm.submissions import answered, read_submission
from graphs.records import Candidate
from tools.ports import ArtifactPort


class VlmMind:
    """Asks one chat model; holds nothing between two calls."""

    def __init__(
        self,
        chat: ChatPort,
        *,
        artifacts: ArtifactPort,
        journal: Journal,
        options: MindOptions | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Take the collaborators.

        Args:
            chat: the model.
            artifacts: where the pictures of scenes are.
            journal: is told of each attempt.
            options: how to ask.
            sleep: waits between attempts, in seconds.
        """
        self._chat = chat
        self._artifacts = artifacts
        self._options = options or MindOptions()
        patience = Patience(
            max_attempts=self._options.max_attempts,
            first_pause_s=self._options.first_pause_s,
            max_pause_s=self._options.max_pause_s,
            sleep=sleep,
        )
        self._asker = Asker(chat=chat, artifacts=artifacts, journal=journal, patience=patience)

    @property
    def name(self) -> str:
        """As it stands in every verdict: `vlm:<model>`."""
        return f"vlm:{self._chat.name}"

    async def look(self, scene: Scene) -> Turn:
        """One turn: candidates, and either tool calls or a submission.

        Raises:
            MindFault: where no usable answer came.
        """
        speech = speech_of(self._options.protocol, self._chat)
        try:
            return await self._look(scene, speech)
        except MindFault as fault:
            other = speech_of(self._options.protocol, self._chat)
            if type(other) is type(speech):
                raise
            # The server was found to take no tool calls; the text protocol needs none.
            turn = await self._look(scene, other)
            return replace(turn, usage=total([fault.usage, turn.usage]))

    async def _look(self, scene: Scene, speech: Speech) -> Turn:
        request = look_request(scene, speech, self._options)
        asked = await self._asker.ask(request, lambda reply, last: _turn(reply, scene, last=last))
        return replace(asked.answer, usage=asked.usage)

    async def direct(self, scene: Scene, *, variation: Variation = "plain") -> Direct:
        """Judge the whole picture in one call without tools.

        Raises:
            MindFault: where no usable answer came, or the prompt needs a picture that is not there.
        """
        prompt = DIRECT_PROMPTS[self._options.direct_prompt]
        marked = await self._marked(scene) if prompt.marks else None
        request = direct_request(
            scene, self._options, variation=variation, marked=marked.shown if marked else None
        )
        asked = await self._asker.ask(request, lambda reply, last: read_judged(reply, prompt))
        judged = asked.answer
        return Direct(
            score=judged.score,
            thought=judged.thought,
            variation=variation,
            usage=asked.usage,
            unanswerable=judged.unanswerable,
            regions=rated(marked, judged.region_scores) if marked else [],
        )

    async def refute(self, scene: Scene, candidates: Sequence[Candidate]) -> Refutation:
        """Ask once about all candidates together.

        Raises:
            MindFault: where no usable answer came.
        """
        if not candidates:
            return Refutation(survivors=[], refuted=[])
        request = refuting.refute_request(scene, candidates, self._options)
        asked = await self._asker.ask(request, lambda reply, last: refuting.read_judgements(reply))
        survivors, refuted = refuting.split(candidates, asked.answer)
        return Refutation(survivors=survivors, refuted=refuted, usage=asked.usage)

    async def _marked(self, scene: Scene) -> Marked | None:
        view = root_view(scene)
        return None if view is None else await asyncio.to_thread(mark_part, view, self._artifacts)


def _turn(reply: ChatReply, scene: Scene, *, last: bool) -> Turn:
    """A reply of the rounds as a turn.

    Where tools are called beside `submit`, they are run first: the answer was given before what
    they show was seen.

    Raises:
        Unusable: it cannot be used, for a reason that the model is told.
    """
    said = read_said(reply)
    if said.calls:
        if scene.rounds_left == 1 and said.submission is None:
            raise Unusable(
                "unreadable",
                "it calls a tool where none can be called any more",
                advice="Call submit.",
            )
        if scene.rounds_left != 1:
            number = len(scene.rounds) + 1
            return Turn(
                thought=said.thought,
                tool_calls=tool_calls(said.calls, number=number),
                reply=reply.text,
            )
    return _submitted(said, reply, scene, last=last)


def _submitted(said: Said, reply: ChatReply, scene: Scene, *, last: bool) -> Turn:
    arguments = read_submission(said.submission or {}, scene, last=last)
    thought = said.thought or arguments.reasoning
    unanswerable = arguments.unanswerable.strip()
    if unanswerable:
        return Turn(thought=thought, submitted=True, reply=reply.text, unanswerable=unanswerable)
    found = answered(arguments, scene)
    return Turn(
        thought=thought,
        candidates=found.candidates,
        submitted=True,
        raw_score=arguments.score,
        boxes=found.boxes,
        reply=reply.text,
        region_scores=found.region_scores,
    )
