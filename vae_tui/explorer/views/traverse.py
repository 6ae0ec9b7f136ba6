"""One dimension after another: what each of them learned."""

from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS, View, Zoom
from vae_tui.latent import DimChoice, Latents
from vae_tui.pictures.contract import Drawing
from vae_tui.pictures.traverse import TraversePicture


class Traverse(View):
    """Rows are dimensions, columns the values that each takes."""

    key = "3"
    title = "Traverse"
    question = "What did each dimension learn?"
    help = (
        "Each row moves one dimension from -3 to 3 while all others stay where they are: at the posterior of the image "
        "above, or at the centre of the prior. Rows follow the side panel, the largest KL first; those further down "
        "come into view as you choose them.\n\n"
        "A row that does not change is a dimension that the decoder ignores: its KL is near 0. A row that changes one "
        "thing alone has found a factor of the data."
    )
    controls = ("source", "first", "steps", "posterior", "seed", "zoom")
    zoom = Zoom("dims", "rows", 1, 24)

    def request(self, state: LatentState, facts: ModelFacts) -> TraversePicture:
        """The rows about the chosen dimension."""
        return TraversePicture(
            dims=self._dims(state, facts),
            steps=state.steps,
            centre="image" if state.source == "images" else "prior",
            image=state.first,
            posterior=state.posterior,
            seed=state.seed,
            edits=state.edits,
        )

    def idle_controls(self, state: LatentState) -> frozenset[str]:
        """The image counts around an image alone; the seed where its posterior is drawn from."""
        if state.source == "random":
            return frozenset({"first", "posterior", "seed"})
        return frozenset({"seed"} if state.posterior == "mean" else ())

    def centre(self, drawing: Drawing) -> Latents | None:
        """The latent that stays while one dimension moves."""
        return drawing.centre_Z

    def marked_row(self, state: LatentState, facts: ModelFacts) -> int | None:
        """The chosen dimension's row, below that of the image."""
        if not facts.latent_dim:
            return None
        return state.rank - self._first_rank(state) + (state.source == "images")

    @staticmethod
    def _first_rank(state: LatentState) -> int:
        return max(0, state.rank - state.dims + 1)

    def _dims(self, state: LatentState, facts: ModelFacts) -> DimChoice:
        start = self._first_rank(state)
        if not start:
            return DimChoice("kl", state.dims)
        dims = state.ranked(facts)[start : start + state.dims]
        return DimChoice("given", len(dims), dims)


VIEWS.register("traverse")(Traverse())
