"""Images and what comes back: what the code keeps."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from vae_tui.errors import VaeTuiError
from vae_tui.explorer.controls import Control, Key, Look
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS, View, Zoom
from vae_tui.latent import Latents
from vae_tui.pictures.contract import Drawing, PictureRequest
from vae_tui.survey import Indices


@dataclass(frozen=True)
class Choice:
    """Which images, and what of them."""

    show: str = "decoded"
    """One of SHOWS."""
    order: str = "index"
    """One of ORDERS."""
    group: str = ""
    """A class by its name; empty: all."""
    place: int = 0
    """Of a listed order or a class: which place of the list comes first."""

    @property
    def is_listed(self) -> bool:
        """Whether the images come from a list that the survey gives."""
        from vae_tui.pictures.reconstruct import is_listed

        return is_listed(self.order, self.group)

    def images(self, facts: ModelFacts) -> Indices | None:
        """That list; None while it is not known, and where there is none."""
        from vae_tui.pictures.reconstruct import listed_images

        if facts.survey is None or not self.is_listed:
            return None
        try:
            return listed_images(facts.survey, self.order, self.group)
        except VaeTuiError:  # the picture says why
            return None


def choice(state: LatentState) -> Choice:
    """What a state looks at."""
    return state.own("reconstruct", Choice())


def _turn_show(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
    from vae_tui.pictures.reconstruct import SHOWS

    shown = choice(state)
    return state.with_own("reconstruct", replace(shown, show=SHOWS[(SHOWS.index(shown.show) + 1) % len(SHOWS)]))


def _turn_order(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
    from vae_tui.pictures.reconstruct import ORDERS

    shown = choice(state)
    order = ORDERS[(ORDERS.index(shown.order) + 1) % len(ORDERS)]
    return state.with_own("reconstruct", replace(shown, order=order, place=0))


def _image_text(state: LatentState, facts: ModelFacts) -> str:
    shown = choice(state)
    if not shown.is_listed:
        return facts.image_name(state.first)
    images = shown.images(facts)
    return f"place {shown.place + 1}" + (f" of {len(images):,}" if images is not None else "")


def _class_text(state: LatentState, facts: ModelFacts) -> str:
    return choice(state).group or ("all" if facts.classes else "none known")


def _most(state: LatentState, facts: ModelFacts) -> int:
    """So many images as are asked for, or as there are."""
    return min(state.images, (facts.num_images + len(facts.files)) or state.images)


_SHOW_NAMES = {"decoded": "decoded", "difference": "difference", "draws": "draws of one"}
_ORDER_NAMES = {"index": "by index", "worst": "worst first"}


class Reconstruct(View):
    """Originals above their reconstructions."""

    key = "4"
    title = "Reconstruct"
    question = "What does the code keep of an image?"
    help = (
        "Each image stands above what the decoder makes of its latent. What is lost is what the code does not carry: "
        "with squared error, fine detail first, so that reconstructions are blurry. {reconstruct.show} adds the "
        "difference (its mean over the channels, black for 0 to yellow for 128 levels of 255, the same for every "
        "picture), and then shows one image beside draws of its posterior.\n\n"
        "The squared error is summed over pixels and channels, with pixels in [0, 1]; KL is that of the image's "
        "posterior to the prior, in nats; PSNR is in dB. All are of the posterior's mean, whatever is shown. "
        "{reconstruct.order} puts the largest error first, {class.next} shows one class alone; the list is of the "
        "images that are encoded in the background.\n\n"
        "They are test images. {split} goes to the training images and back, where --data has both: where those come "
        "back much better, the model does not generalise.\n\n"
        "The posterior's mean gives the calmest picture. A draw of it ({posterior}, then {seed.next} for another) "
        "shows how much the noise that the encoder adds is felt: little where sigma is small, much where the dimension "
        "is unused."
    )
    controls = ("first", "show", "sorted", "class", "posterior", "seed", "zoom")
    own_controls: ClassVar[dict[str, Control]] = {
        "first": Control(
            "image",
            ("first.previous", "first.next"),
            "The image before or after, or place of the list; ten with {first.ten-back first.ten-on}",
            _image_text,
        ),
        "show": Control(
            "shown",
            ("reconstruct.show",),
            "The reconstructions; the difference too; one image and draws of its posterior",
            lambda s, f: _SHOW_NAMES[choice(s).show],
        ),
        "sorted": Control(
            "sorted",
            ("reconstruct.order",),
            "Images by index, or the largest squared error first",
            lambda s, f: _ORDER_NAMES[choice(s).order],
        ),
        "class": Control("class", ("class.next",), "Images of the next class alone, or of all", _class_text),
    }
    keys = (
        Key("reconstruct.show", "d", "Difference", "Reconstructions, differences or draws", "show", _turn_show),
        Key(
            "reconstruct.order", "O", "Worst first", "The largest squared error first, and back", "sorted", _turn_order
        ),
    )
    zoom = Zoom("images", "images", 1, 64)

    def request(self, state: LatentState, facts: ModelFacts) -> PictureRequest:
        """The images from the present one on."""
        from vae_tui.pictures.reconstruct import ReconstructPicture

        shown = choice(state)
        images = shown.images(facts)
        place = shown.place if images is None else shown.place % len(images)
        return ReconstructPicture(
            num=state.images if shown.show == "draws" else _most(state, facts),
            first=place if shown.is_listed else state.first,
            posterior="mean" if shown.show == "draws" else state.posterior,
            seed=state.seed,
            edits=state.edits,
            show=shown.show,
            order=shown.order,
            group=shown.group,
        )

    def needs_survey(self, state: LatentState) -> bool:
        """For the worst, and for a class."""
        return choice(state).is_listed

    def turn(self, state: LatentState, facts: ModelFacts, by: int) -> LatentState:
        """So many images on, or places of the list."""
        shown = choice(state)
        if not shown.is_listed:
            return super().turn(state, facts, by)
        images = shown.images(facts)
        if images is None:
            return state
        return state.with_own("reconstruct", replace(shown, place=(shown.place + by) % len(images)))

    def next_class(self, state: LatentState, facts: ModelFacts) -> LatentState:
        """The next class alone; after the last one, all."""
        shown, known = choice(state), ("", *facts.classes)
        at = known.index(shown.group) if shown.group in known else 0
        return state.with_own("reconstruct", replace(shown, group=known[(at + 1) % len(known)], place=0))

    def show_image(self, state: LatentState, facts: ModelFacts, index: int) -> LatentState:
        """An image as the first: in the list where it is there, else by index."""
        shown, images = choice(state), choice(state).images(facts)
        places = [] if images is None else np.flatnonzero(images == index).tolist()
        if places:
            return state.with_own("reconstruct", replace(shown, place=places[0]))
        by_index = state.with_own("reconstruct", replace(shown, order="index", group="", place=0))
        return by_index.show_image(index, facts)

    def idle_controls(self, state: LatentState) -> frozenset[str]:
        """The seed counts where the posterior is drawn from."""
        if choice(state).show == "draws":
            return frozenset({"posterior"})
        return frozenset({"seed"} if state.posterior == "mean" else ())

    def zoom_text(self, state: LatentState) -> str:
        """How many images, or draws of one."""
        return f"{state.images} draws" if choice(state).show == "draws" else str(state.images)

    def centre(self, drawing: Drawing) -> Latents | None:
        """The latent of the first image."""
        known = np.flatnonzero(np.isfinite(drawing.latents_NZ).all(axis=1))
        if not len(known):
            return None
        latent_Z: Latents = drawing.latents_NZ[known[0]]
        return latent_Z


VIEWS.register("reconstruct")(Reconstruct())
