"""A request as a model of fewer latent dimensions can draw it."""

import dataclasses
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from vae_tui.errors import VaeTuiError
from vae_tui.latent import DimChoice

Fitted = TypeVar("Fitted")


def listed_dims(dims: Sequence[int]) -> str:
    """`z20, z21`; of more than three, how many there are."""
    if len(dims) > 3:
        return f"z{dims[0]}, z{dims[1]} and {len(dims) - 2} more"
    return ", ".join(f"z{dim}" for dim in dims)


def fitted(request: Fitted, latent_dim: int, most: int) -> tuple[Fitted, tuple[int, ...]]:
    """A request without what it says of the dimensions from `latent_dim` to `most`; and which those were, rising.

    From `most` on they are left for the request to refuse. Raises VaeTuiError where no dimension of a list remains.
    """
    left_out: set[int] = set()

    def keep(dims: Sequence[int]) -> list[int]:
        left_out.update(dim for dim in dims if latent_dim <= dim < most)
        return [at for at, dim in enumerate(dims) if not latent_dim <= dim < most]

    def fit(value: Any) -> Any:
        if isinstance(value, DimChoice):
            kept = tuple(value.dims[at] for at in keep(value.dims))
            if value.dims and not kept:
                raise VaeTuiError(f"a model of {latent_dim} dimensions has no {listed_dims(value.dims)}")
            return replace(value, num=len(kept), dims=kept) if kept != value.dims else value
        if isinstance(value, tuple):
            items = tuple(fit(item) for item in value)
            return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
        if not dataclasses.is_dataclass(value) or isinstance(value, type):
            return value
        changes = {}
        for one in dataclasses.fields(value):
            old = getattr(value, one.name)
            new: Any = fit(old)
            if one.name == "edits":
                new = tuple(old[at] for at in keep([dim for dim, _ in old]))
            elif one.name in ("dim", "sweep") and old != one.default:  # without one, the request chooses
                named = str(old).removeprefix("z")
                new = old if not named.isdecimal() or keep([int(named)]) else one.default
            if new is not old and new != old:
                changes[one.name] = new
        return replace(value, **changes) if changes else value

    return fit(request), tuple(sorted(left_out))
