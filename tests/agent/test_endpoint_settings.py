"""Endpoints are named by a file, a variable or a flag; their keys are named and never shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.endpoint_settings import EndpointSetting
from agent.settings import load_settings
from tools.errors import SettingsError

A, B = "http://a:8000/v1", "https://b.example/v1"
BOTH = (
    EndpointSetting(base_url=A, weight=2),
    EndpointSetting(base_url=B, api_key_env="KEY_B", model="other"),
)
WORDS = (f"{A} weight=2", f"{B} api_key_env=KEY_B model=other")


def test_a_file_names_them_in_tables() -> None:
    Path("loupe.toml").write_text(
        f"""
        model = "m"
        [[endpoints]]
        base_url = "{A}"
        weight = 2
        [[endpoints]]
        base_url = "{B}"
        api_key_env = "KEY_B"
        model = "other"
        """
    )

    assert load_settings().endpoints == BOTH


def test_a_variable_names_them_with_commas_and_a_flag_each_for_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert load_settings(model="m", endpoints=WORDS).endpoints == BOTH

    monkeypatch.setenv("LOUPE_ENDPOINTS", ", ".join(WORDS))
    assert load_settings(model="m").endpoints == BOTH


def test_what_a_run_records_of_them_reads_back_and_holds_no_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KEY_B", "sk-very-secret")
    settings = load_settings(model="m", endpoints=WORDS)
    recorded = json.dumps(settings.public())

    assert "sk-very-secret" not in recorded + repr(settings)
    assert load_settings(model="m", endpoints=json.loads(recorded)["endpoints"]).endpoints == BOTH
    assert settings.deciding() == load_settings(model="m").deciding()
    key = settings.endpoints[1].key()
    assert key is not None
    assert key.get_secret_value() == "sk-very-secret"


def test_the_first_stands_for_all_places() -> None:
    settings = load_settings(model="m", endpoints=WORDS)

    assert settings.vlm_places == [("m", A), ("other", B)]
    assert load_settings(model="m").vlm_places == [("m", "https://api.openai.com/v1")]


def test_a_key_whose_variable_is_not_set_is_told() -> None:
    with pytest.raises(SettingsError, match=f"endpoint {B} takes its key from KEY_B"):
        BOTH[1].key()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (f"{A} weight=0", "greater than 0"),
        (f"{A} wait=2", r"must be URL \[weight=NUMBER\]"),
        (f"{A} weight=1 weight=2", "must be URL"),
        ("localhost:8000", "must be an address such as"),
        ("http://me:secret@a/v1", "must hold no key"),
        (f"{A}, {A}", "name no server twice"),
    ],
)
def test_what_is_no_endpoint_is_told_in_one_line(words: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told) as refused:
        load_settings(model="m", endpoints=words)

    assert "\n" not in str(refused.value)
    assert ":secret@" not in str(refused.value)


def test_endpoints_without_a_model_are_refused() -> None:
    with pytest.raises(SettingsError, match="set model"):
        load_settings(endpoints=A)
