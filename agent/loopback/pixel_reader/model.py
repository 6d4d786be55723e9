"""The pixel reader as a model: looks at the pictures it was sent, decides, answers."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from agent.loopback.pixel_reader import forms, scene
from agent.loopback.pixel_reader.excuses import things_on
from agent.loopback.pixel_reader.eyes import Seen, pixel_reader_eyes
from agent.loopback.pixel_reader.policy import Glance, Judgement, Sight, Window, decide
from agent.loopback.replies import Reply
from agent.loopback.requests import ChatRequest, SentPicture


class PixelReader:
    """Answers from the pixels of user messages, and from nothing that it cannot see there."""

    def __init__(self, *, max_zooms: int = 2, window: Window = "right") -> None:
        """A reader.

        Args:
            max_zooms: closer looks that it asks for in one conversation; 0 for none.
            window: "wrong" zooms at the opposite place, "none" never, to show what a zoom is for.
        """
        self._max_zooms = max_zooms
        self._window = window
        # Each round sends the pictures of those before it again.
        self._eyes = lru_cache(maxsize=256)(_look)

    def reply(self, request: ChatRequest) -> Reply:
        """Ask for a closer look, or judge."""
        pictures = scene.pictures_of_the_part(request)
        if not pictures:
            blind = Judgement(False, 0.5, "I was shown no picture of the part")
            return forms.hand_in(blind, request)
        sights = [self._sight(picture, request) for picture in pictures]
        n_zooms = max(forms.times_called(forms.ZOOM, request), len(pictures) - 1)
        may_zoom = n_zooms < self._max_zooms and forms.offers(forms.ZOOM, request)
        decided = decide(
            sights,
            rule=scene.digit_rule(request),
            may_zoom=may_zoom,
            window=self._window,
            normal=things_on(self._eyes(_Once(one)) for one in scene.references(request)),
        )
        if isinstance(decided, Glance):
            return forms.ask_to_zoom(decided, request)
        return forms.hand_in(decided, request)

    def _sight(self, picture: SentPicture, request: ChatRequest) -> Sight:
        seen = self._eyes(_Once(picture))
        return Sight(scene.shown_as(picture, request, size=seen.size), seen)


class _Once:
    """A picture that equals another of the same bytes, without its text kept twice."""

    def __init__(self, picture: SentPicture) -> None:
        self.picture = picture
        self._digest = hashlib.sha256(picture.url.encode()).digest()

    def __hash__(self) -> int:
        return hash(self._digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Once) and other._digest == self._digest


def _look(once: _Once) -> Seen:
    return pixel_reader_eyes(once.picture.image_hwc())
