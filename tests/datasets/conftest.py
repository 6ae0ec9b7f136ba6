"""A web server on loopback that serves what a test puts into it, and a folder and a cache for packs."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from packed_sets import Opener, save_noise


class LoopbackServer:
    """`files` maps a path to its content; `cut` shortens what is sent of it, `requests` are the paths asked for."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.files: dict[str, bytes] = {}
        self.cut: dict[str, int] = {}
        self.redirects: dict[str, str] = {}
        self.requests: list[str] = []


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackServer]:
    monkeypatch.setenv("no_proxy", "*")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            loopback.requests.append(self.path)
            if self.path in loopback.redirects:
                self.send_response(302)
                self.send_header("Location", loopback.redirects[self.path])
                self.end_headers()
            elif self.path in loopback.files:
                content = loopback.files[self.path]
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: loopback.cut.get(self.path)])
            else:
                self.send_error(404)

        def log_message(self, *args: object) -> None:
            pass

    class QuietServer(http.server.ThreadingHTTPServer):
        def handle_error(self, *args: object) -> None:
            """A client that went away is what some tests are about."""

    with QuietServer(("127.0.0.1", 0), Handler) as httpd:
        loopback = LoopbackServer(f"http://127.0.0.1:{httpd.server_port}")
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield loopback
        finally:
            httpd.shutdown()
            thread.join()


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """Twelve images, one of which can't be read and one of which breaks off."""
    for index in range(12):
        save_noise(tmp_path / "flat" / f"{index}.png")
    (tmp_path / "flat" / "3.png").write_text("text")
    whole = (tmp_path / "flat" / "5.png").read_bytes()
    (tmp_path / "flat" / "5.png").write_bytes(whole[:60])
    return tmp_path / "flat"


@pytest.fixture
def opened(tmp_path: Path) -> Opener:
    return Opener(tmp_path / "cache")
