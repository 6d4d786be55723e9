"""Every bad input gets one line of error and the right exit code, and leaves nothing behind."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from agent.cli import run
from agent.commands.demo import Samples


class Row(NamedTuple):
    """A command line, what is prepared for it, and what must come of it."""

    name: str
    arguments: str
    says: str
    """A part of the error line."""
    prepare: Callable[[Path], None] = lambda _: None
    """Given the folder of the test; the product folder lies at `plate`."""
    code: int = 1
    environment: str = ""
    """NAME=VALUE"""


def written(name: str, data: bytes) -> Callable[[Path], None]:
    def write(here: Path) -> None:
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_bytes(data)

    return write


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def replace(here: Path) -> None:
        path = here / "plate" / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    return replace


def removed(name: str) -> Callable[[Path], None]:
    def remove(here: Path) -> None:
        path = here / "plate" / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return remove


def truncated(here: Path) -> None:
    picture = (here / "plate/references/one.jpg").read_bytes()
    (here / "part.jpg").write_bytes(picture[: len(picture) // 2])


def png_of(width: int, height: int) -> bytes:
    """A PNG file that claims a size and holds one byte of pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    )


def folder(name: str) -> Callable[[Path], None]:
    return lambda here: (here / name).mkdir()


FMEA = b"mode,appearance,cause,effect,remediation,occurrence,detection\n"
INSPECT = "inspect --home home"
ADD = "knowledge add plate --home home"
OK_PART = "plate/references/one.jpg"

