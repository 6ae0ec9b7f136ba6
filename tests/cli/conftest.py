import subprocess
import sys

import numpy as np
import pytest
from cli_fakes import FakeSession, Result, clean_environment
from fakes import fake_statistics

from vae_tui.cli.app import run


@pytest.fixture
def vaetui(capsys):
    """Runs one command in this process."""

    def call(*arguments: str) -> Result:
        capsys.readouterr()
        code = run(arguments)
        out, err = capsys.readouterr()
        return Result(code, out, err)

    return call


@pytest.fixture
def vaetui_process(tmp_path):
    """Runs one command in a process of its own, in an empty folder, without a terminal."""

    def call(*arguments: str, **environment: str) -> Result:
        done = subprocess.run(
            [sys.executable, "-m", "vae_tui", *arguments],
            cwd=tmp_path,
            env=clean_environment() | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def fake_model(tmp_path, monkeypatch):
    """The path of a file that every command opens as a fake session."""
    path = tmp_path / "model.pt"
    path.write_bytes(b"stands for a checkpoint")
    for module in ("delivery", "demo"):
        monkeypatch.setattr(f"vae_tui.cli.{module}.open_session", lambda place: FakeSession())
    return path


@pytest.fixture(scope="session")
def checkpoint_path(tmp_path_factory):
    """A real checkpoint of an untrained model of 3x8x8 images, with 12 of them, statistics and two epochs."""
    import torch

    from vae_tui.checkpoint import Checkpoint, DataFacts, Gallery, write_checkpoint
    from vae_tui.config import resolve
    from vae_tui.models.contract import ModelSpec
    from vae_tui.summary import EpochMetrics

    spec = ModelSpec("fc", (3, 8, 8), 8, {"hidden": 16})
    images = np.random.default_rng(0).integers(0, 256, (12, 3, 8, 8), np.uint8)
    history = tuple(
        EpochMetrics(epoch, 20.0 - epoch, 15.0, 5.0 - epoch, test_loss, 14.0, 4.5, 4, 2.0, 900.0, 2.5)
        for epoch, test_loss in ((1, 18.0), (2, 18.5))
    )
    path = tmp_path_factory.mktemp("run") / "best.pt"
    flags = {"model": "fc", "epochs": 2, "latent_dim": 8, "options": {"model.hidden": 16}}
    write_checkpoint(
        path,
        Checkpoint(
            spec=spec,
            weights=spec.build(seed=0).state_dict(),
            config=resolve("shapes", flags),
            data=DataFacts("shapes", ("square", "[b]heart"), 100, 12),
            gallery=Gallery(torch.from_numpy(images), torch.arange(12) % 2, "test"),
            statistics=fake_statistics(8, 12),
            history=history,
            versions={"vaetui": "0.1.0", "torch": "2"},
            note="[red]a note",
        ),
    )
    return path


@pytest.fixture(scope="session")
def averaged_path(checkpoint_path, tmp_path_factory):
    """The same checkpoint with averaged weights beside its own: half of them."""
    from dataclasses import replace

    from vae_tui.checkpoint import read_checkpoint, write_checkpoint

    checkpoint = read_checkpoint(checkpoint_path)
    path = tmp_path_factory.mktemp("averaged") / "best.pt"
    write_checkpoint(path, replace(checkpoint, ema_weights={k: v / 2 for k, v in checkpoint.weights.items()}))
    return path
