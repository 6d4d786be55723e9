from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from agent.cli import run
from agent.commands.inspection import tell_interrupted
from agent.input_files import picture_files
from agent.run_folder import RunFolder
from graphs.schema import inspection_schema
from tools.errors import AssetError

Loupe = Callable[[str], tuple[int, str, str]]


@pytest.fixture
def loupe(capsys: pytest.CaptureFixture[str]) -> Loupe:
    """Runs a command line; gives the exit code, stdout and stderr."""

    def call(arguments: str) -> tuple[int, str, str]:
        code = run(arguments.split())
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def strange(strange: Path, home: Path) -> Path:
    """With a home beside it."""
    assert home.parent == strange.parent
    return strange


def test_help_names_every_command_also_those_that_join(loupe: Loupe) -> None:
    code, out, _ = loupe("--help")
    loupe("eval --help")

    assert code == 0
    # The command line is built once, and joined commands are in it from their first use.
    assert loupe("--help")[1] == out
    for command in ("inspect", "knowledge", "demo", "doctor", "schema", "models", "eval"):
        assert f" {command} " in out


def test_a_joined_command_runs(loupe: Loupe) -> None:
    code, out, _ = loupe("eval --help")

    assert code == 0
    assert "eval" in out


def test_without_a_command_the_help_is_shown(loupe: Loupe) -> None:
    assert "inspect" in loupe("")[1]
    assert "calibrate" in loupe("knowledge")[1]


def test_the_version_is_one_line(loupe: Loupe) -> None:
    assert loupe("--version") == (0, "loupe 0.1.0\n", "")


def test_the_schema_is_printed_as_published(loupe: Loupe) -> None:
    code, out, err = loupe("schema")

    assert (code, json.loads(out), err) == (0, inspection_schema(), "")


def test_json_is_one_inspection_a_line_and_nothing_else(loupe: Loupe, strange: Path) -> None:
    shutil.copyfile(strange, strange.with_name("other.png"))

    code, out, _ = loupe("inspect *.png --home home --json")

    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert sorted(line["asset"]["path"] for line in lines) == ["other.png", "strange.png"]
    for line in lines:
        jsonschema.validate(line, inspection_schema())


def test_a_table_tells_the_decision_and_where_the_records_lie(loupe: Loupe, strange: Path) -> None:
    code, out, _ = loupe("inspect strange.png --home home --out here")

    assert code == 0
    assert "strange.png" in out
    assert "review" in out
    assert "records and overlays: here/inspections" in out
    assert (strange.parent / "here/run.json").is_file()


@pytest.mark.parametrize(("fail_on", "code"), [("anomalous", 0), ("review", 3)])
def test_fail_on_sets_the_exit_code(loupe: Loupe, strange: Path, fail_on: str, code: int) -> None:
    assert loupe(f"inspect {strange} --home home --fail-on {fail_on}")[0] == code


def test_a_run_goes_on_with_its_own_paths_and_settings(loupe: Loupe, strange: Path) -> None:
    first = loupe("inspect strange.png --home home --out here --seed 7 --json")[1]

    code, again, _ = loupe("inspect --home home --resume here --json")

    assert (code, again) == (0, first)
    assert json.loads((strange.parent / "here/run.json").read_text())["seed"] == 7


