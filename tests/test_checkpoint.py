"""Checkpoints: the same model back, and nothing hostile or broken believed."""

import pathlib
import pickle
import zipfile

import numpy as np
import pytest
import torch

from vae_tui.checkpoint import FORMAT, read_checkpoint, write_checkpoint
from vae_tui.errors import VaeTuiError
from vae_tui.models.contract import ModelSpec


@pytest.fixture
def run(run_training, config):
    return run_training(config)[0]


@pytest.fixture
def raw(run):
    return torch.load(run.last, weights_only=True)


def refused(path, raw, words):
    torch.save(raw, path)
    with pytest.raises(VaeTuiError, match=words) as error:
        read_checkpoint(path)
    assert str(path) in error.value.message
    assert error.value.hint
    assert "\x1b" not in error.value.message


def test_written_and_read_is_the_same(run, tmp_path):
    first = read_checkpoint(run.last)
    write_checkpoint(tmp_path / "copy.pt", first)
    again = read_checkpoint(tmp_path / "copy.pt")
    assert again.spec == first.spec
    assert again.config == first.config
    assert again.data == first.data
    assert again.history == first.history
    assert again.versions == first.versions
    assert torch.equal(again.gallery.images_NCHW, first.gallery.images_NCHW)
    assert torch.equal(again.gallery.labels_N, first.gallery.labels_N)
    for name in ("kl_Z", "mean_Z", "std_Z", "mean_variance_Z", "quantile_levels_Q", "quantiles_QZ"):
        assert np.array_equal(getattr(again.statistics, name), getattr(first.statistics, name))
    z = torch.randn(2, 4, generator=torch.Generator().manual_seed(0))
    assert torch.equal(again.build_model().decode(z), first.build_model().decode(z))


def test_the_hash_is_of_the_bytes(run, tmp_path):
    import hashlib

    assert read_checkpoint(run.last).file_hash == hashlib.sha256(run.last.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["conv", "fc"])
def test_a_plain_state_dict_of_the_known_models_opens(tmp_path, name):
    model = ModelSpec(name, (3, 32, 32), 11).build(seed=0)
    torch.save(model.state_dict(), tmp_path / "weights.pth")
    checkpoint = read_checkpoint(tmp_path / "weights.pth")
    assert (checkpoint.spec.name, checkpoint.spec.latent_dim) == (name, 11)
    assert checkpoint.statistics is None
    z = torch.randn(2, 11, generator=torch.Generator().manual_seed(0))
    assert torch.equal(checkpoint.build_model().decode(z), model.decode(z))


@pytest.mark.parametrize(("channels", "is_read"), [(5, True), (64, True), (65, False)])
def test_a_plain_state_dict_of_so_many_channels(tmp_path, channels, is_read):
    torch.save(ModelSpec("conv", (channels, 8, 8), 3).build(seed=0).state_dict(), tmp_path / "weights.pth")
    if is_read:
        assert read_checkpoint(tmp_path / "weights.pth").spec.image_shape == (channels, 8, 8)
    else:
        with pytest.raises(VaeTuiError, match="65 channels; 64 are the most"):
            read_checkpoint(tmp_path / "weights.pth")


class Evil:
    def __reduce__(self):
        return (exec, ("import pathlib; pathlib.Path(EVIL).touch()".replace("EVIL", repr(EVIL_PATH)),))


EVIL_PATH = ""


def test_code_in_a_pickle_is_not_executed(tmp_path):
    global EVIL_PATH
    EVIL_PATH = str(tmp_path / "executed")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(Evil()))
    torch.save({"format": 1, "weights": Evil()}, tmp_path / "zip.pt")
    torch.save(Evil(), tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    for name in ("plain.pt", "zip.pt", "old.pt"):
        with pytest.raises(VaeTuiError, match="never executed"):
            read_checkpoint(tmp_path / name)
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b"hello world", "is not a checkpoint"), (b"PK\x03\x04 and no more", "is cut short")],
)
def test_files_that_are_no_checkpoints(tmp_path, content, words):
    (tmp_path / "x.pt").write_bytes(content)
    with pytest.raises(VaeTuiError, match=words):
        read_checkpoint(tmp_path / "x.pt")


