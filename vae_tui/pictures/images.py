"""The images of a subject: what they are called, which one comes next, and their latents."""

# N images, Z latent dims

from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

from vae_tui.latent import Latents, image_draws
from vae_tui.pictures.contract import Subject
from vae_tui.pictures.showing import whole

Encode = Callable[[Sequence[int]], Latents]
_LAST_ENCODED: WeakKeyDictionary[Subject, tuple[tuple[int, ...], tuple[Latents, Latents]]] = WeakKeyDictionary()
"""Images by their indices, with means and sigmas: a value that is turned leaves the image where it is."""


def split_word(subject: Subject) -> str:
    """What stands before "images" in a sentence: their split and a space, or nothing."""
    return f"{subject.split} " if subject.split else ""


def image_on(subject: Subject, index: int, by: int) -> int:
    """The image so many places on: around the end of the set, and from the given files into it."""
    if index >= 0:
        return (index + by) % subject.num_images
    place = -1 - index + by
    return -1 - place if place < subject.num_files else (place - subject.num_files) % max(1, subject.num_images)


def encoder(subject: Subject, posterior: str, seed: int) -> Encode:
    """From image indices to one latent each: the posterior's mean, or one draw of it."""
    subject = whole(subject)

    def encode(indices: Sequence[int]) -> Latents:
        known = _LAST_ENCODED.get(subject)
        if known is None or known[0] != tuple(indices):
            known = _LAST_ENCODED[subject] = tuple(indices), subject.encode(indices)
        mean_NZ, std_NZ = known[1]
        return mean_NZ if posterior == "mean" else image_draws(mean_NZ, std_NZ, indices, seed)

    return encode
