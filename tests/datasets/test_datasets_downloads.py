"""Downloads arrive whole or not at all, and each failure says what to do."""

import errno
import hashlib
import os
import shutil
import socket
import ssl
import urllib.error
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vae_tui.datasets import LoadProgress, downloads, silent
from vae_tui.errors import AbsentDataError, VaeTuiError

CONTENT = bytes(range(256)) * 4000
MD5 = hashlib.md5(CONTENT).hexdigest()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "root" / "data.bin"


def fetch_error(urls: list[str], target: Path, md5: str = MD5, **more: Any) -> VaeTuiError:
    """The error of a fetch that leaves the folder as it was."""
    before = {path: path.read_bytes() for path in target.parent.glob("*") if path.is_file()}
    with pytest.raises(VaeTuiError) as caught:
        downloads.fetch(urls, target, md5, silent, **more)
    assert {path: path.read_bytes() for path in target.parent.glob("*") if path.is_file()} == before
    assert caught.value.hint
    return caught.value


def test_download_arrives_whole_with_progress(server: Any, target: Path) -> None:
    server.files["/data.bin"] = CONTENT
    seen: list[LoadProgress] = []
    assert downloads.fetch([f"{server.url}/data.bin"], target, MD5, seen.append) == target
    assert target.read_bytes() == CONTENT
    assert os.listdir(target.parent) == ["data.bin"]
    assert seen[0] == LoadProgress("downloading data.bin", 0, len(CONTENT), "bytes")
    assert seen[-1].done == len(CONTENT)


