from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch

from agent.checkpoints import CHECKPOINTS, SHA256, CheckpointFile
from agent.cli import run
from agent.conversion import convert_file
from agent.download import fetch
from agent.weights import state_of, weights_file
from tools.errors import WeightsError
from tools.regions.sam.checkpoint import read_checkpoint

Loupe = Callable[[str], tuple[int, str, str]]
CONTENT = bytes(range(256)) * 4096


class Files(ThreadingHTTPServer):
    """Serves bytes by name on loopback; breaks off as often as it is told, after 300,000 bytes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.files: dict[str, bytes] = {"sam.pth": CONTENT}
        self.breaks = 0
        self.ranges: list[str | None] = []
        self.takes_ranges = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/weights/"


class _Answer(BaseHTTPRequestHandler):
    server: Files

    def do_GET(self) -> None:
        content = self.server.files.get(self.path.removeprefix("/weights/"))
        if content is None:
            self.send_error(404)
            return
        asked = self.headers["Range"]
        self.server.ranges.append(asked)
        first = int(asked[6:-1]) if asked and self.server.takes_ranges else 0
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - first))
        self.end_headers()
        if self.server.breaks:
            self.server.breaks -= 1
            self.wfile.write(content[first : first + 300_000])
            return
        self.wfile.write(content[first:])

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""


@pytest.fixture
def server() -> Iterator[Files]:
    with Files() as files:
        thread = threading.Thread(target=files.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield files
        files.shutdown()
        thread.join()


@pytest.fixture
def loupe(capsys: pytest.CaptureFixture[str]) -> Loupe:
    def call(arguments: str) -> tuple[int, str, str]:
        code = run(arguments.split())
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture(scope="module")
def released_expert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An expert of the released sizes and random weights, as the released pickle."""
    from tools.experts.anomaly_ov import AnomalyExpert

    path = tmp_path_factory.mktemp("released") / "pretrained_expert_7b.pth"
    torch.save(AnomalyExpert().state_dict(), path)
    return path


def expected(**changes: Any) -> CheckpointFile:
    known = CheckpointFile("sam.pth", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
    return known._replace(**changes)


def test_a_file_comes_whole(server: Files, tmp_path: Path) -> None:
    assert fetch(server.url, expected(), tmp_path / "f") == expected().sha256
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_broken_connection_is_taken_up_where_it_broke(server: Files, tmp_path: Path) -> None:
    server.breaks = 2
    fetch(server.url, expected(), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=300000-", "bytes=600000-"]


def test_a_server_without_ranges_begins_again(server: Files, tmp_path: Path) -> None:
    server.breaks, server.takes_ranges = 1, False
    fetch(server.url, expected(), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_without_a_sha256_two_halves_are_never_put_together(server: Files, tmp_path: Path) -> None:
    server.breaks = 1
    fetch(server.url, expected(sha256=""), tmp_path / "f")
    assert server.ranges == [None, None]


def test_a_connection_that_always_breaks_leaves_nothing(server: Files, tmp_path: Path) -> None:
    server.breaks, server.takes_ranges = 99, False
    with pytest.raises(WeightsError, match="cannot be fetched"):
        fetch(server.url, expected(), tmp_path / "f")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"sha256": "0" * 64}, "0{64} was expected"),
        ({"size_bytes": 7}, f"has {len(CONTENT)} bytes, 7 were expected"),
        ({"size_bytes": 9_999_999}, "9999999 were expected"),
        ({"name": "other.pth"}, "HTTP 404"),
    ],
)
def test_what_is_not_as_expected_is_removed(
    changes: dict[str, Any], says: str, server: Files, tmp_path: Path
) -> None:
    with pytest.raises(WeightsError, match=says):
        fetch(server.url, expected(**changes), tmp_path / "f")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["ftp://127.0.0.1/", "http://127.0.0.1:1/", "nowhere"])
def test_an_address_that_answers_nothing_is_named(address: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="sam"):
        fetch(address, expected(), tmp_path / "f")
    assert list(tmp_path.iterdir()) == []


def test_every_checkpoint_has_a_licence_and_a_sha256_or_none() -> None:
    for name, entry in CHECKPOINTS.items():
        assert entry.licence, name
        for file in entry.files:
            assert file.sha256 == "" or SHA256.fullmatch(file.sha256), name


def test_the_list_tells_where_from_sha256_licence_and_size(loupe: Loupe) -> None:
    code, out, _ = loupe("models list --home new")
    assert code == 0
    assert "sam_vit_b_01ec64.pth sha256 ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f" in out
    assert "Apache-2.0, 375 MB, from https://dl.fbaipublicfiles.com/segment_anything" in out
    assert "pretrained_expert_7b.pth sha256 not known" in out
    [row] = [
        row
        for row in json.loads(loupe("models list --home new --json")[1])["table"]
        if row["name"] == "sam-vit-h"
    ]
    assert (row["state"], row["files"][0]["size_bytes"]) == ("absent", 2_564_550_879)


