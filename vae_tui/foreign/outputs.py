"""What encode and decode of somebody's module may return, read as a mean, a log-variance and images."""

# B batch; latents and images keep their own further sides here

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Distribution, Independent, MultivariateNormal, Normal

from vae_tui.errors import VaeTuiError, kind_of, printable

Places = tuple[int, int]
"""Where the mean and the log-variance stand in a longer tuple."""

_MEANS = ("mean", "mu", "loc", "embedding")
_LOGVARS = ("logvar", "log_var", "log_variance", "log_covariance")
_SIGMAS = ("std", "sigma", "stddev", "scale")
_IMAGES = ("reconstruction", "recon_x", "sample")
_RETURNS = "let encode return a mean, a (mean, logvar) pair, or a torch.distributions.Normal"
_IMAGE_RETURNS = "let decode return the images alone, one tensor"


def read_posterior(output: Any, places: Places | None = None) -> tuple[Tensor, Tensor | None]:
    """Mean and log-variance of what encode returned, of one shape; None where it has a mean alone.

    Read are a tensor, a pair, a Gaussian of torch.distributions (alone, or the one in a tuple), and named values (an
    object's or a mapping's). Raises VaeTuiError for anything else.
    """
    mean, logvar = _posterior(output, places)
    if mean.dim() < 2 or (logvar is not None and logvar.shape != mean.shape):
        raise VaeTuiError(f"encode gives {describe(output)}, which is no latent an image", _RETURNS)
    return mean, logvar


def _posterior(output: Any, places: Places | None) -> tuple[Tensor, Tensor | None]:
    if isinstance(output, Tensor):
        return output, None
    if isinstance(output, Distribution):
        return _gaussian(output)
    named = _named_posterior(output)
    if named is not None:
        return named
    if isinstance(output, tuple | list):
        gaussians = [entry for entry in output if isinstance(entry, Distribution)]
        if len(gaussians) == 1:
            return _gaussian(gaussians[0])
        if len(output) == 1:
            return _posterior(output[0], places)
        first, second = places or (0, 1)
        if (len(output) == 2 or places) and isinstance(output[first], Tensor) and isinstance(output[second], Tensor):
            return output[first], output[second]
    raise VaeTuiError(f"encode gives {describe(output)}, which can't be told apart", _RETURNS)


def _named_posterior(output: Any) -> tuple[Tensor, Tensor | None] | None:
    inner = _named(output, ("latent_dist",), (Distribution, object))
    if inner is not None:
        return _posterior(inner, None)
    mean = _named(output, _MEANS, Tensor)
    if mean is None:
        return None
    logvar = _named(output, _LOGVARS, Tensor)
    sigma = _named(output, _SIGMAS, Tensor)
    return mean, 2 * sigma.log() if logvar is None and sigma is not None else logvar


def _named(output: Any, names: tuple[str, ...], kind: Any) -> Any:
    for name in names:
        value = output.get(name) if isinstance(output, Mapping) else getattr(output, name, None)
        if value is not None and isinstance(value, kind):
            return value
    return None


def _gaussian(output: Distribution) -> tuple[Tensor, Tensor]:
    base = output
    while isinstance(base, Independent):
        base = base.base_dist
    if isinstance(base, Normal):
        return base.loc, 2 * base.scale.log()
    if isinstance(base, MultivariateNormal):
        covariance = base.covariance_matrix
        if torch.equal(covariance, torch.diag_embed(covariance.diagonal(dim1=-2, dim2=-1))):
            return base.loc, base.variance.log()
        raise VaeTuiError("encode gives a Gaussian whose dimensions depend on each other", _RETURNS)
    raise VaeTuiError(f"encode gives {kind_of(base)}, not a Gaussian", _RETURNS)


def read_images(output: Any) -> Tensor:
    """The images that decode returned: a tensor, a distribution's mean, or a named value.

    Raises VaeTuiError for anything else.
    """
    if isinstance(output, Tensor):
        return output
    if isinstance(output, Distribution):
        mean: Tensor = output.mean
        return mean
    named: Tensor | None = _named(output, _IMAGES, Tensor)
    if named is not None:
        return named
    if isinstance(output, tuple | list) and len(output) == 1:
        return read_images(output[0])
    raise VaeTuiError(f"decode gives {describe(output)}, not images", _IMAGE_RETURNS)


def find_places(first: Any, reseeded: Any, of_others: Any) -> Places | None:
    """Where mean and log-variance stand in a tuple of a latent and these two; None where nothing tells.

    `first` is what encode gave, `reseeded` what it gave for the same images after another seed, and `of_others` for
    other images after the first seed. The latent is the entry that the seed changed, or that equals another one: the
    mean, as models do when they are not training. Of the two others, the pair is in the order in which the noise of
    the latent, (z - mean) / sigma, comes from the seed alone.
    """
    if not (isinstance(first, tuple | list) and len(first) == 3 and all(isinstance(one, Tensor) for one in first)):
        return None
    if len({one.shape for one in first}) != 1:
        return None
    drawn = [place for place in range(3) if not torch.equal(first[place], reseeded[place])]
    if len(drawn) == 1:
        left, right = (place for place in range(3) if place != drawn[0])
        for mean, logvar in ((left, right), (right, left)):
            noise, same = ((one[drawn[0]] - one[mean]) / torch.exp(one[logvar] / 2) for one in (first, of_others))
            if torch.allclose(noise, same, rtol=1e-2, atol=1e-2):
                return mean, logvar
    equal = [(a, b) for a, b in ((0, 1), (0, 2), (1, 2)) if torch.equal(first[a], first[b])]
    if drawn or len(equal) != 1:
        return None
    mean, copy = equal[0]
    return mean, 3 - mean - copy


def describe(output: Any) -> str:
    """What was returned, in words: its kind, and the shapes in it."""
    if isinstance(output, Tensor):
        return f"a tensor of {'x'.join(map(str, output.shape)) or 'no sides'}"
    if isinstance(output, tuple | list):
        return f"({', '.join(describe(entry) for entry in output[:5])}{', …' * (len(output) > 5)})"
    if isinstance(output, Mapping):
        return f"a mapping of {', '.join(printable(str(key), 40) for key in list(output)[:6]) or 'nothing'}"
    return kind_of(output)
