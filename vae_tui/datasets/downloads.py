"""A whole file from the network, or the file as it was: never part of one."""

import errno
import hashlib
import http.client
import os
import secrets
import shutil
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from vae_tui import __version__
from vae_tui.datasets.contract import LoadProgress, Report, paced
from vae_tui.errors import AbsentDataError, VaeTuiError, printable

TIMEOUT_S = 30.0
"""Longest wait for a connection, and for the next bytes."""
CHUNK_BYTES = 1 << 18
STALE_S = 3600.0
"""Age at which a .part file belongs to no download any more: a live one is written at least every TIMEOUT_S."""
OTHER_FOLDER_HINT = "or choose another folder with --data-dir or VAETUI_DATA"

_are_refused: ContextVar[bool] = ContextVar("are_refused", default=False)
"""Whether nothing may be downloaded, in this thread."""


class _ServerError(Exception):
    """One address did not give the file: the reason, and what the person can do about it."""

    def __init__(self, reason: str, next_step: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.next_step = next_step


def default_root() -> Path:
    """Where downloads are kept when nobody says: VAETUI_DATA, else the user's cache folder."""
    if named := os.environ.get("VAETUI_DATA"):
        return Path(named)
    try:
        import platformdirs
    except ImportError:
        hint = "give one with --data-dir or VAETUI_DATA, or pip install platformdirs"
        raise VaeTuiError("no folder for downloads is known", hint) from None
    return platformdirs.user_cache_path("vaetui", appauthor=False)


@contextmanager
def no_downloads() -> Iterator[None]:
    """In this thread `fetch` gives what is there, and raises AbsentDataError where it would have to download."""
    before = _are_refused.set(True)
    try:
        yield
    finally:
        _are_refused.reset(before)


def fetch(urls: Sequence[str], target: Path, md5: str, report: Report, *, damaged: Path | None = None) -> Path:
    """`target`, downloaded from the first address that gives it whole unless it is there with this md5 already.

    Until a download is complete and its md5 right, it lies in a .part file beside `target`, which is removed on
    every failure. `damaged` is the unpacked file that makes the download necessary, for the message.
    """
    with explained(target.parent, target.name):
        found_md5 = md5_of(target)
        if found_md5 == md5:
            return target
        if _are_refused.get():
            shown = printable(str(target.parent))
            raise AbsentDataError(f"{target.name} is not in {shown}", "--data downloads it", can_download=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale_parts(target)
        failures: list[_ServerError] = []
        for url in urls:
            try:
                _download(url, target, md5, paced(report))
            except _ServerError as failure:
                failures.append(failure)
            else:
                return target
    damaged = target if found_md5 else damaged
    reasons = "; ".join(failure.reason for failure in failures)
    message = f"{target.name} can't be downloaded: {reasons}"
    if damaged:
        message = f"{printable(str(damaged))} is damaged, and {message}"
    raise VaeTuiError(message, f"{failures[0].next_step}, or put the file from {urls[0]} at {printable(str(target))}")


def md5_of(path: Path) -> str | None:
    """The file's md5 in hex; None where there is no such file."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of `target` when the block ends well, and is removed when it does not.

    Its name is its own, so that two processes that download at once do not write into each other's file.
    """
    part_path = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        with part_path.open("xb") as part:
            yield part
            part.flush()
            os.fsync(part.fileno())
        os.replace(part_path, target)
    finally:
        part_path.unlink(missing_ok=True)


def require_room(folder: Path, what: str, needed_bytes: int) -> None:
    """Raises VaeTuiError where the disk below `folder` has less than `needed_bytes` free."""
    if shutil.disk_usage(folder).free < needed_bytes:
        raise _disk_full(folder, what, needed_bytes)


@contextmanager
def explained(folder: Path, what: str, needed_bytes: int | None = None) -> Iterator[None]:
    """Whatever the disk refuses inside the block, as a VaeTuiError that says what to do.

    `what` is being put into `folder` and needs `needed_bytes` in all, where that is known.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(folder, what, needed_bytes) from None
        where = printable(str(error.filename or folder))
        reason = error.strerror or type(error).__name__
        raise VaeTuiError(f"{where} can't be used: {reason}", f"mend its permissions, {OTHER_FOLDER_HINT}") from None


def open_url(url: str, timeout_s: float) -> http.client.HTTPResponse:
    """The answer to a GET. Redirects are followed to http and https alone: this opener knows no file: or ftp:."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", f"vaetui/{__version__}")]
    response: http.client.HTTPResponse = opener.open(url, timeout=timeout_s)
    return response


def _download(url: str, target: Path, md5: str, report: Report) -> None:
    host = urlsplit(url).hostname or url
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError(f"not an http address: {url}")
    with _reached(host):
        response = open_url(url, TIMEOUT_S)
    digest, received_bytes = hashlib.md5(usedforsecurity=False), 0
    total_bytes = response.length
    with response, explained(target.parent, target.name, total_bytes), replacing(target) as part:
        if total_bytes is not None:
            require_room(target.parent, target.name, total_bytes)
        report(LoadProgress(f"downloading {target.name}", 0, total_bytes, "bytes"))
        while True:
            with _reached(host):
                chunk = response.read(CHUNK_BYTES)
            if not chunk:
                break
            part.write(chunk)
            digest.update(chunk)
            received_bytes += len(chunk)
            report(LoadProgress(f"downloading {target.name}", received_bytes, total_bytes, "bytes"))
        if total_bytes is not None and received_bytes < total_bytes:
            reason = f"{host} broke off after {received_bytes:,} of {total_bytes:,} bytes"
            raise _ServerError(reason, "try again")
        if digest.hexdigest() != md5:
            reason = f"what {host} sent has md5 {digest.hexdigest()}, not {md5}"
            raise _ServerError(reason, "try again, or through another network (a proxy may have answered)")


@contextmanager
def _reached(host: str) -> Iterator[None]:
    """Whatever the network refuses inside the block, as a _ServerError."""
    network = "check the network"
    try:
        yield
    except urllib.error.HTTPError as error:
        error.close()
        answer = printable(f"{error.code} {error.reason}", limit=80)
        raise _ServerError(f"{host} answered {answer}", "try again later") from None
    except (OSError, http.client.HTTPException) as error:
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(cause, TimeoutError):
            raise _ServerError(f"{host} was silent for {TIMEOUT_S:g} s", network) from None
        if isinstance(cause, socket.gaierror):
            raise _ServerError(f"no address is known for {host} (no network?)", network) from None
        if isinstance(cause, ssl.SSLCertVerificationError):
            next_step = "check the clock and the certificates of this machine"
            raise _ServerError(f"the certificate of {host} can't be trusted", next_step) from None
        words = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
        raise _ServerError(f"{host} can't be reached: {printable(words, limit=120)}", network) from None


def _disk_full(folder: Path, what: str, needed_bytes: int | None) -> VaeTuiError:
    free_bytes = shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists())).free
    need = f"it needs {_megabytes(needed_bytes)}, and " if needed_bytes is not None else ""
    message = (
        f"the disk is full: no room for {what} in {printable(str(folder))}: {need}{_megabytes(free_bytes)} is free"
    )
    return VaeTuiError(message, f"free some space, {OTHER_FOLDER_HINT}")


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


def _remove_stale_parts(target: Path) -> None:
    """Removes what a download that was killed outright left beside `target`."""
    for part_path in target.parent.glob(f"{target.name}.*.part"):
        if time.time() - part_path.stat().st_mtime > STALE_S:
            part_path.unlink(missing_ok=True)
