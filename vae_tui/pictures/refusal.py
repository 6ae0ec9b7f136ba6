"""What stands in the place of a picture that a model can't give: why not."""

import numpy as np

from vae_tui.charts.prose import Paragraph, Prose
from vae_tui.errors import VaeTuiError
from vae_tui.pictures.contract import Drawing

REFUSAL_SHARE = 0.15
"""Of the height: why one of the two has no picture."""


class Refusal(Drawing):
    """What stands in the place of a picture that one of two models can't draw: why."""


def refusal(name: str, error: VaeTuiError) -> Refusal:
    """No tiles, and the reason as text."""
    said = Paragraph(f"{name} has no such picture: {error.message}")
    hint = (Paragraph(error.hint, "dim"),) if error.hint else ()
    return Refusal(
        np.zeros((0, 1, 1, 3), np.uint8),
        1,
        np.zeros((0, 0), np.float32),
        f"{name} has no such picture: {error.message}",
        chart=Prose(((said, *hint), (said,))),
        chart_share=REFUSAL_SHARE,
    )
