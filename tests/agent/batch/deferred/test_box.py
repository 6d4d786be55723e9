"""What is noted of a deferred run, and the input files that its questions are divided into."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.batch.deferred.box import Came, Counted, DeferredBox, Outcome, Part, Question
from agent.batch.deferred.spool import Noted, Spool, divided
from tools.errors import SettingsError


@pytest.fixture
def box(tmp_path: Path) -> Iterator[DeferredBox]:
    with DeferredBox(tmp_path / "box.sqlite") as opened:
        yield opened


def intend(box: DeferredBox, *keys: str) -> Part:
    questions = [Question(key, images=2, picture_bytes=300) for key in keys]
    wave = box.next_wave
    return box.intend(wave=wave, file=f"{wave}.jsonl", token=f"t{wave}", questions=questions)


def test_a_part_is_open_from_the_intent_until_it_is_collected(box: DeferredBox) -> None:
    part = intend(box, "a", "b")
    assert box.open_parts == [part]
    assert (part.status, box.is_under_way("a"), box.next_wave) == ("written", True, 2)

    box.submitted(part, "batch_1")
    assert box.open_parts == [part._replace(status="submitted", batch="batch_1")]
    assert box.collected(box.open_parts[0], [Came("a", 200, "{}", (10, 4, 5))]) == 1

    assert (box.open_parts, box.is_under_way("a")) == ([], False)
    assert box.outcome("a", 1) == Outcome(200, "{}", 2, 300)
    assert (box.outcome("a", 2), box.outcome("b", 1)) == (None, None)
    assert (box.n_lost("a"), box.n_lost("b")) == (0, 1)
    assert box.counted() == Counted(1, (10, 4, 5), (10, 0, 5))


def test_what_came_of_a_question_is_kept_in_the_order_in_which_it_was_asked(
    box: DeferredBox,
) -> None:
    for body in ("first", "second"):
        box.collected(intend(box, "a"), [Came("a", 200, body)])

    found = [box.outcome("a", nth) for nth in (1, 2, 3)]
    assert [one and one.body for one in found] == ["first", "second", None]


def test_what_nobody_asked_is_not_taken(box: DeferredBox) -> None:
    box.collected(intend(box, "a"), [Came("other", 200, "{}")])

    assert box.outcome("other", 1) is None


def test_forgetting_counts_as_lost_and_forgiving_forgets_all_faults(box: DeferredBox) -> None:
    box.collected(intend(box, "a", "b"), [Came("a", 400, "wrong"), Came("b", 200, "well")])

    assert [box.forget("a"), box.forget("a")] == [1, 2]
    box.collected(intend(box, "a"), [Came("a", 400, "wrong")])
    box.forgive()

    assert (box.outcome("a", 1), box.n_lost("a")) == (None, 0)
    assert box.outcome("b", 1) == Outcome(200, "well", 2, 300)


def test_all_of_it_is_there_when_another_process_opens_it(tmp_path: Path) -> None:
    with DeferredBox(tmp_path / "b.sqlite") as first:
        part = intend(first, "a")
        first.concede(["strict"])
    with DeferredBox(tmp_path / "b.sqlite") as second:
        assert (second.open_parts, second.conceded) == ([part], {"strict"})


def test_files_are_divided_by_requests_and_by_bytes() -> None:
    noted = [Noted(Question(str(n), 0, 0), 0, 40, 0.0) for n in range(5)]

    by_requests = divided(noted, max_requests=2)
    by_bytes = divided(noted, max_bytes=120)
    assert [len(some) for some in by_requests] == [2, 2, 1]
    assert [len(some) for some in by_bytes] == [3, 2]
    assert list(divided([])) == []


def test_a_spool_gives_each_file_its_lines_and_leaves_nothing(tmp_path: Path) -> None:
    with Spool(tmp_path / "deferred") as spool:
        for name in "abc":
            spool.note(Question(name, 0, 0), {"model": "é"}, dearest_usd=1.0)
        assert "b" in spool
        first, *rest = spool.noted
        spool.write(rest, tmp_path / "rest.jsonl")
        spool.write([first], tmp_path / "first.jsonl")

    lines = (tmp_path / "rest.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["custom_id"] for line in lines] == ["b", "c"]
    assert json.loads((tmp_path / "first.jsonl").read_text("utf-8")) == {
        "custom_id": "a",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "é"},
    }
    assert list((tmp_path / "deferred").iterdir()) == []


def test_a_question_longer_than_a_file_is_refused(tmp_path: Path) -> None:
    with (
        Spool(tmp_path, max_bytes=50) as spool,
        pytest.raises(SettingsError, match="show fewer references"),
    ):
        spool.note(Question("a", 0, 0), {}, dearest_usd=0.0)
