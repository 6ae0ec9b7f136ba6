import sys
from pathlib import Path

import pytest
from cli_fakes import FakeSession
from PIL import Image

from vae_tui.cli import demo, explore
from vae_tui.cli.source import Place, Source
from vae_tui.errors import VaeTuiError
from vae_tui.foreign_model import ForeignModel
from vae_tui.imaging import read_provenance

VIEWS = ("samples-8x8", "interpolate", "traverse", "reconstruct")


@pytest.fixture
def demo_model(fake_model, monkeypatch):
    monkeypatch.setattr(demo, "find_demo", lambda: fake_model)
    return fake_model


@pytest.fixture
def opened(monkeypatch):
    """What the explorer is opened with, instead of opening it."""
    calls = []
    monkeypatch.setattr(explore, "open_explorer", lambda *handed, **options: calls.append((*handed, options)))
    return calls


def make_terminal(monkeypatch, stdin=True, stderr=True):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: stdin, raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: stderr, raising=False)


def test_without_a_terminal_the_views_are_written_and_named(vaetui, demo_model, opened, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    done = vaetui("demo")

    assert done.code == 0
    assert done.out.split() == [f"vaetui-demo/{name}.png" for name in VIEWS]
    assert sorted(path.stem for path in (tmp_path / "vaetui-demo").iterdir()) == sorted(VIEWS)
    for name in VIEWS:
        assert (
            read_provenance(tmp_path / "vaetui-demo" / f"{name}.png").checkpoint == FakeSession.summary.checkpoint_hash
        )
    with Image.open(tmp_path / "vaetui-demo" / "samples-8x8.png") as image:
        assert image.size == (8 * 64 + 7 * 4, 8 * 64 + 7 * 4)
    assert opened == []


def test_out_names_the_folder_and_is_made(vaetui, demo_model, tmp_path):
    folder = tmp_path / "a" / "b"

    assert vaetui("demo", "--out", str(folder)).code == 0
    assert len(list(folder.iterdir())) == 4


def test_a_folder_that_can_not_be_made_is_refused(vaetui, demo_model, tmp_path):
    (tmp_path / "file").write_bytes(b"kept")

    done = vaetui("demo", "--out", str(tmp_path / "file"))

    assert (done.code, done.out) == (2, "")
    assert "--out DIR" in done.err
    assert (tmp_path / "file").read_bytes() == b"kept"


def test_on_a_terminal_the_explorer_is_opened(vaetui, demo_model, opened, monkeypatch):
    make_terminal(monkeypatch)

    assert vaetui("demo", "--device", "cpu", "--graphics", "halfblock").code == 0
    assert opened == [(Place(demo_model, Source(device="cpu")), "halfblock", {})]


@pytest.mark.parametrize("missing", ["stdin", "stderr"])
def test_the_explorer_needs_keyboard_and_screen(missing, vaetui, demo_model, opened, monkeypatch, tmp_path):
    make_terminal(monkeypatch, **{missing: False})
    monkeypatch.chdir(tmp_path)

    assert vaetui("demo").code == 0
    assert opened == []
    assert (tmp_path / "vaetui-demo").is_dir()


def test_explore_hands_everything_over(vaetui, opened, tmp_path):
    words = ["--data", "cifar10", "--split", "train", "--data-dir", "d", "--graphics", "sixel", "--weights", "raw"]
    model = ["--model", "mine:VAE", "--range", "signed", "--latent-dim", "4", "--image-shape", "1x8x8"]
    done = vaetui("explore", "x.pt", *words, *model, "--channels", "4,2,1")

    assert done.code == 0
    ((place, graphics, options),) = opened
    source = Source("cifar10", "train", Path("d"), "raw", "auto", "mine:VAE", "signed", 4, "1x8x8")
    assert place == Place(Path("x.pt"), source)
    assert source.foreign == ForeignModel("mine:VAE", "signed", 4, (1, 8, 8))
    assert (graphics, options) == ("sixel", {"follow": False, "other": None, "channels": "4,2,1"})


def test_the_installed_checkpoint_comes_before_that_of_the_checkout(monkeypatch, tmp_path):
    package, checkout = tmp_path / "site" / "vae_tui", tmp_path / "checkout"
    monkeypatch.setattr(demo, "files", lambda name: package)
    monkeypatch.setattr(demo, "__file__", str(checkout / "vae_tui" / "cli" / "demo.py"))

    with pytest.raises(VaeTuiError, match="missing"):
        demo.find_demo()
    for root in (checkout, package):
        (root / "assets").mkdir(parents=True)
        (root / "assets" / "demo.pt").write_bytes(b"")
        assert demo.find_demo() == root / "assets" / "demo.pt"
