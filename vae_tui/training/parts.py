"""From a config's names to the parts of a run."""

# C channels, H height, W width

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import torch

from vae_tui.config import RunConfig, build_options
from vae_tui.errors import VaeTuiError
from vae_tui.models.contract import MODELS, VAE, ImageShape, ModelSpec
from vae_tui.objectives.contract import OBJECTIVES, Objective
from vae_tui.schedules.contract import SCHEDULES, Schedule
from vae_tui.training.average import WeightAverage
from vae_tui.training.checks import check_size
from vae_tui.training.optimizers import OPTIMIZERS, build_optimizer, optimizer_options
from vae_tui.training.processes import Processes
from vae_tui.training.settled import Settled
from vae_tui.training.state import derive_seed
from vae_tui.training.step import Step, TrainingLoss


def model_spec(config: RunConfig, image_shape: ImageShape) -> ModelSpec:
    """The model that a config names, for images of this shape."""
    return ModelSpec(config.model, image_shape, config.latent_dim, config.section("model"))


def build_objective(config: RunConfig) -> Objective:
    """The objective that a config names. Raises VaeTuiError for an unknown name or option."""
    kind = OBJECTIVES.get(config.objective)
    return kind(build_options(kind.Options, config.section("objective"), "objective"), config.beta)


def build_schedule(config: RunConfig) -> Schedule:
    """The learning-rate schedule that a config names. Raises VaeTuiError for an unknown name or option."""
    kind = SCHEDULES.get(config.schedule)
    return kind(build_options(kind.Options, config.section("schedule"), "schedule"))


def check_parts(config: RunConfig) -> None:
    """Raises VaeTuiError where a config names a part or an option that is not there, before any data are loaded."""
    _refuse_options_of_others(config)
    build_objective(config)
    build_schedule(config)
    optimizer_options(config)
    check_size(model_spec(config, (3, 32, 32)))


def _refuse_options_of_others(config: RunConfig) -> None:
    """Raises VaeTuiError for an option that the chosen part has not and another one of its kind has, naming those."""
    kinds: dict[str, Mapping[str, Any]] = {
        "model": {name: MODELS.get(name) for name in MODELS.names()},
        "objective": {name: OBJECTIVES.get(name) for name in OBJECTIVES.names()},
        "optimizer": OPTIMIZERS,
        "schedule": {name: SCHEDULES.get(name) for name in SCHEDULES.names()},
    }
    for section, parts in kinds.items():
        chosen = getattr(config, section)
        for key in config.section(section):
            owners = [name for name, part in parts.items() if key in (field.name for field in fields(part.Options))]
            if owners and chosen in parts and chosen not in owners:
                hint = f"it is an option of {' and '.join(owners)}: --{section} {owners[0]}"
                raise VaeTuiError(f"{section} {chosen} has no option {key!r}", hint)


def has_horizon(config: RunConfig) -> bool:
    """Whether what a step does depends on how many epochs the run has in all."""
    return build_objective(config).has_horizon or build_schedule(config).has_horizon


class Parts:
    """A model and what trains it, fresh from the seed."""

    def __init__(
        self, config: RunConfig, spec: ModelSpec, settled: Settled, device: torch.device, processes: Processes
    ) -> None:
        layout = torch.channels_last if device.type == "cuda" else torch.contiguous_format
        self.model: VAE = spec.build(seed=derive_seed(config.seed, "weights")).to(device).to(memory_format=layout)
        self.objective = build_objective(config)
        self.schedule = build_schedule(config)
        self.optimizer = build_optimizer(self.model, config)
        options = optimizer_options(config)
        self.average = WeightAverage(self.model, options.ema) if options.ema else None
        self.step = Step(
            TrainingLoss(self.model, self.objective, settled.precision, processes.batch_mean),
            self.optimizer,
            average=self.average,
            max_norm=options.clip * config.batch_size,
            processes=processes,
        )
