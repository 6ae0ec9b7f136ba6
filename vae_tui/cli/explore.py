"""`vaetui explore`: a trained model under the keyboard."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import TYPE_CHECKING, Annotated

import typer

from vae_tui import garbage
from vae_tui.cli.options import ChannelsChoice, Checkpoint, Files, GraphicsChoice
from vae_tui.cli.source import Place, Source
from vae_tui.errors import VaeTuiError, printable
from vae_tui.runs import RunDir, find_checkpoint, kept_checkpoints
from vae_tui.terminal import Graphics

if TYPE_CHECKING:
    from vae_tui.child_run import ChildRun
    from vae_tui.explorer.model import OpenModel
    from vae_tui.explorer.watching import Watched

WAIT_S = 0.1
"""Between two looks for a first checkpoint."""


def explore(
    checkpoint: Checkpoint,
    source: Source,
    other: Annotated[
        Path | None,
        typer.Argument(
            metavar="OTHER",
            help="A second checkpoint: every view shows both, with the same images, seeds and latents.",
            show_default=False,
        ),
    ] = None,
    files: Files = None,
    channels: ChannelsChoice = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Of a run folder, the newest checkpoint, from its first save on.")
    ] = False,
    graphics: GraphicsChoice = "auto",
) -> None:
    """Look inside a trained model, under the keyboard."""
    place = Place(checkpoint, source, files or (), is_of_two=other is not None)
    open_explorer(place, graphics, follow=follow, other=other, channels=channels)


def open_explorer(
    place: Place,
    graphics: Graphics = "auto",
    *,
    follow: bool = False,
    child: "ChildRun | None" = None,
    other: Path | None = None,
    channels: str | None = None,
) -> None:
    """Runs the explorer until the person leaves. Raises VaeTuiError where there is no terminal or no such model.

    With `follow`, the place's checkpoint is a run folder, whose newest checkpoint is looked at from its first save on;
    with a `child`, the training in it is our own process. `other` is a second checkpoint, shown beside it. `channels`
    is what --channels names.
    """
    from vae_tui.channels import parse_channels

    shown = () if channels is None else parse_channels(channels)
    check_terminal()
    source = place.source
    run_dir = place.checkpoint if follow else None
    checkpoint = _first_save(place.checkpoint) if follow else find_checkpoint(place.checkpoint)
    other = None if other is None else find_checkpoint(other)
    garbage.hold()
    from vae_tui.explorer import run_explorer
    from vae_tui.explorer.sides import Second, Two
    from vae_tui.pictures.origin import Origin

    def open_other(first: "OpenModel") -> Two:
        from vae_tui.session import Session

        assert isinstance(first, Session)
        assert other is not None
        return Two(*source.open_beside(first, other, place.files))

    def open_first() -> "OpenModel":
        from vae_tui.channels import shown_channels

        session = place.open(checkpoint)
        if other is None:
            shown_channels(shown, session.summary.image_shape[0])  # refused before there is a picture to refuse them
        return session

    code = run_explorer(
        open_first,
        Origin(str(checkpoint), source.data, source.split, foreign=source.foreign, files=tuple(map(str, place.files))),
        graphics,
        _watched(checkpoint, run_dir, place.open, child),
        None if other is None else Second(str(other), open_other),
        shown,
    )
    if code:
        raise SystemExit(code)


def _watched(
    checkpoint: Path, run_dir: Path | None, open_path: "Callable[[Path], OpenModel]", child: "ChildRun | None"
) -> "Watched | None":
    """The run to be watched: one that is followed, or one with kept epochs that a checkpoint lies in."""
    from vae_tui.explorer.watching import Watched
    from vae_tui.following import RunFollower

    if run_dir is not None:
        return Watched(run_dir, open_path, child or RunFollower(run_dir), child)
    near = checkpoint.parent.parent if checkpoint.parent.name == RunDir.KEPT else checkpoint.parent
    return Watched(near, open_path) if kept_checkpoints(near) else None


def explore_training(words: Sequence[str], run: RunDir) -> "tuple[ChildRun, int]":
    """Trains by `vaetui train WORDS` in a child process and looks on; the child as it was left, and the exit code.

    The code is 0, or says which signal ended the explorer: SIGTERM stops the training too, the terminal's hang-up not,
    and Ctrl-C before the explorer has the keyboard stops it, saved where it has anything to save. Raises VaeTuiError
    where there is no terminal, what the training ends with before its first save, and KeyboardInterrupt where it was
    stopped before that.
    """
    from vae_tui.child_run import STOP_WAIT_S, ChildRun
    from vae_tui.cli.report import waiting

    check_terminal()
    child = ChildRun.start(words, run)
    code = 0
    try:
        _wait_for_save(run, child)
        if child.has_begun and run.last.exists():
            explore_run(run, child)
    except KeyboardInterrupt:
        _stop(child)
        code = 128 + SIGINT
    except SystemExit as ended:
        code = int(ended.code or 0)
        if code == 128 + SIGTERM:
            child.ask_to_stop()
    if not (child.has_begun and run.last.exists()):
        failure = child.failure
        child.clear_away()
        if failure is not None:
            raise failure
        if not run.last.exists():
            _say_nothing_was_kept(run)
            raise KeyboardInterrupt
    if child.is_asked_to_stop and child.is_running:
        with waiting("the training saves and stops"):
            child.ends_within(STOP_WAIT_S)
    return child, code


def _stop(child: "ChildRun") -> None:
    """Has the training save and end, and waits for that; Ctrl-C meanwhile ends it at once, without a save."""
    from vae_tui.cli.report import waiting

    with waiting("the training saves and stops; Ctrl-C once more: at once, without a save"):
        try:
            child.stop()
        except KeyboardInterrupt:
            child.stop()


def _say_nothing_was_kept(run: RunDir) -> None:
    from vae_tui.cli.report import print_note

    folder = "" if run.path.exists() else f", and {run.path} is gone again"
    print_note(f"nothing was kept: the training was stopped before its first save{folder}")


def explore_run(run: RunDir, child: "ChildRun | None" = None) -> None:
    """The explorer on a run that is trained, by our child process or by another; its newest checkpoint is there."""
    # The training has the GPU, if there is one.
    open_explorer(Place(run.path, Source(device="cpu")), follow=True, child=child)


def _first_save(run_dir: Path) -> Path:
    """The last.pt of a run folder, once there is one. Raises VaeTuiError where it is no folder."""
    shown = printable(str(run_dir))
    if not run_dir.is_dir():
        fact = "is no run folder" if run_dir.exists() else "does not exist"
        hint = "name the folder of a run, or one that a run is to have by --out"
        raise VaeTuiError(f"--follow needs a run folder, and {shown} {fact}", hint)
    run = RunDir(run_dir)
    _wait_for_save(run)
    return run.last


def _wait_for_save(run: RunDir, child: "ChildRun | None" = None) -> None:
    """Returns once there is a last.pt and the child has begun, or has ended; says meanwhile what is waited for."""
    from rich.console import Console
    from rich.text import Text

    def is_over() -> bool:
        return run.last.exists() if child is None else not child.is_running or (child.has_begun and run.last.exists())

    if is_over():
        return
    with Console(stderr=True, highlight=False).status("") as status:
        while not is_over():
            words = _waiting_words(run) if child is None else child.last_line or "starting the training"
            status.update(Text(words, no_wrap=True, overflow="ellipsis"))
            if child is None:
                time.sleep(WAIT_S)
            else:
                child.ends_within(WAIT_S)


def _waiting_words(run: RunDir) -> str:
    trained = "nobody trains there yet" if run.is_trained() is False else "it is being trained"
    return f"waiting for the first save in {printable(str(run.path))}: {trained}; Ctrl-C leaves"


def check_terminal() -> None:
    """Raises VaeTuiError where the explorer could not be seen or steered: it reads stdin and draws on stderr."""
    for stream, name in ((sys.stdin, "standard input"), (sys.stderr, "standard error")):
        if stream is None or not stream.isatty():
            hint = "without a terminal: vaetui sample, traverse, mix, map … with -o FILE.png; train without --explore"
            raise VaeTuiError(f"explore needs a terminal, and {name} is none", hint)
