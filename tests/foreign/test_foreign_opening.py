"""From a file and a factory to a model: what is imported, what fits, and what is said where it does not."""

import pathlib
import re
import sys

import hand_written
import pytest
import torch
from hand_written import told

from vae_tui.checkpoint import read_checkpoint
from vae_tui.errors import VaeTuiError
from vae_tui.foreign.factory import Made
from vae_tui.foreign.finding import find_shape
from vae_tui.foreign.opening import load_foreign
from vae_tui.foreign_model import ForeignModel
from vae_tui.models.contract import ModelSpec
from vae_tui.session import Session

LAYOUTS = {
    "plain": lambda weights: weights,
    "pythae": lambda weights: {"model_state_dict": weights},
    "lightning": lambda weights: {
        "epoch": 3,
        "pytorch-lightning_version": "2.5.0",
        "state_dict": {f"model.{key}": value for key, value in weights.items()} | {"critic.weight": torch.ones(3)},
        "optimizer_states": [{"state": {}, "param_groups": []}],
    },
    "trainer": lambda weights: {"model": weights, "optimizer": {"lr": 0.1}, "epoch": 2},
    "parallel": lambda weights: {f"module.{key}": value for key, value in weights.items()},
    "compiled": lambda weights: {f"_orig_mod.{key}": value for key, value in weights.items()},
    "both": lambda weights: {f"module._orig_mod.{key}": value for key, value in weights.items()},
}


def opened(path, kind="Pair", **options):
    return load_foreign(path, told(kind, **options)).settle()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_weights_are_found_as_trainers_keep_them(weights_path, layout):
    path = weights_path("Pair", LAYOUTS[layout])
    plain = torch.load(weights_path("Pair", name="plain.pt"), weights_only=True)
    loaded = opened(path).build_model().module.state_dict()
    assert loaded.keys() == plain.keys()
    assert all(torch.equal(loaded[key], plain[key]) for key in plain)


