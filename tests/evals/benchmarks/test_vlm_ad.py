"""What anomalib tells becomes a row beside the others; an interpreter that cannot is named.

With anomalib itself: `LOUPE_ANOMALIB_PYTHON=... python -m evals.benchmarks.vlm_ad`.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from evals.benchmarks.engines import Measured
from evals.benchmarks.served import Wanted, served
from evals.benchmarks.vlm_ad import MODEL, SCRIPT, UNSET, VARIABLE, ask_vlm_ad, main, read, table
from evals.benchmarks.vlm_ad_alone import as_data_url
from tools.errors import SettingsError

TOLD = {
    "version": "2.7.0",
    "import_s": 30.0,
    "first_s": 1.0,
    "last_s": 3.5,
    "rows": [["a.png", False, "NO: even"], ["b.png", True, "YES: a spot"]],
}
ASKS = f"""\
import base64, json, os, pathlib, sys, urllib.request
script, folder, model, out = sys.argv[1:]
assert script == {str(SCRIPT)!r}
assert "PYTHONPATH" not in os.environ
rows = []
for path in sorted(pathlib.Path(folder).iterdir()):
    body = {{"model": model, "messages": [{{"role": "user", "content": path.name}}]}}
    request = urllib.request.Request(
        os.environ["OPENAI_BASE_URL"] + "/chat/completions",
        json.dumps(body).encode(),
        {{"Content-Type": "application/json", "Authorization": "Bearer none"}},
    )
    with urllib.request.urlopen(request) as answer:
        said = json.load(answer)["choices"][0]["message"]["content"]
    rows.append([path.name, said.startswith("Y"), said])
told = {{**{TOLD!r}, "rows": rows}}
pathlib.Path(out).write_text(json.dumps(told))
"""


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "parts" / name for name in ("a.png", "b.png")]
    paths[0].parent.mkdir()
    for path in paths:
        path.write_bytes(b"a picture")
    return paths


def interpreter(folder: Path, source: str) -> str:
    """One that does the same whatever it is given."""
    path = folder / "python"
    path.write_text(f"#!{sys.executable}\n{source}", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def told(folder: Path, **other: Any) -> Path:
    path = folder / "told.json"
    path.write_text(json.dumps({**TOLD, **other}), encoding="utf-8")
    return path


def test_the_interpreter_is_given_the_server_the_pictures_and_none_of_our_sources(
    tmp_path: Path, parts: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/ours")
    with served([Wanted(MODEL, "look_up", {}, 1)]) as endpoint:
        asked = ask_vlm_ad(interpreter(tmp_path, ASKS), parts, endpoint, patience_s=60.0)
        asked_for = [json.loads(body)["messages"][0]["content"] for body in endpoint.bodies()]

    assert asked_for == ["a.png", "b.png"]
    assert (asked.version, asked.import_s) == ("2.7.0", 30.0)
    assert asked.measured == Measured("VlmAd", 2, 0, 3.5, 2.5, 2)


def test_the_first_question_begins_the_time_and_an_answer_without_words_is_none(
    tmp_path: Path, parts: list[Path]
) -> None:
    rows = [["b.png", False, None], ["a.png", False, ""]]

    measured = read(told(tmp_path, rows=rows, last_s=5.0), parts).measured

    assert measured == Measured("VlmAd", 2, 2, 5.0, 4.0, 2)
    assert measured.rate == 0.5


@pytest.mark.parametrize(
    "rows", [[["a.png", False, "NO"]], [["a.png", False, "NO"], ["a.png", False, "NO"]]]
)
def test_pictures_that_are_not_told_of_once_are_refused(
    tmp_path: Path, parts: list[Path], rows: list[Any]
) -> None:
    with pytest.raises(SettingsError, match="given 2 pictures and told of"):
        read(told(tmp_path, rows=rows), parts)


def test_an_interpreter_without_anomalib_is_told_with_its_last_line(
    tmp_path: Path, parts: list[Path]
) -> None:
    with served([Wanted(MODEL, "look_up", {}, 1)]) as endpoint:
        cannot = interpreter(tmp_path, "import anomalib_that_is_not_there\n")
        with pytest.raises(SettingsError, match="cannot run VlmAd: ModuleNotFoundError: No module"):
            ask_vlm_ad(cannot, parts, endpoint, patience_s=60.0)
        silent = interpreter(tmp_path, "")
        with pytest.raises(SettingsError, match="told nothing that can be read"):
            ask_vlm_ad(silent, parts, endpoint, patience_s=60.0)
        with pytest.raises(SettingsError, match="cannot be used"):
            ask_vlm_ad(str(tmp_path / "absent"), parts, endpoint, patience_s=60.0)


def test_without_the_variable_one_line_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == UNSET
    assert UNSET.startswith("LOUPE_ANOMALIB_PYTHON is not set: name the interpreter")


def test_the_table_has_rows_a_second_against_what_so_many_in_flight_allow() -> None:
    lines = table([Measured("VlmAd", 2, 0, 5.0, 4.0, 2)], in_flight=8, latency=2.0)

    assert lines[0].startswith("| a VLM of 2 s | n | not decided | wall, s | rows a second | of 4 ")
    assert lines[2] == "| VlmAd | 2 | 0 | 5.0 | 0.40 | 10.0% | 0.50 | 12.5% |"


def test_a_picture_is_sent_with_a_media_type_that_is_one(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"a picture")

    url = as_data_url(tmp_path / "a.png")

    assert url == f"data:image/png;base64,{base64.b64encode(b'a picture').decode()}"
