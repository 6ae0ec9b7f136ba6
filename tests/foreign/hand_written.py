"""Modules as people write them, for images of 3x8x8 and 4 latents: each returns what one of them returns."""

from collections import OrderedDict
from types import SimpleNamespace

import torch
from torch import nn
from torch.distributions import Bernoulli, Gamma, Independent, MultivariateNormal, Normal

from vae_tui.foreign_model import ForeignModel

SHAPE, LATENT_DIM = (3, 8, 8), 4


def told(kind, pixel_range=None, latent_dim=None, image_shape=SHAPE):
    """The class of this file as --model names it."""
    return ForeignModel(f"hand_written:{kind}", pixel_range, latent_dim, image_shape)


class Pair(nn.Module):
    """(mean, logvar); decode ends in torch.sigmoid, which no module shows."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(192, 2 * LATENT_DIM)
        self.outer = nn.Linear(LATENT_DIM, 192)

    def moments(self, images):
        return self.inner(images.reshape(len(images), -1)).chunk(2, dim=1)

    def encode(self, images):
        return self.moments(images)

    def decode(self, z):
        return torch.sigmoid(self.outer(z)).view(-1, *SHAPE)

    def forward(self, images):
        return self.decode(self.encode(images)[0])


class MeanAlone(Pair):
    def encode(self, images):
        return self.moments(images)[0]


class Gaussian(Pair):
    def encode(self, images):
        mean, logvar = self.moments(images)
        return Normal(mean, torch.exp(logvar / 2))


class GaussianBesideADraw(Gaussian):
    def encode(self, images):
        gaussian = super().encode(images)
        return gaussian.rsample(), Independent(gaussian, 1)


class DiagonalMultivariate(Pair):
    def encode(self, images):
        mean, logvar = self.moments(images)
        return MultivariateNormal(mean, torch.diag_embed(logvar.exp()))


class Named(Pair):
    """As pythae: an ordered dict with attributes, from an encoder and a decoder."""

    def __init__(self):
        super().__init__()
        self.input_dim = SHAPE
        self.encoder, self.decoder = NamedEncoder(), NamedDecoder()
        del self.inner, self.outer

    encode = decode = None


class NamedEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(192, 2 * LATENT_DIM)

    def forward(self, images):
        mean, logvar = self.inner(images.reshape(-1, 192)).chunk(2, dim=1)
        return OrderedDict(embedding=mean, log_covariance=logvar)


class NamedDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(LATENT_DIM, 192), nn.Sigmoid())

    def forward(self, z):
        return OrderedDict(reconstruction=self.layers(z).reshape(-1, *SHAPE))


class MeanAndSigma(Pair):
    def encode(self, images):
        mean, logvar = self.moments(images)
        return SimpleNamespace(latent_dist=SimpleNamespace(mean=mean, std=torch.exp(logvar / 2)))


class Drawn(Pair):
    """(z, mean, logvar), z drawn each time."""

    order = (0, 1, 2)

    def encode(self, images):
        mean, logvar = self.moments(images)
        found = (mean + torch.exp(logvar / 2) * torch.randn_like(mean), mean, logvar)
        return tuple(found[place] for place in self.order)


class DrawnLast(Drawn):
    order = (1, 2, 0)


class LogvarFirst(Drawn):
    order = (2, 0, 1)


class NotDrawnInEvaluation(Drawn):
    def encode(self, images):
        mean, logvar = self.moments(images)
        return mean + torch.exp(logvar / 2) * torch.randn_like(mean) if self.training else mean, mean, logvar


class AnyThree(Pair):
    def encode(self, images):
        mean, logvar = self.moments(images)
        return mean, logvar, mean + logvar


class ADraw(Pair):
    """A tensor that is drawn: not the mean, but all that there is."""

    def encode(self, images):
        mean, logvar = self.moments(images)
        return mean + torch.exp(logvar / 2) * torch.randn_like(mean)


class Flat(Pair):
    """Rows of numbers in, rows of numbers out."""

    def encode(self, rows):
        return self.inner(rows).chunk(2, dim=1)

    def decode(self, z):
        return torch.sigmoid(self.outer(z))


class Grid(nn.Module):
    """A latent of 2x4x4, as with a first stage of a diffusion model."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Conv2d(3, 4, 2, 2)
        self.outer = nn.ConvTranspose2d(2, 3, 2, 2)

    def encode(self, images):
        return self.inner(images).chunk(2, dim=1)

    def decode(self, z):
        return torch.tanh(self.outer(z))


class EndsInTanh(Pair):
    def __init__(self):
        super().__init__()
        self.end = nn.Tanh()

    def decode(self, z):
        return self.end(self.outer(z)).view(-1, *SHAPE)


class TanhBroughtToUnit(EndsInTanh):
    def decode(self, z):
        return (super().decode(z) + 1) / 2


class Tanh(Pair):
    def decode(self, z):
        return torch.tanh(self.outer(z)).view(-1, *SHAPE)


class Logits(Pair):
    def decode(self, z):
        return 50 * self.outer(z).view(-1, *SHAPE)


class DecodesADistribution(Pair):
    def decode(self, z):
        return Bernoulli(probs=super().decode(z))


class DecodesAPair(Pair):
    def decode(self, z):
        return super().decode(z), z


class DecodesOtherSizes(Pair):
    def decode(self, z):
        return super().decode(z)[..., :7]


class WantsLabels(Pair):
    def encode(self, images, labels):
        return self.moments(images)


class NotGaussian(Pair):
    def encode(self, images):
        mean, _ = self.moments(images)
        return Gamma(mean.exp(), mean.exp())


class Correlated(Pair):
    def encode(self, images):
        mean, _ = self.moments(images)
        return MultivariateNormal(mean, torch.eye(LATENT_DIM) + 0.5)


class Uneven(Pair):
    def encode(self, images):
        mean, logvar = self.moments(images)
        return mean, logvar[:, :1]


class NoDecode(nn.Module):
    def encode(self, images):
        return images


class Sized(Pair):
    """Says its shape, as disentangling-vae does."""

    def __init__(self):
        super().__init__()
        self.img_size = SHAPE


class Counted(Pair):
    """Says how many latents it has, not the shape: decode tells."""

    latent_dim = LATENT_DIM


def compiled():
    return torch.compile(Pair())


def with_arguments(size):
    return Pair()


def a_number():
    return 3


def nothing():
    return None


def not_a_module():
    return {"a": 1}


def failing():
    raise RuntimeError("no such [b]dataset")


class Interleaved(nn.Module):
    """As disentangling-vae: an encoder of interleaved means and log-variances, and a decoder; no encode, no decode."""

    def __init__(self):
        super().__init__()
        self.img_size, self.latent_dim = SHAPE, LATENT_DIM
        self.encoder, self.decoder = InterleavedEncoder(), SigmoidDecoder()


class InterleavedEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.mu_logvar_gen = nn.Linear(192, 2 * LATENT_DIM)

    def forward(self, images):
        return self.mu_logvar_gen(images.view((images.size(0), -1))).view(-1, LATENT_DIM, 2).unbind(-1)


class SigmoidDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.convT3 = nn.ConvTranspose2d(LATENT_DIM, 3, 8)

    def forward(self, z):
        return torch.sigmoid(self.convT3(z.view(z.size(0), -1, 1, 1)))
