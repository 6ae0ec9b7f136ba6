"""Going on with a run: its own config, and what a person may change of it."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from vae_tui.checkpoint import Checkpoint, read_checkpoint
from vae_tui.config import RunConfig
from vae_tui.errors import VaeTuiError, printable
from vae_tui.runs import RunDir


def resumed_config(run_dir: Path, dataset: str | None, flags: Mapping[str, Any]) -> tuple[Checkpoint, RunConfig, str]:
    """The newest save of a run, the config to go on with, and the name of the device that the run is on.

    The config is the run's own, with `epochs` where that is given.

    `flags` maps RunConfig's field names to what was given; None stands for "not given". The number of threads is set
    to what the run had, since sums differ with it. Raises VaeTuiError where there is no run, where it has ended, and
    for a flag or data set that contradicts it.
    """
    shown = printable(str(run_dir))
    run = RunDir(run_dir)
    if not run.last.is_file():
        raise VaeTuiError(f"{shown} holds no run to go on with", "name a run folder: one with a last.pt")
    checkpoint = read_checkpoint(run.last)
    config, training = checkpoint.config, checkpoint.training
    if config is None or training is None:
        raise VaeTuiError(f"{shown}/last.pt does not say how to go on", "it was not written by vaetui train")
    if dataset is not None and config.dataset not in (dataset, str(Path(dataset).resolve())):
        raise VaeTuiError(
            f"{printable(dataset)} is not what the run was trained on: {printable(config.dataset)}",
            "leave the data set out",
        )
    resolved = training.get("device")
    device = resolved if isinstance(resolved, str) else config.device
    if flags.get("device") in (config.device, device):
        flags = {**flags, "device": None}
    _refuse_contradictions(dataclasses.replace(config, device=device), flags)
    epochs = flags.get("epochs") or config.epochs
    if len(checkpoint.history) >= epochs:
        done = len(checkpoint.history)
        raise VaeTuiError(
            f"the run has ended: {done} epochs are done, of {epochs} asked for",
            f"--epochs {done * 2} goes on to {done * 2} in all",
        )
    threads = training.get("threads")
    if isinstance(threads, int) and 1 <= threads <= 1024:
        torch.set_num_threads(threads)
    return checkpoint, dataclasses.replace(config, epochs=epochs), device


def _refuse_contradictions(config: RunConfig, flags: Mapping[str, Any]) -> None:
    for name, value in flags.items():
        if name in ("epochs", "options") or value is None:
            continue
        if value != getattr(config, name):
            flag = f"--{name.replace('_', '-')}"
            raise VaeTuiError(
                f"{flag} {printable(str(value))} contradicts the run's {printable(str(getattr(config, name)))}",
                f"leave {flag} out, or train anew",
            )
    for key, value in (flags.get("options") or {}).items():
        if config.options.get(key) != value:
            raise VaeTuiError(f"--set {printable(key)} contradicts the run", "leave it out, or train anew")
