"""How loading and training look to a person: draws events, computes nothing of the run.

Everything goes to the console that is given (stderr); where that is no terminal there are plain lines and no bars.
"""

from vae_tui.progress.loading import LoadDisplay
from vae_tui.progress.training import TrainingDisplay

__all__ = ["LoadDisplay", "TrainingDisplay"]
