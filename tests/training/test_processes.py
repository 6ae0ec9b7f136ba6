"""Several processes on one run, as torchrun starts them: gloo, on the CPU."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

import pytest

from vae_tui.checkpoint import read_checkpoint

ROOT = pathlib.Path(__file__).parent.parent.parent
SHAPES = ["shapes", "--fc", "--set", "model.hidden=16", "--set", "data.count=600", "--set", "data.image_size=16"]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "NO_COLOR": "1"}


def torchrun(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
            "-m", "vae_tui", "train", *arguments]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def done(folder):
    """One run of two processes and the same of one."""
    options = [*SHAPES, "--epochs", "2", "--batch-size", "16", "--objective", "free-bits", "--set", "optimizer.ema=0.9"]
    two = subprocess.run(
        torchrun(*options, "--out", "two"), cwd=folder, env=environment(), capture_output=True, text=True, timeout=200
    )
    one = subprocess.run(
        [sys.executable, "-m", "vae_tui", "train", *options, "--out", "one"],
        cwd=folder, env=environment(), capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert (one.returncode, two.returncode) == (0, 0), one.stderr + two.stderr
    return two


def lines_of(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_losses_are_those_of_one_process(done, folder):
    one, two = lines_of(folder / "one"), lines_of(folder / "two")
    for key in ("loss", "reconstruction", "kl", "test_loss", "test_kl"):
        assert [line[key] for line in two] == pytest.approx([line[key] for line in one], rel=1e-4)
    assert [line["active_units"] for line in two] == [line["active_units"] for line in one]


def test_statistics_are_over_the_whole_split(done, folder):
    one, two = (read_checkpoint(folder / name / "last.pt") for name in ("one", "two"))
    assert two.statistics.num_images == one.statistics.num_images
    assert two.statistics.kl_Z == pytest.approx(one.statistics.kl_Z, rel=1e-3, abs=1e-5)
    assert two.statistics.quantiles_QZ == pytest.approx(one.statistics.quantiles_QZ, abs=1e-3)


def test_the_first_process_alone_speaks(done):
    assert done.stdout.count("explore: vaetui explore") == 1
    assert done.stderr.count("parameters") == 1
    assert "2 processes" in done.stderr
    assert "Warning" not in done.stderr


def test_one_process_goes_on_with_the_run_of_two(done, folder):
    shutil.copytree(folder / "two", folder / "more")
    command = [sys.executable, "-m", "vae_tui", "train", "--resume", "more", "--epochs", "3"]
    ended = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=200)
    assert ended.returncode == 0, ended.stderr
    assert [line["epoch"] for line in lines_of(folder / "more")] == [1, 2, 3]


def test_a_batch_that_does_not_divide_is_refused(folder):
    options = [*SHAPES, "--batch-size", "15", "--out", "odd"]
    ended = subprocess.run(
        torchrun(*options), cwd=folder, env=environment(), capture_output=True, text=True, timeout=200
    )
    assert ended.returncode != 0
    assert "a batch of 15 can't be shared evenly by 2 processes" in ended.stderr
    assert "--batch-size 14" in ended.stderr


def started(folder, name):
    """A long run of two processes that has taken its first steps; the process ids of the two, the first's first."""
    options = [*SHAPES, "--epochs", "100000", "--batch-size", "16", "--save-every", "10", "--out", name]
    process = subprocess.Popen(
        torchrun(*options), cwd=folder, env=environment(), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    lines = []
    for line in process.stderr:
        lines.append(line)
        if "/100000 " in line:  # the line of an epoch
            break
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    ranks = {}
    for child in children:
        variables = pathlib.Path(f"/proc/{child}/environ").read_text().split("\0")
        ranks |= {int(v.partition("=")[2]): int(child) for v in variables if v.startswith("RANK=")}
    assert sorted(ranks) == [0, 1], "".join(lines)
    return process, [ranks[0], ranks[1]]


@pytest.mark.skipif(not pathlib.Path("/proc/self/environ").exists(), reason="the processes are told apart by /proc")
@pytest.mark.parametrize("lost", [0, 1])
def test_a_process_that_dies_ends_the_run_with_a_word_and_a_checkpoint(folder, lost):
    process, ranks = started(folder, f"lost-{lost}")
    os.kill(ranks[lost], signal.SIGKILL)
    _, errors = process.communicate(timeout=100)
    assert process.returncode != 0
    assert "another process of the run is gone" in errors
    assert read_checkpoint(folder / f"lost-{lost}" / "last.pt").training is not None


@pytest.mark.skipif(not pathlib.Path("/proc/self/environ").exists(), reason="the processes are told apart by /proc")
def test_a_launcher_that_is_told_to_stop_has_the_run_saved(folder):
    process, _ = started(folder, "stopped")
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=100)
    assert process.returncode != 0
    assert "everything so far is saved" in errors
    assert "go on: vaetui train --resume stopped" in output
    assert read_checkpoint(folder / "stopped" / "last.pt").training["step"] >= 0
