"""Screens that nobody looks at, with a keyboard and a camera: X, Wayland, and a browser."""

import base64
import fcntl
import io
import json
import os
import pty
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageGrab

Shot = NDArray[np.uint8]
"""(H, W, 3)."""

SIZE = (1400, 1000)
"""Pixels of the screen."""
START_S = 20.0
BROWSER_S = 90.0
_NOBODY = 65534
_KEYMAP_MS = "200"
"""wtype brings its own keymap each time; keys that come before the terminal has read it are lost."""
_HERE = Path(__file__).parent
_MODULES = _HERE / "node_modules"


class Display(Protocol):
    """Where a terminal can be started, typed into, looked at and made smaller."""

    needs: ClassVar[tuple[str, ...]]
    """Programs."""

    def start(self, command: Sequence[str], environment: dict[str, str]) -> None: ...

    def press(self, key: str, times: int = 1) -> None:
        """A key by its X name, "ctrl+" before it where Control is held."""
        ...

    def type(self, text: str) -> None: ...

    def shot(self) -> Shot: ...

    def resize(self, width: int, height: int) -> None:
        """The terminal's window, in pixels."""
        ...

    def focus(self) -> None:
        """Keys go to the terminal's window, where they do not by themselves."""
        return

    def close(self) -> None: ...


def environment(**more: str) -> dict[str, str]:
    """This process's, without what says which terminal it runs in itself."""
    betraying = (
        "TMUX",
        "TERM",
        "COLORTERM",
        "KITTY",
        "VTE",
        "WT_",
        "STY",
        "LC_TERMINAL",
        "DISPLAY",
        "WAYLAND",
        "VAETUI",
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(betraying)}
    return {**kept, "LIBGL_ALWAYS_SOFTWARE": "1", "LC_ALL": "C.UTF-8", **more}


def stop(process: "subprocess.Popen[Any] | None") -> None:
    """Ends it and what it started."""
    if process is None or process.poll() is not None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(3)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
        return


