"""What the explorer's tests share: a fake model, and an app that looks into it."""

import dataclasses

from fakes import FakeSubject

from vae_tui.errors import VaeTuiError
from vae_tui.explorer.app import ExplorerApp
from vae_tui.explorer.model import ModelFacts
from vae_tui.pictures.origin import Origin
from vae_tui.summary import EpochMetrics, ModelSummary
from vae_tui.terminal.halfblock import HalfblockPainter

SUMMARY = ModelSummary(
    path="run/best.pt",
    checkpoint_hash="ab" * 32,
    model="conv",
    num_parameters=1,
    image_shape=(3, 8, 8),
    latent_dim=8,
    scaling="unit",
    dataset="cifar10",
    num_train=50_000,
    num_test=10_000,
    epoch=10,
    objective="squared-error",
    formula="squared error + KL",
    beta=1.0,
    has_ema=False,
    note="",
    history=(EpochMetrics(10, 80.0, 66.0, 14.0, 79.2, 65.1, 14.1, 4, 1.0, 900.0, 2.0),),
)

ORIGIN = Origin("run/best.pt")


class FakeSurveyBuilder:
    """Surveys a fake in steps of 16 images."""

    def __init__(self, model):
        self._model = model
        self.total = model.num_images
        self.done = 0

    @property
    def is_done(self):
        return self.done == self.total

    def step(self):
        self.done = min(self.total, self.done + 16)

    def finish(self):
        assert self.is_done
        return self._model.survey()


class FakeModel(FakeSubject):
    """The fake subject with a summary and class names."""

    summary = SUMMARY
    weights = "raw"
    training_data = ""

    @property
    def splits(self):
        return {}

    def with_split(self, split):
        raise AssertionError(f"there is no {split} split")

    def with_weights(self, weights):
        assert weights == self.weights
        return self

    def weights_bytes(self):
        return b"weights"

    def survey_builder(self):
        return FakeSurveyBuilder(self)

    def umap_points(self, on_progress=None):
        return super().umap_points()

    def add_file(self, path):
        if not path.is_file():
            raise VaeTuiError(f"{path} can't be read")
        self.num_files += 1
        return -self.num_files

    def label(self, index):
        return ("frog", "truck")[index % 2]


class SplitModel(FakeModel):
    """A model whose images are those of two splits of some data, of 64 and 100; the train images are inverted."""

    def __init__(self, split="test", **options):
        super().__init__(**options, num_images={"test": 64, "train": 100}[split])
        self.split = split
        self._others = {split: self}
        self._options = options

    @property
    def splits(self):
        return {"test": 64, "train": 100}

    def with_split(self, split):
        if split not in self._others:
            other = self._others[split] = SplitModel(split, **self._options)
            other._others = self._others
            other.num_files = self.num_files
        return self._others[split]

    def images(self, indices):
        tiles = super().images(indices)
        return tiles if self.split == "test" else 255 - tiles


class CarryingModel(FakeModel):
    """A model whose checkpoint carries 64 test images; the 100 training images that `load` gives can be put beside.

    `load` is called in the loading thread with the report of how far it is.
    """

    training_data = "cifar10"

    def __init__(self, load=lambda report: TRAINING_IMAGES, **options):
        super().__init__(**options)
        self._load = load
        self._options = options

    def load_training_images(self, report):
        return self._load(report)

    def with_training_images(self, images):
        assert images is TRAINING_IMAGES
        return SplitModel(**self._options)


TRAINING_IMAGES = object()


class AveragedModel(FakeModel):
    """A model whose raw weights decode inverted colours; `other` is the same with the other weights."""

    summary = dataclasses.replace(SUMMARY, has_ema=True)

    def __init__(self, weights="ema", **options):
        super().__init__(**options)
        self.weights = weights
        self.other = None
        self._options = options

    def with_weights(self, weights):
        if weights == self.weights:
            return self
        if self.other is None:
            self.other = AveragedModel(weights, **self._options)
            self.other.other = self
        return self.other

    def decode(self, latents_NZ):
        tiles = super().decode(latents_NZ)
        return tiles if self.weights == "ema" else 255 - tiles

    def encode(self, indices):
        mean, std = super().encode(indices)
        return (mean, std) if self.weights == "ema" else (mean / 2, std)


def fake_facts(**options):
    return ModelFacts.of(FakeModel(**options))


def fake_app(model=None, open_model=None, studies=False, **options):
    """An app in half cells on a fake model."""
    model = model or FakeModel()
    return ExplorerApp(open_model or (lambda: model), ORIGIN, HalfblockPainter(), studies=studies, **options)


async def settle(pilot):
    """Waits until the screen shows what the state asks for."""
    await pilot.pause()
    while not pilot.app.is_settled:
        await pilot.pause()
    await pilot.pause()


async def press(pilot, *keys):
    """Presses the keys and waits for the picture."""
    await pilot.press(*keys)
    await settle(pilot)


def screen_text(app):
    """All that is on the screen, line by line."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())