ROWS = [
    Row("missing file", f"{INSPECT} part.png", "no file or folder 'part.png'"),
    Row("empty file", f"{INSPECT} part.png", "part.png", written("part.png", b"")),
    Row("text as png", f"{INSPECT} part.png", "part.png", written("part.png", b"not a picture")),
    Row("truncated jpg", f"{INSPECT} part.jpg", "part.jpg", truncated),
    Row("bomb", f"{INSPECT} b.png", "64000000", written("b.png", png_of(50_000, 50_000))),
    Row("no area", f"{INSPECT} part.png", "part.png", written("part.png", png_of(0, 5))),
    Row("no pixels", f"{INSPECT} part.png", "part.png", written("part.png", png_of(50, 50))),
    Row("empty tiff", f"{INSPECT} part.tiff", "part.tiff", written("part.tiff", b"")),
    Row("path too long", f"{INSPECT} {'x' * 300}", "File name too long"),
    Row("glob of no picture", f"{INSPECT} d/*", "no picture", written("d/a.log", b"text")),
    Row("empty folder", f"{INSPECT} parts", "holds no picture", folder("parts")),
    Row("folder of text", f"{INSPECT} d", "holds no picture", written("d/a.txt", b"text")),
    Row("empty glob", f"{INSPECT} parts/*.png", "no file matches 'parts/*.png'"),
    Row("no path", INSPECT, "name a picture, a folder or a glob", code=2),
    Row("pixel limit", f"{INSPECT} {OK_PART}", "100", environment="LOUPE_MAX_PIXELS=100"),
    Row("missing product folder", "knowledge add nowhere --home home", "nowhere"),
    Row("product folder is a file", "knowledge add a --home home", "is a file", written("a", b"")),
    Row("no product.yaml", ADD, "product.yaml", removed("product.yaml")),
    Row("bad yaml", ADD, "product.yaml:", replaced("product.yaml", "name: ", "name: [")),
    Row("unknown key", ADD, "colour", replaced("product.yaml", "name: ", "colour: red\nname: ")),
    Row("impossible gain", ADD, "gain", replaced("product.yaml", "gain: 0.1", "gain: 2")),
    Row("rules that are no list", ADD, "rules.yaml", written("plate/rules.yaml", b"id: R1\n")),
    Row("rule twice", ADD, "R1", replaced("rules.yaml", "id: R2", "id: R1")),
    Row("unknown kind", ADD, "kind", replaced("rules.yaml", "kind: must", "kind: shall")),
    Row("tolerance without bounds", ADD, "max", replaced("rules.yaml", "max: 5\n", "\n")),
    Row("FMEA without a column", ADD, "severity", written("plate/fmea.csv", FMEA)),
    Row("severity of 11", ADD, "severity", replaced("fmea.csv", ",7,", ",11,")),
    Row("severity in words", ADD, "severity", replaced("fmea.csv", ",7,", ",high,")),
    Row("no references", ADD, "references", removed("references")),
    Row("corrupt reference", ADD, "two.png", written("plate/references/two.png", b"junk")),
    Row("unknown product", f"{INSPECT} {OK_PART} --product gizmo", "no product 'gizmo'"),
    Row("remove unknown", "knowledge remove gizmo --home home", "no product 'gizmo'"),
    Row("show unknown", "knowledge show gizmo --home home", "no product 'gizmo'"),
    Row("calibrate unknown", "knowledge calibrate gizmo --home home", "no product 'gizmo'"),
    Row("search unknown", "knowledge search x --product gizmo --home home", "no product 'gizmo'"),
    Row("search a wrong kind", "knowledge search x --kind song --home home", "song"),
    Row("search for none", "knowledge search x -k 0 --home home", "-k", code=2),
    Row("home is a file", "knowledge list --home f", "no knowledge in home 'f'", written("f", b"")),
    Row("add to a file", "knowledge add plate --home f", "f: cannot be", written("f", b"")),
    Row("list in no home", "knowledge list --home typo", "no knowledge in home 'typo'"),
    Row("show in no home", "knowledge show x --home typo", "no knowledge in home 'typo'"),
    Row("search in no home", "knowledge search x --home typo", "no knowledge in home 'typo'"),
    Row("remove in no home", "knowledge remove x --home typo", "no knowledge in home 'typo'"),
    Row("calibrate in no home", "knowledge calibrate x --home typo", "in home 'typo'"),
    Row("home under a file", f"inspect {OK_PART} --home f/h", "f/h", written("f", b"")),
    Row("add under a file", "knowledge add plate --home f/h", "f/h", written("f", b"")),
    Row("inspect in no home", f"inspect {OK_PART} --home typo", "there is no home 'typo'"),
    Row("named in no home", f"inspect {OK_PART} --product plate --home typo", "home 'typo'"),
    Row("cases in no home", "knowledge cases --home typo", "no knowledge in home 'typo'"),
    Row("forget in no home", "knowledge forget c --home typo", "no knowledge in home 'typo'"),
    Row("resume in no home", "inspect --resume r --home typo", "in typo/runs"),
    Row("show a run in no home", "show r --home typo", "in typo/runs"),
    Row("report in no home", "report r --home typo", "in typo/runs"),
    Row("replay in no home", "replay r --home typo", "in typo/runs"),
    Row("unknown backbone", f"{INSPECT} {OK_PART} --backbone vgg", "setting backbone", code=2),
    Row("unknown expert", f"{INSPECT} {OK_PART} --expert oracle", "setting experts", code=2),
    Row("no weights", f"{INSPECT} {OK_PART} --backbone resnet18", "models pull resnet18"),
    Row("bad device", f"{INSPECT} {OK_PART} --device gpu", "setting device", code=2),
    Row("absent device", f"{INSPECT} {OK_PART} --device cuda:99", "setting device"),
    Row("bad strategy", f"{INSPECT} {OK_PART} --strategy guess", "setting strategy", code=2),
    Row("direct without a VLM", f"{INSPECT} {OK_PART} --strategy direct", "needs a VLM", code=2),
    Row("negative seed", f"{INSPECT} {OK_PART} --seed -1", "setting seed", code=2),
    Row("negative budget", INSPECT, "max_rounds", environment="LOUPE_MAX_ROUNDS=-1"),
    Row("overkill of 2", INSPECT, "target_overkill", environment="LOUPE_TARGET_OVERKILL=2"),
    Row("stability without a VLM", f"{INSPECT} {OK_PART} --stability", "asks a VLM", code=2),
    Row("unknown tool", INSPECT, "must be of mark, zoom", environment="LOUPE_TOOLS=saw"),
    Row("unknown SAM", INSPECT, "setting sam", environment="LOUPE_SAM=large"),
    Row("unknown cases", INSPECT, "keep_cases", environment="LOUPE_KEEP_CASES=maybe"),
    Row("negative price", INSPECT, "input_usd", environment="LOUPE_INPUT_USD=-1"),
    Row("long question", INSPECT, f"{79 * 'x'}...;", environment=f"LOUPE_QUESTION={2001 * 'x'}"),
    Row("unknown protocol", f"{INSPECT} {OK_PART} --protocol smoke", "setting protocol", code=2),
    Row("negative money", f"{INSPECT} {OK_PART} --max-usd -1", "setting max_usd", code=2),
    Row("replay with a typo", "replay r --set sed=1 --home home", "--set must be NAME=VALUE"),
    Row("mirror of ftp", "models pull sam-vit-b --mirror ftp://x --home home", "cannot be fetched"),
    Row("zero attempts", INSPECT, "vlm_attempts", environment="LOUPE_VLM_ATTEMPTS=0"),
    Row(
        "no fusion weights",
        f"{INSPECT} {OK_PART}",
        "fusion_weights",
        environment="LOUPE_FUSION_WEIGHTS=x",
    ),
    Row("backbone of the environment", INSPECT, "backbone", environment="LOUPE_BACKBONE=vgg"),
    Row("home of 3", f"inspect {OK_PART}", "setting home", written("loupe.toml", b"home = 3\n")),
    Row("unknown toml key", INSPECT, "'sed'", written("loupe.toml", b"sed = 1\n")),
    Row("broken toml", INSPECT, "not valid TOML", written("loupe.toml", b"seed = = 1\n")),
    Row("toml in latin-1", INSPECT, "loupe.toml", written("loupe.toml", b"home = '\xe4'\n")),
    Row("unknown --fail-on", f"{INSPECT} {OK_PART} --fail-on doubt", "--fail-on", code=2),
    Row("unknown option", f"{INSPECT} {OK_PART} --quick", "--quick", code=2),
    Row("unknown command", "inspekt part.png", "inspekt", code=2),
    Row("unknown run", f"{INSPECT} --resume monday", "no run 'monday'"),
    Row("broken run", f"{INSPECT} --resume r", "run.json", written("r/run.json", b"{")),
    Row("run of nothing", f"{INSPECT} --resume r", "must hold", written("r/run.json", b"{}")),
    Row("--out and --resume", f"{INSPECT} --resume r --out o", "give one of them", code=2),
    Row("--out in a file", f"{INSPECT} {OK_PART} --out f/x", "cannot be", written("f", b"")),
    Row("--out in no place", f"{INSPECT} {OK_PART} --out /proc/x", "cannot be written"),
    Row("--out holds files", f"{INSPECT} {OK_PART} --out plate", "--out must be a new"),
    Row("unknown weights", "models pull vgg --home home", "no weights are known by the name 'vgg'"),
    Row("weights from nowhere", "models pull resnet18 --home home", "--from DIR"),
    Row("weights from no folder", "models pull resnet18 --from x --home home", "--from must be"),
    Row("weights of nothing", "models pull resnet18 --from plate --home home", "conv1"),
    Row("verify absent weights", "models verify siglip --home home", "absent"),
]


