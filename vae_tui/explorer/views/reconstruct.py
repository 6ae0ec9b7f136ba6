"""Images and what comes back: what the code keeps."""

from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS, View, Zoom
from vae_tui.latent import Latents
from vae_tui.pictures.contract import Drawing
from vae_tui.pictures.reconstruct import ReconstructPicture


class Reconstruct(View):
    """Originals above their reconstructions."""

    key = "4"
    title = "Reconstruct"
    question = "What does the code keep of an image?"
    help = (
        "Each image stands above what the decoder makes of its latent. What is lost is what the code does not carry: "
        "with squared error, fine detail first, so that reconstructions are blurry.\n\n"
        "The posterior's mean gives the calmest picture. A draw of it ({posterior}, then {seed.next} for another) "
        "shows how much the noise that the encoder adds is felt: little where sigma is small, much where the dimension "
        "is unused."
    )
    controls = ("first", "posterior", "seed", "zoom")
    zoom = Zoom("images", "images", 1, 64)

    def request(self, state: LatentState, facts: ModelFacts) -> ReconstructPicture:
        """The images from the present one on."""
        return ReconstructPicture(state.images, state.first, state.posterior, state.seed, state.edits)

    def idle_controls(self, state: LatentState) -> frozenset[str]:
        """The seed counts where the posterior is drawn from."""
        return frozenset({"seed"} if state.posterior == "mean" else ())

    def centre(self, drawing: Drawing) -> Latents | None:
        """The latent of the first image."""
        latent_Z: Latents = drawing.latents_NZ[drawing.columns]
        return latent_Z


VIEWS.register("reconstruct")(Reconstruct())
