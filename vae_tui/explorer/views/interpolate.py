"""Paths between two latents: what lies between."""

from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS, View, Zoom
from vae_tui.pictures.interpolate import InterpolatePicture


class Interpolate(View):
    """Rows of steps from one end to the other."""

    key = "2"
    title = "Interpolate"
    question = "What lies between two points?"
    help = (
        "Each row walks from one latent to another and decodes every step. Between images, the two images themselves "
        "stand at the ends, so that the step from an image to its reconstruction can be seen too.\n\n"
        "In a smooth space each step is a plausible picture and no step is a jump. The straight path (lerp) passes "
        "nearer to the centre than its ends; the arc (slerp) keeps their distance from it."
    )
    controls = ("source", "first", "second", "path", "steps", "posterior", "seed", "zoom")
    zoom = Zoom("pairs", "rows", 1, 16)

    def request(self, state: LatentState, facts: ModelFacts) -> InterpolatePicture:
        """The paths of the present ends."""
        return InterpolatePicture(
            num=state.pairs,
            steps=state.steps,
            between=state.source,
            first=state.first,
            second=state.second,
            path=state.path,
            posterior=state.posterior,
            seed=state.seed,
            edits=state.edits,
        )

    def idle_controls(self, state: LatentState) -> frozenset[str]:
        """Images count between images alone; the seed where something is drawn."""
        if state.source == "random":
            return frozenset({"first", "second", "posterior"})
        return frozenset({"seed"} if state.posterior == "mean" else ())


VIEWS.register("interpolate")(Interpolate())
