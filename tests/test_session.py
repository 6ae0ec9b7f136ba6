"""A trained model, opened."""

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image

from vae_tui.checkpoint import read_checkpoint, write_checkpoint
from vae_tui.errors import VaeTuiError
from vae_tui.models.contract import ModelSpec
from vae_tui.points.grammar import parse_point
from vae_tui.session import Session
from vae_tui.session_images import images_of


@pytest.fixture
def run(run_training, config):
    return run_training(config)[0]


@pytest.fixture
def session(run):
    return Session.open(run.path)


def test_a_run_folder_opens_its_best(session, run):
    assert session.summary.path == str(run.best)
    assert session.summary.checkpoint_hash == read_checkpoint(run.best).file_hash
    assert (session.num_images, session.split, session.latent_dim) == (20, "test", 4)


def test_decode_is_the_models_image_rounded(session, run):
    z = np.random.default_rng(0).standard_normal((300, 4), dtype=np.float32)  # more than one batch
    with torch.no_grad():
        expected = read_checkpoint(run.best).build_model().decode(torch.from_numpy(z))
    got = session.decode(z)
    assert got.shape == (300, 8, 8, 3)
    assert got.dtype == np.uint8
    assert np.abs(got.astype(float) - 255 * expected.permute(0, 2, 3, 1).numpy()).max() <= 0.5 + 1e-3
    assert np.array_equal(got, session.decode(z))


def test_encode_is_the_posterior(session, run):
    checkpoint = read_checkpoint(run.best)
    images = checkpoint.gallery.images_NCHW[[3, 1]].float() / 255
    with torch.no_grad():
        posterior = checkpoint.build_model().encode(images)
    mean, std = session.encode([3, 1])
    assert np.allclose(mean, posterior.mean_BZ.numpy())
    assert np.allclose(std, posterior.std_BZ.numpy())


def test_images_and_labels_are_those_of_the_checkpoint(session, run):
    gallery = read_checkpoint(run.best).gallery
    assert np.array_equal(session.images([5])[0], gallery.images_NCHW[5].permute(1, 2, 0).numpy())
    assert session.label(5) == ("dark", "light")[int(gallery.labels_N[5])]


def test_grey_models_repeat_their_channel(tmp_path):
    model = ModelSpec("fc", (1, 8, 8), 3).build(seed=0)
    torch.save(model.state_dict(), tmp_path / "grey.pt")
    session = Session.open(tmp_path / "grey.pt")
    tiles = session.decode(np.zeros((2, 3), np.float32))
    assert tiles.shape == (2, 8, 8, 3)
    assert np.array_equal(tiles[..., 0], tiles[..., 2])


def test_a_plain_state_dict_has_no_images_and_no_statistics(tmp_path):
    torch.save(ModelSpec("conv", (3, 32, 32), 8).build(seed=0).state_dict(), tmp_path / "w.pth")
    session = Session.open(tmp_path / "w.pth")
    assert session.statistics is None
    assert (session.num_images, session.split) == (0, "")
    assert session.decode(np.zeros((1, 8), np.float32)).shape == (1, 32, 32, 3)


def test_images_may_come_from_elsewhere(run, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (12, 8, 8, 3), dtype=np.uint8)
    np.savez(tmp_path / "more.npz", images=images, labels=np.arange(12) % 3)
    session = Session.open(run.path, data=str(tmp_path / "more.npz"), split="train")
    assert session.split == "train"
    held_out = Session.open(run.path, data=str(tmp_path / "more.npz"), split="test")
    assert held_out.split == "test"
    assert session.num_images + held_out.num_images == 12
    pool = {image.tobytes() for image in images}
    assert all(image.tobytes() in pool for image in session.images(range(session.num_images)))


@pytest.mark.parametrize("split", [None, "all"])
def test_data_without_test_images_of_their_own_are_all_looked_at(run, tmp_path, split):
    images = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 3), dtype=np.uint8)
    np.savez(tmp_path / "few.npz", images=images)
    session = Session.open(run.path, data=str(tmp_path / "few.npz"), split=split)
    assert np.array_equal(session.images(range(8)), images)
    assert (session.split, session.splits) == ("", {"": 8})
    assert session.survey().describe() == "all 8 images"


