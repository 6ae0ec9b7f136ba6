"""How a run's values are settled, written and read again."""

import dataclasses
import tomllib

import pytest

from vae_tui.config import RunConfig, build_options, option, parse_assignment, resolve
from vae_tui.errors import VaeTuiError


def test_the_notebook_recipe_is_the_known_experiment():
    conv = resolve("cifar10", {"model": "conv"})
    assert (conv.latent_dim, conv.batch_size, conv.epochs, conv.lr, conv.beta) == (128, 32, 10, 1e-3, 1.0)
    assert resolve("cifar10", {"model": "fc"}).latent_dim == 20
    svhn = resolve("svhn", {})
    assert (svhn.model, svhn.batch_size, svhn.epochs) == ("conv", 128, 25)
    assert conv.objective == "squared-error"


def test_flags_come_before_the_file_and_the_file_before_the_recipe(tmp_path):
    file = tmp_path / "run.toml"
    file.write_text('dataset = "mnist"\nlatent-dim = 7\nepochs = 3\n[set]\nmodel.scaling = "signed"\ndata.x = 1\n')
    config = resolve(None, {"epochs": 5, "options": {"data.x": 2}}, file)
    assert (config.dataset, config.latent_dim, config.epochs, config.batch_size) == ("mnist", 7, 5, 32)
    assert config.options == {"model.scaling": "signed", "data.x": 2}
    assert resolve("svhn", {}, file).batch_size == 128


def test_toml_gives_the_same_config_back(tmp_path):
    config = resolve(
        'odd "name"\\ü', {"options": {"data.flag": True, "data.rate": 0.25, "model.word": "a\nb"}, "seed": 7}
    )
    file = tmp_path / "config.toml"
    file.write_text(config.to_toml(), encoding="utf-8")
    assert resolve(None, {}, file) == config
    assert tomllib.loads(config.to_toml())["seed"] == 7


def test_plain_values_give_the_same_config_back():
    config = resolve("cifar10", {"options": {"data.test_fraction": 0.2}})
    assert RunConfig.from_plain(config.to_plain()) == config


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"epochs": 0}, "epochs is 0"),
        ({"epochs": -3}, "epochs is -3"),
        ({"epochs": 1.5}, "whole number"),
        ({"epochs": True}, "whole number"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"latent_dim": -1}, "latent_dim is -1"),
        ({"lr": -0.1}, "lr is -0.1"),
        ({"lr": 0.0}, "lr is 0.0"),
        ({"lr": float("nan")}, "lr is nan"),
        ({"lr": "fast"}, "lr must be a number"),
        ({"beta": -1.0}, "beta is -1.0"),
        ({"seed": -1}, "seed is -1"),
        ({"keep_every": -1}, "keep_every is -1"),
        ({"seed": 2**63}, "seed is"),
        ({"dataset": ""}, "dataset must be a name"),
        ({"recipe": "notebok"}, "notebok"),
        ({"options": {"modl.hidden": 1}}, "modl.hidden"),
    ],
)
def test_what_makes_no_sense_is_refused(change, words):
    with pytest.raises(VaeTuiError, match=words):
        resolve("cifar10", change) if "dataset" not in change else resolve("", {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("batch_siz = 3", "batch_siz"),
        ("epochs = ", "TOML"),
        ("set = 3", "table"),
        ("[set]\nmodel.deep.deeper = 1", "text or a number|model.deep"),
    ],
)
def test_a_bad_file_is_refused(tmp_path, text, words):
    file = tmp_path / "run.toml"
    file.write_text(text)
    with pytest.raises(VaeTuiError, match=words):
        resolve("cifar10", {}, file)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(VaeTuiError, match="no such file"):
        resolve("cifar10", {}, tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("model.hidden=400", 400),
        ("data.test_fraction = 0.1", 0.1),
        ("model.scaling=signed", "signed"),
        ("model.flag=true", True),
        ('model.word="5"', "5"),
        ("data.date=2020-01-01", "2020-01-01"),
    ],
)
def test_assignments_are_read(text, value):
    key, got = parse_assignment(text)
    assert key == text.partition("=")[0].strip()
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize("text", ["model.hidden", "=3", "hidden=3", "thing.hidden=3", "model.=3"])
def test_assignments_that_are_none_are_refused(text):
    with pytest.raises(VaeTuiError):
        parse_assignment(text)


@dataclasses.dataclass(frozen=True)
class Example:
    count: int = option(1, "how many")
    rate: float = option(0.5, "how fast")
    word: str = option("a", "which")
    on: bool = option(False, "whether")


def test_options_take_their_fields_types():
    built = build_options(Example, {"count": 3, "rate": 2, "word": 7, "on": True}, "model")
    assert built == Example(3, 2.0, "7", True)
    assert isinstance(built.rate, float)


@pytest.mark.parametrize("values", [{"count": 1.5}, {"count": True}, {"rate": "x"}, {"on": 1}, {"rate": True}])
def test_options_of_another_type_are_refused(values):
    with pytest.raises(VaeTuiError, match=f"model.{next(iter(values))} must be"):
        build_options(Example, values, "model")


def test_an_unknown_option_names_the_nearest():
    with pytest.raises(VaeTuiError, match="cuont") as error:
        build_options(Example, {"cuont": 1}, "model")
    assert "did you mean count" in error.value.hint
