"""Going on with a run: its own config, and what a person may change of it."""

import dataclasses
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from vae_tui.checkpoint import Checkpoint, read_checkpoint
from vae_tui.config import RunConfig
from vae_tui.errors import VaeTuiError, printable
from vae_tui.runs import RunDir
from vae_tui.training.parts import has_horizon
from vae_tui.training.settled import Settled, settled_before

CHANGEABLE = ("epochs", "patience", "memory_budget", "save_every", "keep_every", "options")
"""Fields that a run may go on with another value of; contradicting options are refused one by one."""


@dataclass(frozen=True, eq=False)
class ResumedRun:
    """What a run goes on with."""

    checkpoint: Checkpoint
    config: RunConfig
    """The run's own, with what was changed."""
    device: str
    """Where the run is."""
    notes: tuple[str, ...] = ()
    """Lines for the person: what differs from one run in one go."""


def resume_run(run_dir: Path, dataset: str | None, flags: Mapping[str, Any]) -> ResumedRun:
    """How to go on with a run from its newest save.

    `flags` maps RunConfig's field names to what was given; None stands for "not given". The number of threads is set
    to what the run had, since sums differ with it. Raises VaeTuiError where there is no run, where it has ended, and
    for a flag or data set that contradicts it.
    """
    shown = printable(str(run_dir))
    run = RunDir(run_dir)
    run.expect_a_run()
    checkpoint = read_checkpoint(run.last)
    config, training = checkpoint.config, checkpoint.training
    if config is None or training is None:
        raise VaeTuiError(f"{shown}/last.pt does not say how to go on", "it was not written by vaetui train")
    if dataset is not None and config.dataset not in (dataset, str(Path(dataset).resolve())):
        raise VaeTuiError(
            f"{printable(dataset)} is not what the run was trained on: {printable(config.dataset)}",
            "leave the data set out",
        )
    settled = settled_before(training)
    if settled is None:
        raise VaeTuiError(f"{shown}/last.pt: the training state is damaged", "train anew to go on")
    _refuse_contradictions(config, settled, flags)
    changes = {name: flags[name] for name in CHANGEABLE if name != "options" and flags.get(name) is not None}
    resumed = dataclasses.replace(config, **changes)
    with suppress(OSError):  # of a run that was killed, or met a full disk, between its files
        run.write_metrics(checkpoint.history)
    _refuse_an_ended_run(checkpoint, resumed, training)
    notes = []
    if resumed.epochs != config.epochs and has_horizon(config):
        notes.append(
            f"the schedule now ends at epoch {resumed.epochs} instead of {config.epochs}: from here on the run differs "
            f"from one of {resumed.epochs} epochs in one go"
        )
    torch.set_num_threads(settled.threads)
    return ResumedRun(checkpoint, resumed, settled.device, tuple(notes))


def _refuse_an_ended_run(checkpoint: Checkpoint, config: RunConfig, training: Mapping[str, Any]) -> None:
    done, stale = len(checkpoint.history), training.get("stale", 0)
    if done >= config.epochs:
        raise VaeTuiError(
            f"the run has ended: {done} epochs are done, of {config.epochs} asked for",
            f"--epochs {done * 2} goes on to {done * 2} in all",
        )
    if config.patience and isinstance(stale, int) and stale >= config.patience:
        raise VaeTuiError(
            f"the run has ended early: its loss has not fallen for {stale} epochs", "--patience 0 goes on with it"
        )


def _refuse_contradictions(config: RunConfig, settled: Settled, flags: Mapping[str, Any]) -> None:
    for name, value in flags.items():
        if name in CHANGEABLE or value is None:
            continue
        resolved = getattr(settled, name, None)  # device, precision and compile: as it was given, or as it was found
        if value not in (getattr(config, name), resolved):
            flag, shown = f"--{name.replace('_', '-')}", resolved or getattr(config, name)
            raise VaeTuiError(
                f"{flag} {printable(str(value))} contradicts the run's {printable(str(shown))}",
                f"leave {flag} out, or train anew",
            )
    for key, value in (flags.get("options") or {}).items():
        if config.options.get(key) != value:
            raise VaeTuiError(f"--set {printable(key)} contradicts the run", "leave it out, or train anew")
