"""Scores in prose, lists and tables. Knows nothing of JSON or of which regions exist."""

from __future__ import annotations

import re
import unicodedata

from tools.answers.scores import NUMBER, SCORE, AnswerScores

MAX_RANGE = 1000
"""A longer range of regions is not believed."""
REACH = 40
"""Characters before a region in which its score may stand."""
TAIL = 400
"""Characters after a region in which its score may stand."""

_WORD = (
    r"(?:r[eé]gions?|regi[oó]n(?:es)?|regi(?:ão|ões)|regionen|regione|bereiche?|areas?|área[s]?"
    r"|zon[ae]s?|sections?|segments?|patch(?:es)?|区域|區域|領域|영역|област[ьи])"
)
_RANGE = r"\d+\s*(?:-|to|through|bis)\s*#?\d+(?!\d|[.,]\d|\s*[%/])"
_ITEM = rf"#?(?:{_RANGE}|\d+(?!\d|\.\d))"
_AND = r"\s*(?:,\s*(?:and\b|or\b)?|\band\b|\bor\b|&|\+|\bund\b|\bet\b|\by\b|和|与|、)\s*"
_MENTION = re.compile(
    rf"{_WORD}[\s\"']*(?:no\.|nr\.|number|id)?[\s\"':=]*(?P<list>{_ITEM}(?:{_AND}(?:{_WORD}\s*)?{_ITEM})*)"
    r"|(?P<image>\b(?:image|overall|whole|picture|global|total|bild)[^\n.;:\d]{0,40}?"
    r"(?:score|probability|anomal\w*)"
    r"|\banomaly\s+score\s+(?:of|for)\s+(?:the|this)\s+(?:image|picture|whole|part)\w*"
    r"|(?:图像|图片|整体|画像)[^\n.;:\d]{0,20})"
    r"|(?P<bare>(?:^|[\n;.])[\s\-#>]*(?:final\s+)?(?:anomaly|abnormality)\s+(?:score|probability))",
    re.IGNORECASE,
)
_ENDS = r"(?=\s*(?:[;,.:)\]}|\"'\n]|-\s|$))"
_STRICT = re.compile(
    rf"[\s:=>\-|(\[\"',]{{0,8}}(?:(?:the|has|with|an?|is)\s+){{0,3}}"
    r"(?:(?:anomaly|abnormality)\s*)?(?:score|probability|confidence|likelihood)?"
    rf"(?:\s+(?:of|is))?[\s:=>\-|(\[\"']{{0,6}}(?P<score>{SCORE}){_ENDS}",
    re.IGNORECASE,
)
_LOOSE = re.compile(
    rf"(?<![\d.,])(?P<score>(?:[01][.,]\d+|\.\d+)(?!\d)|{NUMBER}\s*(?:%|/\s*\d+))"
    r"(?!\s*(?:mm|cm|µm|um|px|pixel|inch)\b)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:score|probability|confidence|likelihood)(?:\s+(?:of|is))?[\s:=>\-|(\[\"']{1,6}"
    rf"(?P<score>{SCORE}){_ENDS}",
    re.IGNORECASE,
)
_AFTER_COLON = re.compile(rf"[:=]\s*(?P<score>{SCORE}){_ENDS}", re.IGNORECASE)
_SENTENCE = re.compile(r"[;]|\.(?=\s|$)|\n\s*\n")
_MORE = re.compile(
    rf"{_ENDS}\s*[),;]*\s*(?:and\s+)?#?(?P<list>\d+)\s*[:=(]\s*(?P<score>{SCORE}){_ENDS}",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    rf"(?<![\d.,])(?P<score>{SCORE})\s*(?:for|in|at|to|on)\s*(?:the\s+)?$", re.IGNORECASE
)
_ROW = re.compile(rf"^\s*\|\s*#?(?P<list>\d+)\s*\|\s*(?P<score>{SCORE})\s*(?:\||$)", re.MULTILINE)
_PAIR = re.compile(rf"(?:^|[;,\n]|-\s)\s*#?(?P<list>\d+)\s*[:=]\s*(?P<score>{SCORE}){_ENDS}")
_ECHO = re.compile(
    r"format[^\n]{0,40}[\"']+(?:image anomaly score: 0\.9; )?region 1: 0\.9; region 3: 0\.7\.?",
    re.IGNORECASE,
)
_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)


def plain_text(text: str) -> str:
    """The answer in plain characters, without thoughts and without the prompt's own example."""
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"[\u2010-\u2015\u2212]", "-", plain)
    plain = re.sub(r"[\u201c\u201d]", '"', re.sub(r"[\u2018\u2019]", "'", plain))
    plain = _ECHO.sub(" ", _THOUGHT.sub(" ", plain))
    return re.sub(r"[*`~]+|(?<!\w)_+|_+(?!\w)", "", plain)


def read_prose(text: str) -> AnswerScores:
    """Find scores of regions and of the image in plain text."""
    found = AnswerScores()
    waiting: list[int] = []
    mentions = list(_MENTION.finditer(text))
    starts = [mention.start() for mention in mentions]
    for mention, end in zip(mentions, [*starts[1:], len(text)], strict=False):
        numbers = _numbers(mention["list"] or "")
        ahead = (
            _BEFORE.search(text[max(0, mention.start() - REACH) : mention.start()])
            if numbers
            else None
        )
        tail = text[mention.end() : end]
        score, rest = (ahead["score"], "") if ahead is not None else _score_in(tail)
        if numbers:
            _add(found, numbers, score)
            _add_more(found, rest)
            waiting = numbers if score is None else []
        elif mention["bare"] is not None and waiting:
            _add(found, waiting, score)
            waiting = []
        elif score is not None:
            found.add_image(score)
    if not found.regions:
        _add_pairs(found, text)
    return found


def _score_in(tail: str) -> tuple[str | None, str]:
    """The score that follows a mention, and the text after it."""
    strict = _STRICT.match(tail)
    if strict is not None:
        return strict["score"], tail[strict.end() :]
    # "0.9 for" at the end of a tail belongs to the region that follows.
    near = _SENTENCE.split(tail[:TAIL], maxsplit=1)[0]
    ahead = _BEFORE.search(near)
    sentence = near[: ahead.start()] if ahead else near
    found = (
        _NAMED.search(sentence)
        or _LOOSE.search(sentence)
        or _AFTER_COLON.search(sentence)
        or _NAMED.search(tail[:TAIL])
    )
    return (None, "") if found is None else (found["score"], found.string[found.end() :])


def _add(found: AnswerScores, numbers: list[int], score: str | None) -> None:
    if score is not None:
        for number in numbers:
            found.add_region(number, score)


def _add_more(found: AnswerScores, rest: str) -> None:
    """Go on with `4 (0.8) and 9 (0.2)` after the first of a list."""
    more = _MORE.match(rest)
    while more is not None:
        found.add_region(int(more["list"]), more["score"])
        rest = rest[more.end() :]
        more = _MORE.match(rest)


def _add_pairs(found: AnswerScores, text: str) -> None:
    rows = list(_ROW.finditer(text)) or list(_PAIR.finditer(text))
    for row in rows:
        found.add_region(int(row["list"]), row["score"])


def _numbers(listed: str) -> list[int]:
    numbers: list[int] = []
    ranges = re.finditer(r"(\d+)(?:\s*(?:-|to|through|bis)\s*#?(\d+))?", listed, re.IGNORECASE)
    for first, last in (span.groups() for span in ranges):
        low, high = int(first[:9]), int((last or first)[:9])
        numbers += range(low, high + 1) if 0 <= high - low <= MAX_RANGE else [low]
    return numbers