def test_a_truncated_checkpoint_is_refused_wherever_it_ends(run, tmp_path):
    whole = run.last.read_bytes()
    for length in (1, 100, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.pt").write_bytes(whole[:length])
        with pytest.raises(VaeTuiError):
            read_checkpoint(tmp_path / "cut.pt")


def test_a_zip_that_is_no_checkpoint_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.pt", "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(VaeTuiError, match="no checkpoint"):
        read_checkpoint(tmp_path / "x.pt")


def test_a_damaged_byte_in_the_weights_is_noticed_or_harmless(run, tmp_path):
    whole = bytearray(run.last.read_bytes())
    for place in range(0, len(whole), max(1, len(whole) // 60)):
        damaged = bytes(whole[:place]) + bytes([whole[place] ^ 0x41]) + bytes(whole[place + 1 :])
        (tmp_path / "x.pt").write_bytes(damaged)
        try:
            read_checkpoint(tmp_path / "x.pt").build_model()
        except VaeTuiError as error:
            assert error.message.isprintable()  # noqa: PT017  # either outcome is right; no other exception is


def test_newer_formats_are_refused_with_a_word(raw, tmp_path):
    refused(tmp_path / "x.pt", raw | {"format": FORMAT + 1}, "newer vaetui")


@pytest.mark.parametrize("number", [0, -1, "one", True, None, 1.0])
def test_formats_that_are_no_number_are_refused(raw, tmp_path, number):
    refused(tmp_path / "x.pt", raw | {"format": number}, "format")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda raw: raw.pop("weights"), "weights"),
        (lambda raw: raw.pop("model"), "model"),
        (lambda raw: raw["weights"].pop("fc1.bias"), "lacks fc1.bias"),
        (lambda raw: raw["weights"].update({"extra\x1b[2J": torch.zeros(1)}), "unknown extra"),
        (lambda raw: raw["weights"].update({"fc1.bias": torch.zeros(3)}), "fc1.bias is"),
        (lambda raw: raw["weights"].update({"fc1.bias": torch.zeros(16).half()}), "fc1.bias is"),
        (lambda raw: raw["weights"].update({"fc1.bias": torch.zeros(1).expand(10**9)}), "more bytes"),
        (lambda raw: raw["weights"].update({"fc1.bias": torch.zeros(16).to_sparse()}), "plain tensors"),
        (lambda raw: raw["weights"].update({"fc1.bias": torch.full((16,), float("nan"))}), "not finite"),
        (lambda raw: raw["gallery"].update(labels=torch.zeros(20, dtype=torch.int64).to_sparse()), "gallery.labels"),
        (lambda raw: raw["model"].update(name="nonesuch"), "nonesuch"),
        (lambda raw: raw["model"].update(latent_dim=10**9), "latent_dim"),
        (lambda raw: raw["model"].update(image_shape=[3, 10**6, 8]), "image_shape"),
        (lambda raw: raw["model"].update(image_shape=[65, 8, 8]), "1 to 64 channels"),
        (lambda raw: raw["model"].update(image_shape=[0, 8, 8]), "image_shape"),
        (lambda raw: raw["model"].update(image_shape=[4, 8, 8]), "gallery.images"),
        (lambda raw: raw["model"].update(image_shape=[3, 16, 16]), "gallery.images"),
        (lambda raw: raw["gallery"].update(images=torch.zeros(2, 3, 9, 9, dtype=torch.uint8)), "gallery.images"),
        (lambda raw: raw["gallery"].update(images=torch.zeros(2, 3, 8, 8)), "gallery.images"),
        (lambda raw: raw["gallery"].update(labels=torch.full((20,), 9)), "classes"),
        (lambda raw: raw["statistics"].update(kl_Z=torch.zeros(5)), "statistics.kl_Z"),
        (lambda raw: raw["statistics"].update(kl_Z=torch.full((4,), float("nan"))), "finite"),
        (lambda raw: raw["history"].append({"epoch": 4}), "history"),
        (lambda raw: raw["history"].append("x"), "history"),
        (lambda raw: raw.update(config={"dataset": "x"}), "config"),
        (lambda raw: raw["config"].update(epochs="many"), "epochs"),
        (lambda raw: raw.update(training=3), "training"),
        (lambda raw: raw.update(note=3), "note"),
    ],
)
def test_what_does_not_add_up_is_refused(raw, tmp_path, change, words):
    change(raw)
    refused(tmp_path / "x.pt", raw, words)


def test_no_text_of_a_file_reaches_the_terminal_raw(raw, tmp_path):
    raw["note"] = "\x1b]0;owned\x07"
    raw["data"]["name"] = "\x1b[31mred"
    raw["data"]["class_names"] = ["\x9b2J", "b\u202e"]
    raw["versions"] = {"\x1b": "\x07"}
    torch.save(raw, tmp_path / "x.pt")
    checkpoint = read_checkpoint(tmp_path / "x.pt")
    shown = [checkpoint.note, checkpoint.data.name, *checkpoint.data.class_names, *checkpoint.versions.items()]
    assert all(text.isprintable() for item in shown for text in ([item] if isinstance(item, str) else item))


@pytest.mark.parametrize("content", [[1, 2], {"a": 1}, {1: torch.zeros(1)}, {}, {"w": torch.zeros(2)}, "text"])
def test_other_things_that_torch_saves_are_refused(tmp_path, content):
    torch.save(content, tmp_path / "x.pt")
    with pytest.raises(VaeTuiError):
        read_checkpoint(tmp_path / "x.pt")


@pytest.mark.parametrize(
    "path", sorted((pathlib.Path(__file__).parent / "checkpoints").glob("*.pt")), ids=lambda p: p.stem
)
def test_checkpoints_of_every_format_open_for_ever(path):
    checkpoint = read_checkpoint(path)
    assert path.stem == f"format-{torch.load(path, weights_only=True)['format']}"
    assert checkpoint.build_model().decode(torch.zeros(1, checkpoint.spec.latent_dim)).shape == (1, 3, 8, 8)
    assert checkpoint.gallery is not None
    assert checkpoint.statistics is not None
    assert checkpoint.training is not None
    assert checkpoint.history[-1].epoch == 3


def test_there_is_a_checkpoint_of_every_format():
    kept = {path.stem for path in (pathlib.Path(__file__).parent / "checkpoints").glob("*.pt")}
    assert kept == {f"format-{number}" for number in range(1, FORMAT + 1)}