def test_good_file_is_not_asked_for_again(server: Any, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(CONTENT)
    before = target.stat()
    downloads.fetch([f"{server.url}/data.bin"], target, MD5, silent)
    assert server.requests == []
    assert (target.stat().st_mtime_ns, target.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


@pytest.mark.parametrize("content", [None, b"damaged"])
def test_where_downloads_are_refused_what_is_not_there_whole_is_said_and_nothing_is_touched(
    server: Any, target: Path, content: bytes | None
) -> None:
    server.files["/data.bin"] = CONTENT
    if content is not None:
        target.parent.mkdir()
        target.write_bytes(content)
    with downloads.no_downloads():
        error = fetch_error([f"{server.url}/data.bin"], target)
    assert isinstance(error, AbsentDataError)
    assert (server.requests, target.parent.exists()) == ([], content is not None)
    downloads.fetch([f"{server.url}/data.bin"], target, MD5, silent)
    with downloads.no_downloads():
        assert downloads.fetch([f"{server.url}/data.bin"], target, MD5, silent) == target


def test_damaged_file_is_replaced(server: Any, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"damaged")
    server.files["/data.bin"] = CONTENT
    downloads.fetch([f"{server.url}/data.bin"], target, MD5, silent)
    assert target.read_bytes() == CONTENT


def test_damaged_file_stays_until_its_successor_is_whole(server: Any, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"damaged")
    server.files["/data.bin"], server.cut["/data.bin"] = CONTENT, 1000
    error = fetch_error([f"{server.url}/data.bin"], target)
    assert f"{target} is damaged" in error.message
    assert "broke off" in error.message


def test_cut_short(server: Any, target: Path) -> None:
    server.files["/data.bin"], server.cut["/data.bin"] = CONTENT, 300_000
    error = fetch_error([f"{server.url}/data.bin"], target)
    assert error.message == "data.bin can't be downloaded: 127.0.0.1 broke off after 300,000 of 1,024,000 bytes"


def test_wrong_md5(server: Any, target: Path) -> None:
    server.files["/data.bin"] = b"<html>please log in</html>"
    error = fetch_error([f"{server.url}/data.bin"], target)
    assert hashlib.md5(b"<html>please log in</html>").hexdigest() in error.message
    assert MD5 in error.message
    assert "proxy" in (error.hint or "")


def test_http_status(server: Any, target: Path) -> None:
    error = fetch_error([f"{server.url}/data.bin"], target)
    assert "127.0.0.1 answered 404 Not Found" in error.message
    assert str(target) in (error.hint or "")


def test_silent_server(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(downloads, "TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as listener:  # the kernel accepts, nobody answers
        error = fetch_error([f"http://127.0.0.1:{listener.getsockname()[1]}/data.bin"], target)
    assert "127.0.0.1 was silent for 0.05 s" in error.message


def test_closed_port(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = fetch_error([f"http://127.0.0.1:{port}/data.bin"], target)
    assert "can't be reached: Connection refused" in error.message


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (urllib.error.URLError(socket.gaierror(-3, "Temporary failure in name resolution")), "no address is known"),
        (urllib.error.URLError(ssl.SSLCertVerificationError(1, "self-signed")), "certificate of example.org"),
        (urllib.error.URLError(TimeoutError("timed out")), "was silent for"),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), "Connection reset by peer"),
    ],
)
def test_network_failures(cause: Exception, words: str, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(url: str, timeout_s: float) -> None:
        raise cause

    monkeypatch.setattr(downloads, "open_url", fail)
    error = fetch_error(["https://example.org/data.bin"], target)
    assert words in error.message
    assert "https://example.org/data.bin" in (error.hint or "")


def test_mirrors_are_tried_in_turn(server: Any, target: Path) -> None:
    server.files |= {"/bad/data.bin": b"other", "/good/data.bin": CONTENT}
    urls = [f"{server.url}/{mirror}/data.bin" for mirror in ("absent", "bad", "good", "never")]
    downloads.fetch(urls, target, MD5, silent)
    assert server.requests == ["/absent/data.bin", "/bad/data.bin", "/good/data.bin"]
    assert target.read_bytes() == CONTENT


def test_every_mirror_that_failed_is_named(server: Any, target: Path) -> None:
    server.files["/bad/data.bin"] = b"other"
    error = fetch_error([f"{server.url}/absent/data.bin", f"{server.url}/bad/data.bin"], target)
    assert "404" in error.message
    assert "md5" in error.message


def test_damaged_unpacked_file_is_named(server: Any, target: Path) -> None:
    error = fetch_error([f"{server.url}/data.bin"], target, damaged=Path("batches/one"))
    assert error.message.startswith("batches/one is damaged, and data.bin can't be downloaded")


def test_disk_too_small_is_known_before_the_transfer(
    server: Any, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.files["/data.bin"] = CONTENT
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=200_000))
    seen: list[LoadProgress] = []
    with pytest.raises(VaeTuiError) as caught:
        downloads.fetch([f"{server.url}/data.bin"], target, MD5, seen.append)
    assert "the disk is full" in caught.value.message
    assert "it needs 1.0 MB, and 0.2 MB is free" in caught.value.message
    assert "--data-dir" in (caught.value.hint or "")
    assert seen == []
    assert os.listdir(target.parent) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_disk_that_fills_up_on_the_way(code: int, server: Any, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    server.files["/data.bin"] = CONTENT
    monkeypatch.setattr(os, "fsync", fail)
    urls = [f"{server.url}/data.bin", f"{server.url}/mirror"]
    error = fetch_error(urls, target)
    assert "the disk is full: no room for data.bin" in error.message
    assert "it needs 1.0 MB" in error.message
    assert server.requests == ["/data.bin"]  # another mirror would not help


def test_folder_that_can_not_be_made(server: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    error = fetch_error([f"{server.url}/data.bin"], tmp_path / "file" / "root" / "data.bin")
    assert "Not a directory" in error.message
    assert "--data-dir" in (error.hint or "")
    assert server.requests == []


def test_folder_that_can_not_be_written(server: Any, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *args: Any, **kwargs: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    target.parent.mkdir()
    server.files["/data.bin"] = CONTENT
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(VaeTuiError, match="can't be used: Permission denied") as caught:
        downloads.fetch([f"{server.url}/data.bin"], target, MD5, silent)
    assert "--data-dir" in (caught.value.hint or "")


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_interrupted_download_leaves_nothing(
    interruption: type[BaseException], server: Any, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[str] = []

    def interrupt(progress: LoadProgress) -> None:
        if progress.done:
            parts.extend(os.listdir(target.parent))
            raise interruption

    monkeypatch.setattr(downloads, "paced", lambda report: report)
    server.files["/data.bin"] = CONTENT
    with pytest.raises(interruption):
        downloads.fetch([f"{server.url}/data.bin"], target, MD5, interrupt)
    assert [name.endswith(".part") for name in parts] == [True]
    assert os.listdir(target.parent) == []


def test_parts_of_killed_downloads_are_swept_and_live_ones_left(server: Any, target: Path) -> None:
    target.parent.mkdir()
    dead, alive, other = (target.parent / name for name in ("data.bin.0.part", "data.bin.1.part", "else.bin.0.part"))
    for path in (dead, alive, other):
        path.touch()
    for path in (dead, other):
        os.utime(path, (0, 0))
    server.files["/data.bin"] = CONTENT
    downloads.fetch([f"{server.url}/data.bin"], target, MD5, silent)
    assert sorted(os.listdir(target.parent)) == ["data.bin", "data.bin.1.part", "else.bin.0.part"]


def test_replacing_keeps_the_old_file_when_the_block_fails(tmp_path: Path) -> None:
    target = tmp_path / "kept"
    target.write_text("old")

    def replace_in_part() -> None:
        with downloads.replacing(target) as part:
            part.write(b"new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        replace_in_part()
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["kept"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/data.bin", "data:,hello"])
def test_only_http_addresses_are_opened(url: str, target: Path) -> None:
    with pytest.raises(ValueError, match="not an http address"):
        downloads.fetch([url], target, MD5, silent)


def test_redirect_is_followed_to_http_alone(server: Any, target: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(CONTENT)
    server.files["/data.bin"] = CONTENT
    server.redirects |= {"/file": secret.as_uri(), "/ftp": "ftp://127.0.0.1:1/data.bin", "/moved": "/data.bin"}
    fetch_error([f"{server.url}/file"], target)
    assert "unknown url type: ftp" in fetch_error([f"{server.url}/ftp"], target).message
    downloads.fetch([f"{server.url}/moved"], target, MD5, silent)


def test_answer_can_not_write_to_the_terminal(server: Any, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(url: str, timeout_s: float) -> None:
        raise urllib.error.URLError("\x1b]0;owned\x07")

    monkeypatch.setattr(downloads, "open_url", fail)
    assert fetch_error(["https://example.org/data.bin"], target).message.isprintable()


def test_default_root_is_the_named_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAETUI_DATA", str(tmp_path))
    assert downloads.default_root() == tmp_path


@pytest.mark.parametrize(
    "change", [lambda patch: patch.delenv("VAETUI_DATA", False), lambda patch: patch.setenv("VAETUI_DATA", "")]
)
def test_default_root_is_the_users_cache(
    change: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    change(monkeypatch)
    assert downloads.default_root().name == "vaetui"


def test_default_root_without_platformdirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VAETUI_DATA", raising=False)
    monkeypatch.setitem(__import__("sys").modules, "platformdirs", None)
    with pytest.raises(VaeTuiError) as caught:
        downloads.default_root()
    assert "--data-dir" in (caught.value.hint or "")
