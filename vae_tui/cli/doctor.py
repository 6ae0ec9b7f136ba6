"""`vaetui doctor`: what this terminal and this machine can do, and what would make them do more."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from vae_tui.cli.options import AsJson, DataDir, GraphicsChoice
from vae_tui.cli.report import print_json, print_result, print_tables, stdout_is_terminal, waiting

if TYPE_CHECKING:
    from pathlib import Path

    from vae_tui.imaging import Picture
    from vae_tui.terminal.detection import Found
    from vae_tui.terminal.painting import Painter

CARD_CELLS = (30, 6)
"""(columns, rows) of the test card at most."""


def doctor(
    graphics: GraphicsChoice = "auto",
    data_dir: DataDir = None,
    card: Annotated[bool, typer.Option(help="Draw a test card in every protocol that should work here.")] = True,
    as_json: AsJson = False,
) -> None:
    """Say what this terminal and this machine can do, draw a test card, and name what would mend the rest."""
    import os

    from vae_tui.terminal.detection import look

    found = look(graphics, thoroughly=True)  # before anything is drawn: the answers come as key presses
    with waiting("loading PyTorch"):
        facts = {"terminal": terminal_facts(found, os.environ), **machine_facts(data_dir)}
    if as_json:
        print_json(facts)
        _give_keys_back(found)
        return
    print_tables(_terminal_table(facts["terminal"]), Text(), _machine_table(facts))
    if card and stdout_is_terminal():
        _draw_cards(found)
    _print_mends(facts["terminal"]["mends"] + facts["mends"])
    _give_keys_back(found)


def terminal_facts(found: "Found", environment: Mapping[str, str]) -> dict[str, Any]:
    """What was found of the terminal, in plain values."""
    from vae_tui.terminal import PROTOCOLS
    from vae_tui.terminal.mending import mends

    answers, tmux = found.answers, found.tmux
    round_trip_s = answers.round_trip_s
    return {
        "name": found.identity.program or None,
        "version": found.identity.version or None,
        "TERM": environment.get("TERM"),
        "asked": found.tty is not None,
        "answered": round_trip_s is not None,
        "round_trip_ms": None if round_trip_s is None else round(1000 * round_trip_s, 1),
        "tmux": None if tmux is None else {"version": tmux.version or None, "passes": tmux.passes},
        "protocol": found.protocol,
        "reason": found.reason,
        "possible": [protocol for protocol in PROTOCOLS if protocol in found.possible],
        "kitty": {
            "answers": answers.kitty,
            "text_cells": found.has_placeholders,
            "edits": answers.edits,
            "reads": sorted(answers.media),
        },
        "sixel_colours": answers.registers,
        "colours": "24 bits" if found.identity.has_true_colour else "256",
        "colours_reason": found.identity.colour_reason,
        "cell": list(found.cell_size),
        "cell_reason": found.cell_source,
        "synchronised": answers.synchronised,
        "mends": [mend._asdict() for mend in mends(found, environment)],
    }


def machine_facts(data_dir: "Path | None") -> dict[str, Any]:
    """What is on this machine for training and looking, in plain values; it loads PyTorch."""
    import platform
    import shutil

    import torch

    from vae_tui import __version__
    from vae_tui.datasets.downloads import default_root
    from vae_tui.devices import resolve_device
    from vae_tui.memory import free_host_memory

    device = resolve_device("auto")
    on_cuda = device.type == "cuda"
    mends = []
    if not on_cuda and torch.version.cuda is None and torch.version.hip is None and shutil.which("nvidia-smi"):
        line = "pip install --force-reinstall torch torchvision --index-url https://download.pytorch.org/whl/cu128"
        mends.append(
            {"what": "there is an NVIDIA GPU, and this PyTorch knows none", "line": line, "where": "the shell"}
        )
    folder = data_dir or default_root()
    return {
        "vaetui": __version__,
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        "torch": torch.__version__,
        "device": str(device),
        "device_name": torch.cuda.get_device_name(device) if on_cuda else platform.machine(),
        "threads": torch.get_num_threads(),
        "memory_free_bytes": free_host_memory(),
        "device_free_bytes": torch.cuda.mem_get_info(device)[0] if on_cuda else None,
        "data_dir": str(folder),
        "data_sets": sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else [],
        "disk_free_bytes": _free_disk(folder),
        "mends": mends,
    }


def _free_disk(folder: "Path") -> int | None:
    """Bytes free where the folder is or would be."""
    import shutil

    for place in (folder, *folder.absolute().parents):
        if place.is_dir():
            return shutil.disk_usage(place).free
    return None


def _terminal_table(facts: Mapping[str, Any]) -> Table:
    table = _table()
    name = " ".join(filter(None, (facts["name"], facts["version"]))) or "unknown"
    behind = ""
    if facts["tmux"] is not None:
        passes = "lets pictures through" if facts["tmux"]["passes"] else "lets nothing through"
        behind = f" · behind tmux {facts['tmux']['version'] or ''}, which {passes}"
    table.add_row("terminal", Text(f"{name} · TERM {facts['TERM'] or 'unset'}{behind}"))
    if not facts["asked"]:
        table.add_row("", Text("not asked: there is no keyboard to answer on, or this runs in the background"))
    table.add_row("pictures", Text(f"{facts['protocol']} · {facts['reason']}"))
    table.add_row("should work", Text(" · ".join(facts["possible"])))
    kitty = facts["kitty"]
    if kitty["answers"]:
        abilities = ["text cells" if kitty["text_cells"] else "at the cursor alone"]
        abilities += ["edits in place"] if kitty["edits"] else []
        abilities += [{"shared": "shared memory", "file": "files"}[medium] for medium in kitty["reads"]]
        table.add_row("kitty", Text(" · ".join(abilities)))
    if facts["sixel_colours"] and "sixel" in facts["possible"]:
        table.add_row("sixel", Text(f"{facts['sixel_colours']} colours"))
    table.add_row("colours", Text(f"{facts['colours']} · {facts['colours_reason']}"))
    width, height = facts["cell"]
    table.add_row("cell", Text(f"{width} x {height} pixels · {facts['cell_reason']}"))
    if facts["answered"]:
        table.add_row("answers in", Text(f"{facts['round_trip_ms']} ms"))
        whole = {True: "yes", False: "no", None: "the terminal does not say"}[facts["synchronised"]]
        table.add_row("whole frames", Text(f"{whole} (?2026)"))
    return table


def _machine_table(facts: Mapping[str, Any]) -> Table:
    from vae_tui.errors import printable
    from vae_tui.memory import show_size

    table = _table()
    table.add_row("vaetui", Text(f"{facts['vaetui']} · Python {facts['python']} · {facts['system']}"))
    device = f"{facts['device']} ({facts['device_name']}) · {facts['threads']} threads"
    table.add_row("torch", Text(f"{facts['torch']} · {device}"))
    memory = f"{show_size(facts['memory_free_bytes'])} free"
    if facts["device_free_bytes"] is not None:
        memory += f" · {show_size(facts['device_free_bytes'])} free on {facts['device']}"
    table.add_row("memory", Text(memory))
    free = f" · {show_size(facts['disk_free_bytes'])} free" if facts["disk_free_bytes"] is not None else ""
    kept = ", ".join(printable(name, 40) for name in facts["data_sets"]) or "nothing yet"
    table.add_row("data", Text(f"{printable(facts['data_dir'], 400)} · {kept}{free}"))
    return table


def _table() -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _draw_cards(found: "Found") -> None:
    """The test card by every painter that should work here, each under its name; the text after it starts a line."""
    from dataclasses import replace

    from vae_tui.errors import VaeTuiError
    from vae_tui.terminal import PROTOCOLS
    from vae_tui.terminal.detection import still_painter
    from vae_tui.terminal.inline import Room, show
    from vae_tui.terminal.kitty_live import PlaceholderStills

    for protocol in PROTOCOLS:
        if protocol not in found.possible:
            continue
        painters: list[tuple[str, Painter]] = [(protocol, still_painter(replace(found, protocol=protocol)))]
        if protocol == "kitty" and found.has_placeholders and found.tmux is None:
            painters.append(("kitty, in text cells", PlaceholderStills(found.cell_size, found.kitty)))
        for name, painter in painters:
            print_result(f"\n{name}:")
            room = Room(painter, *CARD_CELLS)
            try:
                show(test_card(room.width, room.height), room)
            except VaeTuiError as error:  # a terminal without colours
                print_result(error.message)
                return


def test_card(width: int, height: int) -> "Picture":
    """Eight bars of colour over ramps of red, green, blue and grey, in a frame of one white pixel."""
    import numpy as np

    columns = np.arange(width)
    card = np.empty((height, width, 3), np.uint8)
    bar = 7 - columns * 8 // width
    card[: height // 2] = np.stack([bar >> 1 & 1, bar >> 2 & 1, bar & 1], axis=1) * 255
    ramp = columns * 255 // max(1, width - 1)
    shares = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1)]
    for index, share in enumerate(shares):
        top = height // 2 + index * (height - height // 2) // 4
        card[top:] = ramp[:, None] * np.array(share)
    card[0] = card[-1] = 255
    card[:, 0] = card[:, -1] = 255
    return card


def _print_mends(mends: list[dict[str, str]]) -> None:
    if not mends:
        return
    parts: list[RenderableType] = []
    for mend in mends:
        parts += [Text(), Text.assemble(("could be better: ", "bold yellow"), mend["what"])]
        parts += [Text(f"    {mend['line']}", style="bold"), Text(f"    in {mend['where']}", style="dim")]
    print_tables(*parts)


def _give_keys_back(found: "Found") -> None:
    from vae_tui.terminal.queries import give_back

    if found.tty is not None and found.answers.typed:
        give_back(found.tty, found.answers.typed)
