"""What a person looks for by its name: a dimension, an image, a class, channels of the images."""

import re

from vae_tui.channels import Channels, parse_channels, shown_channels
from vae_tui.errors import VaeTuiError
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState


def found_number(text: str, prefix: str) -> int | None:
    """The number of "17" or, after the prefix, of "z17"; None where the text is another."""
    found = re.fullmatch(rf"(?:{re.escape(prefix)})?(\d{{1,9}})", text.strip().lower())
    return int(found[1]) if found else None


def found_dim(text: str, facts: ModelFacts) -> int | None:
    """The dimension called `z17` or `17`; None where the model has none such."""
    dim = found_number(text, "z")
    return dim if dim is not None and dim < facts.latent_dim else None


def found_image(text: str, state: LatentState, facts: ModelFacts) -> int | None:
    """The image called `image 7`, `#7` or `7`, or by its class (the next of it); None where there is none."""
    index = found_number(re.sub(r"^\s*(image[\s:]*|#)", "", text.lower()), "")
    if index is not None:
        return index if index < facts.num_images else None
    name = found_class(text, tuple(dict.fromkeys(label for label in facts.labels if label)))
    num = min(facts.num_images, len(facts.labels))
    following = ((state.first + by) % num for by in range(1, num + 1))
    return next((index for index in following if name is not None and facts.labels[index] == name), None)


def found_channels(text: str, facts: ModelFacts) -> Channels | None:
    """The channels called `channel 4` or `channels 4,2,1`; None where the images have none such."""
    found = re.fullmatch(r"\s*channels?[\s:]*([\d,\s]+)", text.lower())
    if found is None:
        return None
    try:
        channels = parse_channels(found[1])
        shown_channels(channels, facts.num_channels)
    except VaeTuiError:
        return None
    return channels


def found_class(text: str, names: tuple[str, ...]) -> str | None:
    """The class of that name or, where there is none, the first whose name begins so; capitals do not count."""
    wanted = text.strip().casefold()
    folded = [name.casefold() for name in names]
    found = wanted in folded and folded.index(wanted)
    if found is not False:
        return names[found]
    begins = (name for name, known in zip(names, folded, strict=True) if wanted and known.startswith(wanted))
    return next(begins, None)
