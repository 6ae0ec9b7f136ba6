"""Figures over a split, against what they are by definition."""

import numpy as np
import pytest
import torch

from vae_tui import evaluation
from vae_tui.evaluation import EVALUATION_SEED, Share, _Sums, evaluate
from vae_tui.models.contract import ModelSpec
from vae_tui.objectives.contract import LossTerms
from vae_tui.objectives.squared_error import SquaredError, SquaredErrorOptions


@pytest.fixture
def images():
    return torch.randint(0, 256, (21, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def model():
    return ModelSpec("fc", (3, 8, 8), 4, {"hidden": 8}).build(seed=0)


def test_figures_are_means_over_the_whole_split_with_its_short_batch(model, images):
    got = evaluate(model, SquaredError(SquaredErrorOptions()), images, weight=2.0, split="test", batch_size=8)
    generator = torch.Generator().manual_seed(EVALUATION_SEED)
    errors, kls = [], []
    with torch.no_grad():
        for start in (0, 8, 16):
            batch = images[start : start + 8].float() / 255
            posterior = model.encode(batch)
            output = model.decode(posterior.sample(generator))
            errors += ((output - batch) ** 2).flatten(1).sum(1).tolist()
            kls += posterior.kl_BZ().tolist()
    assert len(errors) == 21
    assert got.reconstruction == pytest.approx(np.mean(errors), rel=1e-6)
    assert got.kl == pytest.approx(np.sum(kls) / 21, rel=1e-5)
    assert got.loss == pytest.approx(np.mean(errors) + 2 * np.sum(kls) / 21, rel=1e-6)
    assert got.statistics.kl_Z == pytest.approx(np.mean(kls, axis=0), rel=1e-4, abs=1e-7)
    assert (got.statistics.num_images, got.statistics.split) == (21, "test")


def test_the_same_figures_each_time_and_the_mode_stays(model, images):
    objective = SquaredError(SquaredErrorOptions())
    model.train()
    first = evaluate(model, objective, images, weight=1.0, split="test")
    assert model.training
    torch.rand(3)
    again = evaluate(model, objective, images, weight=1.0, split="test")
    assert (first.loss, first.kl) == (again.loss, again.kl)


def sums_of(mean, draws, kl):
    sums = _Sums(len(mean), mean.shape[1], torch.device("cpu"))
    for start in range(0, len(mean), 2):
        rows = slice(start, start + 2)
        sums.take(start, LossTerms(kl[rows, 0], kl[rows]), kl[rows, 0], mean[rows], draws[rows])
    return sums.statistics(len(mean), "train")


def test_statistics_by_hand():
    mean = torch.tensor([[0.0, 1.0], [2.0, 1.0], [4.0, 1.0]])
    draws = torch.tensor([[1.0, 0.0], [2.0, 0.0], [6.0, 3.0]])
    got = sums_of(mean, draws, torch.tensor([[0.0, 1.0], [0.5, 1.5], [1.0, 2.0]]))
    assert got.kl_Z.tolist() == [0.5, 1.5]
    assert got.mean_Z.tolist() == [3.0, 1.0]
    assert got.std_Z == pytest.approx([np.sqrt(14 / 3), np.sqrt(2)])
    assert got.mean_variance_Z == pytest.approx([8 / 3, 0.0])
    assert got.num_active == 1
    assert got.dims_by_kl == (1, 0)
    assert got.quantiles_QZ[0].tolist() == [1.0, 0.0]
    assert got.quantiles_QZ[50].tolist() == [2.0, 0.0]
    assert got.quantiles_QZ[100].tolist() == [6.0, 3.0]
    assert (got.split, got.num_images) == ("train", 3)


def test_quantiles_of_a_large_split_are_over_images_from_all_of_it(monkeypatch):
    monkeypatch.setattr(evaluation, "MAX_DRAWS", 3)
    draws = torch.arange(7.0)[:, None]
    got = sums_of(draws, draws, draws)
    assert got.quantiles_QZ[[0, 50, 100], 0].tolist() == [0.0, 2.0, 4.0]
    assert got.mean_Z.tolist() == [3.0]
    assert got.num_images == 7


def test_two_shares_add_up_to_the_whole(model, images):
    objective = SquaredError(SquaredErrorOptions())
    whole = evaluate(model, objective, images, weight=1.0, split="test", batch_size=4)
    first: list[torch.Tensor] = []
    evaluate(model, objective, images, weight=1.0, split="test", batch_size=4, share=Share(0, 2, first.append))
    left = iter(first)
    share = Share(1, 2, lambda sums: sums.add_(next(left)))
    both = evaluate(model, objective, images, weight=1.0, split="test", batch_size=4, share=share)
    assert (both.loss, both.kl) == pytest.approx((whole.loss, whole.kl), rel=1e-12)
    assert both.statistics.kl_Z == pytest.approx(whole.statistics.kl_Z)
    assert np.array_equal(both.statistics.quantiles_QZ, whole.statistics.quantiles_QZ)
