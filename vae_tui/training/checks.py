"""What is found out before the first step."""

import torch
from torch import Tensor

from vae_tui.errors import VaeTuiError, printable
from vae_tui.memory import free_host_memory, show_size
from vae_tui.models.contract import ModelSpec
from vae_tui.models.scaling import PixelScaling


def check_range(scaling: PixelScaling, images_BCHW: Tensor) -> None:
    """Raises VaeTuiError where a model's scaling gives numbers that its decoder can't reach."""
    low, high = (float(end) for end in torch.aminmax(scaling.to_model(images_BCHW)))
    slack = 1e-6 * (scaling.high - scaling.low)
    if not (scaling.low - slack <= low and high <= scaling.high + slack):
        raise VaeTuiError(
            f"the images reach from {low:g} to {high:g}, the decoder from {scaling.low:g} to {scaling.high:g}",
            "give the model a scaling whose activation reaches its range",
        )


def check_batch(batch_size: int, num_train: int, num_processes: int) -> None:
    """Raises VaeTuiError where a batch is larger than the data, or does not divide over the processes."""
    if batch_size > num_train:
        raise VaeTuiError(
            f"the batch of {batch_size} is larger than the {num_train} training images",
            f"give --batch-size {num_train} or less",
        )
    if batch_size % num_processes:
        near = max(1, batch_size // num_processes) * num_processes
        raise VaeTuiError(
            f"a batch of {batch_size} can't be shared evenly by {num_processes} processes",
            f"give --batch-size {near}, or another number of processes",
        )


def check_size(spec: ModelSpec) -> None:
    """Raises VaeTuiError where a model can't be built, or where training it would take more memory than there is.

    Weights, gradients and two moments: 16 bytes a trained number.
    """
    try:
        with torch.device("meta"):
            num_parameters = spec.build().num_parameters
    except (RuntimeError, TypeError, OverflowError) as error:
        first_line = printable(str(error).partition("\n")[0], 100)
        raise VaeTuiError(f"the {spec.name} model can't be built so large: {first_line}", "lower its options") from None
    needed, free = 16 * num_parameters, free_host_memory()
    if needed > free:
        raise VaeTuiError(
            f"the {spec.name} model would have {num_parameters:,} parameters: training takes {show_size(needed)} of "
            f"memory, and {show_size(free)} are free",
            "lower --latent-dim or the model's options",
        )
