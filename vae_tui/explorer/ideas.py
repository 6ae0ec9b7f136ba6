"""The four ideas behind a variational autoencoder, with the open model's own numbers."""

from vae_tui.explorer.model import ModelFacts
from vae_tui.pictures import ideas
from vae_tui.pictures.ideas import Idea


def four_ideas(facts: ModelFacts) -> tuple[Idea, ...]:
    """What the KL balances, the reparameterisation, why a distribution, why the space is smooth."""
    return ideas.four_ideas(facts.summary, facts.known_statistics, facts.example)
