"""Pictures by the channels that a person chose: the subject as it is then seen, and the request that says so."""

# N tiles or latents, C channels, H height, W width, Z latent dims

from collections.abc import Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary, ref

from vae_tui.channels import Channels, channel_name, channel_words, shown_channels, shows_all, to_rgb
from vae_tui.imaging import Tiles
from vae_tui.latent import Latents, LatentStatistics
from vae_tui.pictures.contract import Animation, Drawing, PictureRequest, Reconstructed, Subject
from vae_tui.summary import ModelSummary
from vae_tui.survey import Survey
from vae_tui.survey_umap import Points

MAX_KNOWN = 4
"""Choices of channels of which tiles are remembered."""


class Shown:
    """A subject whose images are shown by some of their channels: for `pictures` a subject of its own.

    So that nothing that is remembered of a subject's tiles is taken for tiles of other channels. It lives no longer
    than the subject.
    """

    def __init__(self, subject: Subject, channels: Channels) -> None:
        self._whole = ref(subject)
        self.channels = channels

    @property
    def whole(self) -> Subject:
        """The subject."""
        subject = self._whole()
        assert subject is not None
        return subject

    @property
    def summary(self) -> ModelSummary:
        """As the subject's, like all that is not tiles."""
        return self.whole.summary

    @property
    def latent_dim(self) -> int:
        return self.whole.latent_dim

    @property
    def num_images(self) -> int:
        return self.whole.num_images

    @property
    def num_files(self) -> int:
        return self.whole.num_files

    @property
    def split(self) -> str:
        return self.whole.split

    @property
    def statistics(self) -> LatentStatistics | None:
        return self.whole.statistics

    def decode(self, latents_NZ: Latents) -> Tiles:
        """By the chosen channels, uint8 RGB (N, H, W, 3)."""
        return to_rgb(self.decode_all(latents_NZ), self.channels)

    def decode_all(self, latents_NZ: Latents) -> Tiles:
        return self.whole.decode_all(latents_NZ)

    def encode(self, indices: Sequence[int]) -> tuple[Latents, Latents]:
        return self.whole.encode(indices)

    def images(self, indices: Sequence[int]) -> Tiles:
        """By the chosen channels, uint8 RGB (N, H, W, 3)."""
        return to_rgb(self.images_all(indices), self.channels)

    def images_all(self, indices: Sequence[int]) -> Tiles:
        return self.whole.images_all(indices)

    def reconstruct(self, indices: Sequence[int]) -> Reconstructed:
        return self.whole.reconstruct(indices)

    def survey(self) -> Survey:
        return self.whole.survey()

    def umap_points(self) -> Points:
        return self.whole.umap_points()


_KNOWN: WeakKeyDictionary[Subject, dict[Channels, Shown]] = WeakKeyDictionary()


def showing(subject: Subject, channels: Channels) -> Subject:
    """The subject by these channels, for the same ones the same; itself where none are named.

    Raises VaeTuiError where its images have no such channel.
    """
    if not channels:
        return subject
    shown_channels(channels, num_channels(subject))
    known = _KNOWN.setdefault(subject, {})
    shown = known.pop(channels, None) or Shown(subject, channels)
    if len(known) >= MAX_KNOWN:
        del known[next(iter(known))]
    known[channels] = shown
    return shown


def whole(subject: Subject) -> Subject:
    """The subject whichever channels are shown of it: what is true of all of them is remembered of that."""
    return subject.whole if isinstance(subject, Shown) else subject


def shown(subject: Subject, tiles_NHWC: Tiles) -> Tiles:
    """Tiles of all channels as the subject's are shown: uint8 RGB (N, H, W, 3)."""
    return to_rgb(tiles_NHWC, _channels(subject))


def num_channels(subject: Subject) -> int:
    """Of the model's images."""
    return subject.summary.image_shape[0]


def all_channels(subject: Subject) -> str:
    """`all 5 channels`, which figures are over, where not all of them are shown; else ""."""
    num = num_channels(subject)
    return "" if shows_all(_channels(subject), num) else f"all {num} channels"


def _channels(subject: Subject) -> Channels:
    return subject.channels if isinstance(subject, Shown) else ()


@dataclass(frozen=True)
class ShownPicture:
    """A picture by these channels of the images; its caption says which, wherever that is not plain."""

    request: PictureRequest
    channels: Channels = ()
    """None: as the images are shown by themselves."""

    @property
    def command_name(self) -> str:
        """That of the picture itself."""
        return self.request.command_name

    def draw(self, subject: Subject) -> Drawing:
        """The picture. Raises VaeTuiError as it does, and where the images have no such channel."""
        return self._told(self.request.draw(showing(subject, self.channels)), subject)

    def animate(self, subject: Subject) -> Animation:
        """The same, moving."""
        animation = self.request.animate(showing(subject, self.channels))
        return replace(animation, frames=tuple(self._told(frame, subject) for frame in animation.frames))

    def arguments(self) -> list[str]:
        """Those of the picture itself, and the channels where they were chosen."""
        chosen = ["--channels", channel_name(self.channels)] if self.channels else []
        return [*self.request.arguments(), *chosen]

    def _told(self, drawing: Drawing, subject: Subject) -> Drawing:
        words = channel_words(self.channels, num_channels(subject))
        if not words or not len(drawing.tiles_NHWC):
            return drawing
        return replace(drawing, caption=f"{drawing.caption} · {words}")


def shown_by(request: PictureRequest, channels: Channels = ()) -> ShownPicture:
    """The picture by these channels; one that has been told its channels stays as it is."""
    return request if isinstance(request, ShownPicture) else ShownPicture(request, channels)
