"""`vaetui train`: from a data set's name to a run folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from vae_tui.checkpoint import Checkpoint
    from vae_tui.config import RunConfig


def train(
    dataset: Annotated[
        str | None,
        typer.Argument(
            metavar="DATASET", help="cifar10, svhn, mnist, fashion-mnist, shapes, an image folder or an .npz file."
        ),
    ] = None,
    conv: Annotated[bool, typer.Option("--conv", help="The convolutional model (the default).")] = False,
    fc: Annotated[bool, typer.Option("--fc", help="The fully connected model.")] = False,
    model: Annotated[str | None, typer.Option(help="A model by name; vaetui list prints them.")] = None,
    recipe: Annotated[str | None, typer.Option(help="Where values come from that are not named. [notebook]")] = None,
    latent_dim: Annotated[int | None, typer.Option(help="Latent dimensions. [conv: 128, fc: 20]")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data in all. [10, svhn: 25]")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images a step. [32, svhn: 128]")] = None,
    lr: Annotated[float | None, typer.Option(help="Adam's learning rate. [0.001]")] = None,
    beta: Annotated[float | None, typer.Option(help="Weight of the KL term. [1]")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of weights, order and noise. [0]")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda, cuda:N or mps. [auto]")] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Where downloads are kept. [$VAETUI_DATA, else a cache folder]")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The run folder. [runs/DATA-MODEL-N]")] = None,
    resume: Annotated[Path | None, typer.Option(metavar="RUN_DIR", help="Go on with a run from its last.pt.")] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE.toml", help="The flags' names as TOML keys.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="An option of the model, data or objective: vaetui list."),
    ] = None,
) -> None:
    """Train a VAE and keep it in a run folder."""
    from vae_tui.config import parse_assignment, resolve
    from vae_tui.errors import VaeTuiError, printable

    chosen = [name for name, given in (("conv", conv), ("fc", fc), (model, model is not None)) if given]
    if len(set(chosen)) > 1:
        raise VaeTuiError(f"more than one model is named: {printable(', '.join(map(str, chosen)))}", "name one")
    flags: dict[str, Any] = {
        "model": chosen[0] if chosen else None,
        "recipe": recipe,
        "latent_dim": latent_dim,
        "epochs": epochs,
        "batch_size": batch_size,
        "lr": lr,
        "beta": beta,
        "seed": seed,
        "device": device,
        "options": dict(parse_assignment(text) for text in set_ or []),
    }
    if resume is not None:
        from vae_tui.training.resume import resumed_config

        given = {"--out": out, "--config": config}
        for name, value in given.items():
            if value is not None:
                raise VaeTuiError(f"{name} contradicts --resume", "a resumed run keeps its folder and its config")
        checkpoint, settled, device_name = resumed_config(resume, dataset, flags)
        _run(settled, device_name, resume, data_dir, checkpoint)
    else:
        settled = resolve(_full_path(dataset), flags, config)
        _run(settled, settled.device, out, data_dir, None)


def _full_path(dataset: str | None) -> str | None:
    """A path in full, so that the run can be resumed from any folder; a name as it is."""
    if not dataset or not Path(dataset).exists():
        return dataset
    from vae_tui.datasets.contract import DATASETS

    return dataset if dataset in DATASETS and not DATASETS.get(dataset).by_path else str(Path(dataset).resolve())


def _run(
    config: "RunConfig", device_name: str, out: Path | None, data_dir: Path | None, checkpoint: "Checkpoint | None"
) -> None:
    import shlex

    from rich.console import Console

    from vae_tui.cli.report import print_result
    from vae_tui.datasets import open_data
    from vae_tui.devices import resolve_device
    from vae_tui.errors import printable
    from vae_tui.progress import LoadDisplay, TrainingDisplay
    from vae_tui.runs import RunDir, next_run_dir
    from vae_tui.training.events import RunStopped
    from vae_tui.training.loop import Trainer, check_parts
    from vae_tui.training.stopping import stop_on_signals

    console = Console(stderr=True)
    device = resolve_device(device_name)
    check_parts(config)
    run = RunDir(out) if out is not None else next_run_dir(config.dataset, config.model)
    if checkpoint is None:
        run.refuse_a_run()
    elif data_dir is None and checkpoint.training and isinstance(checkpoint.training.get("data_dir"), str):
        data_dir = Path(checkpoint.training["data_dir"])
    with LoadDisplay(console) as load:
        data = open_data(
            config.dataset, config.section("data"), root_dir=data_dir, seed=config.seed, report=load.report
        )
    for note in data.notes:
        console.print(f"note: {printable(note)}", markup=False, highlight=False, soft_wrap=True)
    with stop_on_signals() as stop:
        root = str(data_dir.resolve()) if data_dir else None
        trainer = Trainer(config, data, run, device=device, stop=stop, resume_from=checkpoint, data_dir=root)
        run.create(resumed=checkpoint is not None)
        stopped = False
        with TrainingDisplay(console) as display:
            for event in trainer.events():
                display.show(event)
                stopped = stopped or isinstance(event, RunStopped)
    if stopped:
        print_result(f"go on: vaetui train --resume {shlex.quote(str(run.path))}")
    best = run.best if run.best.exists() else run.last
    print_result(f"explore: vaetui explore {shlex.quote(str(best))}")
    print_result(str(run.path))
    if stopped:
        raise typer.Exit(stop.exit_code)