def test_data_with_test_images_of_their_own_are_looked_at_by_split(run, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 3), dtype=np.uint8)
    np.savez(tmp_path / "both.npz", images=images[:5], test_images=images[5:])
    session = Session.open(run.path, data=str(tmp_path / "both.npz"))
    assert (session.split, session.splits) == ("test", {"test": 3, "train": 5})
    assert np.array_equal(session.images(range(3)), images[5:])
    with pytest.raises(VaeTuiError, match="test images of its own"):
        Session.open(run.path, data=str(tmp_path / "both.npz"), split="all")


def test_of_what_it_was_trained_on_the_held_out_images_are_looked_at(session, tmp_path):
    data = str(tmp_path / "trained-on.npz")
    np.savez(data, images=np.zeros((20, 8, 8, 3), np.uint8))
    config = dataclasses.replace(session.checkpoint.config, dataset=data)
    held_out = images_of(data, None, (3, 8, 8), config, None)
    assert (held_out.shown.split, set(held_out.known)) == ("test", {"test", "train"})
    assert len(held_out.shown.images_NCHW) == 2
    whole = images_of(data, "all", (3, 8, 8), config, None)
    assert (whole.shown.split, len(whole.shown.images_NCHW)) == ("", 20)


def test_another_split_is_turned_to_at_once(run, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 3), dtype=np.uint8)
    np.savez(tmp_path / "both.npz", images=images[:5], test_images=images[5:])
    session = Session.open(run.path, data=str(tmp_path / "both.npz"))
    train = session.with_split("train")
    assert (train.split, train.num_images, train.survey().split) == ("train", 5, "train")
    assert np.array_equal(train.images(range(5)), images[:5])
    assert (session.split, session.survey().num_images) == ("test", 3)
    assert train.with_split("test") is session
    opened = Session.open(run.path, data=str(tmp_path / "both.npz"), split="train")
    assert train.survey().key == opened.survey().key


def test_the_images_of_a_checkpoint_have_no_other_split(session):
    assert session.splits == {}


def test_images_that_do_not_fit_are_refused(run, tmp_path):
    np.savez(tmp_path / "large.npz", images=np.zeros((12, 9, 9, 3), np.uint8))
    with pytest.raises(VaeTuiError, match="3x9x9, the model takes 3x8x8"):
        Session.open(run.path, data=str(tmp_path / "large.npz"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"device": "gpu"}, "no device is called 'gpu'"),
        ({"device": "cuda:x"}, "no device is called"),
        ({"device": "cpu:1"}, "no device is called"),
        ({"split": "train"}, "--split needs --data"),
        ({"data": "cifar1"}, "cifar1"),
    ],
)
def test_what_makes_no_sense_is_refused(run, options, words):
    with pytest.raises(VaeTuiError, match=words):
        Session.open(run.path, **options)


