"""Fetching from a real server on this machine: broken, wrong, missing, through a proxy."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nibabel
import pytest

from empatune.errors import SignatureError
from empatune.signatures import CATALOGUE, load
from empatune.signatures.fetching import fetch


@dataclass
class Home:
    """A server of maps that can misbehave."""

    files: dict[str, bytes]
    cut_after: int | None = None
    ranges: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range", "")
        self.asked.append((handler.path, asked))
        content = self.files.get(handler.path.rsplit("/", 1)[-1])
        if content is None:
            handler.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-") or 0) if self.ranges else 0
        rest = content[start:]
        if start >= len(content):
            handler.send_error(416)
            return
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(rest)))
        handler.end_headers()
        if self.cut_after is not None:
            rest, self.cut_after = rest[: self.cut_after], None
            handler.close_connection = True
        handler.wfile.write(rest)


@pytest.fixture
def home(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Every map as upstream has it, and an empty cache."""
    files = {}
    for entry in (CATALOGUE["care"], CATALOGUE["rejection"]):
        source = shared / "signatures" / entry.file
        name = Path(entry.upstream).name
        if entry.digest:
            nibabel.save(nibabel.load(source), tmp_path / name)
            source = tmp_path / name
        files[name] = source.read_bytes()
    served = Home(files=files)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    served.address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("EMPATUNE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("EMPATUNE_SIGNATURES_URL", served.address)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.shared
@pytest.mark.parametrize("name", ["care", "rejection"])
def test_a_fetched_map_loads_and_is_fetched_once(home: Home, tmp_path: Path, name: str) -> None:
    (path,) = fetch([name])
    assert path.parent == tmp_path / "data" / "signatures"
    assert load(name).entry is CATALOGUE[name]
    assert list(fetch([name])) == [path]
    assert home.asked == [(f"/{CATALOGUE[name].upstream}", "")]


@pytest.mark.shared
def test_a_broken_download_is_resumed(home: Home) -> None:
    home.cut_after = 100_000
    (path,) = fetch(["care"])
    first, second = (asked for _, asked in home.asked)
    assert not first
    assert 0 < int(second.removeprefix("bytes=").removesuffix("-")) <= 100_000
    assert path.read_bytes() == home.files[path.name]


@pytest.mark.shared
def test_a_server_that_cannot_resume_sends_all_again(home: Home) -> None:
    home.cut_after, home.ranges = 100_000, False
    (path,) = fetch(["care"])
    assert len(home.asked) == 2
    assert path.read_bytes() == home.files[path.name]


@pytest.mark.shared
def test_a_part_that_is_all_there_is_taken(home: Home, tmp_path: Path) -> None:
    name = CATALOGUE["care"].file
    folder = tmp_path / "data" / "signatures"
    folder.mkdir(parents=True)
    (folder / f".part-{name}").write_bytes(home.files[name])
    (path,) = fetch(["care"])
    assert path.read_bytes() == home.files[name]
    assert [path.name for path in folder.iterdir()] == [name]


@pytest.mark.shared
def test_an_altered_map_is_fetched_again(home: Home, tmp_path: Path) -> None:
    name = CATALOGUE["care"].file
    folder = tmp_path / "data" / "signatures"
    folder.mkdir(parents=True)
    (folder / name).write_bytes(home.files[name][:-1])
    (path,) = fetch(["care"])
    assert path.read_bytes() == home.files[name]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["care", "rejection"])
def test_a_wrong_map_is_never_kept(home: Home, tmp_path: Path, name: str) -> None:
    file = Path(CATALOGUE[name].upstream).name
    content = bytearray(home.files[file])
    content[len(content) // 2] ^= 1
    home.files[file] = bytes(content)
    with pytest.raises(SignatureError, match="checksum differs"):
        list(fetch([name]))
    assert [path for path in (tmp_path / "data").rglob("*") if path.is_file()] == []


@pytest.mark.shared
def test_a_part_of_something_else_is_thrown_away(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "signatures"
    folder.mkdir(parents=True)
    (folder / f".part-{CATALOGUE['care'].file}").write_bytes(b"x" * 5000)
    (path,) = fetch(["care"])
    assert path.read_bytes() == home.files[path.name]


@pytest.mark.shared
def test_a_missing_file_and_no_connection_say_what_to_do(home: Home) -> None:
    home.files.clear()
    with pytest.raises(SignatureError, match=r"404.*HTTPS_PROXY.*Offline, copy"):
        list(fetch(["care"]))
    with pytest.raises(SignatureError, match="Offline, copy"):
        list(fetch(["care"], home="http://127.0.0.1:9"))


@pytest.mark.shared
def test_a_proxy_of_the_environment_is_used(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", home.address)
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NO_PROXY", "")
    (path,) = fetch(["care"], home="http://maps.example/repository")
    assert path.is_file()
    assert home.asked[0][0].startswith("http://maps.example/repository/")


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(SignatureError, match="Known signatures: care"):
        list(fetch(["kindness"]))
