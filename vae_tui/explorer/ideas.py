"""The four ideas behind a variational autoencoder, in a few lines each, with the open model's own numbers."""

from dataclasses import dataclass

from vae_tui.explorer.header import loss_unit
from vae_tui.explorer.model import ModelFacts
from vae_tui.latent import format_number


@dataclass(frozen=True)
class Idea:
    """One idea: what it says, and what it says of the open model."""

    title: str
    text: str
    numbers: str
    """"" where the model does not know them."""


def four_ideas(facts: ModelFacts) -> tuple[Idea, ...]:
    """What the KL balances, the reparameterisation, why a distribution, why the space is smooth."""
    return (
        Idea(
            "What the KL term balances",
            "The loss is reconstruction + beta × KL. The first asks for codes that tell images apart; the second pulls "
            "each code towards N(0, I). Where the KL weighs too little, the code is precise and the space full of "
            "holes. Where it dominates, dimensions go silent: their KL falls to 0 and every image gets the same code.",
            _balance(facts),
        ),
        Idea(
            "z = mean + sigma × eps",
            "The encoder gives a mean and a sigma for each dimension; eps is plain noise from N(0, 1). The noise comes "
            "from outside, so gradients flow through mean and sigma, and sampling can be trained.",
            _example(facts),
        ),
        Idea(
            "Why a distribution and not a point",
            "The decoder never sees a code twice: it must answer well anywhere within sigma of the mean. A dimension "
            "that matters earns a small sigma; one that carries nothing is left at sigma 1, and costs nothing.",
            _precision(facts),
        ),
        Idea(
            "Why the KL makes the space smooth",
            "Each image claims a cloud, and the KL packs all clouds about the origin until they touch. Between two of "
            "them there is always another: paths stay plausible, and a draw of N(0, I) lands where the decoder has "
            "been trained.",
            _packing(facts),
        ),
    )


def _balance(facts: ModelFacts) -> str:
    if facts.summary is None:
        return ""
    parts = []
    if facts.summary.history:
        last = facts.summary.history[-1]
        tested = last.test_reconstruction is not None and last.test_kl is not None
        error = last.test_reconstruction if tested else last.reconstruction
        kl = last.test_kl if tested else last.kl
        assert error is not None
        assert kl is not None
        split = "test" if tested else "train"
        parts.append(f"{split} loss: reconstruction {error:.2f}, KL {kl:.2f} ({loss_unit(facts.summary)})")
    if facts.summary.formula.endswith("KL"):  # else the KL's weight is no single number, and the formula says it
        parts.append(f"beta {format_number(facts.summary.beta)}")
    if facts.known_statistics:
        parts.append(f"{facts.known_statistics.num_active} of {facts.latent_dim} dimensions active")
    return ", ".join(parts)


def _example(facts: ModelFacts) -> str:
    known = facts.example
    if known is None:
        return ""
    return f"image {known.image}, z{known.dim}: {known.mean:.2f} + {known.sigma:.2f} × eps"


def _precision(facts: ModelFacts) -> str:
    kl_Z = facts.kl_Z
    if kl_Z is None:
        return ""
    ranked = facts.ranked()
    most, least = ranked[0], ranked[-1]
    return f"most: z{most} with a KL of {kl_Z[most]:.2f} nats; least: z{least} with {kl_Z[least]:.2f}"


def _packing(facts: ModelFacts) -> str:
    known = facts.known_statistics
    if known is None:
        return ""
    dim = facts.ranked()[0]
    where = f"over {known.num_images:,} {known.split} images"
    return f"z{dim} {where}: mean {known.mean_Z[dim]:+.2f}, standard deviation {known.std_Z[dim]:.2f}, N(0, 1) wanted"
