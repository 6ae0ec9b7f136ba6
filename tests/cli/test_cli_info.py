import hashlib
import json
import math
from dataclasses import replace

import numpy as np
import pytest

from vae_tui.checkpoint import FORMAT, Checkpoint, read_checkpoint, write_checkpoint
from vae_tui.models.contract import ModelSpec
from vae_tui.summary import EpochMetrics

# fully connected, 3x8x8 = 192 pixels, 16 hidden, 8 latents: 192*16+16 + 2*(16*8+8) + 8*16+16 + 16*192+192
PARAMETERS = 3088 + 272 + 144 + 3264


def test_json_is_one_object_with_what_the_checkpoint_holds(vaetui, checkpoint_path):
    done = vaetui("info", str(checkpoint_path), "--json")
    facts = json.loads(done.out)

    assert (done.code, done.err) == (0, "")
    content = checkpoint_path.read_bytes()
    assert facts["sha256"] == hashlib.sha256(content).hexdigest()
    assert facts["bytes"] == len(content)
    assert (facts["format"], facts["model"], facts["parameters"]) == (FORMAT, "fc", PARAMETERS)
    assert (facts["image_shape"], facts["latent_dim"], facts["scaling"]) == ([3, 8, 8], 8, "unit")
    assert (facts["dataset"], facts["num_train"], facts["num_test"]) == ("shapes", 100, 12)
    assert (facts["epoch"], facts["last"]["epoch"], facts["best"]["epoch"]) == (2, 2, 1)
    assert (facts["best"]["test_loss"], facts["last"]["test_loss"]) == (18.0, 18.5)
    assert (facts["objective"], facts["reconstruction"]) == ("squared-error", "squared error")
    assert facts["formula"] == "squared error + KL"
    assert facts["weights"] == "raw"
    assert facts["dims_by_kl"] == [7, 6, 5, 4, 3, 2, 1, 0]
    assert facts["kl"] == pytest.approx([dim / 8 for dim in range(8)])
    assert facts["active_units"] == 4
    assert (facts["carried_images"], facts["carried_split"], facts["carried_labels"]) == (12, "test", True)
    assert facts["versions"] == {"vaetui": "0.1.0", "torch": "2"}
    assert facts["config"]["options"] == {"model.hidden": 16}


def test_the_text_names_the_same_in_words_with_units(vaetui, checkpoint_path):
    out = vaetui("info", str(checkpoint_path)).out

    rows = {line.split("  ")[0]: " ".join(line.split()) for line in out.splitlines()}
    assert rows["model"] == f"model fc · hidden 16 · {PARAMETERS:,} parameters"
    assert rows["images"] == "images 3 x 8 x 8 · pixels in [0, 1], sigmoid"
    assert rows["latents"] == "latents 8 dimensions · 4 active"
    assert rows["data"] == "data shapes · 100 training images, 12 test · 2 classes"
    assert rows["carries"] == "carries 12 test images, with labels"
    assert rows["loss"] == "loss 18.00 19.00 squared error + KL, an image"
    assert rows["reconstruction"] == "reconstruction 15.00 15.00 squared error summed over pixels, an image"
    assert rows["kl"] == "kl 3.00 4.00 nats, an image"
    assert rows["test loss"].startswith("test loss 18.50 18.00")
    assert rows["training"] == "training last, epoch 2 best, epoch 1"
    assert rows["z7"] == "z7 0.875 mean of 12 test images"
    assert rows["note"] == "note [red]a note"
    assert rows["objective"] == "objective squared-error · squared error + KL"
    assert rows["optimizer"] == "optimizer adam · lr 0.001"
    assert rows["schedule"] == "schedule constant"
    assert "weights" not in rows


def test_averaged_weights_are_said(vaetui, averaged_path):
    assert json.loads(vaetui("info", str(averaged_path), "--json").out)["weights"] == "ema and raw"
    out = vaetui("info", str(averaged_path)).out
    assert "weights    averaged (ema) and raw · test figures and KL are of the averaged\n" in out


