"""Draws from the prior: what the model imagines."""

from dataclasses import dataclass
from typing import ClassVar

from vae_tui.explorer.controls import Control, Key, Look
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS, View, Zoom
from vae_tui.pictures.contract import PictureRequest
from vae_tui.priors import PRIORS


@dataclass(frozen=True)
class SamplesOptions:
    """What this view alone has."""

    prior: str = "normal"
    """One of priors.PRIORS."""


def _options(state: LatentState) -> SamplesOptions:
    return state.own("samples", SamplesOptions())


def _turn_prior(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
    other = PRIORS[1 - PRIORS.index(_options(state).prior)]
    return state.with_own("samples", SamplesOptions(other))


def _prior_text(state: LatentState, facts: ModelFacts) -> str:
    return "fitted" if _options(state).prior == "fitted" else "N(0, I)"


class Samples(View):
    """A square grid of decoded draws, and the images nearest to the one under the cursor."""

    key = "1"
    title = "Samples"
    question = "What does the model imagine?"
    help = (
        "Each tile is one z drawn from the prior N(0, I) and decoded. A good model makes every tile look like the "
        "data. Tiles that look like nothing lie in holes, where the decoder was never trained. {samples.prior} draws "
        "from a fitted prior instead: a Gaussian with full covariance, of the aggregate posterior of all images that "
        "are open (or of the 10,000 that were encoded). If its samples are the better ones, the encoder does not fill "
        "the prior.\n\n"
        "Hold one dimension at a value ({value.less value.more}) and it takes that value in all tiles at once: what "
        "they then have in common is what the dimension means. A lower temperature draws nearer to the centre: safer, "
        "and more alike.\n\n"
        "With the cursor on a tile ({cursor.on}), the last row has that tile again and its nearest images: those whose "
        "posterior means are nearest to it in latent space, with the Euclidean distance. They are test images; with "
        "--data … --split train they are training images. A tile that equals its nearest training image was "
        "remembered, not imagined."
    )
    controls = ("seed", "temperature", "prior", "zoom")
    zoom = Zoom("samples", "grid", 1, 16, square=True)
    own_controls: ClassVar[dict[str, Control]] = {
        "prior": Control(
            "prior",
            ("samples.prior",),
            "Draw from N(0, I), or from a Gaussian fitted to the images' aggregate posterior",
            _prior_text,
        )
    }
    keys = (Key("samples.prior", "D", "Prior", "Draw from N(0, I), or from the fitted prior", "prior", _turn_prior),)

    def request(self, state: LatentState, facts: ModelFacts) -> PictureRequest:
        """The grid of the present seed and temperature, with the nearest images where they are known."""
        from vae_tui.pictures.sample import SamplePicture

        num = state.samples**2
        is_encoded = all(known.survey is not None for known in (facts, facts.beside) if known is not None)
        is_known = is_encoded and state.cursor is not None and state.cursor < num
        return SamplePicture(
            num,
            state.seed,
            state.temperature,
            state.edits,
            prior=_options(state).prior,
            nearest=state.cursor if is_known else None,
        )

    def refuses(self, control: str, facts: ModelFacts) -> str:
        """A prior is fitted to images."""
        has_none = control == "prior" and facts.summary is not None and not facts.num_images
        return "there are no images to fit a prior to: name some with --data" if has_none else ""

    def needs_survey(self, state: LatentState) -> bool:
        """Where the prior is fitted to it."""
        return _options(state).prior == "fitted"

    def needs_umap(self, state: LatentState) -> bool:
        """No draw does."""
        return False


VIEWS.register("samples")(Samples())
