"""What a person names becomes sinks, and a wrong name one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.settings import Settings
from agent.watching.sinks.naming import open_sinks
from tools.errors import SettingsError


def names(*named: str, **settings: str) -> list[str]:
    sinks = open_sinks(named, Settings(**settings), client_id="loupe")  # type: ignore[arg-type]
    return [one.name for one in sinks]


def test_several_sinks_are_opened_in_their_order(tmp_path: Path) -> None:
    assert names(
        "mqtt://broker/line/1", f"jsonl:{tmp_path}/told.jsonl", "https://u:p@mes.example/x"
    ) == [
        "mqtt://broker:1883/line/1",
        f"jsonl:{tmp_path}/told.jsonl",
        "https://mes.example/x",
    ]
    assert names("mqtts://[::1]:1/a%20b") == ["mqtts://::1:1/a b"]


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("ftp://x", "--sink must be jsonl:PATH"),
        ("jsonl:", "must name a file"),
        ("jsonl:.", "must name a file"),
        ("http://", "URL with a host"),
        ("http://h:x/", "URL with a host"),
        ("mqtt://h", "mqtt://HOST"),
        ("mqtt://h/line/#", "in the topic"),
        ("mqtt://u:p@h/line", "LOUPE_MQTT_USER"),
    ],
)
def test_what_is_no_sink_is_refused_in_a_line(named: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told) as caught:
        names(named)
    assert "u:p" not in str(caught.value)


def test_the_same_sink_twice_is_refused() -> None:
    with pytest.raises(SettingsError, match="named twice"):
        names("http://h/x?a=1", "http://h/x?a=2")


def test_a_ca_that_is_not_there_is_refused() -> None:
    with pytest.raises(SettingsError, match="mqtt_ca must be a PEM file"):
        names("mqtts://h/x", mqtt_ca="nowhere.pem")