def test_the_parts_of_the_run_are_said_with_their_options(vaetui, checkpoint_path, tmp_path):
    checkpoint = read_checkpoint(checkpoint_path)
    options = {"objective.epochs": 3, "optimizer.ema": 0.99, "schedule.warmup": 2}
    config = replace(
        checkpoint.config, objective="kl-warmup", beta=4.0, optimizer="adamw", schedule="cosine", options=options
    )
    path = tmp_path / "a.pt"
    write_checkpoint(path, replace(checkpoint, config=config))

    out = vaetui("info", str(path)).out

    formula = "squared error + w x KL, w from 0 to 4 over 3 epochs"
    assert json.loads(vaetui("info", str(path), "--json").out)["formula"] == formula
    rows = {line.split("  ")[0]: " ".join(line.split()) for line in out.splitlines()}
    assert rows["objective"] == f"objective kl-warmup · {formula}"
    assert rows["optimizer"] == "optimizer adamw · lr 0.001 · ema 0.99"
    assert rows["schedule"] == "schedule cosine · warmup 2"
    assert rows["loss"] == f"loss 18.00 19.00 {formula}; an image"


def test_an_objective_of_another_version_is_said_by_name(vaetui, checkpoint_path, tmp_path):
    checkpoint = read_checkpoint(checkpoint_path)
    path = tmp_path / "a.pt"
    write_checkpoint(path, replace(checkpoint, config=replace(checkpoint.config, objective="hinge")))

    assert "hinge · not known here" in vaetui("info", str(path)).out


def test_piped_text_has_neither_colours_nor_trailing_spaces(vaetui, checkpoint_path, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")

    out = vaetui("info", str(checkpoint_path)).out

    assert "\x1b" not in out
    assert out.splitlines() == [line.rstrip() for line in out.splitlines()]


def test_a_run_folder_stands_for_its_best_checkpoint(vaetui, checkpoint_path):
    facts = json.loads(vaetui("info", str(checkpoint_path.parent), "--json").out)

    assert facts["path"] == str(checkpoint_path)


def test_a_plain_state_dict_is_said_to_be_one(vaetui, tmp_path):
    import torch

    path = tmp_path / "weights.pt"
    torch.save(ModelSpec("fc", (3, 8, 8), 8, {"hidden": 16}).build(seed=0).state_dict(), path)

    done = vaetui("info", str(path))
    facts = json.loads(vaetui("info", str(path), "--json").out)

    assert done.code == 0
    assert "a plain state dict" in done.out
    assert "not recorded" in done.out
    assert (facts["format"], facts["dataset"], facts["kl"], facts["last"], facts["config"]) == (None,) * 5
    assert facts["parameters"] == PARAMETERS


def test_json_stays_json_where_a_training_diverged(vaetui, tmp_path):
    spec = ModelSpec("fc", (3, 8, 8), 8, {"hidden": 16})
    metrics = EpochMetrics(1, math.nan, math.inf, 1.0, None, None, None, 0, 1.0, 1.0, 1.0)
    path = tmp_path / "last.pt"
    write_checkpoint(path, Checkpoint(spec, spec.build(seed=0).state_dict(), history=(metrics,)))

    facts = json.loads(vaetui("info", str(path), "--json").out, parse_constant=pytest.fail)

    assert (facts["last"]["loss"], facts["last"]["reconstruction"], facts["last"]["kl"]) == (None, None, 1.0)
    assert "test_loss" not in facts["last"]
    assert "not finite" in vaetui("info", str(path)).out


@pytest.mark.parametrize(
    "content", [b"", b"text", b"PK\x03\x04", b"\x80\x04N."], ids=["empty", "text", "cut", "pickle"]
)
def test_no_checkpoint_is_one_line_and_a_hint(content, vaetui, tmp_path):
    path = tmp_path / "a.pt"
    path.write_bytes(content)

    done = vaetui("info", str(path), "--json")

    assert (done.code, done.out) == (2, "")
    assert [line.split(":")[0] for line in done.err.splitlines()] == ["error", "hint"]


def test_an_absent_file_and_an_empty_folder_are_refused(vaetui, tmp_path):
    assert "no such file" in vaetui("info", str(tmp_path / "absent.pt")).err
    assert "holds no checkpoint" in vaetui("info", str(tmp_path)).err


def test_names_from_the_file_write_nothing_to_the_terminal(vaetui, tmp_path):
    spec = ModelSpec("fc", (3, 8, 8), 8, {"hidden": 16})
    path = tmp_path / "a.pt"
    write_checkpoint(
        path, Checkpoint(spec, spec.build(seed=0).state_dict(), note="\x1b[2J\x07", versions={"\x1b]0;x": "\x9b1"})
    )

    for arguments in (["info", str(path)], ["info", str(path), "--json"]):
        out = vaetui(*arguments).out
        assert not any(char in out for char in "\x1b\x07\x9b")
    assert np.isfinite(json.loads(out)["parameters"])
