from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.settings import Settings, load_settings, unknown_variables
from tools.errors import SettingsError

Write = Callable[[str], None]


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests run in an empty folder, without variables of Loupe's."""
    import os

    for name in [n for n in os.environ if n.startswith("LOUPE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_the_defaults_need_nothing() -> None:
    settings = load_settings()

    assert (settings.home, settings.backbone, settings.strategy) == (
        Path("loupe-home"),
        "embedded",
        "rounds",
    )


def test_flags_override_the_environment_overrides_the_file_overrides_defaults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("loupe.toml").write_text("seed = 1\nmax_rounds = 1\nconcurrency = 1\n")
    monkeypatch.setenv("LOUPE_SEED", "2")
    monkeypatch.setenv("LOUPE_MAX_ROUNDS", "2")

    settings = load_settings(seed=3)

    assert (settings.seed, settings.max_rounds, settings.concurrency) == (3, 2, 1)
    assert settings.max_tokens == 0


def test_a_flag_that_was_not_given_sets_nothing() -> None:
    Path("loupe.toml").write_text("seed = 1\n")

    assert load_settings(seed=None).seed == 1


def test_the_file_here_counts_more_than_the_one_in_the_home() -> None:
    home = Path("elsewhere")
    home.mkdir()
    (home / "loupe.toml").write_text("seed = 1\nmax_rounds = 1\n")
    Path("loupe.toml").write_text("home = 'elsewhere'\nseed = 2\n")

    settings = load_settings()

    assert (settings.home, settings.seed, settings.max_rounds) == (home, 2, 1)


def test_names_of_experts_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUPE_EXPERTS", "patch_memory, registered_difference")

    assert load_settings().experts == ("patch_memory", "registered_difference")


def test_every_setting_says_what_it_is() -> None:
    import ast
    import inspect

    import agent.served_settings
    import agent.settings

    bodies = [
        node.body
        for module in (agent.settings, agent.served_settings)
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.ClassDef)
    ]
    documented = {
        field.target.id
        for body in bodies
        for field, after in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
    }

    assert documented == set(Settings.model_fields)


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUPE_API_KEY", "swordfish")

    settings = load_settings()

    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == "swordfish"
    assert "swordfish" not in repr(settings) + str(settings.public())
    assert "api_key" not in settings.public()


def test_a_secret_of_a_wrong_kind_is_not_shown_either() -> None:
    with pytest.raises(SettingsError, match="got a secret") as caught:
        load_settings(api_key=12345)

    assert "12345" not in str(caught.value)


def test_each_setting_that_cannot_be_gets_a_line_of_its_own() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(seed=-1, strategy="guess", sed=1)

    lines = str(caught.value).splitlines()
    assert [line.split(" ")[1:3] for line in lines[:2]] == [
        ["strategy", "should"],
        ["seed", "should"],
    ]
    assert lines[2].startswith("there is no setting 'sed'; remove it, or use one of: ")
    assert ", home, " in lines[2]


def test_the_published_settings_make_the_same_settings_again() -> None:
    settings = load_settings(experts=("patch_memory",), home=Path("h"), seed=4)
    recorded = {name: value for name, value in settings.public().items() if value is not None}

    assert load_settings(**recorded) == settings.model_copy(update={"home": Path("h").resolve()})


def test_a_variable_that_is_empty_sets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUPE_HOME", "")

    assert load_settings().home == Path("loupe-home")


def test_a_misspelt_variable_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUPE_STRATEGE", "expert")
    monkeypatch.setenv("LOUPE_STRATEGY", "expert")

    assert unknown_variables() == ["LOUPE_STRATEGE"]


def test_tools_are_named_with_commas_and_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUPE_TOOLS", "zoom, look_up")
    assert load_settings().tools == ("zoom", "look_up")

    monkeypatch.setenv("LOUPE_TOOLS", "hammer")
    with pytest.raises(SettingsError, match="setting tools must be of mark, zoom"):
        load_settings()
