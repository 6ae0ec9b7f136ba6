"""What somebody's module does not say: its images' shape, its latents, the range of its pixels. Found by trying."""

# N or B images, C channels, H height, W width, Z latent dims

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from vae_tui.config import MAX_CHANNELS, MAX_LATENT_DIM
from vae_tui.errors import VaeTuiError
from vae_tui.foreign.adapter import TELL, Fit, ForeignVAE, call
from vae_tui.foreign.factory import Made
from vae_tui.foreign.outputs import describe, find_places, read_images, read_posterior
from vae_tui.foreign_model import ForeignModel, has_channels_last
from vae_tui.models.contract import ImageShape
from vae_tui.models.scaling import find_scaling

NUM_TRIED = 16
"""Images that are encoded, and draws of the prior that are decoded, to find out."""
_SHAPE_NAMES = ("image_shape", "img_size", "image_size", "img_shape", "input_dim", "input_shape", "input_size")
_LATENT_NAMES = ("latent_dim", "latent_size", "z_dim", "num_latents")
_ENDS = {nn.Sigmoid: "unit", nn.Hardsigmoid: "unit", nn.Tanh: "signed", nn.Hardtanh: "signed"}
_RANGES = {"unit": "[0, 1]", "signed": "[-1, 1]"}


@dataclass(frozen=True)
class Found:
    """A module behind the contract, and what a person should know of how it was read, one line."""

    model: ForeignVAE
    note: str


def find_shape(made: Made, told: ForeignModel) -> ImageShape | None:
    """The shape that was told, that the module has as an attribute, or that it decodes; None where only data tell."""
    if told.image_shape is not None:
        return told.image_shape
    for name in _SHAPE_NAMES:
        value = getattr(made.module, name, None)
        if isinstance(value, tuple | list) and len(value) == 3 and all(isinstance(side, int) for side in value):
            return _checked((value[0], value[1], value[2]), f"the module's {name}")
    latent_dim = told.latent_dim or next(
        (value for name in _LATENT_NAMES if isinstance(value := getattr(made.module, name, None), int)), None
    )
    if latent_dim is None or not 1 <= latent_dim <= MAX_LATENT_DIM:
        return None
    try:
        images = read_images(call("decode", made.decode, torch.zeros(2, latent_dim)))
    except VaeTuiError:  # it may still take the images that --data brings
        return None
    if images.dim() != 4 or len(images) != 2:
        return None
    return _checked((images.shape[1], images.shape[2], images.shape[3]), "what decode gives")


def _checked(shape: ImageShape, where: str) -> ImageShape:
    if not 1 <= shape[0] <= MAX_CHANNELS or min(shape) < 1 or has_channels_last(shape):
        sides = "x".join(map(str, shape))
        message = f"{where} is {sides}: images have 1 to {MAX_CHANNELS} channels, then height and width"
        raise VaeTuiError(message, "tell it what it is: --image-shape 3x32x32")
    return shape


def find(made: Made, told: ForeignModel, shape: ImageShape, images_NCHW: Tensor | None) -> Found:
    """The module behind the contract, tried on some of the images (uint8), else on noise of the shape.

    Raises VaeTuiError where it can't be read, saying what to tell or to change.
    """
    tried = _tried_images(shape, images_NCHW)
    with torch.inference_mode():
        fit, has_sigma = _find_fit(made, tried)
        latent_dim = torch.Size(fit.latent_shape).numel()
        if told.latent_dim not in (None, latent_dim):
            raise VaeTuiError(
                f"encode gives {latent_dim} latent dimensions, not {told.latent_dim}", "mend --latent-dim"
            )
        if latent_dim > MAX_LATENT_DIM:
            raise VaeTuiError(f"encode gives {latent_dim:,} latent dimensions; {MAX_LATENT_DIM:,} are the most")
        unit = ForeignVAE(made, shape, fit, find_scaling("unit"))
        pixel_range, how = _find_range(unit, told, tried)
    notes = [f"pixels in {_RANGES[pixel_range]}, {how}"]
    notes += ["encode gives a mean alone: sigma 0, and no true KL"] * (not has_sigma)
    notes += ["it draws at random: with one seed here"] * fit.seeded
    return Found(ForeignVAE(made, shape, fit, find_scaling(pixel_range)), "; ".join(notes))