def test_what_is_pulled_from_a_repository_is_of_a_commit_and_no_branch() -> None:
    repositories = ("hub:", "https://raw.githubusercontent.com/")
    revisions = {
        name: re.split("[@/]", entry.where)[-1]
        for name, entry in CHECKPOINTS.items()
        if entry.where.startswith(repositories)
    }

    assert {"dinov2-small", "siglip", "anomaly-ov-7b"} <= revisions.keys()
    assert [one for one in revisions.values() if not re.fullmatch("[0-9a-f]{40}", one)] == []


def test_what_nobody_has_seen_is_fetched_only_on_trust(
    server: Files, loupe: Loupe, released_expert: Path, tmp_path: Path
) -> None:
    server.files[released_expert.name] = released_expert.read_bytes()
    pull = f"models pull anomaly-ov-7b --mirror {server.url} --home home"

    code, _, err = loupe(pull)
    assert (code, "no sha256 is known of pretrained_expert_7b.pth" in err) == (1, True)
    assert (server.ranges, list(tmp_path.iterdir())) == ([], [])

    code, out, _ = loupe(f"{pull} --trust --json")
    digest = hashlib.sha256(released_expert.read_bytes()).hexdigest()
    assert (code, json.loads(out)["sha256"]) == (0, {"pretrained_expert_7b.pth": digest})
    assert loupe("models verify anomaly-ov-7b --home home")[0] == 0
    assert state_of(Path("home/models"), "anomaly-ov-05b") == "absent"


def test_another_file_under_the_name_is_refused_and_leaves_nothing(
    server: Files, loupe: Loupe, tmp_path: Path
) -> None:
    server.files["sam_vit_b_01ec64.pth"] = CONTENT
    code, _, err = loupe(f"models pull sam-vit-b --mirror {server.url} --home home")
    assert (code, "375042383 were expected" in err) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_what_came_and_does_not_load_is_not_kept(
    server: Files, loupe: Loupe, tmp_path: Path
) -> None:
    server.files["pretrained_expert_7b.pth"] = CONTENT
    code, _, err = loupe(f"models pull anomaly-ov-7b --mirror {server.url} --trust --home home")
    assert (code, "holds no weights that can be read" in err) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_a_copy_that_is_not_the_released_file_is_refused(loupe: Loupe, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source/sam_vit_b_01ec64.pth").write_bytes(CONTENT)
    code, _, err = loupe("models pull sam-vit-b --from source --home home")
    assert (code, "cannot be read as weights" in err) == (1, True)
    assert not (tmp_path / "home").exists()


def test_a_pulled_model_is_converted_in_its_folder_beside_its_tower(
    loupe: Loupe, released_expert: Path
) -> None:
    tower = Path("home/models/anomaly_ov/tower")
    tower.mkdir(parents=True)
    assert loupe(f"models pull anomaly-ov-7b --from {released_expert.parent} --home home")[0] == 0
    assert tower.is_dir()

    code, out, _ = loupe("models convert anomaly-ov-7b --home home --json")

    made = Path(json.loads(out)["file"])
    assert (code, made.name) == (0, "pretrained_expert_7b.safetensors")
    before, after = read_checkpoint(released_expert), read_checkpoint(made)
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert sorted(p.name for p in made.parent.iterdir()) == ["manifest.json", made.name, "tower"]
    assert weights_file(Path("home/models"), "anomaly-ov-7b") == made
    assert loupe("models verify anomaly-ov-7b --home home")[0] == 0
    assert "safetensors already" in loupe("models convert anomaly-ov-7b --home home")[2]


def test_a_file_is_converted_beside_itself_and_kept(loupe: Loupe, tmp_path: Path) -> None:
    tied = torch.arange(6.0)
    torch.save({"a": tied, "b": tied, "c": tied.view(2, 3).T}, tmp_path / "model.pth")
    assert loupe("models convert model.pth")[0] == 0
    after = read_checkpoint(tmp_path / "model.safetensors")
    assert (after["b"].tolist(), after["c"].tolist()) == (list(range(6)), [[0, 3], [1, 4], [2, 5]])
    assert (tmp_path / "model.pth").is_file()
    assert "must be a new file" in loupe("models convert model.pth")[2]


def test_a_pickle_that_is_no_state_dict_is_not_converted(tmp_path: Path) -> None:
    torch.save({"epoch": 3}, tmp_path / "model.pth")
    with pytest.raises(WeightsError, match="is no state dict"):
        convert_file(tmp_path / "model.pth", tmp_path / "model.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["model.pth"]


def test_an_absent_model_is_not_converted(loupe: Loupe) -> None:
    assert "is not here; pull it first" in loupe("models convert sam-vit-b --home home")[2]
    assert "is no file of weights" in loupe("models convert x.pth")[2]
