"""The same few pictures at every epoch, so that a person sees the model learn."""

from dataclasses import dataclass

from vae_tui.imaging import Tiles


@dataclass(frozen=True, eq=False)
class Preview:
    """Three rows of tiles, each uint8 RGB (N, H, W, 3)."""

    originals: Tiles
    """Held-out images."""
    reconstructions: Tiles
    """What their posterior means decode to."""
    samples: Tiles
    """What fixed latents from the prior decode to."""
