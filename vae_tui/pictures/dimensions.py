"""What pictures say of the latent dimensions: the checkpoint's statistics or, where it has none, the survey's."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from vae_tui.errors import VaeTuiError, printable
from vae_tui.latent import LatentStatistics
from vae_tui.pictures.contract import Subject
from vae_tui.pictures.showing import whole
from vae_tui.survey import Survey

NO_SIGMA = "the encoder gives no sigma"
"""Why there is no KL of a model whose posteriors are points."""
_FAILED: WeakKeyDictionary[Subject, str] = WeakKeyDictionary()
"""Why the images of a subject can't be surveyed: they are not encoded again to find that out."""


@dataclass(frozen=True, eq=False)
class KnownDimensions:
    """The dimensions over a data set, and how that is known."""

    statistics: LatentStatistics | None = None
    over: str = ""
    """What they were taken over, where the survey gave them: "all 64 test images"."""
    no_kl: str = ""
    """Why there is no KL; empty where there is."""


def known_dimensions(subject: Subject) -> KnownDimensions:
    """The checkpoint's own statistics, else those of the survey of its images, which is made where it must be."""
    subject = whole(subject)
    carried = subject.statistics
    if carried is not None:
        return KnownDimensions(carried)
    if not subject.num_images:
        return KnownDimensions(no_kl="no KL in the checkpoint")
    survey = _survey(subject)
    if survey is None:
        return KnownDimensions(no_kl=_FAILED[subject])
    return KnownDimensions(survey.statistics, survey.describe(), "" if survey.has_sigma else NO_SIGMA)


def _survey(subject: Subject) -> Survey | None:
    if subject in _FAILED:
        return None
    try:
        return subject.survey()
    except VaeTuiError as error:
        _FAILED[subject] = printable(error.message)
        return None
