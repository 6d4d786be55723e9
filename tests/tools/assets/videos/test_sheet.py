from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tools.assets.videos.sheet import Sheet
from tools.assets.videos.tiles import Tile
from tools.assets.videos.video import Video
from tools.records import FrameExtent, ImageExtent

Opened = Callable[..., Video]


@pytest.fixture
def sheet(opened: Opened) -> Sheet:
    """24 frames of 96 x 64 px on 12 tiles: 0 stands for frames 0 to 2, and so on."""
    return opened().picture("frames 0-24 in 12")


def slot_box(tile: Tile, box: list[float]) -> list[float]:
    """A box of frame pixels in the sheet, of a tile that is not made smaller."""
    x, y = tile.slot.x, tile.slot.y
    return [box[0] + x, box[1] + y, box[2] + x, box[3] + y]


def test_a_sheet_shows_its_frames_where_its_tiles_stand(sheet: Sheet) -> None:
    image = sheet.read(sheet.window_xyxy)

    assert list(image.shape) == [sheet.size[1], sheet.size[0], 3]
    for tile in sheet.tiles:
        left = 2 * tile.moment.frame
        middle = image[tile.slot.y + 32, tile.slot.x + left + 8]
        assert tuple(middle > 128) == (True, False, False)


def test_time_stamps_stand_above_the_frames_and_not_on_them(sheet: Sheet, opened: Opened) -> None:
    image = sheet.read(sheet.window_xyxy)
    tile = sheet.tiles[5]
    x, y, width, height = tile.slot

    assert image[y - 20 : y, x : x + width].max() == 255
    shown = image[y : y + height, x : x + width]
    np.testing.assert_array_equal(shown, opened().read_frame(tile.moment.frame))


def test_a_window_is_the_same_as_that_part_of_the_whole(sheet: Sheet) -> None:
    whole = sheet.read(sheet.window_xyxy)

    np.testing.assert_array_equal(sheet.read([90, 30, 250.5, 130]), whole[30:130, 90:251])
    with pytest.raises(ValueError, match="must overlap the sheet"):
        sheet.read([-20, -20, -1, -1])


def test_a_box_on_a_tile_is_its_frames_and_that_box_of_them(sheet: Sheet) -> None:
    tile = sheet.tiles[3]

    extent = sheet.extent(slot_box(tile, [10, 20, 30, 40]))

    assert extent == FrameExtent(
        first_frame=tile.moment.first,
        last_frame=tile.moment.last,
        box_xyxy=[10, 20, 30, 40],
        start_s=tile.moment.first / 25,
        end_s=tile.moment.last / 25,
    )
    assert sheet.box_of(extent) == slot_box(tile, [10, 20, 30, 40])


def test_a_mask_tightens_the_box_and_the_frames(sheet: Sheet) -> None:
    one, other = sheet.tiles[0], sheet.tiles[1]
    x1, y1, x2, y2 = round(one.box[0]), round(one.box[1]), round(other.box[2]), round(other.box[3])
    mask = np.zeros((y2 - y1, x2 - x1), np.bool_)
    mask[5:9, 7:12] = True

    extent = sheet.extent([x1, y1, x2, y2], mask)

    assert (extent.first_frame, extent.last_frame) == (one.moment.first, one.moment.last)
    assert extent.box_xyxy == [7, 5, 12, 9]


def test_a_box_over_two_tiles_spans_the_time_of_both(sheet: Sheet) -> None:
    one, other = sheet.tiles[0], sheet.tiles[1]

    extent = sheet.extent([one.box[0] + 50, 30, other.box[0] + 50, 60])

    assert (extent.first_frame, extent.last_frame) == (one.moment.first, other.moment.last)


def test_a_sliver_of_the_next_tile_does_not_add_its_time(sheet: Sheet) -> None:
    one, other = sheet.tiles[0], sheet.tiles[1]

    extent = sheet.extent([one.box[0] + 50, 30, other.box[0] + 2, 60])

    assert (extent.first_frame, extent.last_frame) == (one.moment.first, one.moment.last)


