"""`vaetui train`: from a data set's name to a run folder."""

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from vae_tui.config import RunConfig
    from vae_tui.runs import RunDir


_MODEL, _TRAINING, _MACHINE, _RUN, _WATCHING = "Model", "Training", "Machine", "Run folder", "While it trains"
"""Help panels."""


def train(
    context: typer.Context,
    dataset: Annotated[
        str | None,
        typer.Argument(
            metavar="DATASET", help="cifar10, svhn, mnist, fashion-mnist, shapes, an image folder or an .npz file."
        ),
    ] = None,
    conv: Annotated[
        bool, typer.Option("--conv", help="The convolutional model (the default).", rich_help_panel=_MODEL)
    ] = False,
    fc: Annotated[bool, typer.Option("--fc", help="The fully connected model.", rich_help_panel=_MODEL)] = False,
    model: Annotated[
        str | None, typer.Option(help="A model by name; vaetui list prints them.", rich_help_panel=_MODEL)
    ] = None,
    recipe: Annotated[str | None, typer.Option(help="Where values come from that are not named. [notebook]")] = None,
    latent_dim: Annotated[
        int | None, typer.Option(help="Latent dimensions. [conv: 128, fc: 20]", rich_help_panel=_MODEL)
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the data in all. [10, svhn: 25]", rich_help_panel=_TRAINING)
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(help="Images a step, over all processes. [32, svhn: 128]", rich_help_panel=_TRAINING)
    ] = None,
    lr: Annotated[
        float | None, typer.Option(help="The learning rate, at its highest. [0.001]", rich_help_panel=_TRAINING)
    ] = None,
    beta: Annotated[float | None, typer.Option(help="Weight of the KL term. [1]", rich_help_panel=_TRAINING)] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of weights, order and noise. [0]", rich_help_panel=_TRAINING)
    ] = None,
    objective: Annotated[
        str | None, typer.Option(help="What is minimised; vaetui list. [squared-error]", rich_help_panel=_TRAINING)
    ] = None,
    optimizer: Annotated[str | None, typer.Option(help="adam or adamw. [adam]", rich_help_panel=_TRAINING)] = None,
    schedule: Annotated[
        str | None, typer.Option(help="constant, cosine or one-cycle. [constant]", rich_help_panel=_TRAINING)
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(help="Epochs without a lower test loss, then stop. [0: never]", rich_help_panel=_TRAINING),
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="auto, cpu, cuda, cuda:N or mps. [auto]", rich_help_panel=_MACHINE)
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="auto, fp32 or bf16. [auto: bf16 on CUDA]", rich_help_panel=_MACHINE)
    ] = None,
    compile_: Annotated[
        str | None,
        typer.Option(
            "--compile", help="auto, on or off. [auto: where a long run gains by it]", rich_help_panel=_MACHINE
        ),
    ] = None,
    memory_budget: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="Data larger than this, as 4GB, are streamed from disk. [auto: half of what is free]",
            rich_help_panel=_MACHINE,
        ),
    ] = None,
    save_every: Annotated[
        int | None,
        typer.Option(metavar="STEPS", help="Save within epochs too, so often. [0: no]", rich_help_panel=_RUN),
    ] = None,
    keep_every: Annotated[
        int | None,
        typer.Option(
            metavar="EPOCHS", help="Keep the checkpoint of every so many epochs. [0: none]", rich_help_panel=_RUN
        ),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show pictures after each epoch.", rich_help_panel=_WATCHING)
    ] = False,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Log for TensorBoard into the run folder.", rich_help_panel=_RUN)
    ] = False,
    explore: Annotated[
        bool, typer.Option("--explore", help="Look into the model while it trains.", rich_help_panel=_WATCHING)
    ] = False,
    data_dir: Annotated[
        Path | None, typer.Option(help="Where downloads are kept. [$VAETUI_DATA, else a cache folder]")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The run folder. [runs/DATA-MODEL-N]", rich_help_panel=_RUN)] = None,
    resume: Annotated[
        Path | None, typer.Option(metavar="RUN_DIR", help="Go on with a run from its last.pt.", rich_help_panel=_RUN)
    ] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE.toml", help="The flags' names as TOML keys.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="An option of a part: vaetui list."),
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
        "objective": objective,
        "optimizer": optimizer,
        "schedule": schedule,
        "patience": patience,
        "device": device,
        "precision": precision,
        "compile": compile_,
        "memory_budget": memory_budget,
        "save_every": save_every,
        "keep_every": keep_every,
        "options": dict(parse_assignment(text) for text in set_ or []),
    }
    if resume is not None:
        for name, value in {"--out": out, "--config": config}.items():
            if value is not None:
                raise VaeTuiError(f"{name} contradicts --resume", "a resumed run keeps its folder and its config")
    if explore:
        _explore(context, _run_to_explore(out, resume, lambda: resolve(_full_path(dataset), flags, config)))
        return
    from vae_tui.launch import run_training

    if resume is not None:
        from vae_tui.training.resume import resume_run

        resumed = resume_run(resume, dataset, flags)
        outcome = run_training(
            resumed.config, out=resume, data_dir=data_dir, resumed=resumed, preview=preview, tensorboard=tensorboard
        )
    else:
        settled = resolve(_full_path(dataset), flags, config)
        outcome = run_training(settled, out=out, data_dir=data_dir, preview=preview, tensorboard=tensorboard)
    if outcome.is_first and outcome.exit_code != 3:
        _print_results(outcome.run, stopped=bool(outcome.exit_code))
    if outcome.exit_code:
        raise typer.Exit(outcome.exit_code)