def test_a_file_from_before_torch_1_6_opens(weights_path, tmp_path):
    weights = torch.load(weights_path("Pair"), weights_only=True)
    torch.save(weights, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    assert torch.equal(opened(tmp_path / "old.pt").build_model().module.inner.bias, weights["inner.bias"])
    with pytest.raises(VaeTuiError, match=r"before 1\.6"):
        read_checkpoint(tmp_path / "old.pt")


def test_half_precision_weights_are_used_as_float32(weights_path):
    path = weights_path("Pair", lambda weights: {key: value.half() for key, value in weights.items()})
    assert opened(path).build_model().module.inner.weight.dtype == torch.float32


def test_a_compiled_factory_gives_its_module(weights_path):
    model = opened(weights_path("Pair"), "compiled").build_model()
    assert type(model.module) is hand_written.Pair


def test_the_model_evaluates_and_learns_nothing(weights_path):
    module = opened(weights_path("NotDrawnInEvaluation"), "NotDrawnInEvaluation").build_model().module
    assert not module.training
    assert not any(parameter.requires_grad for parameter in module.parameters())


@pytest.mark.parametrize(
    ("wrap", "words"),
    [
        (lambda weights: {"inner.weight": weights["inner.weight"]}, "lacks inner.bias, outer.weight, outer.bias$"),
        (lambda weights: weights | {"extra.\x1b[2J": torch.ones(1)}, "it has extra.\ufffd.2J, which it has not"),
        (lambda weights: weights | {"inner.bias": torch.ones(6)}, "inner.bias is 6, the module's is 8"),
        (lambda weights: weights | {"inner.bias": torch.full((8,), torch.nan)}, "inner.bias holds .* not finite"),
        (lambda weights: {"epoch": 3, "loss": 0.5}, r"holds no state dict \(its keys: epoch, loss\)"),
        (lambda weights: {"state_dict": {}}, r"holds no state dict \(its keys: state_dict\)"),
        (lambda weights: [weights], "holds a list"),
        (lambda weights: hand_written.Pair(), "holds Python objects or code, which are never executed"),
    ],
)
def test_a_file_that_does_not_fit_says_how(weights_path, wrap, words):
    with pytest.raises(VaeTuiError, match=words) as refused:
        opened(weights_path("Pair", wrap))
    assert refused.value.hint


def test_a_checkpoint_of_our_own_needs_no_module():
    with pytest.raises(VaeTuiError, match="is a checkpoint of vaetui") as refused:
        opened(pathlib.Path(__file__).parents[1] / "checkpoints" / "format-2.pt")
    assert refused.value.hint == "leave --model out"


@pytest.mark.parametrize(
    ("factory", "words", "hint"),
    [
        ("absent_module:make", "there is no module absent_module", "run vaetui in the folder that holds absent_module"),
        ("hand_written.sub:make", "there is no module hand_written.sub", "run vaetui in the folder"),
        ("hand_written:Pear", r"hand_written \(.*hand_written.py\) has no Pear", "did you mean Pair"),
        ("hand_written:with_arguments", "TypeError: .*'size'", "called with no arguments"),
        ("hand_written:not_a_module", "gives a dict, not a torch.nn.Module", "return the model itself"),
        ("hand_written:a_number", "gives an int, not a torch.nn.Module", "return the model itself"),
        ("hand_written:nothing", "gives None, not a torch.nn.Module", "return the model itself"),
        ("hand_written:failing", r"RuntimeError: no such \[b\]dataset \(hand_written.py, line \d+\)", None),
        ("hand_written:NoDecode", "NoDecode of hand_written:NoDecode has no decode", "encode.images. and decode"),
    ],
)
def test_a_factory_that_fails_says_how(weights_path, factory, words, hint):
    with pytest.raises(VaeTuiError, match=words) as refused:
        load_foreign(weights_path("Pair"), ForeignModel(factory))
    if hint:
        assert re.search(hint, refused.value.hint)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, holding theirs.py with this text; what it imported is forgotten again."""
    known = set(sys.modules)
    monkeypatch.chdir(tmp_path)

    def write(text):
        (tmp_path / "theirs.py").write_text(text)

    yield write
    for name in set(sys.modules) - known:
        if name in ("theirs", "beside"):
            del sys.modules[name]


def test_the_current_folder_is_on_the_path_for_the_import_alone(folder, weights_path, tmp_path, capsys):
    (tmp_path / "beside.py").write_text("from hand_written import Pair")
    folder("def make():\n    from beside import Pair\n    print('making')\n    return Pair()")
    before = list(sys.path)
    checkpoint = load_foreign(weights_path("Pair"), ForeignModel("theirs:make", image_shape=(3, 8, 8))).settle()
    assert type(checkpoint.build_model().module).__name__ == "Pair"
    assert sys.path == before
    out, err = capsys.readouterr()
    assert (out, err) == ("", "making\n")


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("import an_absent_package", "importing theirs failed: ModuleNotFoundError", "install an_absent_package"),
        ("1 / 0", r"importing theirs failed: ZeroDivisionError: .*theirs.py, line 1", "__main__"),
        ("import sys\nsys.exit('usage: train')", "SystemExit: usage: train", "__main__"),
        ("def make(:", "SyntaxError", "__main__"),
    ],
)
def test_an_import_that_fails_says_how(folder, weights_path, text, words, hint):
    folder(text)
    before = list(sys.path)
    with pytest.raises(VaeTuiError, match=words) as refused:
        load_foreign(weights_path("Pair"), ForeignModel("theirs:make"))
    assert hint in refused.value.hint
    assert sys.path == before


def test_nothing_is_imported_for_a_file_that_can_not_be_opened(folder, tmp_path):
    folder("raise AssertionError")
    (tmp_path / "w.pt").write_bytes(b"no weights")
    with pytest.raises(VaeTuiError, match="is not a checkpoint"):
        load_foreign(tmp_path / "w.pt", ForeignModel("theirs:make"))
    assert "theirs" not in sys.modules


def test_without_the_option_nothing_is_imported(weights_path, folder):
    folder("raise AssertionError")
    with pytest.raises(VaeTuiError, match="unknown model") as refused:
        Session.open(weights_path("Pair"))
    assert "--model package.module:factory" in refused.value.hint
    assert "theirs" not in sys.modules


@pytest.mark.parametrize("kind", ["Sized", "Named", "Counted", "Interleaved"])
def test_the_shape_that_a_module_knows_need_not_be_told(weights_path, kind):
    checkpoint = opened(weights_path(kind), kind, image_shape=None)
    assert checkpoint.spec == ModelSpec(f"hand_written:{kind}", (3, 8, 8), 4)


def test_the_shape_is_found_by_the_latents_that_are_told(weights_path):
    assert opened(weights_path("Pair"), image_shape=None, latent_dim=4).spec.image_shape == (3, 8, 8)


def test_the_shape_is_that_of_the_images(weights_path, data_path):
    model = told("Pair", image_shape=None)
    session = Session.open(weights_path("Pair"), device="cpu", data=str(data_path), model=model)
    assert session.summary.image_shape == (3, 8, 8)
    assert (session.num_images, session.split) == (20, "")


@pytest.mark.parametrize(("sides", "said"), [((32, 32, 3), "32x32x3"), ((65, 8, 8), "65x8x8"), ((0, 8, 8), "0x8x8")])
def test_a_shape_that_is_none_is_not_believed(sides, said):
    module = torch.nn.Linear(4, 4)
    module.img_size = sides
    with pytest.raises(VaeTuiError, match=f"the module's img_size is {said}: images have 1 to 64 channels") as refused:
        find_shape(Made(module, module, module), ForeignModel("mine:VAE"))
    assert "--image-shape" in refused.value.hint
    module.img_size = (5, 32, 32)
    assert find_shape(Made(module, module, module), ForeignModel("mine:VAE")) == (5, 32, 32)


def test_a_shape_that_nothing_says_is_asked_for(weights_path):
    with pytest.raises(VaeTuiError, match="of what shape the images of hand_written:Pair are") as refused:
        opened(weights_path("Pair"), image_shape=None)
    assert "--data" in refused.value.hint
    assert "--image-shape 3x32x32" in refused.value.hint


def test_latents_that_are_not_the_told_ones_are_refused(weights_path):
    with pytest.raises(VaeTuiError, match="encode gives 4 latent dimensions, not 5"):
        opened(weights_path("Pair"), latent_dim=5)


@pytest.mark.parametrize("kind", ["Pair", "Flat"])
def test_a_wrong_shape_is_refused_with_the_modules_own_words(weights_path, kind):
    with pytest.raises(VaeTuiError, match=r"encode fails on a tensor of 2x3x16x16: RuntimeError") as refused:
        opened(weights_path(kind), kind, image_shape=(3, 16, 16))
    assert "--image-shape" in refused.value.hint


def test_images_of_another_shape_than_the_modules_are_refused(weights_path, data_path):
    model = told("Pair", image_shape=(3, 16, 16))
    with pytest.raises(VaeTuiError, match="are 3x8x8, the model takes 3x16x16"):
        Session.open(weights_path("Pair"), device="cpu", data=str(data_path), model=model)


def test_a_foreign_model_has_no_images_and_no_statistics(weights_path):
    session = Session.open(weights_path("Pair"), device="cpu", model=told("Pair"))
    assert (session.num_images, session.split, session.statistics) == (0, "", None)
    summary = session.summary
    assert (summary.model, summary.num_parameters) == ("hand_written:Pair", 192 * 8 + 8 + 4 * 192 + 192)
    assert summary.history == ()
    with pytest.raises(VaeTuiError, match="has no averaged weights"):
        Session.open(weights_path("Pair"), device="cpu", model=told("Pair"), weights="ema")
