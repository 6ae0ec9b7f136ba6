"""`vaetui info`: what is in a checkpoint."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from vae_tui.cli.delivery import Delivery
from vae_tui.cli.given import refuse_beside
from vae_tui.cli.options import AsJson, Checkpoint
from vae_tui.cli.report import print_json, print_tables, waiting
from vae_tui.cli.source import Place, Source
from vae_tui.errors import VaeTuiError, printable
from vae_tui.foreign_model import ForeignModel

if TYPE_CHECKING:
    from vae_tui.checkpoint import Checkpoint as CheckpointContent
    from vae_tui.runs import KeptCheckpoint
    from vae_tui.summary import EpochMetrics

NUM_TOP_DIMS = 10
"""How many dimensions the text names; the JSON has all."""

_UNITS = {
    "loss": "{loss}",
    "reconstruction": "{error} summed over pixels, an image",
    "kl": "nats, an image",
    "test_loss": "over the test split, weighed as at the end of the run",
    "test_reconstruction": "",
    "test_kl": "",
    "active_units": "dimensions whose posterior mean varies over 0.01",
    "images_per_s": "training steps alone",
}


def info(
    checkpoint: Checkpoint,
    source: Source,
    how: Delivery,
    as_json: AsJson = False,
    dim: Annotated[
        int | None,
        typer.Option("--dim", metavar="DIM", help="Draw charts, with the histogram of this one.", show_default=False),
    ] = None,
    order: Annotated[
        Literal["kl", "change", "index"] | None,
        typer.Option("--order", help="Draw charts, dimensions in this order. [kl]", show_default=False),
    ] = None,
    histogram: Annotated[
        Literal["images", "statistics"] | None,
        typer.Option(
            "--histogram",
            help="Of a draw for each image, or from the checkpoint's quantiles. [whichever is over more images]",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Say what is in a checkpoint: its model, data, training, and what each latent dimension holds.

    With `-o`, `--dim` or `--order` it draws the same as charts: losses by epoch, KL, one dimension's histogram.
    """
    from vae_tui.runs import find_checkpoint

    drawn = {"-o": how.output, "--dim": dim, "--order": order, "--history": how.history or None}
    if any(value is not None for value in drawn.values()):
        from vae_tui.pictures.model import ModelPicture

        for name, value in drawn.items():
            refuse_beside(name, value, {"--json": as_json or None})
        how.deliver(ModelPicture(dim, order or "kl", histogram), Place(checkpoint, source))
        return
    of_charts = {
        "--histogram": histogram,
        "--data": source.data,
        "--split": source.split,
        "--weights": source.weights,
        "--beside": how.beside,
        "--sides": how.sides,
    }
    for name, given in of_charts.items():
        if given is not None:
            raise VaeTuiError(f"{name} means nothing without charts", "draw them: -o FILE.png, or --dim DIM")
    checkpoint_path = find_checkpoint(checkpoint)
    with waiting(f"reading {checkpoint_path}"):
        facts = collect_facts(_read(checkpoint_path, source.foreign)) | {"foreign": source.foreign is not None}
    if as_json:
        print_json(facts)
    else:
        print_tables(*_tables(facts))


def _read(path: Path, foreign: ForeignModel | None) -> "CheckpointContent":
    if foreign is None:
        from vae_tui.checkpoint import read_checkpoint

        return read_checkpoint(path)
    from vae_tui.foreign.opening import load_foreign

    return load_foreign(path, foreign).settle()


def collect_facts(content: "CheckpointContent") -> dict[str, Any]:
    """All that --json prints: plain values, numbers that are not finite as None."""
    summary, statistics, gallery, config = content.summary(), content.statistics, content.gallery, content.config
    last = summary.history[-1] if summary.history else None
    best = min(summary.history, key=lambda metrics: metrics.figure_of_merit, default=None)
    return {
        "path": summary.path,
        "format": content.format or None,
        "bytes": content.file_bytes,
        "sha256": summary.checkpoint_hash,
        "note": summary.note,
        "model": summary.model,
        "options": dict(content.spec.options),
        "parameters": summary.num_parameters,
        "weights": "ema and raw" if summary.has_ema else "raw",
        "image_shape": list(summary.image_shape),
        "latent_dim": summary.latent_dim,
        "scaling": summary.scaling,
        "dataset": summary.dataset or None,
        "num_train": summary.num_train,
        "num_test": summary.num_test,
        "class_names": list(content.data.class_names) if content.data else [],
        "objective": summary.objective or None,
        "formula": summary.formula or None,
        "loss_unit": summary.loss_unit,
        "reconstruction": _error_name(summary.objective),
        "beta": summary.beta if config else None,
        "config": config.to_plain() if config else None,
        "epoch": summary.epoch,
        "last": _metrics(last),
        "best": _metrics(best),
        "active_units": statistics.num_active if statistics else None,
        "kl": [float(kl) for kl in statistics.kl_Z] if statistics else None,
        "dims_by_kl": list(statistics.dims_by_kl) if statistics else None,
        "statistics_over": f"{statistics.num_images:,} {statistics.split} images" if statistics else None,
        "carried_images": len(gallery.images_NCHW) if gallery else 0,
        "carried_split": gallery.split if gallery else None,
        "carried_labels": gallery is not None and gallery.labels_N is not None,
        "resumable": content.training is not None,
        "kept_epochs": [one.epoch for one in _kept_beside(content)],
        "versions": dict(content.versions),
    }


