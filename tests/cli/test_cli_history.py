"""--history: a film of a run's kept epochs, by the command and from the explorer."""

import shlex
import shutil
from pathlib import Path

import pytest
from PIL import Image

from vae_tui.explorer.saving import save_history
from vae_tui.imaging import read_provenance
from vae_tui.pictures.origin import Origin
from vae_tui.pictures.sample import SamplePicture
from vae_tui.runs import kept_name
from vae_tui.session import Session


@pytest.fixture
def run_dir(tmp_path, checkpoint_path):
    """A run whose two kept epochs are the same checkpoint."""
    folder = tmp_path / "run" / "epochs"
    folder.mkdir(parents=True)
    for epoch in (1, 2):
        shutil.copy(checkpoint_path, folder / kept_name(epoch))
    return tmp_path / "run"


def test_each_kept_epoch_is_a_frame(vaetui, run_dir, tmp_path):
    done = vaetui("sample", str(run_dir), "-n", "4", "--history", "-o", str(tmp_path / "a.gif"))
    assert (done.code, done.out) == (0, f"{tmp_path / 'a.gif'}\n")
    with Image.open(tmp_path / "a.gif") as film:
        assert film.n_frames in (1, 2)  # equal frames may be one, shown twice as long
    assert read_provenance(tmp_path / "a.gif").command.endswith("--history")


def test_the_explorer_saves_the_bytes_of_the_command(vaetui, run_dir, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert vaetui("sample", "run", "-n", "4", "--seed", "3", "--history", "-o", "a.gif").code == 0
    request = SamplePicture(4, seed=3)
    said = save_history(request, Path("run"), lambda path: Session.open(path, device="cpu"), Origin("x.pt"), "sample")
    assert said.startswith("saved sample-history-1.gif")
    assert Path("sample-history-1.gif").read_bytes() == Path("a.gif").read_bytes()


def test_a_second_checkpoint_stands_beside_each_epoch(vaetui, run_dir, checkpoint_path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(checkpoint_path, "other.pt")
    command = ("sample", "run", "-n", "4", "--history", "--beside", "other.pt")
    done = vaetui(*command, "-o", "a.gif")
    assert (done.code, done.err) == (0, "")
    said = read_provenance(tmp_path / "a.gif")
    assert said.beside == said.checkpoint  # they are the same file here
    words = shlex.split(said.command)
    assert words[-1] == "--history"
    assert words[words.index("--beside") + 1] == "other.pt"
    assert vaetui(*words[1:], "-o", "b.gif").code == 0
    assert Path("a.gif").read_bytes() == Path("b.gif").read_bytes()
    assert vaetui(*command, "--sides", "swapped", "-o", "c.gif").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "--history"], "a film"),
        (["run", "--history", "-o", "a.png"], "a film"),
        (["run/epochs/epoch-0001.pt", "--history", "-o", "a.gif"], "needs a run folder"),
        (["bare", "--history", "-o", "a.gif"], "kept no epochs"),
    ],
)
def test_what_has_no_history_is_refused(vaetui, run_dir, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    Path("bare").mkdir()
    done = vaetui("sample", *words)
    assert done.code == 2
    assert said in done.err
    assert "hint" in done.err
