"""What many tests start from: small data, a small run, a checkpoint of it."""

import os
import pathlib
import secrets
import signal

import pytest
import torch

from vae_tui.config import RunConfig, resolve
from vae_tui.datasets.contract import Data, ImageSet
from vae_tui.runs import RunDir
from vae_tui.training.loop import Trainer
from vae_tui.training.stopping import StopRequest

for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "VAETUI_DATA", "VAETUI_GRAPHICS", "TMUX"):
    os.environ.pop(name, None)  # whatever the person's shell says; Textual reads some of them once, when it is imported
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests by nohup has it ignored, and so our children


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory, monkeypatch):
    """Folders of this test alone for what the program keeps for a person; they are made when something is kept."""
    folder = tmp_path_factory.getbasetemp() / f"own-{secrets.token_hex(8)}"
    monkeypatch.setenv("VAETUI_STATE", str(folder / "state"))
    monkeypatch.setenv("VAETUI_CONFIG", str(folder / "config"))


@pytest.fixture(autouse=True)
def umap_is_there(monkeypatch):
    """The explorer offers UMAP: the tests' models map images by themselves, with umap-learn or without."""
    monkeypatch.setattr("vae_tui.survey_umap.find_spec", lambda name: name)


def small_set(num: int, seed: int, side: int = 8) -> ImageSet:
    """Two classes of coloured noise, dark and light."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(num) % 2
    noise = torch.randint(0, 128, (num, 3, side, side), generator=generator)
    images = (noise + 128 * labels[:, None, None, None]).to(torch.uint8)
    return ImageSet(images, labels, ("dark", "light"))


@pytest.fixture
def data() -> Data:
    """50 training and 20 test images, 3x8x8."""
    return Data("small", small_set(50, 1), small_set(20, 2))


@pytest.fixture
def config() -> RunConfig:
    """Three epochs of a small fully connected model: six steps of 8 each, two images dropped."""
    return resolve(
        "small", {"model": "fc", "latent_dim": 4, "epochs": 3, "batch_size": 8, "options": {"model.hidden": 16}}
    )


@pytest.fixture
def run_training(tmp_path: pathlib.Path, data: Data):
    """Trains to the end (or to where `stop` says) and gives the run folder and the events."""

    def run(config: RunConfig, folder: str = "run", *, data: Data = data, stop: StopRequest | None = None, **more):
        run_dir = RunDir(tmp_path / folder)
        trainer = Trainer(config, data, run_dir, device=torch.device("cpu"), stop=stop or StopRequest(), **more)
        run_dir.create(resumed="resume_from" in more)
        return run_dir, list(trainer.events())

    return run


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Says of two large files that they differ, and where: a diff of their bytes takes minutes."""
    if op != "==" or not (isinstance(left, bytes) and isinstance(right, bytes)) or len(left) + len(right) < 2000:
        return None
    pairs = zip(left, right, strict=False)
    first = next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(left), len(right)))
    return [f"{len(left)} bytes are not the {len(right)} bytes that were expected", f"they differ from byte {first} on"]