def _kept_beside(content: "CheckpointContent") -> "tuple[KeptCheckpoint, ...]":
    """The kept checkpoints of the run folder that the file lies in."""
    from vae_tui.runs import kept_checkpoints

    folder = content.path.parent
    return kept_checkpoints(folder.parent if folder.name == "epochs" else folder)


def _error_name(objective: str) -> str | None:
    """What the objective calls its error; None for an objective that is not known here."""
    from vae_tui.objectives.contract import OBJECTIVES

    return OBJECTIVES.get(objective).reconstruction_name if objective in OBJECTIVES else None


def _metrics(metrics: "EpochMetrics | None") -> dict[str, float | None] | None:
    if metrics is None:
        return None
    return {key: value if math.isfinite(value) else None for key, value in metrics.to_plain().items()}


def _tables(facts: Mapping[str, Any]) -> list[RenderableType]:
    parts: list[RenderableType] = [_overview(facts)]
    if facts["last"]:
        parts += [Text(), _training(facts)]
    if facts["kl"]:
        parts += [Text(), _dimensions(facts)]
    return parts


def _overview(facts: Mapping[str, Any]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    channels, height, width = facts["image_shape"]
    pixels = {"unit": "pixels in [0, 1]", "signed": "pixels in [-1, 1]"}[facts["scaling"]]
    if not facts["foreign"]:
        pixels += {"unit": ", sigmoid", "signed": ", tanh"}[facts["scaling"]]
    options = "".join(f" · {key} {value}" for key, value in facts["options"].items())
    layout = f"format {facts['format']}" if facts["format"] else "a plain state dict"
    table.add_row("file", Text(f"{facts['path']} · {layout} · {facts['bytes']:,} bytes"))
    table.add_row("sha256", Text(facts["sha256"]))
    if facts["note"]:
        table.add_row("note", Text(facts["note"]))
    table.add_row("model", Text(f"{facts['model']}{options} · {facts['parameters']:,} parameters"))
    if facts["weights"] != "raw":
        table.add_row("weights", Text("averaged (ema) and raw · test figures and KL are of the averaged"))
    table.add_row("images", Text(f"{channels} x {height} x {width} · {pixels}"))
    active = "" if facts["active_units"] is None else f" · {facts['active_units']} active"
    table.add_row("latents", Text(f"{facts['latent_dim']} dimensions{active}"))
    table.add_row("data", Text(_data(facts)))
    if facts["objective"]:
        known = facts["formula"] != facts["objective"]
        table.add_row("objective", Text(f"{facts['objective']} · {facts['formula'] if known else 'not known here'}"))
    if facts["config"]:
        table.add_row("optimizer", Text(_part(facts["config"], "optimizer", f" · lr {facts['config']['lr']:g}")))
        table.add_row("schedule", Text(_part(facts["config"], "schedule")))
    labelled = "with labels" if facts["carried_labels"] else "without labels"
    carried = f"{facts['carried_images']} {facts['carried_split']} images, {labelled}"
    table.add_row("carries", Text(carried if facts["carried_images"] else "no images"))
    table.add_row("resumes", Text("yes, it holds the training's state" if facts["resumable"] else "no"))
    if facts["kept_epochs"]:
        epochs = ", ".join(map(str, facts["kept_epochs"]))
        table.add_row("kept", Text(f"{len(facts['kept_epochs'])} of the run's checkpoints: epoch {epochs}"))
    if facts["versions"]:
        table.add_row("made by", Text(", ".join(f"{name} {version}" for name, version in facts["versions"].items())))
    return table


def _data(facts: Mapping[str, Any]) -> str:
    if not facts["dataset"]:
        return "not recorded"
    held_out = f"{facts['num_test']:,} test" if facts["num_test"] else "none held out"
    classes = f" · {len(facts['class_names'])} classes" if facts["class_names"] else ""
    return f"{facts['dataset']} · {facts['num_train']:,} training images, {held_out}{classes}"


def _part(config: Mapping[str, Any], section: str, more: str = "") -> str:
    """A part's name, and what `--set` gave it: "adam · lr 0.001 · ema 0.999"."""
    given = (key.partition(".") for key in config["options"])
    options = "".join(f" · {name} {config['options'][f'{at}.{name}']}" for at, _, name in given if at == section)
    return printable(f"{config[section]}{more}{options}", 400)


def _training(facts: Mapping[str, Any]) -> Table:
    last, best = facts["last"], facts["best"]
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("training", no_wrap=True)
    table.add_column(f"last, epoch {last['epoch']}", justify="right", no_wrap=True)
    table.add_column(f"best, epoch {best['epoch']}", justify="right", no_wrap=True)
    table.add_column(style="dim", overflow="fold")
    words = {"loss": facts["loss_unit"], "error": facts["reconstruction"] or "error"}
    for key, unit in _UNITS.items():
        if key in last:
            table.add_row(
                key.replace("_", " "), _number(key, last[key]), _number(key, best.get(key)), unit.format_map(words)
            )
    return table


def _number(key: str, value: float | None) -> str:
    if value is None:
        return "not finite"
    return f"{value:,.0f}" if key in ("active_units", "images_per_s") else f"{value:,.2f}"


def _dimensions(facts: Mapping[str, Any]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("largest KL", no_wrap=True)
    table.add_column("nats", justify="right", no_wrap=True)
    table.add_column(style="dim", overflow="fold")
    top = facts["dims_by_kl"][:NUM_TOP_DIMS]
    for rank, dim in enumerate(top):
        table.add_row(f"z{dim}", f"{facts['kl'][dim]:.3f}", f"mean of {facts['statistics_over']}" * (rank == 0))
    return table