def _tried_images(shape: ImageShape, images_NCHW: Tensor | None) -> Tensor:
    """Some images in [0, 1], two at least: a single one would hide where a module mixes them up."""
    if images_NCHW is None:
        return torch.rand(2, *shape, generator=torch.Generator().manual_seed(0))
    images = images_NCHW[:NUM_TRIED].float() / 255
    return images if len(images) > 1 else images.repeat(2, 1, 1, 1)


def _find_fit(made: Made, images_BCHW: Tensor) -> tuple[Fit, bool]:
    """How it takes images, and whether it gives a sigma."""
    flat, first = _encode_either(made, images_BCHW)
    given = images_BCHW.flatten(1) if flat else images_BCHW
    second = call("encode", made.encode, given, seed=1)
    places = find_places(first, second, call("encode", made.encode, 1 - given, seed=0))
    mean, logvar = read_posterior(first, places)
    latent_shape = tuple(mean.shape[1:])
    changed = not torch.equal(mean, read_posterior(second, places)[0])
    decoded = [read_images(call("decode", made.decode, mean, seed=seed, hint=TELL)) for seed in (0, 1)]
    return Fit(flat, latent_shape, places, changed or not torch.equal(*decoded)), logvar is not None


def _encode_either(made: Made, images_BCHW: Tensor) -> tuple[bool, Any]:
    """Whether it takes them flat, and what it gave: as images first, then as rows of numbers."""
    failure: VaeTuiError | None = None
    for flat in (False, True):
        given = images_BCHW.flatten(1) if flat else images_BCHW
        try:
            output = call("encode", made.encode, given, seed=0, hint=TELL)
        except VaeTuiError as error:
            failure = failure or error
            continue
        if _batch(output) in (None, len(images_BCHW)):
            return flat, output
        failure = failure or VaeTuiError(f"encode gives {describe(output)} for {describe(given)}", TELL)
    assert failure is not None
    raise failure


def _batch(output: Any) -> int | None:
    """How many latents it is; None where that can't be read, which is said later in its own words."""
    try:
        mean, _ = read_posterior(output)
    except VaeTuiError:
        return None
    return len(mean)


def _find_range(model: ForeignVAE, told: ForeignModel, images_BCHW: Tensor) -> tuple[str, str]:
    """The range of its pixels, and how it is known."""
    ended: list[tuple[nn.Module, Tensor]] = []

    def note(module: nn.Module, given: Any, output: Any) -> None:
        if isinstance(output, Tensor):
            ended.append((module, output))

    leaves = [module for module in model.module.modules() if not list(module.children())]
    hooks = [leaf.register_forward_hook(note) for leaf in leaves]
    try:
        prior_BZ = torch.randn(NUM_TRIED, model.latent_dim, generator=torch.Generator().manual_seed(0))
        decoded = model.decode(torch.cat([prior_BZ, model.encode(images_BCHW).mean_BZ]))
    finally:
        for hook in hooks:
            hook.remove()
    if told.pixel_range is not None:
        return told.pixel_range, "as told"
    if ended:
        last, output = ended[-1]
        name = _ENDS.get(type(last))
        if name is not None and output.numel() == decoded.numel() and torch.equal(output.flatten(), decoded.flatten()):
            return name, f"found: decode ends in {type(last).__name__}"
    return _range_of(decoded)


def _range_of(decoded: Tensor) -> tuple[str, str]:
    """By the values alone; a hundredth on either side is left out, as a decoder without an end strays a little."""
    values = decoded.flatten()
    low, high = (float(values.kthvalue(max(1, round(part * values.numel()))).values) for part in (0.01, 0.99))
    if not low >= -1.5 or not high <= 2:
        hint = "end decode in a sigmoid or a tanh; or say which range to cut it to: --range unit, --range signed"
        raise VaeTuiError(f"decode gives values from {low:.3g} to {high:.3g}, no pixels in [0, 1] or [-1, 1]", hint)
    name = "signed" if low < -0.05 else "unit"
    return name, f"found: decoded values lie from {low:.2f} to {high:.2f} (--range tells)"