class XDisplay(Display):
    """Xvfb, steered by xdotool. There is no window manager: keys go where the pointer is."""

    needs: ClassVar[tuple[str, ...]] = ("Xvfb", "xdotool")

    def __init__(self) -> None:
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"]
        self._server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(writing)
        with os.fdopen(reading) as answer:
            self.name = f":{answer.readline().strip()}"
        self._terminal: subprocess.Popen[Any] | None = None

    def start(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self._terminal = _launch(command, {**environment, "DISPLAY": self.name})
        self._xdotool("mousemove", "3", "3")

    def _xdotool(self, *words: str) -> str:
        done = subprocess.run(
            ["xdotool", *words], env={**os.environ, "DISPLAY": self.name}, capture_output=True, text=True, check=False
        )
        return done.stdout

    def press(self, key: str, times: int = 1) -> None:
        self._xdotool("key", "--repeat", str(times), "--delay", "30", key)

    def type(self, text: str) -> None:
        self._xdotool("type", "--delay", "15", text)

    def shot(self) -> Shot:
        return np.asarray(ImageGrab.grab(xdisplay=self.name).convert("RGB"))

    def resize(self, width: int, height: int) -> None:
        for window in self._windows():
            self._xdotool("windowsize", window, str(width), str(height))

    def focus(self) -> None:
        """Konsole hears no keys before it is told so."""
        for window in self._windows():
            self._xdotool("windowfocus", window)

    def _windows(self) -> list[str]:
        return self._xdotool("search", "--maxdepth", "1", "--onlyvisible", "--name", "").split()

    def close(self) -> None:
        stop(self._terminal)
        stop(self._server)


class WaylandDisplay(Display):
    """sway without a screen; keys by wtype, pictures by grim. The window fills the output."""

    needs: ClassVar[tuple[str, ...]] = ("sway", "swaymsg", "wtype", "grim")

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="terminals-"))
        config = self._folder / "config"
        config.write_text(
            f"xwayland disable\ndefault_border none\nseat * hide_cursor 100\n"
            f"output HEADLESS-1 resolution {SIZE[0]}x{SIZE[1]} position 0 0\n"
        )
        headless = {"WLR_BACKENDS": "headless", "WLR_LIBINPUT_NO_DEVICES": "1", "WLR_RENDERER": "pixman"}
        self._environment = {**os.environ, **headless, "XDG_RUNTIME_DIR": str(self._folder)}
        self._environment.pop("DISPLAY", None)
        who: dict[str, Any] = {}
        if os.geteuid() == 0:  # sway refuses to run as root
            who = {"user": _NOBODY, "group": _NOBODY}
            for path in (self._folder, config):
                os.chown(path, _NOBODY, _NOBODY)
        self._server = subprocess.Popen(
            ["sway", "-c", str(config)],
            **who,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._terminal: subprocess.Popen[Any] | None = None
        sockets = {"WAYLAND_DISPLAY": "wayland-?", "SWAYSOCK": "sway-ipc.*"}
        for name, pattern in sockets.items():
            self._environment[name] = str(_appearing(self._folder, pattern))

    def start(self, command: Sequence[str], environment: dict[str, str]) -> None:
        names = ("XDG_RUNTIME_DIR", "WAYLAND_DISPLAY")
        self._terminal = _launch(command, {**environment, **{name: self._environment[name] for name in names}})

    def _run(self, *words: str) -> bytes:
        return subprocess.run(words, env=self._environment, capture_output=True, check=False).stdout

    def press(self, key: str, times: int = 1) -> None:
        *held, name = key.split("+")
        down = [word for modifier in held for word in ("-M", modifier)]
        up = [word for modifier in held for word in ("-m", modifier)]
        self._run("wtype", "-s", _KEYMAP_MS, *down, *(["-k", name, "-s", "30"] * times), *up)

    def type(self, text: str) -> None:
        keys = text.replace("\n", "")
        self._run("wtype", "-s", _KEYMAP_MS, "-d", "15", keys, "-s", "30")
        if text.endswith("\n"):
            self.press("Return")

    def shot(self) -> Shot:
        return np.asarray(Image.open(io.BytesIO(self._run("grim", "-t", "ppm", "-"))).convert("RGB"))

    def resize(self, width: int, height: int) -> None:
        self._run("swaymsg", "output", "HEADLESS-1", "resolution", f"{width}x{height}")

    def close(self) -> None:
        stop(self._terminal)
        stop(self._server)
        shutil.rmtree(self._folder, ignore_errors=True)


class BrowserDisplay(Display):
    """xterm.js in a browser without a window; its pseudo-terminal is here."""

    needs: ClassVar[tuple[str, ...]] = ("node", "npm", "chromium")
    _KEYS: ClassVar[dict[str, str]] = {"question": "?", "Return": "Enter"}

    def __init__(self, columns: int, rows: int) -> None:
        self._columns, self._rows = columns, rows
        self._browser: subprocess.Popen[bytes] | None = None
        self._terminal: subprocess.Popen[Any] | None = None
        self._lock = threading.Lock()
        self._done: list[Any] = []
        self._is_done = threading.Condition()
        self._handle, self._far = pty.openpty()
        self._folder = Path(tempfile.mkdtemp(prefix="terminals-"))
        self.size: dict[str, Any] = {}

    def _browse(self, *words: str) -> None:
        """Opens the browser, with what else browser.cjs takes."""
        if not (_MODULES / "@xterm").is_dir():
            subprocess.run(
                ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"], cwd=_HERE, check=True
            )
        chromium = shutil.which("chromium")
        assert chromium is not None
        self._browser = subprocess.Popen(
            ["node", str(_HERE / "browser.cjs"), chromium, str(self._columns), str(self._rows), *words],
            env={**os.environ, "NODE_PATH": str(_MODULES)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()
        self.size.update(self._wait_done())

    def _set_size(self) -> None:
        packed = struct.pack("HHHH", *(self.size[name] for name in ("rows", "columns", "width", "height")))
        fcntl.ioctl(self._handle, termios.TIOCSWINSZ, packed)

    def _say(self, **message: Any) -> None:
        assert self._browser is not None
        assert self._browser.stdin is not None
        with self._lock:
            self._browser.stdin.write(json.dumps(message).encode() + b"\n")
            self._browser.stdin.flush()

    def _listen(self) -> None:
        assert self._browser is not None
        assert self._browser.stdout is not None
        for line in self._browser.stdout:
            message = json.loads(line)
            if "data" in message:
                os.write(self._handle, base64.b64decode(message["data"]))
                continue
            with self._is_done:
                self._done.append(message["ready"] if "ready" in message else message["done"])
                self._is_done.notify()

    def _wait_done(self) -> Any:
        with self._is_done:
            if not self._is_done.wait_for(lambda: self._done, BROWSER_S):
                raise RuntimeError("the browser does not answer")
            return self._done.pop()

    def start(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self._browse()
        self._set_size()
        self._terminal = subprocess.Popen(
            command,
            env={**environment, "TERM": "xterm-256color"},
            stdin=self._far,
            stdout=self._far,
            stderr=self._far,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        threading.Thread(target=self._carry, daemon=True).start()

    def _carry(self) -> None:
        try:
            while data := os.read(self._handle, 65536):
                self._say(write=base64.b64encode(data).decode())
        except OSError:
            return

    def press(self, key: str, times: int = 1) -> None:
        *held, name = key.split("+")
        for _ in range(times):
            self._say(press=self._KEYS.get(name, name), **{"with": ["Control" for _ in held]})
            time.sleep(0.03)

    def type(self, text: str) -> None:
        self._say(type=text)

    def shot(self) -> Shot:
        path = self._folder / "shot.png"
        self._say(shot=str(path))
        self._wait_done()
        return np.asarray(Image.open(path).convert("RGB"))

    def resize(self, width: int, height: int) -> None:
        cell = self.size["width"] / self.size["columns"], self.size["height"] / self.size["rows"]
        self._say(resize=[int(width / cell[0]), int(height / cell[1])])
        self.size.update(self._wait_done())
        self._set_size()

    def close(self) -> None:
        stop(self._terminal)
        stop(self._browser)
        shutil.rmtree(self._folder, ignore_errors=True)


class CodeDisplay(BrowserDisplay):
    """The terminal of VS Code, which code-server serves to the browser; it fills the window."""

    needs: ClassVar[tuple[str, ...]] = ("code-server", *BrowserDisplay.needs)
    _SETTINGS: ClassVar[dict[str, Any]] = {
        "terminal.integrated.enableImages": True,
        "terminal.integrated.defaultLocation": "editor",
        "terminal.integrated.defaultProfile.linux": "proof",
        "terminal.integrated.sendKeybindingsToShell": True,
        "workbench.colorTheme": "Default Dark Modern",
        "workbench.startupEditor": "none",
        "workbench.activityBar.location": "hidden",
        "workbench.statusBar.visible": False,
        "workbench.editor.showTabs": "none",
        "window.menuBarVisibility": "hidden",
        "security.workspace.trust.enabled": False,
    }

    def start(self, command: Sequence[str], environment: dict[str, str]) -> None:
        profile = {"proof": {"path": command[0], "args": list(command[1:])}}
        settings = self._folder / "data" / "User" / "settings.json"
        settings.parent.mkdir(parents=True)
        settings.write_text(json.dumps({**self._SETTINGS, "terminal.integrated.profiles.linux": profile}))
        configuration = self._folder / "config.yaml"
        configuration.write_text("auth: none\n")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            place = f"127.0.0.1:{free.getsockname()[1]}"
        data = ["--user-data-dir", str(self._folder / "data"), "--extensions-dir", str(self._folder / "extensions")]
        quiet = ["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"]
        self._terminal = _launch(
            ["code-server", "--config", str(configuration), "--bind-addr", place, *data, *quiet], environment
        )
        _until_open(*place.split(":"))
        self._browse(f"http://{place}/")

    def resize(self, width: int, height: int) -> None:
        """Of the whole window, as what lies around the terminal keeps its size."""
        self._say(viewport=[width, height])
        self._wait_done()


def _until_open(host: str, port: str) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection((host, int(port)), 1):
            return
        time.sleep(0.1)
    raise RuntimeError("the server does not start")


def _launch(command: Sequence[str], environment: dict[str, str]) -> "subprocess.Popen[Any]":
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _appearing(folder: Path, pattern: str) -> Path:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        for path in folder.glob(pattern):
            if not path.name.endswith(".lock"):
                return path
        time.sleep(0.05)
    raise RuntimeError(f"no {pattern} appeared: the compositor did not start")
