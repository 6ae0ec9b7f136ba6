"""The picture of each kept epoch as a GIF: what the key saves is what its command draws."""

import dataclasses
import shlex
import shutil
from pathlib import Path

import pytest
import torch
from explorer_fakes import fake_app, settle

from vae_tui.checkpoint import Checkpoint, DataFacts, Gallery, write_checkpoint
from vae_tui.cli.app import run
from vae_tui.config import resolve
from vae_tui.explorer.sides import Second, Two
from vae_tui.explorer.view import VIEWS
from vae_tui.explorer.watching import Watched
from vae_tui.imaging import read_provenance
from vae_tui.models.contract import ModelSpec
from vae_tui.pictures.origin import Origin
from vae_tui.session import Session
from vae_tui.session_pair import open_pair


@pytest.fixture
def run_dir(tmp_path):
    """A run with two kept epochs, each with averaged and raw weights."""
    spec = ModelSpec("fc", (3, 8, 8), 4, {"hidden": 8})
    flags = {"model": "fc", "epochs": 2, "latent_dim": 4, "options": {"model.hidden": 8, "optimizer.ema": 0.9}}
    folder = tmp_path / "run"
    (folder / "epochs").mkdir(parents=True)
    for epoch in (1, 2):
        checkpoint = Checkpoint(
            spec=spec,
            weights=spec.build(seed=epoch).state_dict(),
            config=resolve("shapes", flags),
            data=DataFacts("shapes", ("square", "heart"), 100, 12),
            gallery=Gallery(torch.randint(0, 256, (12, 3, 8, 8), dtype=torch.uint8), torch.arange(12) % 2, "test"),
            statistics=None,
            history=(),
            versions={"vaetui": "0.1.0", "torch": "2"},
            note="",
        )
        averaged = dataclasses.replace(checkpoint, ema_weights=spec.build(seed=10 + epoch).state_dict())
        write_checkpoint(folder / "epochs" / f"epoch-000{epoch}.pt", averaged)
        write_checkpoint(folder / "best.pt", averaged)
    return folder


@pytest.mark.parametrize("raw", [False, True], ids=["averaged", "raw"])
@pytest.mark.parametrize("view", VIEWS.names())
async def test_the_saved_history_is_what_its_command_draws(view, raw, run_dir, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def open_path(path: Path) -> Session:
        return Session.open(path, device="cpu")

    app = fake_app(open_model=lambda: open_path(run_dir / "best.pt"), watched=Watched(run_dir, open_path))
    app._models.origin = Origin(str(run_dir / "best.pt"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        while not app.facts.epochs:
            await pilot.pause()
        await pilot.press(VIEWS.get(view).key, *(["v"] if raw else []))
        await settle(pilot)
        await pilot.press("ctrl+g")
        while not app.message.startswith(("saved", "not saved")):
            await pilot.pause()
        saved = tmp_path / f"{view}-history-1.gif"
        assert app.message.startswith("saved"), app.message
    words = shlex.split(read_provenance(saved).command)[1:]
    assert run([*words, "--device", "cpu", "-o", "again.gif"]) == 0
    assert (tmp_path / "again.gif").read_bytes() == saved.read_bytes()


@pytest.mark.parametrize("keys", [("6",), ("6", "backslash"), ("1", "vertical_line")], ids=["both", "swapped", "alone"])
async def test_beside_a_second_checkpoint_it_is_what_its_command_draws(keys, run_dir, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(run_dir / "epochs" / "epoch-0001.pt", tmp_path / "second.pt")

    def open_path(path: Path) -> Session:
        return Session.open(path, device="cpu")

    def open_second(first: Session) -> Two:
        return Two(*open_pair(first, tmp_path / "second.pt", device="cpu"))

    watched = Watched(run_dir, open_path)
    two = Second(str(tmp_path / "second.pt"), open_second)
    app = fake_app(open_model=lambda: open_path(run_dir / "best.pt"), watched=watched, second=two)
    app._models.origin = Origin(str(run_dir / "best.pt"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        while not app.facts.epochs:
            await pilot.pause()
        await pilot.press(*keys)
        await settle(pilot)
        await pilot.press("ctrl+g")
        while not app.message.startswith(("saved", "not saved")):
            await pilot.pause()
        (saved,) = tmp_path.glob("*-history-1.gif")
    words = shlex.split(read_provenance(saved).command)[1:]
    assert ("--beside" in words) == ("vertical_line" not in keys)
    assert run([*words, "--device", "cpu", "-o", "again.gif"]) == 0
    assert (tmp_path / "again.gif").read_bytes() == saved.read_bytes()
