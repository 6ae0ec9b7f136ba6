"""The model in charts: how it was trained, and what each dimension holds."""

from typing import ClassVar

from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS, View
from vae_tui.pictures.contract import PictureRequest


class Model(View):
    """Losses by epoch, KL of the dimensions, the histogram of the chosen one, four ideas."""

    key = "7"
    title = "Model"
    question = "How was it trained, and which dimensions does it use?"
    help = (
        "Above, the losses by epoch: where training goes down and test does not, it learns its images by heart. Below, "
        "the KL of each dimension: what it tells of an image, in nats. An inactive one has the same posterior for "
        "every image.\n\n"
        "The histogram is the aggregate posterior of the chosen dimension, one draw for each image, beside N(0, 1): "
        "where the two differ, draws of the prior land where no image does. It comes from the quantiles in the "
        "checkpoint where those are over more images than are at hand. {dimension.up dimension.down} choose the "
        "dimension, {order} the order. The four ideas stand beside the charts where there is room, and below here."
    )
    always: ClassVar[tuple[str, ...]] = ("dimension", "order")
    controls = ()
    has_images = False

    def request(self, state: LatentState, facts: ModelFacts) -> PictureRequest:
        """The charts, with the chosen dimension; nothing of them waits for the images to be encoded."""
        from vae_tui.pictures.model import ModelPicture, best_histogram

        best = best_histogram(facts.num_images, facts.latent_dim, facts.statistics)
        return ModelPicture(
            dim=state.chosen_dim(facts),
            order=state.order if state.order in facts.orders else "index",
            histogram=best if facts.survey is not None else "statistics",
        )

    def needs_survey(self, state: LatentState) -> bool:
        """Never: what it has not is said in its place."""
        return False

    def needs_umap(self, state: LatentState) -> bool:
        """Never."""
        return False


VIEWS.register("model")(Model())
