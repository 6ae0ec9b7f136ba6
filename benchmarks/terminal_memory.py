"""What a thousand frames leave in the terminal's own memory: kitty under Xvfb, the explorer in it, a key pressed.

    python benchmarks/terminal_memory.py --frames 1000
    python benchmarks/terminal_memory.py --through "chroot /srv/other" --back "chroot /host"    # another system's kitty

Needs Xvfb, xdotool and a kitty of 0.28 or later. A key is pressed 15 times a second; frames that are skipped under it
are not counted: the program's own count of frames is read from its log. The terminal's memory is that of its process
(VmRSS), after a tenth of the keys and after all.
"""

import argparse
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
COUNTING = """
import sys, atexit
from vae_tui.explorer.picturing import PicturingApp
frames = 0
shown = PicturingApp.on_picturing_app_rendered
def counted(self, message):
    global frames
    frames += 1
    open({log!r}, "w").write(str(frames))
    return shown(self, message)
PicturingApp.on_picturing_app_rendered = counted
from vae_tui.__main__ import main
sys.argv = ["vaetui", "explore", {checkpoint!r}, "--device", "cpu", "--graphics", {graphics!r}]
main()
"""


def resident_mb(pid: int) -> float:
    """VmRSS of a process."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def kitty_pid(marker: str) -> int:
    """The process of the kitty that was started with this title."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        words = path.read_bytes().split(b"\0")
        if words[0].endswith(b"kitty") and marker.encode() in words:
            return int(path.parent.name)
    raise RuntimeError("kitty did not start")


def frames_so_far(log: Path) -> int:
    """What the program has counted."""
    text = log.read_text() if log.exists() else ""
    return int(text) if text.isdecimal() else 0


def main() -> None:
    """Measures, and prints one line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--graphics", default="kitty")
    parser.add_argument("--display", default=":77")
    parser.add_argument("--through", default="", help="what runs kitty")
    parser.add_argument("--back", default="", help="what runs this system's program in there")
    options = parser.parse_args()
    environment = os.environ | {"DISPLAY": options.display, "LIBGL_ALWAYS_SOFTWARE": "1", "COLORTERM": "truecolor"}
    with tempfile.TemporaryDirectory() as folder:
        log, script = Path(folder) / "frames", Path(folder) / "counting.py"
        checkpoint = str(ROOT / "assets" / "demo.pt")
        script.write_text(COUNTING.format(log=str(log), checkpoint=checkpoint, graphics=options.graphics))
        inside = [*shlex.split(options.back), "env", f"PYTHONPATH={ROOT}", sys.executable, str(script)]
        screen = subprocess.Popen(["Xvfb", options.display, "-screen", "0", "1300x900x24"], stderr=subprocess.DEVNULL)
        time.sleep(1)
        marker = f"memory-{os.getpid()}"
        command = [*shlex.split(options.through), "kitty", "--title", marker, "--config", "NONE", *inside]
        kitty = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            wait_for(lambda: frames_so_far(log) >= 1)
            pid = kitty_pid(marker)
            early = press_until(log, options.frames // 10, environment)
            before = resident_mb(pid)
            late = press_until(log, options.frames + early, environment)
            after = resident_mb(pid)
        finally:
            os.killpg(kitty.pid, signal.SIGTERM)
            kitty.wait(10)
            screen.terminate()
    print(
        f"kitty: {before:.1f} MB after {early} frames, {after:.1f} MB after {late}: {after - before:+.1f} MB (limit 10)"
    )


def press_until(log: Path, frames: int, environment: dict[str, str]) -> int:
    """Presses r until so many frames were shown; how many were."""
    while frames_so_far(log) < frames:
        subprocess.run(["xdotool", "key", "--delay", "66", *["r"] * 15], env=environment, check=True)
    time.sleep(1)
    return frames_so_far(log)


def wait_for(holds) -> None:
    """Up to a minute."""
    end_s = time.monotonic() + 60
    while not holds():
        if time.monotonic() > end_s:
            raise RuntimeError("the explorer did not start")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
