from __future__ import annotations

import torch

from tools.regions.connected import component_roots, join_small_components


def labels(*rows: str) -> torch.Tensor:
    return torch.tensor([[[ord(letter) for letter in row] for row in rows]])


def drawn(joined: torch.Tensor) -> list[str]:
    return ["".join(map(str, row)) for row in joined[0].tolist()]


def test_pieces_are_named_by_their_first_pixel() -> None:
    assert component_roots(labels("aab", "bab", "bbb")).tolist() == [
        [[0, 0, 2], [2, 0, 2], [2, 2, 2]]
    ]


def test_two_diagonal_pixels_are_two_pieces() -> None:
    assert component_roots(labels("ab", "ba")).tolist() == [[[0, 1], [2, 3]]]


def test_a_spiral_is_one_piece() -> None:
    spiral = labels("aaaaa", "bbbba", "abbba", "abbba", "aaaaa")
    assert set(component_roots(spiral).flatten().tolist()) == {0, 5}


def test_pieces_of_two_pictures_do_not_touch() -> None:
    both = torch.zeros(2, 2, 2, dtype=torch.int64)
    assert component_roots(both).flatten().tolist() == [0] * 4 + [4] * 4
    assert join_small_components(both, min_px=2).flatten().tolist() == [1] * 8


def test_equal_labels_apart_become_two_numbers() -> None:
    assert drawn(join_small_components(labels("aabaa", "aabaa"), min_px=1)) == ["11233", "11233"]


def test_a_small_piece_joins_the_earlier_one_that_the_search_meets_last() -> None:
    # c begins beside a; the search through it ends three pixels on, beside b.
    found = join_small_components(labels("aabbb", "aabbb", "acccb", "aabbb"), min_px=4)
    assert drawn(found) == ["11222", "11222", "12222", "11222"]


def test_a_chain_of_small_pieces_ends_in_a_large_one() -> None:
    assert drawn(join_small_components(labels("aaaabcd"), min_px=3)) == ["1111111"]


def test_a_small_first_piece_joins_a_later_one() -> None:
    assert drawn(join_small_components(labels("abbbccc"), min_px=3)) == ["1111222"]


def test_a_picture_below_the_least_size_stays_one_piece() -> None:
    assert drawn(join_small_components(labels("aab"), min_px=9)) == ["111"]
