"""A chat model rates answers by LLaVA's public rule of 1 to 10. Knows no data set and no cache.

Wrap the model in ``agent.answers.KeptChat`` to ask each question once.
"""

import re
from typing import Literal, NamedTuple

from graphs.minds.chat import ChatPort, ChatRequest, Message, ShownPicture
from tools.ports import ArtifactPort

SYSTEM = "You are a helpful and precise assistant for checking the quality of the answer."
RULE = (
    "We would like to request your feedback on the performance of two AI assistants in response "
    "to the user question displayed above.\nPlease rate the helpfulness, relevance, accuracy, "
    "level of details of their responses. Each assistant receives an overall score on a scale of "
    "1 to 10, where a higher score indicates better overall performance.\nPlease first output a "
    "single line containing only two values indicating the scores for Assistant 1 and 2, "
    "respectively. The two scores are separated by a space.\nIn the subsequent line, please "
    "provide a comprehensive explanation of your evaluation, avoiding any potential bias and "
    "ensuring that the order in which the responses were presented does not affect your judgment."
)
"""The rule ``default`` of LLaVA's table (Liu et al. 2023), as Anomaly-OV's GPT score cites it."""
TEMPERATURE = 0.2
MAX_OUTPUT_TOKENS = 1024
SCORES = (1.0, 10.0)
"""Least and greatest."""

Order = Literal["reference first", "answer first"]
_NUMBER = r"\d+(?:\.\d+)?"
_FIRST_LINE = re.compile(rf"^\s*({_NUMBER})\s*[ ,]\s*({_NUMBER})\s*$")


class UnreadableReviewError(Exception):
    """The judge's first line holds no two scores of 1 to 10. A failure of the instrument."""


class Review(NamedTuple):
    """What the judge said of one answer."""

    answer_score: float
    """1 to 10."""
    reference_score: float
    """1 to 10, of the reference answer in the same review."""
    text: str
    """The judge's words, scores included."""


class Judge:
    """Compares an answer with a reference answer, in one order or in both."""

    def __init__(self, chat: ChatPort, *, artifacts: ArtifactPort) -> None:
        """Take the model.

        Args:
            chat: rates; its name belongs beside every figure.
            artifacts: holds the pictures that are shown.
        """
        self._chat = chat
        self._artifacts = artifacts

    @property
    def name(self) -> str:
        """The model's."""
        return self._chat.name

    async def review(
        self,
        question: str,
        *,
        reference: str,
        answer: str,
        context: str = "",
        picture: str | None = None,
        order: Order = "reference first",
    ) -> Review:
        """Rate one answer.

        Args:
            question: what was asked.
            reference: the reference answer; LLaVA calls it Assistant 1.
            answer: what is rated.
            context: what the picture shows, in words; LLaVA's judge sees no picture.
            picture: digest of a kept picture that is shown besides, for a judge that sees.
            order: which of the two stands first; judges favour a place.

        Raises:
            UnreadableReviewError: the reply does not follow the rule.
            ChatFault: there is no reply.
        """
        first, second = (reference, answer)[:: 1 if order == "reference first" else -1]
        text = _content(question, first, second, context)
        shown = [ShownPicture(artifact=picture, caption="The picture:")] if picture else []
        request = ChatRequest(
            purpose="judge",
            messages=[
                Message(role="system", text=SYSTEM),
                Message(role="user", text=text, pictures=shown),
            ],
            max_output_tokens=MAX_OUTPUT_TOKENS,
            temperature=TEMPERATURE,
        )
        reply = await self._chat.complete(request, artifacts=self._artifacts)
        scores = read_scores(reply.text)[:: 1 if order == "reference first" else -1]
        return Review(answer_score=scores[1], reference_score=scores[0], text=reply.text)

    async def review_both_ways(
        self,
        question: str,
        *,
        reference: str,
        answer: str,
        context: str = "",
        picture: str | None = None,
    ) -> Review:
        """The mean of both orders; arguments and errors as ``review``."""
        reviews = [
            await self.review(
                question,
                reference=reference,
                answer=answer,
                context=context,
                picture=picture,
                order=order,
            )
            for order in ("reference first", "answer first")
        ]
        return Review(
            answer_score=sum(one.answer_score for one in reviews) / 2,
            reference_score=sum(one.reference_score for one in reviews) / 2,
            text="\n\n".join(one.text for one in reviews),
        )


def read_scores(review: str) -> tuple[float, float]:
    """The two scores of a review's first line, separated by a blank or a comma.

    LLaVA's own parser gives -1 where there are none, which then enters the mean; here that is an
    error.

    Raises:
        UnreadableReviewError: no two numbers of 1 to 10 there.
    """
    line = review.split("\n", maxsplit=1)[0]
    match = _FIRST_LINE.match(line)
    if match is None:
        raise UnreadableReviewError(f"looked for two scores in the first line, found {line!r}")
    first, second = float(match[1]), float(match[2])
    if not all(SCORES[0] <= score <= SCORES[1] for score in (first, second)):
        raise UnreadableReviewError(f"scores must be 1 to 10, found {line!r}")
    return first, second


def _content(question: str, first: str, second: str, context: str) -> str:
    told = f"[Context]\n{context}\n\n" if context else ""
    return (
        f"{told}[Question]\n{question}\n\n"
        f"[Assistant 1]\n{first}\n\n[End of Assistant 1]\n\n"
        f"[Assistant 2]\n{second}\n\n[End of Assistant 2]\n\n"
        f"[System]\n{RULE}\n\n"
    )
