"""From a file of weights and a factory to a checkpoint that builds its model like any other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from vae_tui.checkpoint import Checkpoint
from vae_tui.errors import VaeTuiError, printable
from vae_tui.foreign.adapter import ForeignVAE
from vae_tui.foreign.factory import Made, make_module
from vae_tui.foreign.finding import find, find_shape
from vae_tui.foreign.weights import load_weights, read_state_dict
from vae_tui.foreign_model import ForeignModel
from vae_tui.models.contract import ImageShape, ModelSpec


@dataclass(frozen=True, eq=False)
class ForeignCheckpoint(Checkpoint):
    """Weights that somebody else's module has: no images, no statistics, no history."""

    model: ForeignVAE = field(kw_only=True)

    def build_model(self, *, raw: bool = False) -> ForeignVAE:
        """The module, loaded: the same one at each call."""
        return self.model

    def _model_on_paper(self) -> ForeignVAE:
        return self.model


@dataclass(frozen=True, eq=False)
class LoadedModule:
    """A module with the file's weights, of which shape and latents are still to be found."""

    made: Made
    told: ForeignModel
    weights: Mapping[str, Tensor]
    path: Path
    file_hash: str
    shape: ImageShape | None
    """Of its images; None where only data tell."""

    def settle(self, images_NCHW: Tensor | None = None) -> ForeignCheckpoint:
        """What it is, found by trying it on some uint8 images, else on noise.

        Raises VaeTuiError where that can't be found, saying what to tell.
        """
        shape = self.shape
        if shape is None and images_NCHW is not None:
            shape = (images_NCHW.shape[1], images_NCHW.shape[2], images_NCHW.shape[3])
        if shape is None:
            hint = "name images with --data DATASET|FOLDER|FILE.npz, or tell it: --image-shape 3x32x32"
            raise VaeTuiError(f"nothing says of what shape the images of {printable(self.told.factory)} are", hint)
        found = find(self.made, self.told, shape, images_NCHW)
        return ForeignCheckpoint(
            spec=ModelSpec(self.told.factory, shape, found.model.latent_dim),
            weights=self.weights,
            note=found.note,
            format=0,
            path=self.path,
            file_hash=self.file_hash,
            file_bytes=self.path.stat().st_size,
            model=found.model,
        )


def load_foreign(path: Path, told: ForeignModel) -> LoadedModule:
    """The factory's module with the weights of the file, on the CPU, ready to evaluate.

    The file is read first, so that nothing is imported for one that can't be opened. Raises VaeTuiError for whatever
    the person can mend.
    """
    weights, file_hash = read_state_dict(path)
    made = make_module(told.factory)
    load_weights(made.module, weights, path)
    made.module.float().requires_grad_(False).eval()
    return LoadedModule(made, told, weights, path, file_hash, find_shape(made, told))