def test_a_time_stamp_is_no_place_of_the_video(sheet: Sheet) -> None:
    with pytest.raises(ValueError, match="shows no frame of the video"):
        sheet.extent([2, 2, 40, 16])
    with pytest.raises(ValueError, match="shows no frame of the video"):
        sheet.closer([2, 2, 40, 16])


def test_an_extent_is_found_in_the_tile_that_shows_most_of_it(sheet: Sheet) -> None:
    tile = sheet.tiles[4]
    first, last = tile.moment.first, tile.moment.last

    def extent(begin: int, end: int) -> FrameExtent:
        return FrameExtent(first_frame=begin, last_frame=end, box_xyxy=[0, 0, 96, 64])

    assert sheet.box_of(extent(first, first + 1)) == tile.box
    assert sheet.box_of(extent(first, last)) == tile.box
    assert sheet.box_of(extent(100, 110)) is None
    assert sheet.box_of(ImageExtent(box_xyxy=[0, 0, 9, 9])) is None


def test_scores_are_painted_as_the_worst_of_the_frames_of_a_tile(sheet: Sheet) -> None:
    scores = np.zeros((24, 2, 3), np.float32)
    tile = sheet.tiles[2]
    scores[tile.moment.first, 1, 2] = 5
    scores[tile.moment.last - 1, 1, 2] = 7
    scores[tile.moment.first, 0, 0] = np.nan

    painted = sheet.paint(scores)

    x, y, _, _ = tile.slot
    expected = np.zeros((64, 96))
    expected[32:, 64:] = 7
    np.testing.assert_array_equal(painted[y : y + 64, x : x + 96], expected)
    painted[y : y + 64, x : x + 96] = 0
    assert not painted.any()
    with pytest.raises(ValueError, match="scores must be of 24 frames"):
        sheet.paint(scores[:3])


def test_closer_gives_the_frames_of_a_tile_at_full_size_and_its_name_makes_it_again(
    opened: Opened,
) -> None:
    frames = [np.full((300, 400, 3), 9 * k, np.uint8) for k in range(24)]
    video = opened("large.avi", frames=frames, codec="mjpeg", pix_fmt="yuvj444p")
    sheet = video.picture("frames 0-24 in 4")
    tile = sheet.tiles[1]
    # 4 frames fit on a sheet one and a quarter times as large as they are.
    factor = tile.slot.width / 400

    closer = sheet.closer(tile.from_frame([100, 50, 180, 110]) or [])

    assert closer is not None
    assert 1 < len(closer.tiles) <= 12
    assert closer.tiles[0].moment.first == tile.moment.first
    assert closer.tiles[-1].moment.last == tile.moment.last
    crop = closer.tiles[0].crop
    np.testing.assert_allclose(crop, [100, 50, 180, 110], atol=2 / factor)
    assert closer.tiles[0].factors == (1, 1)
    again = video.picture(closer.name)
    np.testing.assert_array_equal(again.read(again.window_xyxy), closer.read(closer.window_xyxy))


def test_closer_ends_where_every_frame_is_shown_at_full_size(sheet: Sheet) -> None:
    tile = sheet.tiles[0]

    closer = sheet.closer(tile.box)

    assert closer is not None
    assert [one.moment.frame for one in closer.tiles] == list(
        range(tile.moment.first, tile.moment.last)
    )
    assert closer.closer(closer.tiles[0].box) is None


def test_a_window_over_most_of_a_frame_shows_the_frame(sheet: Sheet) -> None:
    closer = sheet.closer(slot_box(sheet.tiles[0], [5, 3, 92, 62]))

    assert closer is not None
    assert closer.tiles[0].crop == (0, 0, 96, 64)
    assert closer.label == "2 frames from 0:00.0 to 0:00.1"


def test_a_speck_is_shown_with_what_is_around_it(sheet: Sheet) -> None:
    closer = sheet.closer(slot_box(sheet.tiles[0], [95, 0, 96, 1]))

    assert closer is not None
    assert closer.tiles[0].crop == (80, 0, 96, 16)
