from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.chat_models.encoding import PictureEncoder, encode_picture
from graphs.minds.chat import ShownPicture
from tools.arrays import UInt8Image
from tools.artifacts import ArtifactFolder


def ramp(width_px: int, height_px: int) -> UInt8Image:
    row = np.linspace(0, 255, width_px).astype(np.uint8)
    return np.repeat(np.repeat(row[None, :, None], height_px, axis=0), 3, axis=2)


def opened(url: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))


def test_a_small_picture_keeps_every_pixel() -> None:
    image = ramp(64, 32)

    sent = encode_picture(image, max_side_px=1024, mirrored=False)

    assert sent.url.startswith("data:image/png;base64,")
    assert sent.n_bytes == len(base64.b64decode(sent.url.partition(",")[2]))
    assert np.array_equal(np.asarray(opened(sent.url)), image)


def test_a_large_picture_is_a_jpeg_with_its_full_colour_resolution() -> None:
    sent = encode_picture(ramp(1024, 768), max_side_px=1024, mirrored=False)

    picture = opened(sent.url)
    assert sent.url.startswith("data:image/jpeg;base64,")
    assert picture.size == (1024, 768)
    assert {layer[1:3] for layer in picture.layer} == {(1, 1)}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("size", "sent"), [((400, 200), (100, 50)), ((200, 401), (50, 100)), ((80, 90), (80, 90))]
)
def test_a_picture_is_reduced_to_its_longer_side(
    size: tuple[int, int], sent: tuple[int, int]
) -> None:
    assert opened(encode_picture(ramp(*size), max_side_px=100, mirrored=False).url).size == sent


def test_a_mirrored_picture_has_left_and_right_swapped() -> None:
    image = ramp(64, 8)

    sent = encode_picture(image, max_side_px=64, mirrored=True)

    assert np.array_equal(np.asarray(opened(sent.url)), image[:, ::-1])


def test_pictures_are_encoded_once_and_the_oldest_leave_first(tmp_path: Path) -> None:
    artifacts = ArtifactFolder(tmp_path)
    shown = [ShownPicture(artifact=artifacts.put(ramp(64, n)), caption="") for n in (8, 9)]
    n_bytes = len(encode_picture(ramp(64, 9), max_side_px=1024, mirrored=False).url)
    encoder = PictureEncoder(cache_bytes=n_bytes)

    first = encoder.encode(shown[0], artifacts)
    assert encoder.known(shown[0]) is first
    encoder.encode(shown[1], artifacts)

    assert encoder.known(shown[0]) is None
    assert encoder.known(shown[1]) is not None
    assert encoder.encode(shown[0], artifacts) == first


def test_a_kept_picture_that_is_sent_whole_goes_as_its_file(tmp_path: Path) -> None:
    artifacts, image_hwc = ArtifactFolder(tmp_path), ramp(96, 64)
    digest = artifacts.put(image_hwc)

    sent = PictureEncoder().encode(
        ShownPicture(artifact=digest, caption="", max_side_px=96), artifacts
    )

    assert base64.b64decode(sent.url.partition(",")[2]) == (tmp_path / f"{digest}.png").read_bytes()
    assert sent == encode_picture(image_hwc, max_side_px=96, mirrored=False)


def test_size_and_mirror_make_another_picture(tmp_path: Path) -> None:
    artifacts = ArtifactFolder(tmp_path)
    encoder = PictureEncoder()
    plain = ShownPicture(artifact=artifacts.put(ramp(64, 8)), caption="")
    encoder.encode(plain, artifacts)

    others = [
        plain.model_copy(update={"mirrored": True}),
        plain.model_copy(update={"max_side_px": 32}),
    ]
    assert [encoder.known(one) for one in others] == [None, None]
    assert (
        encoder.known(plain.model_copy(update={"caption": "another", "detail": "low"})) is not None
    )
