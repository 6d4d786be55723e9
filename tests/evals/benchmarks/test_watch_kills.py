"""A watch that is killed while files land ends with each row once, told once and in order.

Ten times over 200 files: `python -m evals.benchmarks.watch_kills`.
"""

from __future__ import annotations

from pathlib import Path

from agent.batch.records import BatchRow
from evals.benchmarks.watch_kills import Post, counted, watched


def test_kills_leave_each_file_with_one_row_that_is_told_in_order(tmp_path: Path) -> None:
    found = watched(tmp_path, n=6, n_kills=1, seed=1, pause_s=0.2, experts=False)

    assert (found.n_rows, found.n_lines, found.n_keys) == (6, 6, 6)
    assert (found.out_of_order, found.told_out_of_order, found.unlike) == (0, 0, 0)
    assert found.unmarked == 0
    # The receiver failed on the way, and took what it had not answered once more.
    assert found.n_posts > 6


def row(name: str, task: str) -> BatchRow:
    return BatchRow(task=task, asset=f"/in/{name}", status="decided", decision="normal")


def post(number: int, name: str, *, again: bool = False) -> Post:
    return Post(f"run-t{number}", number, again, f"/in/{name}")


def test_what_is_lost_doubled_or_out_of_order_is_counted() -> None:
    names, rows = ["a", "b", "c"], [row("a", "t1"), row("b", "t2"), row("c", "t3")]
    posts = [post(1, "a"), post(2, "b"), post(2, "b", again=True), post(3, "c")]

    fine = counted(names, [1], rows, posts)
    assert (fine.n_rows, fine.n_keys, fine.n_posts) == (3, 3, 4)
    assert (fine.out_of_order, fine.unmarked, fine.told_out_of_order, fine.unlike) == (0, 0, 0, 0)
    assert counted(names, [1], rows, posts[:-1]).unlike == 1
    assert counted(names, [1], [rows[1], rows[0], rows[2]], posts).out_of_order == 1
    assert counted(names, [1], rows, [*posts, post(1, "a")]).unmarked == 1
    assert counted(names, [1], rows, [posts[1], posts[0], posts[3]]).told_out_of_order == 1
    assert counted(names, [1], [*rows, row("a", "t9")], posts).unlike == 1