def test_a_run_goes_on_from_another_folder(
    loupe: Loupe, strange: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = loupe("inspect strange.png --home home --out here --json")[1]
    (strange.parent / "elsewhere").mkdir()
    monkeypatch.chdir(strange.parent / "elsewhere")

    code, again, _ = loupe(f"inspect --resume {strange.parent / 'here'} --json")

    assert (code, again) == (0, first)
    assert list(Path.cwd().iterdir()) == []


def test_an_interrupted_run_is_told_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = RunFolder(Path("here"))
    begun.write_run({})

    assert (tell_interrupted(begun), tell_interrupted(RunFolder(Path("other")))) == (130, 130)
    assert capsys.readouterr().err.splitlines() == [
        "error: interrupted; `loupe inspect --resume here` goes on with this run",
        "error: interrupted before the first part",
    ]


def test_a_home_serves_without_knowledge_and_one_that_is_not_there_is_not_made(
    loupe: Loupe, strange: Path
) -> None:
    Path("empty").mkdir()
    code, out, _ = loupe("inspect strange.png --home empty --out run --json")
    assert (code, json.loads(out)["verdict"]["decision"]) == (0, "review")

    code, out, err = loupe("replay run --home typo")

    assert (code, out) == (1, "")
    assert err.startswith("error: there is no home 'typo'; ")
    assert not Path("typo").exists()


def test_a_glob_gives_pictures_only_and_a_file_is_taken_once(tmp_path: Path) -> None:
    for name in ("a.jpg", "labels.csv"):
        (tmp_path / name).write_bytes(b"")

    (tmp_path / "notes.log").write_bytes(b"")

    assert picture_files(["*", str(tmp_path / "a.jpg")]) == [Path("a.jpg")]
    with pytest.raises(AssetError, match="no picture"):
        picture_files(["*.log"])


def test_a_table_is_a_series_where_it_stands_alone_and_a_list_beside_pictures(
    tmp_path: Path,
) -> None:
    (tmp_path / "labels.csv").write_bytes(b"")
    assert picture_files([str(tmp_path)]) == [tmp_path / "labels.csv"]

    (tmp_path / "a.jpg").write_bytes(b"")
    assert picture_files([str(tmp_path)]) == [tmp_path / "a.jpg"]
    assert picture_files([str(tmp_path / "labels.csv")]) == [tmp_path / "labels.csv"]


def test_the_home_counts_before_and_after_the_command(loupe: Loupe, strange: Path) -> None:
    before = loupe("--home home knowledge list --json")
    after = loupe("knowledge list --json --home home")

    assert before == after
    assert [product["name"] for product in json.loads(after[1])] == ["control-board"]


def test_knowledge_goes_in_is_found_and_goes_out_again(
    loupe: Loupe, strange: Path, samples: object
) -> None:
    found = json.loads(loupe("knowledge search scratch --home home --json")[1])
    shown = json.loads(loupe("knowledge show LCB-204 --home home --json")[1])
    removed = loupe("knowledge remove LCB-204 --home home --json")

    assert found[0]["id"] == "R1"
    assert len(shown["references"]) == 8
    assert removed == (0, '{"removed": "control-board"}\n', "")
    assert loupe("knowledge list --home home --json")[1] == "[]\n"


def test_adding_a_product_twice_changes_nothing(loupe: Loupe, strange: Path) -> None:
    from agent.commands.demo import find_samples

    code, out, _ = loupe(f"knowledge add {find_samples().product} --home home --json")

    report = json.loads(out)
    assert code == 0
    assert (report["added"], report["changed"], report["removed"]) == ([], [], [])


def test_the_doctor_finds_nothing_broken(loupe: Loupe, strange: Path) -> None:
    code, out, _ = loupe("doctor --home home --json")

    checks = {check["name"]: check for check in json.loads(out)}
    assert code == 0
    assert checks["knowledge"]["found"] == "products: control-board"
    assert all(check["ok"] for check in checks.values() if check["needed"])


def test_the_doctor_tells_what_to_do_where_something_is_broken(
    loupe: Loupe, tmp_path: Path
) -> None:
    (tmp_path / "loupe.toml").write_text("backbone = 'resnet18'\n")
    (tmp_path / "f").write_bytes(b"")

    code, out, _ = loupe("doctor --home f")

    broken = [line.split()[1] for line in out.splitlines() if line.startswith("BROKEN")]
    assert code == 1
    assert broken == ["weights", "home"]
    assert "`loupe models pull resnet18` brings it" in out


def test_the_doctor_makes_nothing(loupe: Loupe, tmp_path: Path) -> None:
    loupe("doctor --home new")

    assert list(tmp_path.iterdir()) == []


def test_weights_are_taken_from_a_folder_and_verified(
    loupe: Loupe, shared_data: Path, tmp_path: Path
) -> None:
    source = shared_data / "weights" / "resnet18_to_layer3"

    assert loupe(f"models pull resnet18 --from {source} --home new")[0] == 0
    code, verified, _ = loupe("models verify resnet18 --home new --json")
    assert (code, json.loads(verified)["model"]) == (0, "resnet18")
    listed = json.loads(loupe("models list --home new --json")[1])
    assert listed["models"]["resnet18"] == "present"
    changed = tmp_path / "new/models/resnet18/conv1.bias.npy"
    changed.write_bytes(changed.read_bytes()[:-1] + b"\0")
    code, _, err = loupe("models verify resnet18 --home new")
    assert (code, "conv1.bias.npy changed since the pull" in err) == (1, True)


def test_weights_that_cannot_be_copied_leave_nothing(
    loupe: Loupe, shared_data: Path, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    shutil.copytree(shared_data / "weights" / "resnet18_to_layer3", source)
    # A file that is there and cannot be read, whoever reads it.
    (source / "more.npy").symlink_to("/proc/self/mem")

    code, _, err = loupe("models pull resnet18 --from source --home new")

    assert code == 1
    assert err.startswith("error: 'source/more.npy' cannot be copied")
    assert not (tmp_path / "new").exists()


def test_a_folder_gives_its_own_pictures_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "parts/masks").mkdir(parents=True)
    for name in ("b.PNG", "a.jpg", "notes.txt", "masks/a.png"):
        (tmp_path / "parts" / name).write_bytes(b"")

    assert picture_files(["parts", "parts/a.jpg"]) == [Path("parts/a.jpg"), Path("parts/b.PNG")]
    with pytest.raises(AssetError, match="no file or folder 'nowhere'"):
        picture_files(["parts", "nowhere"])
