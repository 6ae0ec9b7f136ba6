"""The four ideas behind a variational autoencoder, in a few lines each, with a model's own numbers."""

from dataclasses import dataclass

from vae_tui.errors import printable
from vae_tui.latent import LatentStatistics, format_number
from vae_tui.summary import ModelSummary


@dataclass(frozen=True)
class PosteriorExample:
    """What the encoder says of one image in the dimension that carries most."""

    image: int
    dim: int
    mean: float
    sigma: float


@dataclass(frozen=True)
class Idea:
    """One idea: what it says, and what it says of the model."""

    title: str
    text: str
    numbers: str
    """"" where the model does not know them."""


def loss_unit(summary: ModelSummary) -> str:
    """What a loss is made of: "squared error + 4 × KL, an image"."""
    return printable(summary.loss_unit).replace(" x ", " × ")


def four_ideas(
    summary: ModelSummary | None, statistics: LatentStatistics | None, example: PosteriorExample | None
) -> tuple[Idea, ...]:
    """What the KL balances, the reparameterisation, why a distribution, why the space is smooth."""
    return (
        Idea(
            "What the KL term balances",
            "The loss is reconstruction + beta × KL. The first asks for codes that tell images apart; the second pulls "
            "each code towards N(0, I). Where the KL weighs too little, the code is precise and the space full of "
            "holes. Where it dominates, dimensions go silent: their KL falls to 0 and every image gets the same code.",
            _balance(summary, statistics),
        ),
        Idea(
            "z = mean + sigma × eps",
            "The encoder gives a mean and a sigma for each dimension; eps is plain noise from N(0, 1). The noise comes "
            "from outside, so gradients flow through mean and sigma, and sampling can be trained.",
            _noise(example),
        ),
        Idea(
            "Why a distribution and not a point",
            "The decoder never sees a code twice: it must answer well anywhere within sigma of the mean. A dimension "
            "that matters earns a small sigma; one that carries nothing is left at sigma 1, and costs nothing.",
            _precision(statistics),
        ),
        Idea(
            "Why the KL makes the space smooth",
            "Each image claims a cloud, and the KL packs all clouds about the origin until they touch. Between two of "
            "them there is always another: paths stay plausible, and a draw of N(0, I) lands where the decoder has "
            "been trained.",
            _packing(statistics),
        ),
    )


def _balance(summary: ModelSummary | None, statistics: LatentStatistics | None) -> str:
    if summary is None:
        return ""
    parts = []
    if summary.history:
        last = summary.history[-1]
        tested = last.test_reconstruction is not None and last.test_kl is not None
        error = last.test_reconstruction if tested else last.reconstruction
        kl = last.test_kl if tested else last.kl
        assert error is not None
        assert kl is not None
        split = "test" if tested else "train"
        parts.append(f"{split} loss: reconstruction {error:.2f}, KL {kl:.2f} ({loss_unit(summary)})")
    if summary.formula.endswith("KL"):  # else the KL's weight is no single number, and the formula says it
        parts.append(f"beta {format_number(summary.beta)}")
    if statistics is not None:
        parts.append(f"{statistics.num_active} of {len(statistics.kl_Z)} dimensions active")
    return ", ".join(parts)


def _noise(example: PosteriorExample | None) -> str:
    if example is None:
        return ""
    return f"image {example.image}, z{example.dim}: {example.mean:.2f} + {example.sigma:.2f} × eps"


def _precision(statistics: LatentStatistics | None) -> str:
    if statistics is None or not statistics.has_kl:
        return ""
    ranked, kl_Z = statistics.dims_by_kl, statistics.kl_Z
    most, least = ranked[0], ranked[-1]
    return f"most: z{most} with a KL of {kl_Z[most]:.2f} nats; least: z{least} with {kl_Z[least]:.2f}"


def _packing(statistics: LatentStatistics | None) -> str:
    if statistics is None:
        return ""
    dim = statistics.dims_by_kl[0]
    where = f"over {statistics.over}"
    mean, deviation = statistics.mean_Z[dim], statistics.std_Z[dim]
    return f"z{dim} {where}: mean {mean:+.2f}, standard deviation {deviation:.2f}, N(0, 1) wanted"
