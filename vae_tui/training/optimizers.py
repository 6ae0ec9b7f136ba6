"""How gradients move the weights: the optimizers that small VAEs use, and what goes with them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from vae_tui.config import RunConfig, build_options, option
from vae_tui.errors import VaeTuiError
from vae_tui.models.contract import VAE
from vae_tui.registry import nearest_hint
from vae_tui.untrusted import is_plain


@dataclass(frozen=True)
class AdamOptions:
    """Adam's numbers, and what any optimizer may be given."""

    beta1: float = option(0.9, "decay of the gradient's mean, 0 or more and under 1")
    beta2: float = option(0.999, "decay of the gradient's mean square, 0 or more and under 1")
    weight_decay: float = option(0.0, "L2 penalty added to the gradient, 0 or more")
    clip: float = option(0.0, "largest norm of the gradient of the mean loss over a batch; 0: not clipped")
    ema: float = option(0.0, "decay of a moving average of the weights, under 1, such as 0.999; 0: none is kept")

    def __post_init__(self) -> None:
        for name in ("beta1", "beta2", "ema"):
            if not 0 <= getattr(self, name) < 1:
                raise VaeTuiError(f"optimizer.{name} is {getattr(self, name):g}", "give 0 or more and less than 1")
        for name in ("weight_decay", "clip"):
            if not 0 <= getattr(self, name) < math.inf:
                raise VaeTuiError(f"optimizer.{name} is {getattr(self, name):g}", "give 0 or more")


@dataclass(frozen=True)
class AdamWOptions(AdamOptions):
    """The same with a decay of the weights by default."""

    weight_decay: float = option(0.01, "share of each weight, times the learning rate, that a step takes off")


@dataclass(frozen=True)
class OptimizerKind:
    """A known optimizer."""

    build: type[torch.optim.Adam]
    Options: type[AdamOptions]
    summary: str


OPTIMIZERS: Mapping[str, OptimizerKind] = {
    "adam": OptimizerKind(torch.optim.Adam, AdamOptions, "Adam (Kingma & Ba, 2015), torch's defaults"),
    "adamw": OptimizerKind(
        torch.optim.AdamW, AdamWOptions, "Adam with decoupled weight decay (Loshchilov & Hutter, 2019)"
    ),
}


def optimizer_options(config: RunConfig) -> AdamOptions:
    """The options of the optimizer that a config names. Raises VaeTuiError for an unknown name or option."""
    if config.optimizer not in OPTIMIZERS:
        raise VaeTuiError(f"no optimizer is called {config.optimizer!r}", nearest_hint(config.optimizer, OPTIMIZERS))
    return build_options(OPTIMIZERS[config.optimizer].Options, config.section("optimizer"), "optimizer")


def build_optimizer(model: VAE, config: RunConfig) -> torch.optim.Optimizer:
    """The optimizer that a config names: one fused update where the device has it.

    On a CUDA device its numbers lie on the device, so that a step can be captured.
    """
    options, device = optimizer_options(config), model.device.type
    arguments: dict[str, Any] = {"betas": (options.beta1, options.beta2), "weight_decay": options.weight_decay}
    if device == "cuda":
        rate = torch.tensor(config.lr, device=model.device)
        return OPTIMIZERS[config.optimizer].build(model.parameters(), lr=rate, fused=True, capturable=True, **arguments)
    fused = True if device == "cpu" else None
    return OPTIMIZERS[config.optimizer].build(model.parameters(), lr=config.lr, fused=fused, **arguments)


def set_rate(optimizer: torch.optim.Optimizer, rate: float | torch.Tensor) -> None:
    """Sets the learning rate of the next step; on a CUDA device in place."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].copy_(torch.as_tensor(rate))
        else:
            group["lr"] = float(rate)


def plain_state(optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Its state for a checkpoint, the learning rate as a number."""
    state: dict[str, Any] = optimizer.state_dict()
    return state | {"param_groups": [group | {"lr": float(group["lr"])} for group in state["param_groups"]]}


def restore_state(optimizer: torch.optim.Optimizer, state: object, *, is_fresh: bool = False) -> None:
    """What plain_state gave: the moments of each weight. Rates and decays are the config's, not the file's.

    `is_fresh` says that no step was taken, so that there may be none. Raises VaeTuiError where they do not fit: a fused
    update would write past a moment that is too small.
    """
    own = optimizer.state_dict()
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    moments = state.get("state") if isinstance(state, Mapping) else None
    is_empty = is_fresh and moments == {}
    if not isinstance(moments, Mapping) or not (is_empty or set(moments) == set(range(len(parameters)))):
        raise _damaged("moments are missing")
    for index, values in moments.items():
        _check_moments(values, parameters[index])
    optimizer.load_state_dict({"state": dict(moments), "param_groups": own["param_groups"]})


def _check_moments(values: object, parameter: torch.Tensor) -> None:
    if not isinstance(values, Mapping) or set(values) != {"step", "exp_avg", "exp_avg_sq"}:
        raise _damaged("moments have other names")
    for name, value in values.items():
        shape = () if name == "step" else parameter.shape
        if not is_plain(value) or value.shape != shape or value.dtype != torch.float32:
            raise _damaged(f"{name} does not fit its weight")
        if not torch.isfinite(value).all() or (name != "exp_avg" and (value < 0).any()):
            raise _damaged(f"{name} holds numbers that can't be")


def _damaged(how: str) -> VaeTuiError:
    return VaeTuiError(f"the checkpoint's optimizer state is damaged: {how}", "train anew to go on")
