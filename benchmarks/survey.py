"""What surveying a large set costs: images a second against a plain loop, memory, and the wait of a single step.

    python benchmarks/survey.py /tmp/survey --images 1000000

A file of so many images of 32 x 32 is made below the folder (unless it is there) and mapped, as a pack is; the model is
the convolutional one with fresh weights. The plain loop encodes and decodes the same sample in batches of 256 and keeps
the same numbers; the two take turns, and the best of three counts, in seconds of the processor (one thread), so that
other work on the machine does not. All other times are by the clock. Memory is the most anonymous memory of the process
while surveying, beyond what it had after a few batches (/proc/self/smaps_rollup, Linux): mapped pages do not count.
"""

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from streaming import Peak, anonymous_bytes

from vae_tui.array_cache import ArrayCache
from vae_tui.models.contract import VAE, ModelSpec
from vae_tui.survey import Survey, sample_indices
from vae_tui.surveying import Images, Surveys

SHAPE = (3, 32, 32)


def make_file(path: Path, num: int) -> None:
    """Noise, the same 10,000 images again and again."""
    block = np.random.default_rng(0).integers(0, 256, (min(num, 10_000), *SHAPE), dtype=np.uint8).tobytes()
    num_bytes = num * int(np.prod(SHAPE))
    if not path.exists() or path.stat().st_size != num_bytes:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            for start in range(0, num_bytes, len(block)):
                file.write(block[: num_bytes - start])


def timed(work: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> tuple[Any, float]:
    """What the work gives, and its seconds."""
    began = clock()
    result = work()
    return result, clock() - began


def plain_loop(model: VAE, images_NCHW: torch.Tensor, batch_size: int = 256) -> list[torch.Tensor]:
    """The same numbers, nothing else."""
    rows = []
    with torch.inference_mode():
        for indices in torch.from_numpy(sample_indices(len(images_NCHW), model.latent_dim)).split(batch_size):
            images = images_NCHW[indices].float() / 255
            posterior = model.encode(images)
            error = (model.decode(posterior.mean_BZ) - images).square().flatten(1).sum(1)
            rows.append(torch.cat([posterior.mean_BZ, posterior.logvar_BZ, error[:, None]], 1))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--latent-dim", type=int, default=128)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    path = arguments.folder / f"{arguments.images}.u8"
    make_file(path, arguments.images)
    mapped = np.memmap(path, np.uint8, "c").reshape(-1, *SHAPE)
    images = Images(torch.from_numpy(mapped), torch.arange(len(mapped)) % 10, tuple("0123456789"), "train")
    model = ModelSpec("conv", SHAPE, arguments.latent_dim).build(seed=0).eval()

    plain_loop(model, images.images_NCHW[:64])  # what a batch takes is not the survey's own
    before = anonymous_bytes()
    with TemporaryDirectory(dir=arguments.folder) as folder, Peak() as peak:
        builder, known_s = timed(Surveys(model, "benchmark", images, ArrayCache(Path(folder))).builder)
        steps_s = []
        while not builder.is_done:
            steps_s.append(timed(builder.step)[1])
        survey, kept_s = timed(builder.finish)
        again, read_s = timed(Surveys(model, "benchmark", images, ArrayCache(Path(folder))).builder)
        assert again.is_done
    plain_s, survey_s = math.inf, math.inf
    for _ in range(3):
        plain_s = min(plain_s, timed(lambda: plain_loop(model, images.images_NCHW), time.process_time)[1])
        builder = Surveys(model, "benchmark", images, None).builder()
        survey_s = min(survey_s, timed(builder.run, time.process_time)[1])
    print(f"{survey.describe()}, {survey.latent_dim} dimensions")
    print(f"plain loop, batches of 256   {len(survey) / plain_s:8,.0f} images/s")
    print(f"survey, steps of 64          {len(survey) / survey_s:8,.0f} images/s, {plain_s / survey_s:.2f} times")
    print(
        f"a step                       {1e3 * float(np.median(steps_s)):8.1f} ms, longest {1e3 * max(steps_s):.1f} ms"
    )
    print(f"recognising the set          {known_s:8.2f} s")
    print(f"keeping it in the cache      {kept_s:8.2f} s")
    print(f"recognised and read again    {read_s:8.2f} s")
    print(f"memory, at most              {(peak.num_bytes - before) / 1e6:8.1f} MB")
    report_uses(survey)


def report_uses(survey: Survey) -> None:
    """What the survey is asked for under the keyboard."""
    for name, work in {
        "principal directions": lambda: survey.principal,
        "statistics": lambda: survey.statistics,
        "nearest images": lambda: survey.nearest(survey.means_NZ[0], 16),
        "mean of a class": lambda: survey.class_mean_Z(3),
    }.items():
        print(f"{name:28} {1e3 * timed(work)[1]:8.1f} ms")


if __name__ == "__main__":
    main()