def test_an_absent_device_is_refused(run, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(VaeTuiError, match="there is no cuda:3"):
        Session.open(run.path, device="cuda:3")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(VaeTuiError, match="no CUDA device"):
        Session.open(run.path, device="cuda")


def changed(run, path, **changes):
    """A copy of the run's best checkpoint with other values."""
    write_checkpoint(path, dataclasses.replace(read_checkpoint(run.best), **changes))
    return path


@pytest.fixture
def averaged(run, tmp_path):
    """A checkpoint whose averaged weights are 0.9 times the raw ones."""
    weights = {name: 0.9 * value for name, value in read_checkpoint(run.best).weights.items()}
    return changed(run, tmp_path / "averaged.pt", ema_weights=weights)


def test_the_averaged_weights_are_taken_where_there_are_any(averaged):
    z = np.random.default_rng(0).standard_normal((16, 4), dtype=np.float32)
    known, averaged_one, raw = (Session.open(averaged, weights=weights) for weights in ("auto", "ema", "raw"))
    assert (known.weights, averaged_one.weights, raw.weights) == ("ema", "ema", "raw")
    assert known.summary.has_ema
    assert np.array_equal(known.decode(z), averaged_one.decode(z))
    for session, is_raw in ((known, False), (raw, True)):
        with torch.no_grad():
            model = read_checkpoint(averaged).build_model(raw=is_raw)
            expected = (255 * model.decode(torch.from_numpy(z))).round()
        assert np.abs(session.decode(z) - expected.permute(0, 2, 3, 1).numpy()).max() <= 1
    assert not np.array_equal(known.decode(z), raw.decode(z))
    assert not np.array_equal(known.encode([0])[0], raw.encode([0])[0])


def test_the_other_weights_keep_images_and_device(averaged):
    first = Session.open(averaged)
    other = first.with_weights("raw")
    assert (other.weights, other.with_weights("ema").weights) == ("raw", "ema")
    assert np.array_equal(other.images([3]), first.images([3]))
    z = np.ones((1, 4), np.float32)
    assert np.array_equal(other.decode(z), Session.open(averaged, weights="raw").decode(z))
    assert first.with_weights("ema") is first


def test_without_an_average_the_raw_weights_are_all_there_is(session, run):
    assert (session.weights, session.summary.has_ema) == ("raw", False)
    assert Session.open(run.path, weights="raw").weights == "raw"
    for ask in (lambda: Session.open(run.path, weights="ema"), lambda: session.with_weights("ema")):
        with pytest.raises(VaeTuiError, match="has no averaged weights") as refused:
            ask()
        assert "--set optimizer.ema=0.999" in refused.value.hint


@pytest.mark.parametrize(
    ("objective", "beta", "options", "formula"),
    [
        ("squared-error", 1.0, {}, "squared error + KL"),
        ("squared-error", 4.0, {}, "squared error + 4 x KL"),
        ("kl-warmup", 2.0, {"objective.epochs": 3}, "squared error + w x KL, w from 0 to 2 over 3 epochs"),
        ("free-bits", 1.0, {}, "squared error + KL, at least 0.1 nats counted for each dimension"),
        ("of-another-version", 1.0, {}, "of-another-version"),
        ("kl-warmup", 1.0, {"objective.shape": 3}, "kl-warmup"),
        ("kl-warmup", 1.0, {"objective.epochs": -1.0}, "kl-warmup"),
    ],
)
def test_the_summary_says_the_loss_in_words(run, tmp_path, objective, beta, options, formula):
    config = read_checkpoint(run.best).config
    options = {**config.options, **options}
    config = dataclasses.replace(config, objective=objective, beta=beta, options=options)
    assert Session.open(changed(run, tmp_path / "a.pt", config=config)).summary.formula == formula


def test_a_plain_state_dict_has_no_formula(tmp_path):
    torch.save(ModelSpec("fc", (1, 8, 8), 3).build(seed=0).state_dict(), tmp_path / "w.pth")
    assert Session.open(tmp_path / "w.pth").summary.formula == ""


def test_reconstructed_images_have_the_surveys_figures(session):
    made = session.reconstruct([3, 1])
    survey = session.survey()
    rows = [survey.position(3), survey.position(1)]
    assert np.allclose(made.squared_error_N, survey.squared_error_N[rows], rtol=1e-4)
    assert np.allclose(made.means_NZ, survey.means_NZ[rows], atol=1e-5)
    assert np.allclose(made.logvars_NZ, survey.logvars_NZ[rows], atol=1e-5)
    assert np.array_equal(made.tiles_NHWC, session.decode(made.means_NZ))
    assert made.image_size == survey.image_size


def test_an_image_file_stands_beside_the_set(session, tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (30, 20), (200, 100, 50)).save(path)
    assert session.add_file(path) == -1
    assert (session.num_files, session.label(-1), session.num_images) == (1, "a.png", 20)
    assert session.images([-1, 2])[0, 0, 0].tolist() == [200, 100, 50]
    assert np.array_equal(session.images([-1, 2])[1], session.images([2])[0])
    mean, _ = session.encode([-1])
    assert np.allclose(session.reconstruct([-1]).means_NZ, mean)
    assert session.with_weights("raw").num_files == 1
    assert np.allclose(parse_point("file:1").latent(session), mean[0])


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_is_no_image_is_refused(session, tmp_path, content):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(VaeTuiError, match="can't be read as an image"):
        session.add_file(path)
    assert session.num_files == 0


@pytest.mark.parametrize(
    ("name", "words"), [("absent.png", "^no such file: .*absent.png$"), (".", "can't be read as an image: not a reg")]
)
def test_a_file_that_is_absent_or_no_file_is_refused(session, tmp_path, name, words):
    with pytest.raises(VaeTuiError, match=words) as refused:
        session.add_file(tmp_path / name)
    assert "known are" not in str(refused.value.hint)
