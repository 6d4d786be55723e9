"""What all pages of a run share is made once, and each run has its own."""

from __future__ import annotations

from agent.report.page import run_facts


def test_each_run_tells_its_own_settings_and_versions() -> None:
    one = run_facts({"seed": 1, "model": None}, {"torch": "2.13"})
    other = run_facts({"seed": 2, "model": None}, {"torch": "2.13"})

    assert one is run_facts({"seed": 1, "model": None}, {"torch": "2.13"})
    assert str(one) == str(other).replace("<td>2</td>", "<td>1</td>")
    assert [word in one for word in ("seed", "unset", "torch", "2.13")] == [True] * 4


def test_what_a_setting_says_stays_text() -> None:
    told = run_facts({"question": "<script>alert(1)</script>"}, {"<b>": "<i>"})

    assert "<script>" not in told
    assert "&lt;script&gt;" in told
    assert "<b>" not in told