def _run_to_explore(out: Path | None, resume: Path | None, settle: "Callable[[], RunConfig]") -> "RunDir":
    """The folder that a run is to have; what can be seen without torch to be wrong is said now."""
    from vae_tui.errors import VaeTuiError
    from vae_tui.runs import RunDir, next_run_dir

    if "RANK" in os.environ and "WORLD_SIZE" in os.environ:
        hint = "start it as it is without, then look on: vaetui explore RUN_DIR --follow"
        raise VaeTuiError("--explore is for a training of one process", hint)
    if resume is not None:
        RunDir(resume).expect_a_run()
        return RunDir(resume)
    config = settle()
    run = RunDir(out) if out is not None else next_run_dir(config.dataset, config.model)
    run.refuse_a_run()
    return run


def _explore(context: typer.Context, run: "RunDir") -> None:
    """Trains in a child process, looks on, and says how it ended or how it goes on."""
    from vae_tui.cli.explore import explore_training
    from vae_tui.cli.report import print_result
    from vae_tui.errors import VaeTuiError, shell_quoted

    folder = [] if context.params["resume"] else [f"--out={run.path}"]
    child, code = explore_training([*folder, *_words(context, without=("explore", "out"))], run)
    if child.is_running:
        child.leave_running()
        with suppress(VaeTuiError) if code else nullcontext():  # the terminal may have hung up
            print_result(f"it goes on; look on: vaetui explore {shell_quoted(str(run.path))} --follow")
            print_result(f"stop it, saved: kill -INT {child.pid}")
            print_result(str(run.path))
    elif child.failure is not None:
        raise child.failure
    else:
        code = code or child.exit_code or 0
        _print_results(run, stopped=bool(code))
    if code:
        raise typer.Exit(code)


def _words(context: typer.Context, without: Sequence[str]) -> list[str]:
    """The command line again, from what was read of it."""
    options, arguments = [], []
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        if parameter.name in without or value is None or value is False:
            continue
        if parameter.param_type_name == "argument":
            arguments.append(str(value))
        elif value is True:
            options.append(parameter.opts[0])
        else:
            values = value if isinstance(value, list | tuple) else [value]
            options += [f"{parameter.opts[0]}={one}" for one in values]
    return [*options, *(["--", *arguments] if arguments else [])]


def _print_results(run: "RunDir", *, stopped: bool) -> None:
    from vae_tui.cli.report import print_result
    from vae_tui.errors import shell_quoted

    shown = shell_quoted(str(run.path))
    if stopped and run.last.exists():
        print_result(f"go on: vaetui train --resume {shown}")
    newest = run.best if run.best.exists() else run.last
    if newest.exists():
        print_result(f"explore: vaetui explore {shell_quoted(str(newest))}")
    print_result(str(run.path))


def _full_path(dataset: str | None) -> str | None:
    """A path in full, so that the run can be resumed from any folder; a name as it is."""
    if not dataset or not Path(dataset).exists():
        return dataset
    from vae_tui.datasets.contract import DATASETS

    return dataset if dataset in DATASETS and not DATASETS.get(dataset).by_path else str(Path(dataset).resolve())
