"""Values out of a file that nobody vouches for: of the asked kind and fit to print, or refused."""

from typing import Any, TypeGuard

import torch
from torch import Tensor

from vae_tui.errors import VaeTuiError, printable


class Reader:
    """Takes values out of a dict from a file: each is of the kind that is asked for, or it is a VaeTuiError."""

    def __init__(self, values: object, where: str) -> None:
        if not isinstance(values, dict):
            raise VaeTuiError(f"{where} is no table")
        self._values, self._where = values, where

    def has(self, key: str) -> bool:
        return self._values.get(key) is not None

    def whole(self, key: str, low: int, high: int) -> int:
        value = self._values.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise VaeTuiError(f"{self._where}.{key} must be a whole number from {low} to {high}")
        return value

    def text(self, key: str) -> str:
        value = self._values.get(key)
        if not isinstance(value, str):
            raise VaeTuiError(f"{self._where}.{key} must be text")
        return printable(value)

    def items(self, key: str) -> list[Any]:
        value = self._values.get(key)
        if not isinstance(value, list | tuple):
            raise VaeTuiError(f"{self._where}.{key} must be a list")
        return list(value)

    def tensor(self, key: str, dtype: torch.dtype, *shape: int | None) -> Tensor:
        """A tensor of this dtype and shape; None stands for any length."""
        value = self._values.get(key)
        if (
            is_plain(value)
            and value.dtype == dtype
            and value.dim() == len(shape)
            and all(want in (None, got) for want, got in zip(shape, value.shape, strict=True))
        ):
            return value
        wanted = " x ".join("any" if side is None else str(side) for side in shape)
        raise VaeTuiError(f"{self._where}.{key} must be a {str(dtype).removeprefix('torch.')} tensor of {wanted}")


def read_tensors(values: object, where: str) -> dict[str, Tensor]:
    """The same dict, where it maps names to plain tensors; else VaeTuiError."""
    if not isinstance(values, dict) or not all(
        isinstance(key, str) and is_plain(value) for key, value in values.items()
    ):
        raise VaeTuiError(f"{where} must map names to plain tensors")
    return dict(values)


def is_plain(value: object) -> TypeGuard[Tensor]:
    """Whether it is a tensor of numbers that lie in memory: not sparse, not quantised, not meta."""
    return (
        isinstance(value, Tensor)
        and value.layout == torch.strided
        and value.device.type == "cpu"
        and not value.is_quantized
        and not value.is_complex()
    )
