"""Scores in JSON. Knows nothing of prose or of which regions exist."""

from __future__ import annotations

import json
import re
from typing import Any

from tools.answers.scores import SCORE, AnswerScores

MAX_OPENINGS = 200
"""Brackets at which JSON is looked for: each may cost the length of the text."""

_OPENING = re.compile(r"[{\[]")
_NUMBER_KEYS = ("region", "region_id", "regionid", "region_number", "id", "number", "index")
_SCORE_KEYS = ("score", "anomaly_score", "anomalyscore", "probability", "confidence", "value")
_IMAGE_KEY = re.compile(r"(?:image|overall|global|whole|total)|^anomaly_?score$", re.IGNORECASE)
_REGION_KEY = re.compile(r"^\D{0,20}?#?\s*(\d{1,9})$")
_WHOLE_SCORE = re.compile(rf"\s*{SCORE}\s*", re.IGNORECASE)


def read_json(text: str) -> AnswerScores:
    """Find scores in every JSON object or list that stands in a text."""
    found = AnswerScores()
    decoder = json.JSONDecoder()
    at = 0
    for _ in range(MAX_OPENINGS):
        opening = _OPENING.search(text, at)
        if opening is None:
            break
        try:
            node, at = decoder.raw_decode(text, opening.start())
        except (ValueError, RecursionError):
            at = opening.end()
            continue
        _walk(found, node)
    return found


def _walk(found: AnswerScores, node: Any) -> None:
    if isinstance(node, list):
        _walk_list(found, node)
    elif isinstance(node, dict):
        keyed = {_plain(key): value for key, value in node.items()}
        number = _first(keyed, _NUMBER_KEYS)
        score = _first(keyed, _SCORE_KEYS)
        if number is not None and _is_score(score) and _number_of(number) is not None:
            found.add_region(_number_of(number) or 0, score)
        else:
            _walk_items(found, node)


def _walk_list(found: AnswerScores, node: list[Any]) -> None:
    if len(node) == 2 and type(node[0]) is int and _is_score(node[1]):
        found.add_region(node[0], node[1])
        return
    for child in node:
        _walk(found, child)


def _walk_items(found: AnswerScores, node: dict[str, Any]) -> None:
    for key, value in node.items():
        number = _number_of(key)
        if isinstance(value, dict) and number is not None:
            value = _first({_plain(k): v for k, v in value.items()}, _SCORE_KEYS)
        if not _is_score(value):
            _walk(found, value)
        elif number is not None:
            found.add_region(number, value)
        elif _IMAGE_KEY.search(_plain(key)):
            found.add_image(value)


def _plain(key: str) -> str:
    return re.sub(r"[\s\-]+", "_", key.strip().lower())


def _first(keyed: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((keyed[name] for name in names if name in keyed), None)


def _number_of(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    matched = _REGION_KEY.match(value.strip()) if isinstance(value, str) else None
    return None if matched is None else int(matched[1])


def _is_score(value: Any) -> bool:
    if isinstance(value, str):
        return _WHOLE_SCORE.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)
