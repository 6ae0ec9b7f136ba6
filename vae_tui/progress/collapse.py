"""Posterior collapse in words: how many latent dimensions carry something, and what to try where few do.

A dimension is active where the variance of its posterior mean over the data is over 0.01 (Burda et al., 2015,
sec. 5.2); it carries nothing where its mean KL is under 0.01 nats: its posterior is the prior, whatever the image.
"""

# Z latent dims

from vae_tui.latent import ACTIVE_VARIANCE

EMPTY_KL = 0.01
"""Nats. A dimension whose mean KL is under it tells the decoder nothing of the image."""
COLLAPSED_SHARE = 0.2
"""A run with a smaller share of active dimensions is called collapsed."""
FULL_SHARE = 0.95
"""From this share on, nothing is said."""
MUCH = 2.0
"""A collapse is told again once the active dimensions are so many times more, or fewer, than when last told."""

_TO_TRY = (
    "a lower --beta, a KL warm-up (--objective kl-warmup), free bits (--objective free-bits) or a smaller --latent-dim."
)


def is_collapsed(num_active: int, latent_dim: int) -> bool:
    """Whether under a fifth of the dimensions are active."""
    return num_active < COLLAPSED_SHARE * latent_dim


def collapse_words(
    num_active: int, latent_dim: int, num_empty: int | None = None, *, running: bool = False
) -> tuple[str, ...]:
    """What to tell a person of the active dimensions: the fact, then what to try; nothing where 95 % are active.

    `num_empty` is how many dimensions have a KL under 0.01 nats; None where that is not known. While the run goes on
    a collapse may pass: a decoder often learns the mean image first.
    """
    to_try = f"{'If it stays, try' if running else 'Try'} {_TO_TRY}"
    if num_active >= FULL_SHARE * latent_dim:
        return ()
    empty = _empty_words(num_empty, latent_dim)
    if not num_active:
        who = "the latent dimension is not" if latent_dim == 1 else f"none of the {latent_dim} latent dimensions is"
        fact = f"collapse: {who} active (variance of the posterior mean over {ACTIVE_VARIANCE:g}){empty}"
        return f"{fact}: the decoder ignores the latents and draws the same image for every image.", to_try
    be = "is" if num_active == 1 else "are"
    fact = (
        f"{num_active} of {latent_dim} latent dimensions {be} active "
        f"(variance of the posterior mean over {ACTIVE_VARIANCE:g}){empty}"
    )
    if is_collapsed(num_active, latent_dim):
        return f"collapse: {fact}: the KL term outweighs the error.", to_try
    return (f"{fact}. vaetui explore shows which.",)


def _empty_words(num_empty: int | None, latent_dim: int) -> str:
    if not num_empty:
        return ""
    who = "all" if num_empty == latent_dim > 1 else str(num_empty)
    return f"; {who} {'carries' if num_empty == 1 else 'carry'} nothing (KL under {EMPTY_KL:g} nats)"


class CollapseWatch:
    """Says after which epochs of a run a collapse is worth a word."""

    def __init__(self, latent_dim: int) -> None:
        self._latent_dim = latent_dim
        self._told: int | None = None
        """How many were active when a collapse was last told; None: none was, or it is over."""

    def words(self, epoch: int, num_active: int, num_empty: int | None) -> tuple[str, ...]:
        """What to say after an epoch: at the first collapse from the 2nd epoch on, at a great change, at its end."""
        if epoch < 2 or (self._told is not None and _near(self._told, num_active)):
            return ()
        was_told = self._told is not None
        if is_collapsed(num_active, self._latent_dim):
            self._told = num_active
            return collapse_words(num_active, self._latent_dim, num_empty, running=True)
        self._told = None
        over = f"the collapse is over: {num_active} of {self._latent_dim} latent dimensions are active"
        return (over,) if was_told else ()


def _near(told: int, now: int) -> bool:
    """Whether neither is MUCH times the other or more; nothing is near to 0 but 0."""
    return told == now or (told > 0 and now > 0 and max(told, now) < MUCH * min(told, now))
