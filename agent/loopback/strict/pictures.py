"""Checks pictures as the API does: data URL, base64, bytes, format, size. Fetches nothing."""

from __future__ import annotations

import hashlib
import io
import re
import threading
from collections import OrderedDict
from typing import Any, NamedTuple

from PIL import Image, UnidentifiedImageError

from agent.loopback.limits import Limits
from agent.loopback.refusals import Refused, as_object, as_string, wrong_value
from agent.loopback.requests import picture_bytes

FORMATS = ("png", "jpeg", "gif", "webp")
DETAILS = ("auto", "low", "high")
DATA_URL = re.compile(r"data:(?P<mime>[\w.+/-]*)(?P<options>(;[\w=-]+)*?)(?P<base64>;base64)?,")
EXAMPLE = "(e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=')"
MAX_KNOWN = 512
MAX_KEPT_URL = 1 << 19
"""Characters of a URL that is kept itself; of a longer one its digest is."""


class Size(NamedTuple):
    """Of a picture."""

    width_px: int
    height_px: int


class SoundPicture(NamedTuple):
    """A picture that was decoded to its end."""

    size: Size
    n_bytes: int
    """Of its file."""
    digest: str
    """Of its data URL."""


def check_image_part(part: dict[str, Any], where: str, *, limits: Limits) -> None:
    """Refuse an `image_url` part that is not one picture of a known format.

    Raises:
        Refused: as the API does.
    """
    inner = f"{where}.image_url"
    image = as_object(
        as_object(part, where, needs=("image_url",))["image_url"], inner, needs=("url",)
    )
    if image.get("detail", "auto") not in DETAILS:
        raise wrong_value(
            f"{inner}.detail",
            f"Invalid value: '{image['detail']}'. Supported values are: 'low', 'high', and 'auto'.",
        )
    check_url(image["url"], f"{inner}.url", limits=limits)


def check_url(url: object, where: str, *, limits: Limits) -> SoundPicture:
    """The picture that a data URL holds.

    Raises:
        Refused: it is no base64 data URL of a png, jpeg, gif or webp within the limits; or it is
            another URL, which the real API would fetch and this endpoint never does.
    """
    url = as_string(url, where)
    if url.startswith(("http://", "https://")):
        raise Refused(f"Error while downloading {url}.", param=where, code="invalid_image_url")
    _check_form(url, where)
    key = url if len(url) <= MAX_KEPT_URL else _digest(url)
    with _lock:
        picture = _known.get(key)
    if picture is None:
        picture = _read(url, where, limits=limits)
        with _lock:
            _known[key] = picture
            while len(_known) > MAX_KNOWN:
                _known.popitem(last=False)
    _check_limits(picture.n_bytes, picture.size, where, limits=limits)
    return picture


def _check_form(url: str, where: str) -> None:
    if not url.startswith("data:"):
        raise _bad_url(where, "a value without the 'data:' prefix")
    found = DATA_URL.match(url)
    if found is None or not found["base64"]:
        raise _bad_url(where, "a value without the ';base64,' marker")
    if not found["mime"].startswith("image/"):
        raise _bad_url(where, f"unsupported MIME type '{found['mime']}'")
    if found["mime"].removeprefix("image/").replace("jpg", "jpeg") not in FORMATS:
        raise _unsupported(where)


def _bad_url(where: str, got: str) -> Refused:
    return wrong_value(
        where,
        f"Invalid image URL: '{where}'. Expected a base64-encoded data URL with an image MIME "
        f"type {EXAMPLE}, but got {got}.",
    )


def _unsupported(where: str) -> Refused:
    return Refused(
        "You uploaded an unsupported image. Please make sure your image has one of the following "
        f"formats: {list(FORMATS)}.",
        param=where,
        code="invalid_image_format",
    )


# By the URL, which is found for less than its digest is made. Each round sends the pictures of
# those before it; a picture is decoded once, not once a round.
_known: OrderedDict[str, SoundPicture] = OrderedDict()
_lock = threading.Lock()


def _read(url: str, where: str, *, limits: Limits) -> SoundPicture:
    try:
        content = picture_bytes(url)
    except ValueError:
        raise _bad_url(where, "an invalid base64-encoded value") from None
    if not content:
        raise _bad_url(where, "empty base64-encoded bytes")
    size = _decode(content, where, limits=limits)
    return SoundPicture(size, len(content), _digest(url))


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def _check_limits(n_bytes: int, size: Size, where: str, *, limits: Limits) -> None:
    found = (
        (n_bytes, limits.max_picture_bytes, "bytes"),
        (size.width_px * size.height_px, limits.max_picture_px, "pixels"),
    )
    for n, most, what in found:
        if n > most:
            raise Refused(
                f"Invalid image: it has {n} {what}, the maximum is {most}.",
                param=where,
                code="image_too_large",
            )


def _decode(content: bytes, where: str, *, limits: Limits) -> Size:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if (picture.format or "").lower() not in FORMATS:
                raise _unsupported(where)
            size = Size(picture.width, picture.height)
            _check_limits(len(content), size, where, limits=limits)
            if getattr(picture, "n_frames", 1) > 1:
                raise _unsupported(where)
            picture.load()
            return size
    except UnidentifiedImageError:
        raise _unsupported(where) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused(
            f"Invalid image: it has more than {limits.max_picture_px} pixels.",
            param=where,
            code="image_too_large",
        ) from None
    except (OSError, SyntaxError, ValueError):
        raise Refused(
            "The image data you provided does not represent a valid image. Please check your "
            "input and try again.",
            param=where,
            code="image_parse_error",
        ) from None