@pytest.fixture
def here(tmp_path: Path, known_home: Path) -> Path:
    """A folder with a home that knows the sample product, and a valid product folder `plate`."""
    shutil.copytree(known_home, tmp_path / "home")
    plate = tmp_path / "plate"
    (plate / "references").mkdir(parents=True)
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(picture).save(plate / "references/one.jpg")
    (plate / "product.yaml").write_text(
        "name: plate\ndescriptor: a plate\ntolerance:\n  gain: 0.1\n"
    )
    (plate / "rules.yaml").write_text(
        "- {id: R1, kind: must, text: no scratch}\n"
        "- id: R2\n  kind: tolerance\n  text: at most five\n  quantity: area_px2\n  max: 5\n"
        "  unit: px2\n"
    )
    (plate / "fmea.csv").write_text(
        "id,mode,appearance,cause,effect,remediation,severity,occurrence,detection\n"
        "scratch,scratch,a thin line,dirt,looks,clean,7,3,2\n"
    )
    return tmp_path


def listing(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


def error_lines(stderr: str) -> list[str]:
    """Lines of stderr, those of progress left out."""
    return [line for line in stderr.splitlines() if " of " not in line or "error:" in line]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_bad_input_gets_one_line_and_leaves_nothing(
    row: Row, here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    row.prepare(here)
    if row.environment:
        monkeypatch.setenv(*row.environment.split("=", maxsplit=1))
    before = listing(here)

    code = run(row.arguments.split())

    said = capsys.readouterr()
    lines = error_lines(said.err)
    assert (code, len(lines)) == (row.code, 1), said.err
    assert lines[0].startswith("error: ")
    assert row.says in lines[0]
    assert said.out == ""
    assert listing(here) == before


def test_the_folder_that_the_rows_break_is_valid(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(ADD.split()) == 0
    assert capsys.readouterr().err == ""


@pytest.fixture
def owner(here: Path) -> Iterator[int]:
    """Another process that owns the home; its id."""
    code = (
        "import sys; from pathlib import Path; from knowledge.store import open_store\n"
        "with open_store(Path(sys.argv[1])): print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(here / "home")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process.pid
        assert process.stdin is not None
        process.stdin.close()


def test_a_home_that_another_process_owns_gets_one_line(
    here: Path, owner: int, capsys: pytest.CaptureFixture[str]
) -> None:
    before = listing(here)

    code = run(["knowledge", "list", "--home", "home"])

    said = capsys.readouterr()
    assert (code, said.out, len(said.err.splitlines())) == (1, "", 1)
    assert f"process {owner} owns it" in said.err
    assert listing(here) == before


def test_a_bad_file_among_good_ones_stops_none_of_them(
    here: Path, samples: Samples, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "bad.png").write_bytes(b"not a picture")
    (here / "worse.png").write_bytes(b"")

    code = run([*INSPECT.split(), "bad.png", "worse.png", "--json"])

    said = capsys.readouterr()
    assert code == 1
    assert len(error_lines(said.err)) == 2
    assert [line.count('"status":"failed"') for line in said.out.splitlines()] == [1, 1]
