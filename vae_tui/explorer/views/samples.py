"""Draws from the prior: what the model imagines."""

from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS, View, Zoom
from vae_tui.pictures.sample import SamplePicture


class Samples(View):
    """A square grid of decoded draws."""

    key = "1"
    title = "Samples"
    question = "What does the model imagine?"
    help = (
        "Each tile is one z drawn from the prior N(0, I) and decoded. A good model makes every tile look like the "
        "data. Tiles that look like nothing lie in holes, where the decoder was never trained.\n\n"
        "Hold one dimension at a value ({value.less value.more}) and it takes that value in all tiles at once: what "
        "they then have in common is what the dimension means. A lower temperature draws nearer to the centre: "
        "safer, and more alike."
    )
    controls = ("seed", "temperature", "zoom")
    zoom = Zoom("samples", "grid", 1, 16, square=True)

    def request(self, state: LatentState, facts: ModelFacts) -> SamplePicture:
        """The grid of the present seed and temperature."""
        return SamplePicture(state.samples**2, state.seed, state.temperature, state.edits)


VIEWS.register("samples")(Samples())
