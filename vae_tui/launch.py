"""From a settled config to a run folder: one process, or one of several that a launcher started."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console

from vae_tui.checkpoint import Checkpoint
from vae_tui.config import RunConfig
from vae_tui.datasets import Data, open_data, silent
from vae_tui.devices import memory_budget
from vae_tui.errors import LostProcessError, TrainingFailedError, VaeTuiError, printable
from vae_tui.event_pipe import EventPipe
from vae_tui.progress import LoadDisplay, TrainingDisplay
from vae_tui.runs import RunDir, next_run_dir
from vae_tui.tensorboard import TensorBoardLog, check_tensorboard
from vae_tui.training.events import Notice, RunStopped
from vae_tui.training.loop import Trainer
from vae_tui.training.parts import check_parts
from vae_tui.training.processes import (
    Processes,
    is_lost_peer,
    is_spokesman,
    join_processes,
    launched,
    local_size,
)
from vae_tui.training.resume import ResumedRun
from vae_tui.training.stopping import stop_on_signals


@dataclass(frozen=True)
class RunOutcome:
    """How training ended."""

    run: RunDir
    exit_code: int
    """0, or that of the signal which stopped it; 3 where it failed and another process has said why."""
    is_first: bool
    """Whether this process is the one that speaks."""


def run_training(
    config: RunConfig,
    *,
    out: Path | None,
    data_dir: Path | None,
    resumed: ResumedRun | None = None,
    preview: bool = False,
    tensorboard: bool = False,
) -> RunOutcome:
    """Trains and shows it on standard error. Raises VaeTuiError and TrainingFailedError.

    Of several processes the first alone owns the screen and the files.
    """
    check_parts(config)
    if tensorboard:
        check_tensorboard()
    device_name = resumed.device if resumed else config.device
    if launched():
        device_name = device_name.partition(":")[0]  # each process has a number of its own
    with join_processes(device_name) as (processes, device), _denormals_flushed():
        console = Console(stderr=True, quiet=not processes.is_first)
        run = RunDir(out) if out is not None else next_run_dir(config.dataset, config.model)
        try:
            exit_code = _run(config, run, data_dir, resumed, console, processes, device, preview, tensorboard)
        except LostProcessError:
            raise
        except (VaeTuiError, TrainingFailedError) as error:
            if is_spokesman():
                raise
            exit_code = 3 if isinstance(error, TrainingFailedError) else 2  # another one on this host says it
        except RuntimeError as error:
            if not (processes.size > 1 and is_lost_peer(error)):
                raise
            exit_code = 3  # before the first step: the one that is gone has said why
        return RunOutcome(run, exit_code, processes.is_first)


@contextmanager
def _denormals_flushed() -> Iterator[None]:
    """Numbers under 1e-38 are zero meanwhile: Adam's means of dead units end there, where processors are far slower.

    Threads that are started within inherit it.
    """
    torch.set_flush_denormal(True)  # False where the processor can't: nothing is lost but speed
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def _run(
    config: RunConfig,
    run: RunDir,
    data_dir: Path | None,
    resumed: ResumedRun | None,
    console: Console,
    processes: Processes,
    device: torch.device,
    preview: bool,
    tensorboard: bool,
) -> int:
    """The run's exit code."""
    checkpoint = resumed.checkpoint if resumed else None
    if processes.is_first and resumed is None:
        run.refuse_a_run()
    elif processes.is_first:
        run.create(resumed=True)
    try:
        data_dir = data_dir or _data_dir_before(checkpoint)
        budget = memory_budget(config.memory_budget, device, sharers=local_size())
        (shared,) = processes.largest(budget if processes.is_first else 0)  # all pack, or none
        data = _open_data(config, data_dir, int(shared), console, processes)
        for note in (*data.notes, *(resumed.notes if resumed else ())):
            console.print(f"note: {printable(note)}", markup=False, highlight=False, soft_wrap=True)
        return _train(config, data, run, checkpoint, data_dir, console, processes, device, preview, tensorboard)
    finally:
        if processes.is_first:
            run.remove_where_empty()


def _open_data(config: RunConfig, data_dir: Path | None, budget: int, console: Console, processes: Processes) -> Data:
    """The data; the first process downloads, decodes or packs them before the others look."""
    with LoadDisplay(console) as load:
        for turn in (True, False):
            if processes.is_first == turn:
                data = open_data(
                    config.dataset,
                    config.section("data"),
                    root_dir=data_dir,
                    seed=config.seed,
                    report=load.report if processes.is_first else silent,
                    memory_budget=budget,
                )
            processes.wait()
    return data


def _train(
    config: RunConfig,
    data: Data,
    run: RunDir,
    checkpoint: Checkpoint | None,
    data_dir: Path | None,
    console: Console,
    processes: Processes,
    device: torch.device,
    preview: bool,
    tensorboard: bool,
) -> int:
    """The exit code of the signal that stopped the run, 0 where none did."""
    with ExitStack() as stack:
        stop = stack.enter_context(stop_on_signals(launched=launched()))
        pipe = EventPipe.inherited()
        trainer = Trainer(
            config,
            data,
            run,
            device=device,
            stop=stop,
            resume_from=checkpoint,
            data_dir=str(data_dir.resolve()) if data_dir else None,
            processes=processes,
            preview=preview or tensorboard,
            save_first=pipe is not None,
        )
        watchers: list[TrainingDisplay | TensorBoardLog | EventPipe] = []
        if processes.is_first:
            run.create(resumed=checkpoint is not None)
            stack.enter_context(run.trained_by_us())
            display = stack.enter_context(TrainingDisplay(console, preview=preview))
            watchers.append(display)
            if pipe is not None:
                watchers.append(stack.enter_context(pipe))
            if tensorboard:
                watchers.append(stack.enter_context(_tensorboard_log(run, trainer, display)))
        stopped = False
        for event in trainer.events():
            for watcher in watchers:
                watcher.show(event)
            stopped = stopped or isinstance(event, RunStopped)
    return stop.exit_code if stopped else 0


def _data_dir_before(checkpoint: Checkpoint | None) -> Path | None:
    """Where the data of a resumed run were kept."""
    before = checkpoint.training.get("data_dir") if checkpoint and checkpoint.training else None
    return Path(before) if isinstance(before, str) and before.isprintable() else None


def _tensorboard_log(run: RunDir, trainer: Trainer, display: TrainingDisplay) -> TensorBoardLog:
    def report(text: str) -> None:
        display.show(Notice(text))

    return TensorBoardLog(run.path, trainer.position.epoch, report=report)
